// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.lab.LabRun;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
final class WatchdogTest {
  @Test
  void removesNamespacesProcessesAndFolderWhenItsPipeEnds() throws IOException {
    RunningProcess sleeper;
    String run;
    try (LabRun lab = LabRun.begin()) {
      run = lab.processes().run();
      sleeper = lab.namespace("sleeper").start("sleep", "sleep", "600");
      assertTrue(Watchdog.isAnythingLeft(run));
      assertTrue(sleeper.isAlive());
    }
    assertFalse(Watchdog.isAnythingLeft(run));
    assertTrue(Deadline.in(Duration.ofSeconds(5)).holds(() -> !sleeper.isAlive()));
  }

  @Test
  void leavesProcessesOfOthersAlone() throws IOException {
    Process other;
    try (LabRun lab = LabRun.begin()) {
      String name = lab.namespace("shared").name();
      other = new ProcessBuilder("ip", "netns", "exec", name, "sleep", "600").start();
    }
    try {
      assertTrue(other.isAlive(), "a process that does not bear the run's mark");
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void removesLeftoversOfDeadRuns() throws IOException, InterruptedException {
    LabRun.needs();
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    String run = Long.toString(dead.pid());
    new ProcessBuilder("ip", "netns", "add", Watchdog.prefix(run) + "left").start().waitFor();
    assertTrue(Watchdog.isAnythingLeft(run));
    Watchdog.removeLeftovers();
    assertFalse(Watchdog.isAnythingLeft(run));
  }

  @Test
  void leavesRunsOfLivingProcessesAlone() throws IOException {
    try (LabRun lab = LabRun.begin()) {
      lab.namespace("alive");
      Watchdog.removeLeftovers();
      assertTrue(Watchdog.isAnythingLeft(lab.processes().run()));
    }
  }
}
