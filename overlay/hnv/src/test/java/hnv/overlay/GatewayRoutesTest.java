// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static hnv.overlay.StarNetwork.CONTOSO_GATEWAYS;
import static hnv.overlay.StarNetwork.FABRIKAM_GATEWAYS;
import static hnv.overlay.StarNetwork.GW1;
import static hnv.overlay.StarNetwork.GW1_PA;
import static hnv.overlay.StarNetwork.GW2_PA;
import static hnv.overlay.StarNetwork.route;
import static hnv.overlay.TwoTenants.HOST1_PA;
import static hnv.overlay.TwoTenants.HOST2_PA;
import static hnv.overlay.TwoTenants.SQL;
import static hnv.overlay.TwoTenants.SQL_IP;
import static hnv.overlay.TwoTenants.WEB;
import static hnv.overlay.TwoTenants.WEB_IP;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.overlay.TunnelFrames.Tunnelled;
import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Header;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A host whose tenants have gateways: what leaves it for them, and what it takes from them.
class GatewayRoutesTest {
  private static final String WORLD = "203.0.113.9";
  private static final String AT_SITE = "192.168.50.7";

  private final TestHost host = new TestHost("host1");

  @AfterEach
  void noFrameIsLost() {
    assertEquals(64, host.pool.available());
  }

  private void apply(StarNetwork star) {
    host.apply(star.network());
  }

  private static byte[] fromSql(String destination) {
    return Packets.udp(SQL, RouterMac.BITS, SQL_IP, destination, 1000, 2000, 32);
  }

  private static byte[] toSql(String source) {
    return Packets.udp(RouterMac.BITS, SQL, source, SQL_IP, 2000, 1000, 32);
  }

  private Tunnelled sent(String adapter, byte[] packet) {
    host.fromVm(adapter, packet);
    List<byte[]> frames = host.underlay.take();
    assertEquals(1, frames.size());
    return TunnelFrames.read(frames.getFirst());
  }

  private void drops(String port, DropReason reason, Runnable packet) {
    long before = host.drops(port, reason);
    packet.run();
    assertEquals(before + 1, host.drops(port, reason), reason::name);
    assertTrue(host.underlay.take().isEmpty());
    assertTrue(host.vm("contoso-sql").take().isEmpty());
    assertTrue(host.vm("fabrikam-sql").take().isEmpty());
  }

  private void refusesFrom(String gateway, DropReason reason, byte[] packet) {
    byte[] frame = TunnelFrames.of(Encapsulation.VXLAN, 5001, gateway, HOST1_PA, packet);
    drops("underlay", reason, () -> host.fromUnderlay(frame));
  }

  private void takesFrom(String gateway, byte[] packet) {
    host.fromUnderlay(TunnelFrames.of(Encapsulation.VXLAN, 5001, gateway, HOST1_PA, packet));
    List<byte[]> got = host.vm("contoso-sql").take();
    assertEquals(1, got.size());
    assertArrayEquals(packet, got.getFirst());
    assertTrue(host.vm("fabrikam-sql").take().isEmpty());
  }

  // ---- to the gateway ----

  @Test
  void sendsWhatNoMappingHasToTheGateway() {
    apply(StarNetwork.plain());
    Tunnelled frame = sent("contoso-sql", fromSql(WORLD));
    assertEquals(GW1_PA, frame.to());
    assertEquals(HOST1_PA, frame.from());
    assertEquals(CONTOSO_GATEWAYS, frame.vsid());
    assertEquals(GW1, frame.innerDestinationMac());
    MemorySegment f = frame.inner();
    assertEquals(RouterMac.BITS, EthernetHeader.source(f, 0));
    assertEquals(63, Ipv4Header.ttl(f, EthernetHeader.LENGTH));
    assertTrue(Ipv4Header.isChecksumValid(f, EthernetHeader.LENGTH));
    assertEquals(FABRIKAM_GATEWAYS, sent("fabrikam-sql", fromSql(WORLD)).vsid());
    byte[] ping6 = Packets.ping6(SQL, RouterMac.BITS, "fd00:5001::11", "2001:db8::1", 1);
    assertEquals(GW1, sent("contoso-sql", ping6).innerDestinationMac());
  }

