// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.GatewayNetwork.A9;
import static hnv.vswitch.GatewayNetwork.A9_OUTSIDE;
import static hnv.vswitch.GatewayNetwork.B9;
import static hnv.vswitch.GatewayNetwork.B9_OUTSIDE;
import static hnv.vswitch.GatewayNetwork.FRAMES;
import static hnv.vswitch.GatewayNetwork.OUTSIDE;
import static hnv.vswitch.GatewayNetwork.UNDERLAY;
import static hnv.vswitch.GatewayNetwork.WORLD;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.UdpHeader;
import hnv.wire.VirtioNetHeader;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Fragments through a translation: in every order, of tenants apart, bounded; and packets that are
/// too long for the way out.
class GatewayFragmentsTest {
  private static final int L3 = EthernetHeader.LENGTH;
  private static final int DATA = L3 + Ipv4Header.MIN_LENGTH;
  private static final long SECOND = 1_000_000_000L;

  private final GatewayNetwork net = new GatewayNetwork();

  private static MemorySegment segment(byte[] octets) {
    MemorySegment f = Arena.ofAuto().allocate(octets.length);
    MemorySegment.copy(octets, 0, f, ValueLayout.JAVA_BYTE, 0, octets.length);
    return f;
  }

  /// A packet in fragments of this many octets of IP payload, as its sender would make them.
  private static List<byte[]> cut(byte[] whole, int octets) {
    List<byte[]> fragments = new ArrayList<>();
    for (int at = DATA; at < whole.length; at += octets) {
      int end = Math.min(at + octets, whole.length);
      byte[] fragment = Arrays.copyOf(whole, DATA + end - at);
      System.arraycopy(whole, at, fragment, DATA, end - at);
      MemorySegment f = segment(fragment);
      Ipv4Header.setTotalLength(f, L3, fragment.length - L3);
      int more = end < whole.length ? Ipv4Header.FLAG_MF : 0;
      Ipv4Header.setFragment(f, L3, (at - DATA) / 8 | more);
      Ipv4Header.writeChecksum(f, L3);
      fragments.add(f.toArray(ValueLayout.JAVA_BYTE));
    }
    return fragments;
  }

  /// The packet that a receiver puts together; all have one identification and right checksums.
  private static byte[] join(List<byte[]> fragments) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    Set<Integer> ids = new HashSet<>();
    int next = 0;
    List<byte[]> sorted = new ArrayList<>(fragments);
    sorted.sort((a, b) -> offset(a) - offset(b));
    int left = sorted.size();
    for (byte[] fragment : sorted) {
      MemorySegment f = segment(fragment);
      left--;
      assertTrue(Ipv4Header.isChecksumValid(f, L3));
      assertEquals(next, Ipv4Header.fragmentOffset(f, L3));
      assertEquals(left > 0, Ipv4Header.isMoreFragments(f, L3));
      ids.add(Ipv4Header.id(f, L3));
      data.write(fragment, DATA, fragment.length - DATA);
      next += fragment.length - DATA;
    }
    assertEquals(1, ids.size(), "identifications");
    byte[] head = Arrays.copyOf(sorted.getFirst(), DATA);
    byte[] whole = Arrays.copyOf(head, DATA + data.size());
    System.arraycopy(data.toByteArray(), 0, whole, DATA, data.size());
    MemorySegment f = segment(whole);
    Ipv4Header.setTotalLength(f, L3, whole.length - L3);
    Ipv4Header.setFragment(f, L3, 0);
    Ipv4Header.writeChecksum(f, L3);
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  private static int offset(byte[] fragment) {
    return Ipv4Header.fragmentOffset(segment(fragment), L3);
  }

  private static int id(byte[] packet) {
    return Ipv4Header.id(segment(packet), L3);
  }

  private void sendFragment(TestHost from, byte[] fragment) {
    byte[] copy = fragment.clone();
    MemorySegment f = segment(copy);
    EthernetHeader.setDestination(f, 0, GatewayNetwork.GATE_MAC);
    byte[] inner = f.toArray(ValueLayout.JAVA_BYTE);
    boolean vxlan = from.tenant() == GatewayNetwork.A;
    net.receive(
        UNDERLAY, Packet.tunnel(inner, vxlan, from.vsid(), TestNetwork.THERE, TestNetwork.HERE));
  }

  // ---- in every order ----

