// SPDX-License-Identifier: Apache-2.0
package hnv.lab.restart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.lab.LabRun;
import hnv.lab.check.Lab;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Patience;
import hnv.lab.netns.RunningProcess;
import hnv.lab.topology.FlowsBy;
import hnv.lab.topology.Java;
import hnv.lab.topology.Node;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.Topology;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.StreamMain;
import hnv.model.Encapsulation;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A node that is restarted under traffic: as planned, without losing a packet of an established
/// flow; killed, closed until the next one is in force.
@Tag("netns")
final class RestartTest {
  private static final String HOST = "host1";
  private static final int NUMBERS = 7_000;
  private static final int OCTETS = 7_001;
  private static final int RATE = 20_000;
  private static final int SLOW = 500;
  private static final int SECONDS = 20;
  private static final long SILENCE_MS = 200;
  private static final Duration LONG = Duration.ofSeconds(40);
  private static final Duration IN_FLIGHT = Duration.ofMillis(300);

  private LabRun run;
  private Lab lab;
  private final List<RunningProcess> streams = new ArrayList<>();

  @BeforeEach
  void lay() throws Exception {
    run = LabRun.begin("nsenter", "busybox");
    lab = Lab.lay(run.processes(), Scenario.twoTenants(Encapsulation.VXLAN), FlowsBy.KERNEL);
    assertTrue(node().flowsByKernel(), "the kernel forwards no flows here");
  }

  @AfterEach
  void remove() {
    streams.forEach(RunningProcess::close);
    if (lab != null) {
      lab.close();
    }
    if (run != null) {
      run.close();
    }
  }

  private Node node() {
    return lab.node(HOST);
  }

  private VirtualMachine sender() {
    return lab.machine("fabrikam-sql");
  }

  private VirtualMachine receiver() {
    return lab.machine("fabrikam-web");
  }

  private Namespace at(VirtualMachine machine) {
    return lab.namespace(machine);
  }