  @Test
  void theLongestPrefixDecides() {
    apply(StarNetwork.plain());
    assertEquals(GW2_PA, sent("contoso-sql", fromSql(AT_SITE)).to());
    assertEquals(GW1_PA, sent("contoso-sql", fromSql("192.168.51.7")).to());
    // Fabrikam has no such route.
    assertEquals(GW1_PA, sent("fabrikam-sql", fromSql(AT_SITE)).to());
    // A virtual subnet's prefix is longer than the default route's.
    drops(
        "contoso-sql",
        DropReason.DESTINATION_LOCATOR_MISSING,
        () -> host.fromVm("contoso-sql", fromSql("10.1.1.99")));
    assertEquals(HOST2_PA, sent("contoso-sql", fromSql(WEB_IP)).to());
  }

  @Test
  void sendsNowhereWithoutARoute() {
    apply(StarNetwork.plain().with());
    drops("contoso-sql", DropReason.NO_ROUTE, () -> host.fromVm("contoso-sql", fromSql(WORLD)));
    apply(new StarNetwork(Map.of(), Map.of(), StarNetwork.plain().routes(), ""));
    drops(
        "contoso-sql",
        DropReason.DESTINATION_LOCATOR_MISSING,
        () -> host.fromVm("contoso-sql", fromSql(AT_SITE)));
  }

  @Test
  void sendsAGatewayOnlyWhatARouteLeadsThere() {
    apply(StarNetwork.plain());
    // As if the router of another host had sent it on: the MAC is a gateway's, the subnet another.
    drops(
        "contoso-sql",
        DropReason.DESTINATION_MAC_UNKNOWN,
        () -> host.fromVm("contoso-sql", Packets.udp(SQL, GW1, SQL_IP, WORLD, 1, 2, 8)));
    assertEquals(GW1, sent("contoso-sql", fromSql("10.1.99.4")).innerDestinationMac());
  }

  @Test
  void spreadsFlowsOverEqualGateways() {
    apply(StarNetwork.plain().with(route("0.0.0.0/0", 10, "contoso-gw1", "contoso-gw2")));
    Set<String> used = new HashSet<>();
    int toFirst = 0;
    for (int port = 1; port <= 200; port++) {
      byte[] packet = Packets.udp(SQL, RouterMac.BITS, SQL_IP, WORLD, port, 53, 8);
      String gateway = sent("contoso-sql", packet).to();
      assertEquals(gateway, sent("contoso-sql", packet).to());
      used.add(gateway);
      toFirst += gateway.equals(GW1_PA) ? 1 : 0;
    }
    assertEquals(Set.of(GW1_PA, GW2_PA), used);
    assertTrue(toFirst > 60 && toFirst < 140, "to the first: " + toFirst);
  }

  @Test
  void aConnectionStaysWithItsGateway() {
    StarNetwork both =
        StarNetwork.plain().with(route("0.0.0.0/0", 10, "contoso-gw1", "contoso-gw2"));
    apply(StarNetwork.plain().with(route("0.0.0.0/0", 10, "contoso-gw2")));
    for (int port = 1; port <= 20; port++) {
      sent("contoso-sql", Packets.udp(SQL, RouterMac.BITS, SQL_IP, WORLD, port, 53, 8));
    }
    apply(both);
    for (int port = 1; port <= 20; port++) {
      byte[] packet = Packets.udp(SQL, RouterMac.BITS, SQL_IP, WORLD, port, 53, 8);
      assertEquals(GW2_PA, sent("contoso-sql", packet).to());
    }
    host.loseWayTo(GW2_PA);
    byte[] packet = Packets.udp(SQL, RouterMac.BITS, SQL_IP, WORLD, 1, 53, 8);
    assertEquals(GW1_PA, sent("contoso-sql", packet).to());
  }

  @Test
  void answersGoBackByTheGatewayThatAsked() {
    apply(StarNetwork.plain().with(route("0.0.0.0/0", 10, "contoso-gw1", "contoso-gw2")));
    for (int port = 1; port <= 20; port++) {
      String gateway = port % 2 == 0 ? GW1_PA : GW2_PA;
      takesFrom(gateway, Packets.udp(RouterMac.BITS, SQL, WORLD, SQL_IP, port, 80, 8));
      byte[] answer = Packets.udp(SQL, RouterMac.BITS, SQL_IP, WORLD, 80, port, 8);
      assertEquals(gateway, sent("contoso-sql", answer).to());
    }
  }

