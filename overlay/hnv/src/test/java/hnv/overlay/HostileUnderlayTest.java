// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static hnv.overlay.TwoTenants.HOST1_PA;
import static hnv.overlay.TwoTenants.HOST2_PA;
import static hnv.overlay.TwoTenants.SQL;
import static hnv.overlay.TwoTenants.SQL_IP;
import static hnv.overlay.TwoTenants.WEB;
import static hnv.overlay.TwoTenants.WEB_IP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Whoever is on the underlay and not of it: what it sends is refused and leaves no trace behind.
class HostileUnderlayTest {
  private static final int OUTER_L3 = 14;
  private final TestHost host1 = new TestHost("host1");
  private final TestHost host2 = new TestHost("host2");

  HostileUnderlayTest() {
    host1.apply(TwoTenants.network(Encapsulation.VXLAN));
    host2.apply(TwoTenants.network(Encapsulation.VXLAN));
  }

  @AfterEach
  void noFrameIsLost() {
    assertEquals(64, host1.pool.available());
    assertEquals(64, host2.pool.available());
  }

  private byte[] tunnelled(byte[] packet) {
    host1.fromVm("contoso-sql", packet);
    return host1.underlay.take().getFirst();
  }

  /// An IPv4 provider address is one on IPv4 packets only: ::ffff:a.b.c.d is on no wire (RFC 6890),
  /// and a filter against forged IPv4 sources does not see it.
  @Test
  void takesNoMappedAddressForAProviderAddress() {
    byte[] good = tunnelled(Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 2, 8));
    int payload = good.length - OUTER_L3 - Ipv4Header.MIN_LENGTH;
    MemorySegment f = Arena.ofAuto().allocate(OUTER_L3 + Ipv6Header.LENGTH + payload);
    EthernetHeader.write(f, 0, 0x0200_0000_0002L, 0x0200_0000_0001L, EthernetHeader.IPV6);
    Ipv6Address from = Ipv6Address.parse("::ffff:" + HOST1_PA);
    Ipv6Address to = Ipv6Address.parse("::ffff:" + HOST2_PA);
    Ipv6Header.write(
        f,
        OUTER_L3,
        0,
        0,
        payload,
        IpProtocol.UDP,
        64,
        from.high(),
        from.low(),
        to.high(),
        to.low());
    MemorySegment.copy(
        good,
        OUTER_L3 + Ipv4Header.MIN_LENGTH,
        f,
        ValueLayout.JAVA_BYTE,
        OUTER_L3 + Ipv6Header.LENGTH,
        payload);
    host2.fromUnderlay(f.toArray(ValueLayout.JAVA_BYTE));
    assertTrue(host2.vm("contoso-web").take().isEmpty());
    assertEquals(1, host2.drops("underlay", DropReason.SOURCE_PA_MISMATCH));
  }

  /// The ports of a fragmented packet are those of a first fragment that was let in, and not of one
  /// that somebody forged beside it.
  @Test
  void aForgedFirstFragmentSpeaksForNoOther() {
    byte[] whole = Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 2, 64);
    byte[] first = tunnelled(fragment(whole, 0, 32, true));
    byte[] later = tunnelled(fragment(whole, 32, 40, false));
    MemorySegment forged = Packets.segment(first);
    Ipv4Header.setSource(forged, OUTER_L3, Ipv4Address.parse("192.168.1.66").bits());
    Ipv4Header.writeChecksum(forged, OUTER_L3);
    host2.fromUnderlay(forged.toArray(ValueLayout.JAVA_BYTE));
    assertEquals(1, host2.drops("underlay", DropReason.SOURCE_PA_MISMATCH));
    host2.fromUnderlay(later);
    assertEquals(1, host2.vswitch.heldFragments());
    host2.nowNs += 1_000_000_000L;
    host2.vswitch.housekeep(host2.nowNs);
    assertEquals(1, host2.drops("underlay", DropReason.FRAGMENT_WITHOUT_FIRST));
    host2.fromUnderlay(first);
    host2.fromUnderlay(later);
    assertEquals(2, host2.vm("contoso-web").take().size());
  }

  /// Part of an IPv4 packet's payload as a fragment.
  static byte[] fragment(byte[] packet, int offset, int length, boolean more) {
    int headers = Packets.IP + Ipv4Header.MIN_LENGTH;
    byte[] octets = new byte[headers + length];
    System.arraycopy(packet, 0, octets, 0, headers);
    System.arraycopy(packet, headers + offset, octets, headers, length);
    MemorySegment f = Packets.segment(octets);
    Ipv4Header.setTotalLength(f, Packets.IP, Ipv4Header.MIN_LENGTH + length);
    int field = (more ? Ipv4Header.FLAG_MF : 0) | offset >>> 3;
    f.set(ValueLayout.JAVA_BYTE, Packets.IP + 6, (byte) (field >>> 8));
    f.set(ValueLayout.JAVA_BYTE, Packets.IP + 7, (byte) field);
    Ipv4Header.writeChecksum(f, Packets.IP);
    return f.toArray(ValueLayout.JAVA_BYTE);
  }
}
