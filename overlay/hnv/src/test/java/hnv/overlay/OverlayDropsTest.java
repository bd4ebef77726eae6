// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static hnv.overlay.TwoTenants.APP1;
import static hnv.overlay.TwoTenants.APP1_IP;
import static hnv.overlay.TwoTenants.APP2_IP;
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
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Rule;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv6Header;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import hnv.wire.NvgreHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Every drop reason that the overlay's layers give, each by the packet that earns it. Nothing of
/// it goes anywhere.
class OverlayDropsTest {
  private static final int VXLAN_AT = 42;
  private static final int INNER_AT = 50;
  private final TestHost host1 = new TestHost("host1");
  private final TestHost host2 = new TestHost("host2");

  OverlayDropsTest() {
    host1.apply(TwoTenants.network(Encapsulation.VXLAN));
    host2.apply(TwoTenants.network(Encapsulation.VXLAN));
  }

  @AfterEach
  void noFrameIsLost() {
    assertEquals(64, host1.pool.available());
    assertEquals(64, host2.pool.available());
  }

  private void vmDrops(DropReason reason, byte[] packet) {
    long before = host1.drops("contoso-sql", reason);
    host1.fromVm("contoso-sql", packet);
    assertEquals(before + 1, host1.drops("contoso-sql", reason), reason::name);
    assertTrue(host1.underlay.take().isEmpty());
  }

  private void underlayDrops(DropReason reason, byte[] packet) {
    long before = host2.drops("underlay", reason);
    host2.fromUnderlay(packet);
    assertEquals(before + 1, host2.drops("underlay", reason), reason::name);
    assertTrue(host2.vm("contoso-web").take().isEmpty());
    assertTrue(host2.vm("contoso-app2").take().isEmpty());
    assertTrue(host2.vm("fabrikam-web").take().isEmpty());
  }

  private static byte[] octets(MemorySegment f) {
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  private static byte[] toRouter(String destination) {
    return Packets.udp(SQL, RouterMac.BITS, SQL_IP, destination, 1, 2, 8);
  }

  /// A good tunnel packet from SQL to Web.
  private byte[] tunnelled() {
    host1.fromVm("contoso-sql", Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 2, 8));
    return host1.underlay.take().getFirst();
  }

  // ---- what a VM sends ----

