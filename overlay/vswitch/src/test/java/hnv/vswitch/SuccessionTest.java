// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.B1;
import static hnv.vswitch.TestNetwork.B9;
import static hnv.vswitch.TestNetwork.TENANT_A;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.wire.IpProtocol;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// A switch that goes on where another one ended.
class SuccessionTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int SYN_ACK = Packet.SYN | Packet.ACK;

  private final TestNetwork former = new TestNetwork();
  private final FakeKernel formerKernel = former.offload(100);
  private TestNetwork net = new TestNetwork();
  private FakeKernel kernel = net.offload(100);
  private int resumed;
  private int adopted;

  private void succeed() {
    succeed(former.vswitch.succession().leave());
  }

  private void succeed(List<ConnectionImage> images) {
    net.now = former.now;
    Succession succession = net.vswitch.succession();
    resumed = succession.resume(images);
    adopted = kernel.succeed(formerKernel, succession);
  }

  private static void openTcp(TestNetwork net) {
    net.assertPasses(A1, Packet.tcp(A1, A9, 1, 80, Packet.SYN), UNDERLAY);
    net.assertPasses(A9, Packet.tcp(A9, A1, 80, 1, SYN_ACK), A1.port());
  }

  private static void openUdp(TestNetwork net) {
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    net.assertPasses(A2, Packet.udp(A2, A1, 2, 1), A1.port());
    net.drain();
  }

  @Test
  void goesOnWithFlowsOfEveryKind() {
    openTcp(former);
    openUdp(former);
    former.assertPasses(A1, Packet.tcp6(A1, A9, 1, 80, Packet.SYN), UNDERLAY);
    former.assertPasses(A9, Packet.tcp6(A9, A1, 80, 1, SYN_ACK), A1.port());
    former.assertPasses(B1, Packet.udp(B1, B9, 1, 2), UNDERLAY);
    former.assertPasses(B9, Packet.udp(B9, B1, 2, 1), B1.port());
    former.assertPasses(A1, Packet.ping(A1, A9, 7, false), UNDERLAY);
    former.assertPasses(A9, Packet.ping(A9, A1, 7, true), A1.port());
    former.drain();
    assertEquals(10, formerKernel.size());
    succeed();
    assertEquals(5, resumed);
    assertEquals(10, adopted);
    assertEquals(5, net.connections());
    assertEquals(10, net.flows());
    assertEquals(10, net.vswitch.flows().inKernel());
    assertEquals(Map.of(OffloadState.IN_KERNEL, 10), FlowInstallerTest.states(net));
    // None of these is seen by Java.
    net.assertPasses(A1, Packet.tcp(A1, A9, 1, 80, Packet.ACK), UNDERLAY);
    net.assertPasses(A9, Packet.tcp(A9, A1, 80, 1, Packet.ACK), A1.port());
    net.assertPasses(A2, Packet.udp(A2, A1, 2, 1), A1.port());
    net.assertPasses(A9, Packet.tcp6(A9, A1, 80, 1, Packet.ACK), A1.port());
    net.assertPasses(B9, Packet.udp(B9, B1, 2, 1), B1.port());
    net.assertPasses(A9, Packet.ping(A9, A1, 7, true), A1.port());
    assertEquals(6, kernel.forwarded);
    assertEquals(0, kernel.installs);
    assertEquals(0, kernel.removals);
  }

  /// What began here may be answered though nothing may begin there.
  @Test
  void letsOnlyTheAnswersPass() {
    former.deny(former.inbound, A1.port());
    former.apply();
    openTcp(former);
    former.assertPasses(A1, Packet.udp(A1, A9, 5, 6), UNDERLAY);
    net.deny(net.inbound, A1.port());
    net.apply();
    succeed();
    net.assertPasses(A9, Packet.tcp(A9, A1, 80, 1, Packet.ACK), A1.port());
    // Not in the kernel when the other switch ended: the connection came along all the same.
    net.assertPasses(A9, Packet.udp(A9, A1, 6, 5), A1.port());
    net.assertDropped(A9, Packet.udp(A9, A1, 6, 7), DropReason.ACL_DENIED);
    net.assertDropped(A9, Packet.tcp(A9, A1, 80, 2, Packet.ACK), DropReason.ACL_DENIED);
  }

  @Test
  void asksAChangedPolicyAgain() {
    openTcp(former);
    succeed();
    net.deny(net.outbound, A1.port());
    net.change(TENANT_A);
    net.assertDropped(A1, Packet.tcp(A1, A9, 1, 80, Packet.ACK), DropReason.ACL_DENIED);
    assertEquals(0, kernel.size());
    assertEquals(0, net.connections());
    assertEquals(0, net.flows());
  }

  @Test
  void keepsEachStateAndItsTime() {
    openTcp(former);
    openUdp(former);
    former.assertPasses(A1, Packet.tcp(A1, A2, 1, 81, Packet.SYN), A2.port());
    former.assertPasses(A1, Packet.tcp(A1, A2, 1, 82, Packet.SYN), A2.port());
    former.assertPasses(A2, Packet.tcp(A2, A1, 82, 1, Packet.RST), A1.port());
    former.assertPasses(A1, Packet.tcp(A1, A9, 1, 80, Packet.FIN | Packet.ACK), UNDERLAY);
    succeed();
    assertEquals(withoutCounts(former), withoutCounts(net));
    net.assertPasses(A9, Packet.tcp(A9, A1, 80, 1, Packet.FIN | Packet.ACK), A1.port());
    net.pass(16 * SECOND + 11 * SECOND);
    // The two TCP connections that are closing are gone, the opening one soon.
    assertEquals(2, net.connections());
    net.pass(15 * SECOND);
    assertEquals(1, net.connections());
    net.pass(300 * SECOND);
    assertEquals(0, net.connections());
    assertEquals(0, net.flows());
    assertEquals(0, kernel.size());
  }

  private static List<String> withoutCounts(TestNetwork of) {
    return of.vswitch.succession().leave().stream()
        .map(image -> image.toString().replaceAll(", forward=.*", ""))
        .toList();
  }

  /// Java forwards by the record; the connection hears of it when it is asked.
  @Test
  void knowsWhatPassedByARecordOnly() {
    former.ports.values().forEach(port -> port.executesRecords = false);
    former.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    former.now += 50 * SECOND;
    former.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    succeed();
    net.pass(59 * SECOND);
    assertEquals(1, net.connections());
    net.pass(12 * SECOND);
    assertEquals(0, net.connections());
  }

  @Test
  void addsWhatTheOtherJavaCounted() {
    openUdp(former);
    for (int i = 0; i < 5; i++) {
      former.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    }
    List<Long> before = packets(former);
    assertEquals(List.of(1L, 6L), before);
    succeed();
    assertEquals(before, packets(net));
    net.assertPasses(A1, Packet.udp(A1, A2, 1, 2), A2.port());
    assertEquals(List.of(1L, 7L), packets(net));
  }

  private static List<Long> packets(TestNetwork of) {
    return FlowListing.page(of.vswitch, 0, flow -> true, of.now).flows().stream()
        .map(FlowView::packets)
        .sorted()
        .toList();
  }

  @Test
  void giveNoIdTwice() {
    for (int i = 0; i < 20; i++) {
      former.assertPasses(A1, Packet.udp(A1, A2, 100 + i, 2), A2.port());
    }
    succeed();
    for (int i = 0; i < 200; i++) {
      net.assertPasses(A1, Packet.udp(A1, A2, 1_000 + i, 2), A2.port());
    }
    assertEquals(200, net.connections(), "the tenant's share");
    List<ConnectionImage> all = net.vswitch.succession().leave();
    assertEquals(200, all.stream().map(ConnectionImage::id).distinct().count());
  }

  // ---- what is not accounted for ----

  @Test
  void refusesFlowsWithoutTheirConnection() {
    openTcp(former);
    openUdp(former);
    List<ConnectionImage> images = new ArrayList<>(former.vswitch.succession().leave());
    images.removeIf(image -> image.protocol() == IpProtocol.TCP);
    succeed(images);
    assertEquals(1, resumed);
    assertEquals(2, adopted);
    assertEquals(2, net.flows());
  }

  @Test
  void refusesFlowsOfAnotherConnection() {
    openTcp(former);
    refuses(image -> with(image, 2, image.destinationPort()));
    refuses(image -> with(image, image.sourcePort(), 81));
    refuses(image -> at(image, A2.port(), Connection.NO_PORT, image.tenant()));
    refuses(image -> at(image, A1.port(), A2.port(), image.tenant()));
    refuses(image -> at(image, A1.port(), Connection.NO_PORT, 2));
  }

  private void refuses(UnaryOperator<ConnectionImage> change) {
    net = new TestNetwork();
    kernel = net.offload(100);
    succeed(former.vswitch.succession().leave().stream().map(change).toList());
    assertEquals(1, resumed);
    // The initiator's flow may be right where the responder's is wrong.
    assertEquals(kernel.size(), net.flows());
    assertEquals(0, Math.max(0, adopted - 1), "both directions");
  }

  @Test
  void refusesRecordsThatNameWhatIsNotThere() {
    openTcp(former);
    Succession succession = net.vswitch.succession();
    net.now = former.now;
    succession.resume(former.vswitch.succession().leave());
    MemorySegment keys = former.vswitch.flows().records(0);
    long keyAt = former.vswitch.flows().keyAt(0);
    MemorySegment good = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
    MemorySegment.copy(keys, former.vswitch.flows().recordAt(0), good, 0, FlowRecord.LENGTH);
    // Tenant, next hop, peer, meters, connection.
    for (int offset : new int[] {4, 12, 16, 20, 24}) {
      for (int value : new int[] {-1, Integer.MIN_VALUE, 300}) {
        MemorySegment bad = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
        bad.copyFrom(good);
        bad.set(ValueLayout.JAVA_INT, offset, value);
        assertEquals(false, succession.adopt(false, keys, keyAt, bad, 0, UNDERLAY));
      }
    }
    assertEquals(true, succession.adopt(false, keys, keyAt, good, 0, UNDERLAY));
    assertEquals(false, succession.adopt(false, keys, keyAt, good, 0, UNDERLAY), "twice");
    assertEquals(FlowKey.IPV4_LENGTH, 24);
  }

  @Test
  void leavesOutConnectionsThatDoNotFit() {
    openTcp(former);
    ConnectionImage one = former.vswitch.succession().leave().getFirst();
    succeed(
        List.of(
            one,
            one,
            withId(one, one.id() + 1),
            withId(with(one, 9, 9), 257),
            at(withId(with(one, 10, 9), 3), A1.port(), Connection.NO_PORT, 4)));
    assertEquals(1, resumed);
    assertThrows(IllegalStateException.class, () -> net.vswitch.succession().resume(List.of()));
  }

  @Test
  void refusesImagesOfNoConnection() {
    openTcp(former);
    ConnectionImage one = former.vswitch.succession().leave().getFirst();
    assertThrows(IllegalArgumentException.class, () -> withId(one, 0));
    assertThrows(IllegalArgumentException.class, () -> with(one, -1, 1));
    assertThrows(IllegalArgumentException.class, () -> with(one, 1, 65_536));
    assertThrows(IllegalArgumentException.class, () -> at(one, -1, -1, 1));
    assertThrows(IllegalArgumentException.class, () -> at(one, -2, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> at(one, 1, -1, -1));
    assertThrows(IllegalArgumentException.class, () -> new ConnectionImage.Count(-1, 0));
  }

  private static ConnectionImage withId(ConnectionImage c, int id) {
    return copy(
        c,
        id,
        c.tenant(),
        c.sourcePort(),
        c.destinationPort(),
        c.initiatorPort(),
        c.responderPort());
  }

  private static ConnectionImage with(ConnectionImage c, int sourcePort, int destinationPort) {
    return copy(
        c, c.id(), c.tenant(), sourcePort, destinationPort, c.initiatorPort(), c.responderPort());
  }

  private static ConnectionImage at(ConnectionImage c, int initiator, int responder, int tenant) {
    return copy(c, c.id(), tenant, c.sourcePort(), c.destinationPort(), initiator, responder);
  }

  private static ConnectionImage copy(
      ConnectionImage c,
      int id,
      int tenant,
      int sourcePort,
      int destinationPort,
      int initiatorPort,
      int responderPort) {
    return new ConnectionImage(
        id,
        tenant,
        c.epoch(),
        c.ipv6(),
        c.protocol(),
        c.sourceHigh(),
        c.sourceLow(),
        c.destinationHigh(),
        c.destinationLow(),
        sourcePort,
        destinationPort,
        initiatorPort,
        responderPort,
        c.startedNs(),
        c.lastSeenNs(),
        c.flags(),
        c.forward(),
        c.reverse());
  }
}
