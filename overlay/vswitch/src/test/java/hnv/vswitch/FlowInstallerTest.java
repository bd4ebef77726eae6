// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.TENANT_A;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Which flows the kernel gets, and when.
class FlowInstallerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int SYN_ACK = Packet.SYN | Packet.ACK;

  private final TestNetwork net = new TestNetwork();
  private final FakeKernel kernel = net.offload(100);

  private Map<OffloadState, Integer> states() {
    return states(net);
  }

  static Map<OffloadState, Integer> states(TestNetwork net) {
    Map<OffloadState, Integer> states = new EnumMap<>(OffloadState.class);
    long from = 0;
    while (from >= 0) {
      FlowListing.Page page = FlowListing.page(net.vswitch, from, flow -> true, net.now);
      page.flows().forEach(flow -> states.merge(flow.offload(), 1, Integer::sum));
      from = page.next();
    }
    return states;
  }

  private static Packet there(int flags) {
    return Packet.tcp(A1, A9, 1, 80, flags);
  }

  private static Packet back(int flags) {
    return Packet.tcp(A9, A1, 80, 1, flags);
  }

  private void openTcp() {
    net.assertPasses(A1, there(Packet.SYN), UNDERLAY);
    net.assertPasses(A9, back(SYN_ACK), A1.port());
  }

  private void openUdp() {
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    net.assertPasses(A9, Packet.udp(A9, A1, 2, 1), A1.port());
  }

  // ---- TCP ----

  @Test
  void handsTcpOverAtTheSynAck() {
    net.assertPasses(A1, there(Packet.SYN), UNDERLAY);
    assertEquals(Map.of(OffloadState.OPENING, 1), states());
    net.assertPasses(A9, back(SYN_ACK), A1.port());
    assertEquals(Map.of(OffloadState.IN_KERNEL, 2), states());
    assertEquals(2, kernel.size());
    net.assertPasses(A1, there(Packet.ACK), UNDERLAY);
    net.assertPasses(A9, back(Packet.ACK), A1.port());
    assertEquals(2, kernel.forwarded);
    assertEquals(2, net.vswitch.flows().inKernel());
  }

  /// "Before it is transmitted": the answer to it must find both.
  @Test
  void handsOverBeforeTheSynAckIsSent() {
    net.assertPasses(A1, there(Packet.SYN), UNDERLAY);
    int[] atSending = {-1};
    net.ports.get(A1.port()).onTransmit = () -> atSending[0] = kernel.size();
    net.assertPasses(A9, back(SYN_ACK), A1.port());
    assertEquals(2, atSending[0]);
  }

  @Test
  void aFloodOfSynsFromOneSideInstallsNothing() {
    for (int port = 1; port <= 150; port++) {
      for (int again = 0; again < FlowInstaller.STREAM_PACKETS + 2; again++) {
        net.send(A1, Packet.tcp(A1, A9, port, 80, Packet.SYN));
        net.send(A1, Packet.tcp(A1, A9, port, 80, Packet.ACK));
      }
      net.drain();
    }
    net.pass(SECOND);
    assertEquals(0, kernel.installs);
    assertEquals(0, net.vswitch.flows().pending().size());
  }

  @Test
  void aSynAckFromOneSideInstallsNothing() {
    net.send(A1, there(SYN_ACK));
    net.drain();
    assertEquals(0, kernel.installs);
  }

  /// A machine has moved here, or this program has been started anew.
  @Test
  void treatsTcpFromItsMiddleLikeUdp() {
    net.assertPasses(A1, there(Packet.ACK), UNDERLAY);
    net.drain();
    assertEquals(0, kernel.installs);
    net.assertPasses(A9, back(Packet.ACK), A1.port());
    assertEquals(Map.of(OffloadState.QUEUED, 2), states());
    net.drain();
    assertEquals(2, kernel.size());
  }

  @Test
  void finAndRstComeUp() {
    openTcp();
    long before = kernel.forwarded;
    net.assertPasses(A1, there(Packet.FIN | Packet.ACK), UNDERLAY);
    net.assertPasses(A9, back(Packet.FIN | Packet.ACK), A1.port());
    assertEquals(before, kernel.forwarded);
    // The last acknowledgement may pass by the kernel; when the connection ends, its flows do too.
    net.assertPasses(A1, there(Packet.ACK), UNDERLAY);
    net.pass(30 * SECOND);
    assertEquals(0, net.connections());
    assertEquals(0, kernel.size());
    assertEquals(0, net.vswitch.flows().inKernel());
  }

  @Test
  void aResetConnectionIsNotHandedOver() {
    net.assertPasses(A1, there(Packet.SYN), UNDERLAY);
    net.assertPasses(A9, back(Packet.RST | Packet.ACK), A1.port());
    net.drain();
    net.pass(SECOND);
    assertEquals(0, kernel.installs);
  }

  /// A new incarnation on the same ports: the answers of the old one say nothing of it.
  @Test
  void aSynTakesTheAnswersFlowBack() {
    openTcp();
    net.assertPasses(A1, there(Packet.SYN), UNDERLAY);
    assertEquals(1, kernel.size());
    net.assertPasses(A9, back(SYN_ACK), A1.port());
    assertEquals(2, kernel.size());
  }

  // ---- all else ----

  @Test
  void handsOverAtTheFirstReplyWhenThePortsWereReadEmpty() {
    openUdp();
    assertEquals(Map.of(OffloadState.QUEUED, 2), states());
    net.vswitch.drained(net.ports.get(A2.port()), net.now);
    assertEquals(0, kernel.size());
    net.vswitch.drained(net.ports.get(A1.port()), net.now);
    assertEquals(1, kernel.size());
    // The reply came out of a tunnel: it waits for the underlay's port.
    net.vswitch.drained(net.ports.get(UNDERLAY), net.now);
    assertEquals(2, kernel.size());
    assertEquals(Map.of(OffloadState.IN_KERNEL, 2), states());
  }

  @Test
  void sendsWhatIsHeldBackBeforeItHandsOver() {
    openUdp();
    net.vswitch.drained(net.ports.get(A1.port()), net.now);
    assertEquals(1, net.ports.get(UNDERLAY).flushes);
    assertEquals(0, net.ports.get(A1.port()).flushes);
  }

  @Test
  void waitsNoLongerThanTenMilliseconds() {
    openUdp();
    net.vswitch.housekeep(net.now + FlowInstaller.PATIENCE_NS - 1);
    assertEquals(0, kernel.size());
    net.vswitch.housekeep(net.now + FlowInstaller.PATIENCE_NS);
    assertEquals(2, kernel.size());
  }

  @Test
  void handsOverAStreamThatNobodyAnswers() {
    for (int i = 1; i < FlowInstaller.STREAM_PACKETS; i++) {
      net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
      net.drain();
    }
    assertEquals(0, kernel.installs);
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    net.drain();
    assertEquals(1, kernel.size());
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    assertEquals(1, kernel.forwarded);
  }

  @Test
  void pingsAreHandedOverToo() {
    net.assertPasses(A1, Packet.ping(A1, A2, 7, false), A2.port());
    net.assertPasses(A2, Packet.ping(A2, A1, 7, true), A1.port());
    net.drain();
    assertEquals(2, kernel.size());
  }

  @Test
  void countsFramesThatWereOvertaken() {
    openUdp();
    net.drain();
    net.vswitch.process(net.frame(Packet.udp(A1, A9, 1, 2).bytes(), A1.port()), net.now);
    assertEquals(1, net.vswitch.flows().overtaken());
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    assertEquals(1, net.vswitch.flows().overtaken());
  }

  // ---- what stays in Java ----

  @Test
  void aFlowOfAPortWithoutProgramStays() {
    net.ports.get(UNDERLAY).executesRecords = false;
    openTcp();
    net.drain();
    assertEquals(Map.of(OffloadState.PORT, 2), states());
    assertEquals(0, kernel.installs);
    // The next decision looks again.
    net.ports.get(UNDERLAY).executesRecords = true;
    net.change(TENANT_A);
    net.assertPasses(A1, there(Packet.ACK), UNDERLAY);
    net.assertPasses(A9, back(Packet.ACK), A1.port());
    net.drain();
    assertEquals(2, kernel.size());
  }

  @Test
  void withoutAnotherExecutorItIsOff() {
    TestNetwork alone = new TestNetwork();
    alone.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    alone.assertPasses(A9, Packet.udp(A9, A1, 2, 1), A1.port());
    assertEquals(Map.of(OffloadState.OFF, 2), states(alone));
    assertEquals(0, alone.vswitch.flows().pending().size());
  }

  @Test
  void saysWhyInWords() {
    for (OffloadState state : OffloadState.values()) {
      assertEquals(state, OffloadState.of(state.number()));
      assertEquals(state == OffloadState.IN_KERNEL, state.text().isEmpty(), state.name());
    }
  }

  // ---- policy ----

  @Test
  void noPacketPassesByAnOldRecord() {
    openTcp();
    net.deny(net.outbound, A1.port(), new Condition.DestinationPort(80, 80));
    net.change(TENANT_A);
    net.assertDropped(A9, back(Packet.ACK), DropReason.ACL_DENIED);
    assertEquals(0, kernel.size());
    assertEquals(0, net.connections());
    net.assertDropped(A1, there(Packet.ACK), DropReason.ACL_DENIED);
  }

  /// The connection lives on, and the packet goes its way, but not by a record any more.
  @Test
  void whatHasNoRecordAnyMoreLeavesTheKernelAtOnce() {
    openUdp();
    net.drain();
    net.offloadable = false;
    net.change(TENANT_A);
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    assertEquals(1, kernel.size());
    net.drain();
    assertEquals(1, kernel.size());
    assertEquals(1, net.connections());
  }

  @Test
  void aNewEpochHandsOverAnew() {
    openTcp();
    assertEquals(2, kernel.installs);
    net.change(TENANT_A);
    net.assertPasses(A1, there(Packet.ACK), UNDERLAY);
    assertEquals(Map.of(OffloadState.IN_KERNEL, 1, OffloadState.QUEUED, 1), states());
    net.drain();
    assertEquals(3, kernel.installs);
    long before = kernel.forwarded;
    net.assertPasses(A1, there(Packet.ACK), UNDERLAY);
    assertEquals(before + 1, kernel.forwarded);
    // The other direction has not been asked yet.
    net.assertPasses(A9, back(Packet.ACK), A1.port());
    net.drain();
    assertEquals(4, kernel.installs);
    assertEquals(2, kernel.size());
  }

  /// A packet of another size, or a SYN-ACK once more: walked, and decided the same.
  @Test
  void whatIsDecidedTheSameIsLeftAlone() {
    openTcp();
    net.assertPasses(A9, back(SYN_ACK), A1.port());
    net.assertPasses(A1, there(Packet.ACK), UNDERLAY);
    assertEquals(2, kernel.installs);
    assertEquals(0, kernel.removals);
  }

  /// The same epoch, but the layers say something else: the old copy goes first.
  @Test
  void whatIsDecidedOtherwiseIsTakenBack() {
    openTcp();
    net.mssLimit = 0;
    net.mtuLimit = 1_300;
    net.apply();
    net.assertPasses(A1, there(Packet.SYN | Packet.ACK), UNDERLAY);
    assertTrue(kernel.removals > 0);
    net.drain();
    assertEquals(2, kernel.size());
  }

  // ---- ports ----

  @Test
  void aPortThatGoesTakesItsFlowsAlong() {
    openTcp();
    net.assertPasses(A2, Packet.udp(A2, A9, 1, 2), UNDERLAY);
    net.assertPasses(A9, Packet.udp(A9, A2, 2, 1), A2.port());
    net.drain();
    assertEquals(4, kernel.size());
    net.vswitch.detach(net.ports.get(A1.port()));
    assertEquals(2, kernel.size());
    net.vswitch.detach(net.ports.get(UNDERLAY));
    assertEquals(0, kernel.size());
    assertEquals(0, net.vswitch.flows().inKernel());
  }

  @Test
  void anAttachedPortBeginsAtZero() {
    openTcp();
    net.assertPasses(A1, there(Packet.ACK), UNDERLAY);
    assertEquals(2, net.vswitch.counters(A1.port()).receivedPackets());
    assertEquals(1, net.counters.snapshot(A1.port()).receivedPackets());
    net.vswitch.attach(net.ports.get(A1.port()));
    assertEquals(0, net.vswitch.counters(A1.port()).receivedPackets());
  }
}