  private static <T> void permute(List<T> list, int at, java.util.function.Consumer<List<T>> each) {
    if (at == list.size()) {
      each.accept(new ArrayList<>(list));
      return;
    }
    for (int i = at; i < list.size(); i++) {
      Collections.swap(list, at, i);
      permute(list, at + 1, each);
      Collections.swap(list, at, i);
    }
  }

  @Test
  void passTheTranslationInEveryOrder() {
    int[] number = {1};
    Packet like = Packet.udp(A9, WORLD, 5, 53).length(100);
    permute(
        new ArrayList<>(List.of(0, 1, 2, 3)),
        0,
        order -> {
          int id = number[0]++;
          List<byte[]> fragments = cut(like.id(id).bytes(), 32);
          order.forEach(i -> sendFragment(A9, fragments.get(i)));
          byte[] out = join(net.take(OUTSIDE));
          Packet expected = Packet.udp(A9_OUTSIDE, WORLD, 10_005, 53).length(100).ttl(63);
          assertArrayEquals(expected.id(id(out)).bytes(), out, "order " + order);

          // And back: the destination is translated, the identification is the sender's.
          Packet reply = Packet.udp(WORLD, A9_OUTSIDE, 53, 10_005).length(100).id(id);
          List<byte[]> back = cut(reply.bytes(), 32);
          order.forEach(i -> net.receive(OUTSIDE, back.get(i)));
          Packet arrives = Packet.udp(WORLD, A9, 53, 5).length(100).id(id).ttl(63);
          assertArrayEquals(
              arrives.fromMac(GatewayNetwork.GATE_MAC).bytes(), join(net.take(UNDERLAY)));
        });
    assertEquals(25, number[0]);
    assertEquals(0, net.vswitch.heldFragments());
  }

  @Test
  void leaveInTheOrderInWhichTheyWaited() {
    List<byte[]> fragments = cut(Packet.udp(A9, WORLD, 5, 53).length(100).bytes(), 32);
    sendFragment(A9, fragments.get(2));
    sendFragment(A9, fragments.get(1));
    assertEquals(2, net.vswitch.heldFragments());
    sendFragment(A9, fragments.get(0));
    assertEquals(List.of(0, 64, 32), net.take(OUTSIDE).stream().map(f -> offset(f)).toList());
  }

  @Test
  void ofTwoTenantsStayApart() {
    // Equal to the octet but for the tunnel; the others' first fragment speaks for none of them.
    List<byte[]> ofA = cut(Packet.udp(A9, WORLD, 5, 53).length(56).bytes(), 32);
    List<byte[]> ofB = cut(Packet.udp(B9, WORLD, 6, 53).length(56).bytes(), 32);
    sendFragment(A9, ofA.get(1));
    sendFragment(B9, ofB.get(0));
    assertEquals(1, net.take(OUTSIDE).size());
    assertEquals(1, net.vswitch.heldFragments());
    sendFragment(B9, ofB.get(1));
    assertEquals(1, net.take(OUTSIDE).size());
    sendFragment(A9, ofA.get(0));
    byte[] out = join(net.take(OUTSIDE));
    assertArrayEquals(
        Packet.udp(A9_OUTSIDE, WORLD, 10_005, 53).length(56).ttl(63).id(id(out)).bytes(), out);
  }