  @Test
  void takesTheNextBestWhereAGatewayCannotBeReached() {
    apply(
        StarNetwork.plain()
            .with(route("0.0.0.0/0", 10, "contoso-gw1"), route("0.0.0.0/0", 20, "contoso-gw2")));
    assertEquals(GW1_PA, sent("contoso-sql", fromSql(WORLD)).to());
    host.loseWayTo(GW1_PA);
    assertEquals(GW2_PA, sent("contoso-sql", fromSql(WORLD)).to());
    host.loseWayTo(GW2_PA);
    drops(
        "contoso-sql",
        DropReason.NEXT_HOP_UNRESOLVED,
        () -> host.fromVm("contoso-sql", fromSql(WORLD)));
  }

  @Test
  void tellsTheVmWhenThePacketIsTooLongForTheTunnel() {
    apply(StarNetwork.plain());
    byte[] packet = Packets.udp(SQL, RouterMac.BITS, SQL_IP, WORLD, 1, 2, 1_450);
    host.fromVm("contoso-sql", packet);
    assertTrue(host.underlay.take().isEmpty());
    assertEquals(1, host.vm("contoso-sql").take().size());
    assertEquals(1, host.drops("contoso-sql", DropReason.MTU_EXCEEDED));
  }

  @Test
  void cutsWhatMayBeCutForTheTunnel() {
    apply(StarNetwork.plain());
    byte[] packet = Packets.udp(SQL, RouterMac.BITS, SQL_IP, WORLD, 1, 2, 1_450);
    MemorySegment f = Packets.segment(packet);
    Ipv4Header.setFragment(f, EthernetHeader.LENGTH, 0);
    Ipv4Header.writeChecksum(f, EthernetHeader.LENGTH);
    host.fromVm("contoso-sql", f.toArray(ValueLayout.JAVA_BYTE));
    List<byte[]> frames = host.underlay.take();
    assertEquals(2, frames.size());
    int octets = 0;
    for (byte[] frame : frames) {
      Tunnelled fragment = TunnelFrames.read(frame);
      assertEquals(GW1, fragment.innerDestinationMac());
      assertTrue(frame.length - EthernetHeader.LENGTH <= TestHost.LINK_MTU);
      assertTrue(Ipv4Header.isFragment(fragment.inner(), EthernetHeader.LENGTH));
      octets +=
          Ipv4Header.totalLength(fragment.inner(), EthernetHeader.LENGTH) - Ipv4Header.MIN_LENGTH;
    }
    assertEquals(1_450 + 8, octets);
    assertTrue(host.vm("contoso-sql").take().isEmpty(), "no ICMP");
  }

  // ---- from the gateway ----

  @Test
  void takesFromAGatewayWhatItsRoutesCover() {
    apply(StarNetwork.plain());
    takesFrom(GW1_PA, toSql(WORLD));
    takesFrom(GW2_PA, toSql(AT_SITE));
    // The gateway's own address, as in its ICMP errors.
    takesFrom(GW1_PA, toSql("10.1.99.4"));
  }

  @Test
  void refusesWhatAnotherGatewayIsTheWayTo() {
    apply(StarNetwork.plain());
    refusesFrom(GW1_PA, DropReason.SOURCE_PA_MISMATCH, toSql(AT_SITE));
    refusesFrom(GW2_PA, DropReason.SOURCE_PA_MISMATCH, toSql(WORLD));
    refusesFrom(GW2_PA, DropReason.SOURCE_PA_MISMATCH, toSql("10.1.99.4"));
    refusesFrom(HOST2_PA, DropReason.SOURCE_PA_MISMATCH, toSql(WORLD));
  }

