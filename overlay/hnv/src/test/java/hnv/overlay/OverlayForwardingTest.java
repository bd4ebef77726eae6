// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static hnv.overlay.TwoTenants.APP1;
import static hnv.overlay.TwoTenants.APP1_IP;
import static hnv.overlay.TwoTenants.APP2_IP;
import static hnv.overlay.TwoTenants.SQL;
import static hnv.overlay.TwoTenants.SQL_IP;
import static hnv.overlay.TwoTenants.WEB;
import static hnv.overlay.TwoTenants.WEB_IP;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.NvgreHeader;
import hnv.wire.TcpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The lab of the HNV papers, in memory.
class OverlayForwardingTest {
  private static final int VXLAN_AT = 14 + 20 + 8;
  private static final int GRE_AT = 14 + 20;
  private TestHost host1 = new TestHost("host1");
  private TestHost host2 = new TestHost("host2");

  @BeforeEach
  void layTheLab() {
    host1 = new TestHost("host1");
    host2 = new TestHost("host2");
    apply(TwoTenants.network(Encapsulation.VXLAN));
  }

  @AfterEach
  void noFrameIsLost() {
    assertEquals(64, host1.pool.available());
    assertEquals(64, host2.pool.available());
  }

  private void apply(OverlayNetwork network) {
    host1.apply(network);
    host2.apply(network);
  }

  private static byte[] inner(byte[] outer, int from) {
    return Arrays.copyOfRange(outer, from, outer.length);
  }