  @Test
  void ofTwoMachinesBehindOneAddressAreToldApart() {
    // Two packets of one identification at one time: two identifications outside (RFC 6864).
    Packet one = Packet.udp(A9, WORLD, 5, 53).length(56).id(77);
    Packet other = Packet.tcp(A9, WORLD, 6, 53, Packet.ACK).length(56).id(77);
    sendFragment(A9, cut(one.bytes(), 32).get(0));
    sendFragment(A9, cut(other.bytes(), 32).get(0));
    List<byte[]> out = net.take(OUTSIDE);
    assertNotEquals(77 << 16 | 77, id(out.get(0)) << 16 | id(out.get(1)));
    // Those of one protocol come from one counter: no two alike in 65,536.
    Set<Integer> ids = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      sendFragment(A9, cut(one.id(i).bytes(), 32).get(0));
      ids.add(id(net.take(OUTSIDE).getFirst()));
    }
    assertEquals(1_000, ids.size());
  }

  // ---- bounds ----

  @Test
  void waitASecondAtMost() {
    List<byte[]> fragments = cut(Packet.udp(A9, WORLD, 5, 53).length(56).bytes(), 32);
    sendFragment(A9, fragments.get(1));
    net.pass(SECOND - 100_000_000L);
    assertEquals(1, net.vswitch.heldFragments());
    net.pass(100_000_000L);
    assertEquals(0, net.vswitch.heldFragments());
    assertEquals(1, net.drops(UNDERLAY, DropReason.FRAGMENT_WITHOUT_FIRST));
    assertEquals(FRAMES, net.pool.available());
    sendFragment(A9, fragments.get(0));
    assertEquals(1, net.take(OUTSIDE).size());
  }

  @Test
  void aFloodHoldsItsShareAndHurtsNobody() {
    Packet later = Packet.udp(A9, WORLD, 5, 53).length(64).fragment(9);
    int share = FRAMES / 16;
    for (int id = 0; id < 500; id++) {
      net.send(A9, later.id(id));
    }
    assertEquals(share, net.vswitch.heldFragments());
    assertEquals(500 - share, net.drops(UNDERLAY, DropReason.FRAGMENTS_HELD));
    // In one piece, in order, and in disorder at another port: as if nothing was.
    net.send(A9, Packet.udp(A9, WORLD, 5, 53));
    assertEquals(1, net.take(OUTSIDE).size());
    List<byte[]> fragments = cut(Packet.udp(A9, WORLD, 5, 53).length(100).id(900).bytes(), 32);
    fragments.forEach(fragment -> sendFragment(A9, fragment));
    assertEquals(4, net.take(OUTSIDE).size());
    List<byte[]> others = cut(Packet.udp(B9, WORLD, 5, 53).length(56).bytes(), 32);
    sendFragment(B9, others.get(1));
    sendFragment(B9, others.get(0));
    join(net.take(OUTSIDE));
    // With the others' share, too: still room for a newcomer, by the oldest of the flood.
    assertEquals(share, net.vswitch.heldFragments());
  }

  @Test
  void noneIsHeldWhereFramesAreShort() {
    List<Frame> taken = new ArrayList<>();
    while (net.pool.available() > FRAMES / 2) {
      taken.add(net.frame(new byte[14], UNDERLAY));
    }
    Frame later =
        net.frame(
            TestNetwork.tunnelled(
                A9,
                Packet.udp(A9, WORLD, 5, 53).length(64).fragment(9).toMac(GatewayNetwork.GATE_MAC)),
            UNDERLAY);
    net.vswitch.process(later, net.now);
    assertEquals(1, net.drops(UNDERLAY, DropReason.FRAGMENTS_HELD));
    taken.forEach(Frame::release);
    assertEquals(FRAMES, net.pool.available());
  }

  @Test
  void overlappingOnesPassAsTheyAre() {
    // Nothing is put together here: the receiver sees what the sender sent, and refuses it.
    List<byte[]> fragments = cut(Packet.udp(A9, WORLD, 5, 53).length(56).bytes(), 32);
    sendFragment(A9, fragments.get(0));
    sendFragment(A9, fragments.get(1));
    sendFragment(A9, fragments.get(1));
    assertEquals(3, net.take(OUTSIDE).size());
  }

  // ---- too long for the path ----

  @Test
  void tooLongWithoutDfLeavesInFragmentsInOrder() {
    net.arrays.nextHops().putLocal(OUTSIDE, OUTSIDE, 600);
    net.send(A9, Packet.udp(A9, WORLD, 5, 53).length(1_400));
    List<byte[]> sent = net.take(OUTSIDE);
    assertEquals(List.of(0, 576, 1_152), sent.stream().map(f -> offset(f)).toList());
    sent.forEach(f -> assertTrue(f.length <= 614));
    byte[] out = join(sent);
    assertArrayEquals(
        Packet.udp(A9_OUTSIDE, WORLD, 10_005, 53).length(1_400).ttl(63).id(id(out)).bytes(), out);
    // Two such packets: two identifications.
    net.send(A9, Packet.udp(A9, WORLD, 5, 53).length(1_400));
    assertNotEquals(id(out), id(net.take(OUTSIDE).getFirst()));
    // And into the tunnel.
    net.arrays.nextHops().putTunnel(GatewayNetwork.BY_VXLAN, UNDERLAY, outer(), 650);
    net.come(OUTSIDE, Packet.udp(WORLD, A9_OUTSIDE, 53, 10_005).length(1_400));
    assertArrayEquals(
        Packet.udp(WORLD, A9, 53, 5).length(1_400).ttl(63).fromMac(GatewayNetwork.GATE_MAC).bytes(),
        join(net.take(UNDERLAY)));
  }

  private static hnv.dataplane.OuterHeader outer() {
    return hnv.dataplane.OuterHeader.of(
        hnv.dataplane.Encapsulation.VXLAN,
        new hnv.wire.ProviderAddress(TestNetwork.HERE),
        new hnv.wire.ProviderAddress(TestNetwork.THERE),
        new hnv.wire.MacAddress(1),
        new hnv.wire.MacAddress(2),
        64,
        VSwitch.DEFAULT_VXLAN_PORT);
  }

  @Test
  void aFragmentThatIsTooLongIsCutAgain() {
    net.arrays.nextHops().putLocal(OUTSIDE, OUTSIDE, 300);
    List<byte[]> fragments = cut(Packet.udp(A9, WORLD, 5, 53).length(1_000).bytes(), 512);
    sendFragment(A9, fragments.get(1));
    sendFragment(A9, fragments.get(0));
    List<byte[]> sent = net.take(OUTSIDE);
    assertEquals(4, sent.size());
    byte[] out = join(sent);
    assertArrayEquals(
        Packet.udp(A9_OUTSIDE, WORLD, 10_005, 53).length(1_000).ttl(63).id(id(out)).bytes(), out);
  }

  @Test
  void withDfItIsDropped() {
    net.arrays.nextHops().putLocal(OUTSIDE, OUTSIDE, 600);
    net.send(A9, Packet.udp(A9, WORLD, 5, 53).length(1_400).fragment(Ipv4Header.FLAG_DF));
    assertEquals(1, net.drops(UNDERLAY, DropReason.MTU_EXCEEDED));
    net.assertSilent();
  }

  @Test
  void aSuperFrameIsCutIntoSegmentsAndThese() {
    net.arrays.nextHops().putLocal(OUTSIDE, OUTSIDE, 600);
    Packet tcp = Packet.tcp(A9, WORLD, 5, 80, Packet.ACK).length(2_100);
    Frame frame =
        net.frame(TestNetwork.tunnelled(A9, tcp.toMac(GatewayNetwork.GATE_MAC)), UNDERLAY);
    frame.setGso(VirtioNetHeader.GSO_TCPV4, 1_000);
    frame.setTunnelGso(true);
    net.vswitch.process(frame, net.now);
    assertEquals(FRAMES, net.pool.available());
    // 1,000 in two fragments, twice, and 100.
    List<byte[]> sent = net.take(OUTSIDE);
    assertEquals(5, sent.size());
    assertEquals(1_020, join(sent.subList(0, 2)).length - DATA);
    assertEquals(1_020, join(sent.subList(2, 4)).length - DATA);
    assertEquals(120, sent.get(4).length - DATA);
  }

  @Test
  void suchAFlowStaysInJava() {
    FakeKernel kernel = net.offload();
    Packet small = Packet.udp(A9, WORLD, 5, 53);
    net.send(A9, small);
    net.come(OUTSIDE, Packet.udp(WORLD, A9_OUTSIDE, 53, 10_005));
    net.ports.values().forEach(port -> net.vswitch.drained(port, net.now));
    assertEquals(2, kernel.size());
    net.arrays.nextHops().putLocal(OUTSIDE, OUTSIDE, 600);
    net.send(A9, small.length(1_400));
    assertEquals(1, kernel.size(), "the way back stays");
    for (int i = 0; i < 20; i++) {
      net.send(A9, small);
      net.ports.values().forEach(port -> net.vswitch.drained(port, net.now));
    }
    assertEquals(1, kernel.size());
    Connection c = net.only();
    assertEquals(OffloadState.FRAGMENTS, net.vswitch.flows().state(c.flow(true)));
    // Here its small packets go by the record all the same.
    assertEquals("frf", net.nat.live.get(c.binding()).toString());
  }

  @Test
  void theChecksumOfTheWholeIsTranslatedInTheFirst() {
    Packet packet = Packet.udp(B9, WORLD, 5, 53).length(100);
    cut(packet.bytes(), 48).forEach(fragment -> sendFragment(B9, fragment));
    byte[] out = join(net.take(OUTSIDE));
    MemorySegment f = segment(out);
    int pseudo = Ipv4Header.pseudoHeader(f, L3, IpProtocol.UDP, out.length - DATA);
    assertTrue(UdpHeader.isChecksumValid(f, DATA, pseudo));
    assertEquals(B9_OUTSIDE.ipv4().bits(), Ipv4Header.source(f, L3));
  }
}
