// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static hnv.overlay.TwoTenants.APP1_IP;
import static hnv.overlay.TwoTenants.SQL;
import static hnv.overlay.TwoTenants.SQL_IP;
import static hnv.overlay.TwoTenants.WEB;
import static hnv.overlay.TwoTenants.WEB_IP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Rule;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6FragmentHeader;
import hnv.wire.Ipv6Header;
import hnv.wire.TcpHeader;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a machine tries that wants more than policy gives it.
class HostileMachineTest {
  private static final AccessControl WEB_ONLY =
      new AccessControl(
          List.of(
              new Group(
                  "acl",
                  List.of(
                      new Rule(
                          "web",
                          100,
                          List.of(new Condition.DestinationPort(80, 80)),
                          new Action.StatefulAllow()),
                      new Rule(
                          "default",
                          65_536,
                          List.of(),
                          new Action.Deny(DropReason.ACL_DEFAULT_DENIED))))),
          List.of());
  private final TestHost host1 = new TestHost("host1");

  @AfterEach
  void noFrameIsLost() {
    assertEquals(64, host1.pool.available());
  }

  /// An ICMP error from SQL that quotes a packet.
  private static byte[] unreachable(long toMac, String to, byte[] about) {
    int quote = Ipv4Header.MIN_LENGTH + 8;
    int length = Ipv4Header.MIN_LENGTH + Icmpv4Header.LENGTH + quote;
    MemorySegment f = Arena.ofAuto().allocate(Packets.IP + length);
    EthernetHeader.write(f, 0, toMac, SQL, EthernetHeader.IPV4);
    Ipv4Header.write(
        f,
        Packets.IP,
        0,
        length,
        1,
        0,
        64,
        IpProtocol.ICMP,
        Ipv4Address.parse(SQL_IP).bits(),
        Ipv4Address.parse(to).bits());
    Ipv4Header.writeChecksum(f, Packets.IP);
    int icmp = Packets.IP + Ipv4Header.MIN_LENGTH;
    MemorySegment.copy(about, Packets.IP, f, ValueLayout.JAVA_BYTE, icmp + 8, quote);
    f.set(ValueLayout.JAVA_BYTE, icmp, (byte) Icmpv4Header.DESTINATION_UNREACHABLE);
    f.set(ValueLayout.JAVA_BYTE, icmp + 1, (byte) 3);
    Icmpv4Header.writeChecksum(f, icmp, Icmpv4Header.LENGTH + quote);
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  /// RFC 5927 §4: an error goes to whom the packet came from that it is about. To another it is no
  /// answer, and so a way past the access control to everybody in the routing domain.
  @Test
  void anErrorGoesOnlyToWhomItIsAbout() {
    host1.apply(TwoTenants.network(Encapsulation.VXLAN, WEB_ONLY, "host2"));
    host1.fromVm("contoso-sql", Packets.tcp(SQL, WEB, SQL_IP, WEB_IP, 1_000, 80, TcpHeader.SYN, 0));
    assertEquals(1, host1.underlay.take().size());
    byte[] reply = Packets.tcp(WEB, SQL, WEB_IP, SQL_IP, 80, 1_000, TcpHeader.ACK, 0);
    host1.fromVm("contoso-sql", unreachable(WEB, WEB_IP, reply));
    assertEquals(1, host1.underlay.take().size(), "to whom it is about");
    host1.fromVm("contoso-sql", unreachable(RouterMac.BITS, APP1_IP, reply));
    assertTrue(host1.vm("contoso-app1").take().isEmpty());
    assertEquals(1, host1.drops("contoso-sql", DropReason.ACL_DEFAULT_DENIED));
  }

  /// RFC 6980 §5: neighbour discovery in fragments is ignored, which a guard on the link could not
  /// read.
  @Test
  void aFragmentedSolicitationGetsNoAnswer() {
    host1.apply(TwoTenants.network(Encapsulation.VXLAN));
    byte[] whole = Packets.solicitation(SQL, "fd00:5001::11", "fd00:5001::12");
    host1.fromVm("contoso-sql", whole);
    assertEquals(1, host1.vm("contoso-sql").take().size());
    int at = Packets.IP + Ipv6Header.LENGTH;
    byte[] cut = new byte[whole.length + Ipv6FragmentHeader.LENGTH];
    System.arraycopy(whole, 0, cut, 0, at);
    System.arraycopy(whole, at, cut, at + Ipv6FragmentHeader.LENGTH, whole.length - at);
    cut[Packets.IP + Ipv6Header.NEXT_HEADER_AT] = IpProtocol.FRAGMENT;
    cut[at] = IpProtocol.ICMPV6;
    cut[at + 3] = 1; // more fragments
    MemorySegment f = Packets.segment(cut);
    Ipv6Header.setPayloadLength(f, Packets.IP, cut.length - at);
    host1.fromVm("contoso-sql", f.toArray(ValueLayout.JAVA_BYTE));
    assertTrue(host1.vm("contoso-sql").take().isEmpty());
    assertEquals(1, host1.drops("contoso-sql", DropReason.ND_NOT_A_SOLICITATION));
  }

  /// What comes in goes out, or is dropped for a reason: super-frames count as what they stand for.
  @Test
  void everyPacketIsAccountedFor() {
    host1.apply(TwoTenants.network(Encapsulation.VXLAN, WEB_ONLY, "host2"));
    int size = 1_000;
    int segments = 20;
    int data = size * segments;
    byte[] passes = Packets.tcp(SQL, WEB, SQL_IP, WEB_IP, 1_000, 80, TcpHeader.ACK, data);
    byte[] denied = Packets.tcp(SQL, WEB, SQL_IP, WEB_IP, 1_000, 81, TcpHeader.ACK, data);
    byte[] unknown = Packets.tcp(SQL, WEB, SQL_IP, APP1_IP, 1_000, 80, TcpHeader.ACK, data);
    MemorySegment old =
        Packets.segment(
            Packets.tcp(SQL, RouterMac.BITS, SQL_IP, APP1_IP, 1_000, 80, TcpHeader.ACK, data));
    Ipv4Header.setTtl(old, Packets.IP, 1);
    Ipv4Header.writeChecksum(old, Packets.IP);
    byte[] expired = old.toArray(ValueLayout.JAVA_BYTE);
    for (byte[] packet : List.of(passes, denied, unknown, expired)) {
      host1.superFrameFromVm(
          "contoso-sql", packet, VirtioNetHeader.GSO_TCPV4, size, TcpHeader.CHECKSUM_AT);
    }
    host1.superFrameFromVm(
        "contoso-sql", passes, VirtioNetHeader.GSO_TCPV4, 1_460, TcpHeader.CHECKSUM_AT);
    Counters.Snapshot counted = host1.vswitch.counters().snapshot(host1.vm("contoso-sql").number());
    long dropped = counted.drops().values().stream().mapToLong(Long::longValue).sum();
    long left = host1.vswitch.counters().snapshot(TestHost.UNDERLAY).sentPackets();
    assertEquals(4 * segments + 14, counted.receivedPackets());
    assertEquals(segments, left);
    assertEquals(counted.receivedPackets(), left + dropped, counted.drops()::toString);
  }
}