  private byte[] one(List<byte[]> packets) {
    assertEquals(1, packets.size());
    return packets.getFirst();
  }

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void carriesAFrameToTheOtherHostUnchanged(Encapsulation encapsulation) {
    apply(TwoTenants.network(encapsulation));
    byte[] packet = Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1000, 2000, 64);
    host1.fromVm("contoso-sql", packet);
    byte[] outer = one(host1.underlay.take());
    MemorySegment f = Packets.segment(outer);
    assertEquals(Ipv4Address.parse(TwoTenants.HOST1_PA).bits(), Ipv4Header.source(f, 14));
    assertEquals(Ipv4Address.parse(TwoTenants.HOST2_PA).bits(), Ipv4Header.destination(f, 14));
    assertTrue(Ipv4Header.isChecksumValid(f, 14));
    assertEquals(outer.length - 14, Ipv4Header.totalLength(f, 14));
    if (encapsulation == Encapsulation.VXLAN) {
      assertEquals(5001, VxlanHeader.vni(f, VXLAN_AT));
      assertArrayEquals(packet, inner(outer, VXLAN_AT + 8));
    } else {
      assertEquals(5001, NvgreHeader.vsid(f, GRE_AT));
      assertArrayEquals(packet, inner(outer, GRE_AT + 8));
    }
    host2.fromUnderlay(outer);
    assertArrayEquals(packet, one(host2.vm("contoso-web").take()));
    assertTrue(host2.vm("fabrikam-web").take().isEmpty());
  }

  @Test
  void answersByTheUnifiedFlowAreTheSameOctets() {
    byte[] packet = Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1000, 2000, 64);
    host1.fromVm("contoso-sql", packet);
    host1.fromVm("contoso-sql", packet);
    List<byte[]> sent = host1.underlay.take();
    assertArrayEquals(sent.get(0), sent.get(1));
    assertEquals(1, host1.vswitch.flows().size());
    assertEquals(1, host1.vswitch.connections().size());
  }

  @Test
  void routesBetweenSubnetsOnTheSendingHost() {
    host1.fromVm("contoso-sql", Packets.udp(SQL, RouterMac.BITS, SQL_IP, APP2_IP, 1000, 2000, 8));
    byte[] outer = one(host1.underlay.take());
    MemorySegment f = Packets.segment(outer);
    assertEquals(5002, VxlanHeader.vni(f, VXLAN_AT));
    int innerAt = VXLAN_AT + 8;
    assertEquals(63, Ipv4Header.ttl(f, innerAt + 14));
    assertTrue(Ipv4Header.isChecksumValid(f, innerAt + 14));
    assertEquals(TwoTenants.APP2, EthernetHeader.destination(f, innerAt));
    assertEquals(RouterMac.BITS, EthernetHeader.source(f, innerAt));
    host2.fromUnderlay(outer);
    assertEquals(1, host2.vm("contoso-app2").take().size());
  }

  @Test
  void keepsLocalTrafficOnTheHost() {
    host1.fromVm("contoso-sql", Packets.udp(SQL, RouterMac.BITS, SQL_IP, APP1_IP, 1000, 2000, 8));
    byte[] got = one(host1.vm("contoso-app1").take());
    assertEquals(63, Ipv4Header.ttl(Packets.segment(got), 14));
    assertTrue(host1.underlay.take().isEmpty());
    host1.fromVm("contoso-app1", Packets.udp(APP1, RouterMac.BITS, APP1_IP, SQL_IP, 2000, 1000, 8));
    one(host1.vm("contoso-sql").take());
    assertEquals(1, host1.vswitch.connections().size());
    assertEquals(2, host1.vswitch.flows().size());
  }

  @Test
  void answersArpOnItsOwnHost() {
    host1.fromVm("contoso-sql", Packets.arp(SQL, SQL_IP, WEB_IP));
    MemorySegment f = Packets.segment(one(host1.vm("contoso-sql").take()));
    assertEquals(ArpPacket.REPLY, ArpPacket.operation(f, 14));
    assertEquals(WEB, ArpPacket.senderMac(f, 14));
    assertTrue(host1.underlay.take().isEmpty());
    host1.fromVm("contoso-sql", Packets.arp(SQL, SQL_IP, "10.1.1.1"));
    assertEquals(
        RouterMac.BITS,
        ArpPacket.senderMac(Packets.segment(one(host1.vm("contoso-sql").take())), 14));
    host1.fromVm("contoso-sql", Packets.arp(SQL, SQL_IP, "10.1.1.99"));
    assertEquals(1, host1.drops("contoso-sql", DropReason.ARP_TARGET_UNKNOWN));
  }

  @Test
  void answersNeighborSolicitationAndPing() {
    host1.fromVm("contoso-sql", Packets.solicitation(SQL, "fd00:5001::11", "fd00:5001::12"));
    one(host1.vm("contoso-sql").take());
    host1.fromVm("contoso-sql", Packets.ping(SQL, RouterMac.BITS, SQL_IP, "10.1.1.1", 7));
    MemorySegment f = Packets.segment(one(host1.vm("contoso-sql").take()));
    assertEquals(Icmpv4Header.ECHO_REPLY, Icmpv4Header.type(f, 34));
    assertTrue(Ipv4Header.isChecksumValid(f, 14));
    assertTrue(host1.underlay.take().isEmpty());
  }

  @Test
  void carriesIpv6() {
    byte[] packet = Packets.ping6(SQL, WEB, "fd00:5001::11", "fd00:5001::12", 9);
    host1.fromVm("contoso-sql", packet);
    host2.fromUnderlay(one(host1.underlay.take()));
    assertArrayEquals(packet, one(host2.vm("contoso-web").take()));
  }

  @Test
  void refusesWhatAVmForges() {
    host1.fromVm("contoso-sql", Packets.udp(SQL, WEB, "10.1.1.99", WEB_IP, 1, 2, 8));
    host1.fromVm("contoso-sql", Packets.udp(APP1, WEB, SQL_IP, WEB_IP, 1, 2, 8));
    assertEquals(1, host1.drops("contoso-sql", DropReason.SOURCE_CA_SPOOFED));
    assertEquals(1, host1.drops("contoso-sql", DropReason.SOURCE_MAC_SPOOFED));
    assertTrue(host1.underlay.take().isEmpty());
  }

  @Test
  void refusesWhatTheUnderlayForges() {
    host1.fromVm("contoso-sql", Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 2, 8));
    byte[] outer = one(host1.underlay.take());
    byte[] otherPa = outer.clone();
    MemorySegment f = Packets.segment(otherPa);
    Ipv4Header.setSource(f, 14, Ipv4Address.parse("192.168.1.66").bits());
    Ipv4Header.writeChecksum(f, 14);
    host2.fromUnderlay(f.toArray(ValueLayout.JAVA_BYTE));
    assertEquals(1, host2.drops("underlay", DropReason.SOURCE_PA_MISMATCH));
    f = Packets.segment(outer.clone());
    VxlanHeader.write(f, VXLAN_AT, 5101);
    host2.fromUnderlay(f.toArray(ValueLayout.JAVA_BYTE));
    assertEquals(1, host2.drops("underlay", DropReason.UNKNOWN_VSID));
    assertTrue(host2.vm("contoso-web").take().isEmpty());
    assertTrue(host2.vm("fabrikam-web").take().isEmpty());
    host2.fromUnderlay(outer);
    one(host2.vm("contoso-web").take());
  }

  @Test
  void replicatesABroadcastOncePerHostThatHasTheSubnet() {
    host1.fromVm(
        "contoso-sql",
        Packets.udp(SQL, EthernetHeader.BROADCAST, SQL_IP, "10.1.1.255", 137, 137, 8));
    byte[] outer = one(host1.underlay.take());
    host2.fromUnderlay(outer);
    one(host2.vm("contoso-web").take());
    assertTrue(host2.vm("contoso-app2").take().isEmpty());
    assertTrue(host2.vm("fabrikam-web").take().isEmpty());
  }

  @Test
  void saysTimeExceededAndFragmentationNeeded() {
    byte[] packet = Packets.udp(SQL, RouterMac.BITS, SQL_IP, APP2_IP, 1, 2, 8);
    MemorySegment f = Packets.segment(packet);
    Ipv4Header.setTtl(f, 14, 1);
    Ipv4Header.writeChecksum(f, 14);
    host1.fromVm("contoso-sql", f.toArray(ValueLayout.JAVA_BYTE));
    f = Packets.segment(one(host1.vm("contoso-sql").take()));
    assertEquals(Icmpv4Header.TIME_EXCEEDED, Icmpv4Header.type(f, 34));
    assertEquals(SQL, EthernetHeader.destination(f, 0));
    assertEquals(Ipv4Address.parse("10.1.1.1").bits(), Ipv4Header.source(f, 14));
    host1.fromVm("contoso-sql", Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 2, 1_450));
    f = Packets.segment(one(host1.vm("contoso-sql").take()));
    assertEquals(Icmpv4Header.FRAGMENTATION_NEEDED, Icmpv4Header.code(f, 34));
    assertEquals(1_450, Icmpv4Header.nextHopMtu(f, 34));
    assertEquals(1, host1.drops("contoso-sql", DropReason.MTU_EXCEEDED));
    assertEquals(1, host1.drops("contoso-sql", DropReason.TTL_EXPIRED));
  }

  @Test
  void survivesMigration() {
    byte[] syn = Packets.tcp(WEB, SQL, WEB_IP, SQL_IP, 4000, 80, TcpHeader.SYN, 0);
    host2.fromVm("contoso-web", syn);
    host1.fromUnderlay(one(host2.underlay.take()));
    one(host1.vm("contoso-sql").take());
    byte[] reply =
        Packets.tcp(SQL, WEB, SQL_IP, WEB_IP, 80, 4000, TcpHeader.SYN | TcpHeader.ACK, 0);
    host1.fromVm("contoso-sql", reply);
    one(host1.underlay.take());
    apply(TwoTenants.network(Encapsulation.VXLAN, OverlayNetwork.AccessControl.OPEN, "host1"));
    byte[] data = Packets.tcp(SQL, WEB, SQL_IP, WEB_IP, 80, 4000, TcpHeader.ACK, 100);
    host1.fromVm("contoso-sql", data);
    assertArrayEquals(data, one(host1.vm("contoso-web").take()));
    assertTrue(host1.underlay.take().isEmpty());
    byte[] ack = Packets.tcp(WEB, SQL, WEB_IP, SQL_IP, 4000, 80, TcpHeader.ACK, 0);
    host1.fromVm("contoso-web", ack);
    assertArrayEquals(ack, one(host1.vm("contoso-sql").take()));
    assertEquals(1, host1.vswitch.connections().size());
  }
}
