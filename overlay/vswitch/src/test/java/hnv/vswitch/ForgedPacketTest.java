// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.B1;
import static hnv.vswitch.TestNetwork.HERE;
import static hnv.vswitch.TestNetwork.THERE;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.wire.Ipv4Address;
import hnv.wire.VirtioNetHeader;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Packets that share the 5-tuple of a live flow and are not of it: "a record earned by one packet
/// must not carry another".
class ForgedPacketTest {
  private static final int DF = 0x4000;

  private final TestNetwork net = new TestNetwork();
  private final Packet out = Packet.udp(A1, A2, 1, 2);
  private final Packet in = Packet.udp(A9, A1, 9, 1);

  @BeforeEach
  void establish() {
    for (int i = 0; i < 3; i++) {
      net.assertPasses(A1, out, A2.port());
      net.assertPasses(A9, in, A1.port());
    }
    assertEquals(2, net.flows());
    net.ports.keySet().forEach(net::take);
  }

  private void assertRefused(int port, byte[] octets, DropReason reason) {
    long before = net.drops(port, reason);
    net.receive(port, octets);
    assertEquals(before + 1, net.drops(port, reason));
    net.ports.keySet().forEach(p -> assertEquals(List.of(), net.sent(p), "sent by " + p));
    // The flow itself lives on.
    net.assertPasses(A1, out, A2.port());
    net.assertPasses(A9, in, A1.port());
    net.ports.keySet().forEach(net::take);
  }

  private static byte[] tunnel(Packet packet, Ipv4Address from, Ipv4Address to) {
    return Packet.tunnel(packet.bytes(), true, 5001, from, to);
  }

  @Test
  void fromAnotherOuterSource() {
    Ipv4Address stranger = Ipv4Address.parse("192.168.1.66");
    assertRefused(UNDERLAY, tunnel(in, stranger, HERE), DropReason.SOURCE_PA_MISMATCH);
    assertRefused(UNDERLAY, tunnel(in, HERE, HERE), DropReason.SOURCE_PA_MISMATCH);
  }

  @Test
  void toAnotherOuterDestination() {
    Ipv4Address other = Ipv4Address.parse("192.168.1.11");
    assertRefused(UNDERLAY, tunnel(in, THERE, other), DropReason.SOURCE_PA_MISMATCH);
  }

  @Test
  void inAnotherEncapsulation() {
    byte[] nvgre = Packet.tunnel(in.bytes(), false, 5001, THERE, HERE);
    assertRefused(UNDERLAY, nvgre, DropReason.ENCAPSULATION_MISMATCH);
  }

  @Test
  void inAnotherSubnet() {
    byte[] other = Packet.tunnel(in.bytes(), true, 6001, THERE, HERE);
    assertRefused(UNDERLAY, other, DropReason.DESTINATION_MAC_UNKNOWN);
    byte[] unknown = Packet.tunnel(in.bytes(), true, 5002, THERE, HERE);
    assertRefused(UNDERLAY, unknown, DropReason.UNKNOWN_VSID);
  }

  @Test
  void withAnotherSourceMac() {
    assertRefused(A1.port(), out.fromMac(B1.mac()).bytes(), DropReason.SOURCE_MAC_SPOOFED);
    assertRefused(
        UNDERLAY, tunnel(in.fromMac(B1.mac()), THERE, HERE), DropReason.SOURCE_MAC_MISMATCH);
  }

  @Test
  void withAnotherDestinationMac() {
    assertRefused(A1.port(), out.toMac(B1.mac()).bytes(), DropReason.DESTINATION_MAC_UNKNOWN);
    assertRefused(
        UNDERLAY, tunnel(in.toMac(B1.mac()), THERE, HERE), DropReason.DESTINATION_MAC_UNKNOWN);
  }

  @Test
  void withAVlanTag() {
    assertRefused(A1.port(), out.withVlanTag().bytes(), DropReason.VLAN_TAG_FROM_VM);
    assertRefused(UNDERLAY, tunnel(in.withVlanTag(), THERE, HERE), DropReason.INNER_VLAN_TAG);
  }

  @Test
  void tooLong() {
    assertRefused(A1.port(), out.length(1_473).fragment(DF).bytes(), DropReason.MTU_EXCEEDED);
    assertRefused(
        UNDERLAY, tunnel(in.length(1_473).fragment(DF), THERE, HERE), DropReason.MTU_EXCEEDED);
    // One octet less passes.
    net.assertPasses(A1, out.length(1_472), A2.port());
  }

  @Test
  void tooLongBehindItsIpPacket() {
    byte[] padded = java.util.Arrays.copyOf(out.bytes(), 20_000);
    net.receive(A1.port(), padded);
    assertEquals(out.bytes().length, net.take(A2.port()).getFirst().length);
  }

  @Test
  void inSegmentsThatAreTooSmallOrTooLong() {
    Packet tcp = Packet.tcp(A1, A2, 7, 8, Packet.ACK).length(9_000).fragment(DF);
    for (int size : new int[] {255, 1_461}) {
      Frame frame = net.frame(tcp.bytes(), A1.port());
      frame.setGso(VirtioNetHeader.GSO_TCPV4, size);
      net.vswitch.process(frame, net.now);
      assertEquals(List.of(), net.sent(A2.port()));
    }
    int segments = (9_000 + 254) / 255;
    assertEquals(segments, net.drops(A1.port(), DropReason.GSO_SIZE_REFUSED));
    assertEquals(7, net.drops(A1.port(), DropReason.MTU_EXCEEDED));
    assertEquals(TestNetwork.FRAMES, net.pool.available());
  }

  @Test
  void fromAnotherPort() {
    // A2's guest sends what A1's may send.
    assertRefused(A2.port(), in.bytes(), DropReason.SOURCE_MAC_SPOOFED);
    assertRefused(A2.port(), out.bytes(), DropReason.SOURCE_MAC_SPOOFED);
  }

  @Test
  void asAFragment() {
    net.receive(A1.port(), out.fragment(9).length(64).bytes());
    assertEquals(1, net.vswitch.heldFragments());
    net.pass(HeldFragments.PATIENCE_NS);
    assertEquals(1, net.drops(A1.port(), DropReason.FRAGMENT_WITHOUT_FIRST));
    net.ports.keySet().forEach(p -> assertEquals(List.of(), net.sent(p)));
  }

  @Test
  void plainOnTheUnderlay() {
    assertRefused(UNDERLAY, in.bytes(), DropReason.NOT_A_TUNNEL_PACKET);
  }

  @Test
  void inATunnelFromAGuest() {
    // Not opened: a guest's own tunnel is its payload, to a MAC that must be known.
    net.receive(A1.port(), tunnel(in, THERE, HERE));
    assertEquals(1, net.drops(A1.port(), DropReason.SOURCE_MAC_SPOOFED));
    net.ports.keySet().forEach(p -> assertEquals(List.of(), net.sent(p)));
  }
}