  private RunningProcess stream(VirtualMachine machine, String... words) {
    List<String> command =
        Java.command("hnv.lab", StreamMain.class.getName(), List.of("-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(words));
    RunningProcess process = at(machine).start("stream-" + words[0], command);
    streams.add(process);
    return process;
  }

  private RunningProcess receive(String what, int port) {
    RunningProcess receiving =
        stream(receiver(), "receive-" + what, receiver().ipv4().toString(), String.valueOf(port));
    receiving.awaitOutput("listening", LONG);
    return receiving;
  }

  private RunningProcess sendNumbers(int rate, int seconds) {
    return stream(
        sender(),
        "send-numbers",
        receiver().ipv4().toString(),
        String.valueOf(NUMBERS),
        String.valueOf(rate),
        String.valueOf(seconds));
  }

  private static List<Long> figures(RunningProcess process, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(process.output());
    assertTrue(found.find(), process.output());
    List<Long> figures = new ArrayList<>();
    for (int i = 1; i <= found.groupCount(); i++) {
      figures.add(Long.parseLong(found.group(i)));
    }
    return figures;
  }

  /// A counter of a machine's own stack.
  private long counter(VirtualMachine machine, String group, String name) {
    List<List<String>> lines =
        at(machine)
            .run("cat", "/proc/net/snmp")
            .require()
            .lines()
            .filter(line -> line.startsWith(group + ": "))
            .map(line -> List.of(line.split(" ", -1)))
            .toList();
    return Long.parseLong(lines.get(1).get(lines.get(0).indexOf(name)));
  }

  /// Packets of UDP that the receiver's own stack had no room for.
  private long overflown() {
    return counter(receiver(), "Udp", "RcvbufErrors");
  }

  /// Frames that have come in at the receiver's device.
  private long arrived() {
    return Long.parseLong(
        at(receiver())
            .run("cat", "/sys/class/net/" + Topology.DEVICE + "/statistics/rx_packets")
            .require()
            .strip());
  }

  private void assertNothingArrives(String when) {
    Deadline.pause(Patience.of(IN_FLIGHT));
    long before = arrived();
    Deadline.pause(Patience.of(IN_FLIGHT.multipliedBy(2)));
    assertEquals(before, arrived(), when);
  }

  private void awaitArrivals() {
    long before = arrived();
    Deadline.in(LONG).await("frames at " + receiver().name(), () -> arrived() > before + 20);
  }

  // ---- planned ----

  @Test
  void losesNoPacketOfAnEstablishedFlow() {
    long overflownBefore = overflown();
    RunningProcess numbers = receive("numbers", NUMBERS);
    RunningProcess octets = receive("octets", OCTETS);
    sendNumbers(RATE, SECONDS);
    stream(
        sender(),
        "send-octets",
        receiver().ipv4().toString(),
        String.valueOf(OCTETS),
        String.valueOf(SECONDS));
    awaitArrivals();
    Deadline.pause(Duration.ofSeconds(2));
    long sentAgainBefore = counter(sender(), "Tcp", "RetransSegs");
    String left = node().handOver(60);
    assertTrue(left.contains("5 ports"), left);
    node().start();
    node().running().awaitOutput("adopted", LONG);
    String said = node().running().output();
    assertTrue(said.contains("established flows were never stopped"), said);
    assertFalse(said.contains("asked about once more"), said);
    assertFalse(Files.exists(node().stateFile()));
    numbers.awaitOutput("missing", LONG);
    octets.awaitOutput("silence", LONG);
    List<Long> counted = figures(numbers, "missing (\\d+) twice (\\d+)");
    assertEquals(overflown() - overflownBefore, counted.get(0), numbers.output());
    assertEquals(0, counted.get(1), numbers.output());
    long silence = figures(octets, "silence (\\d+)").getFirst();
    // A stall of the network's shows in what is sent again; any other is this machine's, whose CPUs
    // are somebody else's for a while.
    long sentAgain = counter(sender(), "Tcp", "RetransSegs") - sentAgainBefore;
    assertTrue(
        sentAgain == 0 || silence <= SILENCE_MS * Patience.factor(),
        "TCP was silent for " + silence + " ms and sent " + sentAgain + " segments again");
  }

  @Test
  void stopsWhatANewPolicyDeniesBeforeItIsInForce() {
    receive("numbers", NUMBERS);
    sendNumbers(SLOW, 60);
    awaitArrivals();
    node().handOver(60);
    awaitArrivals();
    node().prepare(lab.scenario().withMachineOn(receiver().name(), HOST));
    node().start();
    node().running().awaitOutput("adopted", LONG);
    assertNothingArrives("under the new policy");
  }

  @Test
  void stopsForwardingWhereNoneFollows() {
    receive("numbers", NUMBERS);
    sendNumbers(SLOW, 60);
    awaitArrivals();
    node().handOver(3);
    awaitArrivals();
    Deadline.pause(Duration.ofSeconds(4));
    assertNothingArrives("after the grace");
    node().start();
    node().running().awaitOutput("closed until now", LONG);
    String said = node().running().output();
    assertTrue(said.contains("s old, and the kernel went on for 3 s; it is cleared"), said);
    awaitArrivals();
    assertFalse(Files.exists(node().stateFile()));
  }

  @Test
  void startsColdWhereTheStateIsDamaged() throws Exception {
    receive("numbers", NUMBERS);
    sendNumbers(SLOW, 60);
    awaitArrivals();
    node().handOver(60);
    byte[] octets = Files.readAllBytes(node().stateFile());
    octets[octets.length / 2] ^= 1;
    Files.write(node().stateFile(), octets);
    node().start();
    node().running().awaitOutput("closed until now", LONG);
    String said = node().running().output();
    assertTrue(said.contains("its checksum is wrong; it is cleared"), said);
    awaitArrivals();
  }

  // ---- killed ----

  @Test
  void isClosedFromTheKillUntilTheNextIsInForce() {
    receive("numbers", NUMBERS);
    sendNumbers(SLOW, 60);
    awaitArrivals();
    node().kill();
    assertNothingArrives("after the kill");
    node().start();
    node().running().awaitOutput("closed until now", LONG);
    String said = node().running().output();
    assertTrue(said.contains("s after the last sign of a node that did not end in order"), said);
    awaitArrivals();
  }
}
