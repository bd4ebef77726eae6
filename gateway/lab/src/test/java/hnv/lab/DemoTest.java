// SPDX-License-Identifier: Apache-2.0
package hnv.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.Watchdog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DemoTest {
  private static final Duration UP = Duration.ofSeconds(60);
  private static final Duration GONE = Duration.ofSeconds(20);

  @TempDir private Path folder;

  @Test
  void printsPolicyThatNodesAccept() throws IOException, InterruptedException {
    Process demo = demo("--print-policy", "--encap", "nvgre");
    assertTrue(demo.waitFor(UP.toSeconds(), TimeUnit.SECONDS));
    assertEquals(0, demo.exitValue());
    Parsed parsed = PolicyDocuments.parse(output().getBytes(StandardCharsets.UTF_8));
    assertTrue(parsed instanceof Parsed.Accepted, parsed.toString());
  }

  @Test
  void refusesUnknownCheck() throws IOException, InterruptedException {
    Process demo = demo("--only", "nothing");
    assertTrue(demo.waitFor(UP.toSeconds(), TimeUnit.SECONDS));
    assertEquals(64, demo.exitValue());
    assertTrue(output().contains("no check 'nothing'"), output());
  }

  @Test
  @Tag("netns")
  void leavesNothingBehindWhenKilled() throws IOException, InterruptedException {
    LabRun.needs("tshark", "tcpdump", "tcpreplay", "ping", "busybox");
    Process demo = demo("--exit");
    String run = Long.toString(demo.pid());
    assertTrue(Deadline.in(UP).holds(() -> output().contains("Up after") || !demo.isAlive()));
    assertTrue(Watchdog.isAnythingLeft(run), output());
    demo.destroyForcibly().waitFor();
    assertTrue(Deadline.in(GONE).holds(() -> !Watchdog.isAnythingLeft(run)));
    assertFalse(isAnyoneMarked(run));
  }

  private Process demo(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Demo.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("out").toFile())
        .start();
  }

  private String output() {
    try {
      return Files.readString(folder.resolve("out"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// Whether a process of the run is still there.
  private static boolean isAnyoneMarked(String run) throws IOException {
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          if (Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1)
              .contains("HNV_LAB=" + run + "\0")) {
            return true;
          }
        } catch (IOException e) {
          // It has ended meanwhile.
        }
      }
    }
    return false;
  }
}