  @Test
  void refusesForgery() {
    vmDrops(DropReason.SOURCE_MAC_SPOOFED, Packets.udp(APP1, WEB, SQL_IP, WEB_IP, 1, 2, 8));
    vmDrops(DropReason.SOURCE_CA_SPOOFED, Packets.udp(SQL, WEB, WEB_IP, WEB_IP, 1, 2, 8));
    vmDrops(DropReason.SOURCE_CA_SPOOFED, Packets.arp(SQL, "10.1.1.1", WEB_IP));
    MemorySegment tagged = Packets.segment(Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 2, 8));
    EthernetHeader.setEtherType(tagged, 0, EthernetHeader.VLAN);
    vmDrops(DropReason.VLAN_TAG_FROM_VM, octets(tagged));
    EthernetHeader.setEtherType(tagged, 0, 0x88CC);
    vmDrops(DropReason.UNSUPPORTED_ETHERTYPE, octets(tagged));
  }

  @Test
  void forwardsNoUnconfiguredAddress() {
    vmDrops(
        DropReason.NOT_FORWARDABLE,
        Packets.udp(SQL, EthernetHeader.BROADCAST, "0.0.0.0", "255.255.255.255", 68, 67, 8));
    vmDrops(DropReason.NOT_FORWARDABLE, Packets.ping6(SQL, WEB, "fe80::1", "fd00:5001::12", 1));
    vmDrops(DropReason.NOT_FORWARDABLE, toRouter("169.254.1.1"));
    vmDrops(DropReason.NOT_FORWARDABLE, toRouter("127.0.0.1"));
    vmDrops(DropReason.NOT_FORWARDABLE, toRouter("224.0.0.9"));
  }

  @Test
  void knowsNoOtherDestination() {
    vmDrops(DropReason.NO_ROUTE, toRouter("8.8.8.8"));
    vmDrops(DropReason.DESTINATION_LOCATOR_MISSING, toRouter("10.1.2.200"));
    vmDrops(
        DropReason.DESTINATION_MAC_UNKNOWN,
        Packets.udp(SQL, 0x0200_0000_9999L, SQL_IP, WEB_IP, 1, 2, 8));
    vmDrops(DropReason.DESTINATION_MAC_MISMATCH, Packets.udp(SQL, WEB, SQL_IP, APP2_IP, 1, 2, 8));
    vmDrops(DropReason.SAME_PORT, Packets.udp(SQL, SQL, SQL_IP, SQL_IP, 1, 2, 8));
    vmDrops(DropReason.ROUTER_NOT_ADDRESSED, toRouter("10.1.1.1"));
  }

  @Test
  void answersOnlyQuestionsThatPolicyKnows() {
    vmDrops(DropReason.ARP_TARGET_UNKNOWN, Packets.arp(SQL, SQL_IP, "10.1.1.77"));
    vmDrops(DropReason.ARP_TARGET_UNKNOWN, Packets.arp(SQL, SQL_IP, APP1_IP));
    vmDrops(DropReason.ARP_NOT_A_REQUEST, Packets.arp(SQL, SQL_IP, SQL_IP));
    MemorySegment reply = Packets.segment(Packets.arp(SQL, SQL_IP, WEB_IP));
    ArpPacket.write(
        reply,
        14,
        ArpPacket.REPLY,
        SQL,
        Ipv4Address.parse(SQL_IP).bits(),
        WEB,
        Ipv4Address.parse(WEB_IP).bits());
    vmDrops(DropReason.ARP_NOT_A_REQUEST, octets(reply));
    vmDrops(
        DropReason.ND_TARGET_UNKNOWN, Packets.solicitation(SQL, "fd00:5001::11", "fd00:5001::77"));
    MemorySegment near =
        Packets.segment(Packets.solicitation(SQL, "fd00:5001::11", "fd00:5001::12"));
    // RFC 4861 §7.1.1: a hop limit other than 255 came from off the link.
    Ipv6Header.setHopLimit(near, 14, 64);
    vmDrops(DropReason.ND_NOT_A_SOLICITATION, octets(near));
    assertEquals(
        Icmpv6Header.NEIGHBOR_SOLICITATION, Icmpv6Header.type(near, 54), "as the test means it");
  }

  @Test
  void dropsWithoutAWay() {
    OverlayNetwork nowhere =
        TwoTenants.network(Encapsulation.VXLAN, OverlayNetwork.AccessControl.OPEN, "");
    host1.apply(nowhere);
    vmDrops(DropReason.DESTINATION_LOCATOR_MISSING, Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 2, 8));
    OverlayChange change = host1.apply(TwoTenants.network(Encapsulation.VXLAN));
    host1.vswitch.arrays().nextHops().putUnresolved(change.tunnels().getFirst().nextHop());
    vmDrops(DropReason.NEXT_HOP_UNRESOLVED, Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 2, 8));
  }

  @Test
  void dropsForAPortThatIsGone() {
    host1.vswitch.detach(host1.vm("contoso-app1"));
    vmDrops(DropReason.PORT_DOWN, toRouter(APP1_IP));
  }

  @Test
  void asksTheAccessControlList() {
    Rule deny =
        new Rule(
            "no-dns",
            100,
            List.of(new Condition.DestinationPort(53, 53)),
            new Action.Deny(DropReason.ACL_DENIED));
    Rule rest =
        new Rule("default", 65_536, List.of(), new Action.Deny(DropReason.ACL_DEFAULT_DENIED));
    Rule web =
        new Rule(
            "web", 200, List.of(new Condition.DestinationPort(80, 80)), new Action.StatefulAllow());
    OverlayNetwork.AccessControl acl =
        new OverlayNetwork.AccessControl(
            List.of(new Group("acl", List.of(deny, web, rest))),
            List.of(new Group("acl", List.of(rest))));
    host1.apply(TwoTenants.network(Encapsulation.VXLAN, acl, "host2"));
    vmDrops(DropReason.ACL_DENIED, Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 53, 8));
    vmDrops(DropReason.ACL_DEFAULT_DENIED, Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 54, 8));
    host1.fromVm("contoso-sql", Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1, 80, 8));
    byte[] request = host1.underlay.take().getFirst();
    host2.fromUnderlay(request);
    host2.vm("contoso-web").take();
    host2.fromVm("contoso-web", Packets.udp(WEB, SQL, WEB_IP, SQL_IP, 80, 1, 8));
    host1.fromUnderlay(host2.underlay.take().getFirst());
    assertEquals(1, host1.vm("contoso-sql").take().size(), "the answer needs no rule");
    host2.fromVm("contoso-web", Packets.udp(WEB, SQL, WEB_IP, SQL_IP, 80, 9, 8));
    host1.fromUnderlay(host2.underlay.take().getFirst());
    assertEquals(1, host1.drops("underlay", DropReason.ACL_DEFAULT_DENIED));
  }

  @Test
  void routesOnlyWherePolicyWantsARouter() {
    OverlayNetwork network = TwoTenants.network(Encapsulation.VXLAN);
    host1.apply(
        new OverlayNetwork(network.encapsulation(), false, network.hosts(), network.domains()));
    vmDrops(DropReason.ROUTER_DISABLED, toRouter(APP2_IP));
  }

  // ---- what the underlay sends ----

  @Test
  void takesATunnelPacketOnlyWhereAllAgrees() {
    byte[] good = tunnelled();
    underlayDrops(DropReason.SOURCE_PA_MISMATCH, outer(good, "192.168.1.66", HOST2_PA));
    underlayDrops(DropReason.SOURCE_PA_MISMATCH, outer(good, HOST2_PA, HOST2_PA));
    underlayDrops(DropReason.OUTER_DESTINATION_NOT_LOCAL, outer(good, HOST1_PA, "192.168.2.21"));
    underlayDrops(DropReason.UNKNOWN_VSID, vni(good, 5101));
    underlayDrops(DropReason.DESTINATION_MAC_UNKNOWN, vni(good, 5002));
    MemorySegment f = Packets.segment(good);
    EthernetHeader.setSource(f, INNER_AT, APP1);
    underlayDrops(DropReason.SOURCE_MAC_MISMATCH, octets(f));
    f = Packets.segment(good);
    Ipv4Header.setSource(f, INNER_AT + 14, Ipv4Address.parse("10.1.1.99").bits());
    Ipv4Header.writeChecksum(f, INNER_AT + 14);
    underlayDrops(DropReason.SOURCE_LOCATOR_MISSING, octets(f));
    f = Packets.segment(good);
    Ipv4Header.setDestination(f, INNER_AT + 14, Ipv4Address.parse(APP2_IP).bits());
    Ipv4Header.writeChecksum(f, INNER_AT + 14);
    underlayDrops(DropReason.DESTINATION_MAC_MISMATCH, octets(f));
    f = Packets.segment(good);
    EthernetHeader.setEtherType(f, INNER_AT, 0x88CC);
    underlayDrops(DropReason.UNSUPPORTED_ETHERTYPE, octets(f));
    host2.fromUnderlay(good);
    assertEquals(1, host2.vm("contoso-web").take().size(), "the packet that was varied is good");
  }

  @Test
  void aLiveFlowCarriesNoForgedPacket() {
    byte[] good = tunnelled();
    host2.fromUnderlay(good);
    assertEquals(1, host2.vm("contoso-web").take().size());
    underlayDrops(DropReason.SOURCE_PA_MISMATCH, outer(good, "192.168.1.66", HOST2_PA));
    MemorySegment f = Packets.segment(good);
    EthernetHeader.setSource(f, INNER_AT, APP1);
    underlayDrops(DropReason.SOURCE_MAC_MISMATCH, octets(f));
    f = Packets.segment(good);
    EthernetHeader.setEtherType(f, INNER_AT, EthernetHeader.VLAN);
    underlayDrops(DropReason.INNER_VLAN_TAG, octets(f));
    f = Packets.segment(good);
    // RFC 6040 §4.2: outer CE over an inner packet that is not ECN-capable.
    f.set(ValueLayout.JAVA_BYTE, 15, (byte) 3);
    Ipv4Header.writeChecksum(f, 14);
    underlayDrops(DropReason.ECN_CE_ON_NOT_ECT, octets(f));
    host2.fromUnderlay(good);
    assertEquals(1, host2.vm("contoso-web").take().size(), "the flow lives on");
  }

  @Test
  void takesOnlyTheEncapsulationOfThePolicy() {
    byte[] good = tunnelled();
    byte[] nvgre = new byte[good.length - 8];
    System.arraycopy(good, 0, nvgre, 0, 34);
    System.arraycopy(good, INNER_AT, nvgre, VXLAN_AT, good.length - INNER_AT);
    MemorySegment f = Packets.segment(nvgre);
    f.set(ValueLayout.JAVA_BYTE, 14 + 9, (byte) 47);
    Ipv4Header.setTotalLength(f, 14, nvgre.length - 14);
    Ipv4Header.writeChecksum(f, 14);
    NvgreHeader.write(f, 34, 5001, 0);
    underlayDrops(DropReason.ENCAPSULATION_MISMATCH, octets(f));
  }

  @Test
  void takesNoAddressResolutionFromATunnel() {
    byte[] arp = Packets.arp(SQL, SQL_IP, WEB_IP);
    byte[] good = tunnelled();
    byte[] packet = Arrays.copyOf(good, INNER_AT + arp.length);
    System.arraycopy(arp, 0, packet, INNER_AT, arp.length);
    MemorySegment f = Packets.segment(packet);
    Ipv4Header.setTotalLength(f, 14, packet.length - 14);
    Ipv4Header.writeChecksum(f, 14);
    UdpHeader.setLength(f, 34, packet.length - 34);
    underlayDrops(DropReason.LINK_LOCAL_SERVICE_ON_UNDERLAY, octets(f));
  }

  private static byte[] outer(byte[] packet, String from, String to) {
    MemorySegment f = Packets.segment(packet);
    Ipv4Header.setSource(f, 14, Ipv4Address.parse(from).bits());
    Ipv4Header.setDestination(f, 14, Ipv4Address.parse(to).bits());
    Ipv4Header.writeChecksum(f, 14);
    return octets(f);
  }

  private static byte[] vni(byte[] packet, int vni) {
    MemorySegment f = Packets.segment(packet);
    VxlanHeader.write(f, VXLAN_AT, vni);
    return octets(f);
  }
}