  @Test
  void letsNoGatewaySpeakForTheTenantsOwn() {
    apply(StarNetwork.plain());
    refusesFrom(GW1_PA, DropReason.SOURCE_PA_MISMATCH, toSql(WEB_IP));
    byte[] bridged = Packets.udp(WEB, SQL, WEB_IP, SQL_IP, 2000, 1000, 32);
    refusesFrom(GW1_PA, DropReason.SOURCE_PA_MISMATCH, bridged);
    // An address of the subnet that nobody has.
    refusesFrom(GW1_PA, DropReason.SOURCE_LOCATOR_MISSING, toSql("10.1.1.99"));
    apply(StarNetwork.plain().with(route(StarNetwork.SITE, 10, "contoso-gw2")));
    refusesFrom(GW1_PA, DropReason.SOURCE_LOCATOR_MISSING, toSql(WORLD));
  }

  @Test
  void refusesAGatewayThatDoesNotRoute() {
    apply(StarNetwork.plain());
    refusesFrom(
        GW1_PA,
        DropReason.SOURCE_MAC_MISMATCH,
        Packets.udp(GW1, SQL, WORLD, SQL_IP, 2000, 1000, 32));
  }

  @Test
  void aFlowEndsWithTheRouteThatAllowedIt() {
    apply(StarNetwork.plain());
    takesFrom(GW2_PA, toSql(AT_SITE));
    apply(StarNetwork.plain().with(route("0.0.0.0/0", 10, "contoso-gw1")));
    refusesFrom(GW2_PA, DropReason.SOURCE_PA_MISMATCH, toSql(AT_SITE));
    takesFrom(GW1_PA, toSql(AT_SITE));
  }

  // ---- encapsulation, per pair and domain ----

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void travelsAsTheDomainPrefers(Encapsulation encapsulation) {
    apply(StarNetwork.plain().preferring(Map.of("contoso", encapsulation)));
    assertEquals(encapsulation, sent("contoso-sql", fromSql(WORLD)).encapsulation());
    assertEquals(Encapsulation.VXLAN, sent("fabrikam-sql", fromSql(WORLD)).encapsulation());
    byte[] packet = toSql(WORLD);
    host.fromUnderlay(TunnelFrames.of(encapsulation, 5001, GW1_PA, HOST1_PA, packet));
    assertArrayEquals(packet, host.vm("contoso-sql").take().getFirst());
  }

  @Test
  void aTenantIsOnBothAtOnce() {
    apply(StarNetwork.plain().boundTo(Map.of("gw1", Encapsulation.NVGRE)));
    assertEquals(Encapsulation.NVGRE, sent("contoso-sql", fromSql(WORLD)).encapsulation());
    assertEquals(Encapsulation.VXLAN, sent("contoso-sql", fromSql(AT_SITE)).encapsulation());
    assertEquals(Encapsulation.VXLAN, sent("contoso-sql", fromSql(WEB_IP)).encapsulation());
    byte[] packet = toSql(WORLD);
    host.fromUnderlay(TunnelFrames.of(Encapsulation.NVGRE, 5001, GW1_PA, HOST1_PA, packet));
    assertArrayEquals(packet, host.vm("contoso-sql").take().getFirst());
    refusesFrom(GW1_PA, DropReason.ENCAPSULATION_MISMATCH, packet);
    takesFrom(GW2_PA, toSql(AT_SITE));
  }

  @Test
  void aHostThatIsBoundOverridesTheDomain() {
    apply(
        StarNetwork.plain()
            .preferring(Map.of("contoso", Encapsulation.NVGRE))
            .boundTo(Map.of("host1", Encapsulation.VXLAN)));
    assertEquals(Encapsulation.VXLAN, sent("contoso-sql", fromSql(WORLD)).encapsulation());
  }

  @Test
  void nothingPassesBetweenHostsThatKnowNoneInCommon() {
    apply(
        StarNetwork.plain()
            .boundTo(Map.of("host1", Encapsulation.VXLAN, "gw1", Encapsulation.NVGRE)));
    drops(
        "contoso-sql",
        DropReason.ENCAPSULATION_MISMATCH,
        () -> host.fromVm("contoso-sql", fromSql(WORLD)));
    refusesFrom(GW1_PA, DropReason.ENCAPSULATION_MISMATCH, toSql(WORLD));
    assertEquals(GW2_PA, sent("contoso-sql", fromSql(AT_SITE)).to());
  }
}
