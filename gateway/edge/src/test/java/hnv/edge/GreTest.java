// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.edge.EdgeNetwork.Target;
import hnv.wire.RoutingDomainId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two tenants with a tunnel each between the same two outer addresses.
class GreTest {
  private TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  private Packet outer(TestGateway gateway, RoutingDomainId tenant, Packet packet) {
    gateway.fromTenant(tenants, tenant, packet);
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    assertEquals(TwoTenants.PEER_MAC, Wire.destinationMac(sent.getFirst()));
    return Wire.packet(sent.getFirst());
  }

  private static Packet gre(int key, Packet inner) {
    return Wire.gre(TwoTenants.PEER, TwoTenants.OWN, key, inner);
  }

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void carriesEachTenantByItsKey(Encapsulation encapsulation) {
    tenants = new TwoTenants(encapsulation);
    TestGateway gateway = tenants.start();
    for (int i = 0; i < 3; i++) {
      Packet query = Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SITE, 53, "q" + i);
      Packet outer = outer(gateway, TwoTenants.CONTOSO, query);
      assertEquals("203.0.113.1 > 203.0.113.50", outer.ends());
      assertEquals(100, Wire.greKey(outer));
      assertTrue(outer.isDontFragment());
      Packet inner = Wire.inGre(outer);
      assertEquals(query.ends(), inner.ends());
      assertEquals(63, inner.ttl());
      assertTrue(inner.isChecksumRight());
      assertEquals(200, Wire.greKey(outer(gateway, TwoTenants.FABRIKAM, query)));

      Packet back = Packet.udp(TwoTenants.SITE, 53, TwoTenants.SQL, 4000, "a" + i);
      gateway.fromLink("out0", gre(100, back));
      Packet got = gateway.toTenant(TwoTenants.CONTOSO);
      assertEquals(back.ends(), got.ends());
      assertEquals(63, got.ttl());
      gateway.fromLink("out0", gre(200, back));
      assertEquals("a" + i, gateway.toTenant(TwoTenants.FABRIKAM).data());
    }
    assertEquals(4, gateway.vswitch.flows().size());
  }

  @Test
  void carriesIpv6() {
    TestGateway gateway = tenants.start();
    Packet query = Packet.udp(TwoTenants.SQL6, 4000, "fd00:30::5", 53, "q");
    Packet inner = Wire.inGre(outer(gateway, TwoTenants.CONTOSO, query));
    assertEquals(query.ends(), inner.ends());
    gateway.fromLink("out0", gre(100, Packet.udp("fd00:30::5", 53, TwoTenants.SQL6, 4000, "a")));
    assertEquals("a", gateway.toTenant(TwoTenants.CONTOSO).data());
  }

  @Test
  void takesNothingFromStrangers() {
    TestGateway gateway = tenants.start();
    Packet inner = Packet.udp(TwoTenants.SITE, 53, TwoTenants.SQL, 4000, "a");
    gateway.fromLink("out0", gre(300, inner));
    gateway.fromLink("out0", Wire.gre("203.0.113.51", TwoTenants.OWN, 100, inner));
    assertEquals(2, gateway.drops(DropReason.GRE_PEER_UNKNOWN));
    assertTrue(gateway.underlay.take().isEmpty());
  }

  @Test
  void takesNothingFromAnotherTenantsVlan() {
    TestGateway gateway = tenants.start();
    Packet query = Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SITE, 53, "q");
    Packet inner = Packet.udp(TwoTenants.SITE, 53, TwoTenants.SQL, 4000, "a");
    gateway.fromLink("l3b", gre(100, inner));
    outer(gateway, TwoTenants.CONTOSO, query);
    gateway.fromLink("out0", gre(100, inner));
    gateway.toTenant(TwoTenants.CONTOSO);
    // Nor into a flow that there is already.
    gateway.fromLink("l3b", gre(100, inner));
    assertTrue(gateway.underlay.take().isEmpty());
    assertTrue(gateway.link("l3b").take().isEmpty());
  }

  @Test
  void takesOnlySourcesThatAreThere() {
    TestGateway gateway = tenants.start();
    for (String source : List.of(TwoTenants.WEB, "8.8.4.4", "10.99.1.1", TwoTenants.ADAPTER)) {
      gateway.fromLink("out0", gre(100, Packet.udp(source, 53, TwoTenants.SQL, 4000, "a")));
    }
    assertEquals(4, gateway.drops(DropReason.CONNECTION_SOURCE_SPOOFED));
    gateway.fromLink("l3a", Packet.udp(TwoTenants.WEB, 53, TwoTenants.SQL, 4000, "a"));
    assertEquals(5, gateway.drops(DropReason.CONNECTION_SOURCE_SPOOFED));
    assertTrue(gateway.underlay.take().isEmpty());
  }

  @Test
  void refusesATunnelInATunnel() {
    TestGateway gateway = tenants.start();
    // What leads back into the tunnel that it came from.
    gateway.fromLink("out0", gre(100, Packet.udp(TwoTenants.SITE, 53, "10.30.9.9", 1, "a")));
    assertEquals(1, gateway.drops(DropReason.ROUTE_BACK));
    // GRE in GRE is opened once: what is inside is a packet like any other.
    Packet twice =
        Wire.gre(
            TwoTenants.SITE,
            TwoTenants.OWN,
            100,
            Packet.udp(TwoTenants.SITE, 53, TwoTenants.SQL, 1, "a"));
    gateway.fromLink("out0", gre(100, twice));
    for (byte[] left : gateway.underlay.take()) {
      assertFalse(Wire.packet(Wire.inner(left)).destination().toString().equals(TwoTenants.SQL));
    }
  }

  @Test
  void saysThatAPacketIsTooBigForTheTunnel() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SITE, 53, "x".repeat(1_460)));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(3, error.type());
    assertEquals(4, error.code());
    assertEquals(1_500 - 20 - 8, error.value() & 0xFFFF);
    Packet syn = Packet.tcp(TwoTenants.SQL, 4000, TwoTenants.SITE, 80, Packet.SYN, "");
    assertEquals(1_472 - 40, Wire.inGre(outer(gateway, TwoTenants.CONTOSO, syn)).mss());
  }

  @Test
  void cutsTheInnerPacketWhereItMayBeCut() {
    TestGateway gateway = tenants.start();
    Packet whole =
        Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SITE, 53, "x".repeat(1_500)).withId(7);
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, whole);
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(2, sent.size(), gateway::describeDrops);
    int octets = 0;
    for (byte[] frame : sent) {
      assertTrue(frame.length <= 14 + 1_500);
      Packet piece = Wire.inGre(Wire.packet(frame));
      assertEquals(octets, piece.fragmentOffset());
      octets += piece.body().length;
    }
    assertEquals(whole.body().length, octets);
  }

  @Test
  void answersWhoIsInTheTunnel() {
    TestGateway gateway = tenants.start();
    gateway.fromLink(
        "out0", gre(100, Packet.udp(TwoTenants.SITE, 53, TwoTenants.SQL, 1, "a").withTtl(1)));
    Packet error = Wire.inGre(Wire.packet(gateway.link("out0").take().getFirst()));
    assertEquals(11, error.type());
    assertEquals(TwoTenants.ADAPTER, error.source().toString());
    assertEquals(TwoTenants.SITE, error.destination().toString());
    assertTrue(error.isChecksumRight());
    gateway.fromLink(
        "out0", gre(100, Packet.ping(TwoTenants.SITE, TwoTenants.ADAPTER, 9, "hello")));
    Packet pong = Wire.inGre(Wire.packet(gateway.link("out0").take().getFirst()));
    assertEquals("10.1.9.4 > 10.30.0.5 id 9", pong.ends());
  }

  @Test
  void carriesBetweenTheConnectionsOfATenant() {
    TestGateway gateway = tenants.start();
    gateway.fromLink(
        "out0", gre(100, Packet.udp(TwoTenants.SITE, 53, TwoTenants.DATA_CENTRE, 1, "t")));
    assertEquals("t", Wire.packet(gateway.link("l3a").take().getFirst()).data());
    assertTrue(gateway.link("l3b").take().isEmpty());
  }

  @Test
  void withdrawsRoutesWhileTheOtherEndIsSilent() {
    tenants.contosoRoutes.add(
        new EdgeNetwork.Route(
            hnv.wire.Cidr.parse("10.30.0.0/16"),
            new Target.ByConnection("dc", Optional.empty()),
            20));
    TestGateway gateway = tenants.start();
    Packet query = Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SITE, 53, "q");
    outer(gateway, TwoTenants.CONTOSO, query);
    int tunnel = gateway.portOf(TwoTenants.CONTOSO, "site");
    int other = gateway.arrays.tenants().epoch(gateway.slotOf(TwoTenants.FABRIKAM));
    gateway.edge.tell(new EdgeNews.TunnelNews(tunnel, false));
    gateway.settle();
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, query);
    assertEquals(1, gateway.link("l3a").take().size(), "the longer way");
    assertTrue(gateway.link("out0").take().isEmpty());
    assertEquals(200, Wire.greKey(outer(gateway, TwoTenants.FABRIKAM, query)));
    assertEquals(
        other, gateway.arrays.tenants().epoch(gateway.slotOf(TwoTenants.FABRIKAM)), "untouched");
    gateway.edge.tell(new EdgeNews.TunnelNews(tunnel, true));
    gateway.settle();
    assertEquals(100, Wire.greKey(outer(gateway, TwoTenants.CONTOSO, query)));
  }

  private static byte[] keepaliveHeader(int key) {
    return java.nio.ByteBuffer.allocate(8).putInt(0x2000_0000).putInt(key).array();
  }

  @Test
  void asksTheOtherEndWhetherItIsThere() {
    tenants.contosoConnections.set(1, TwoTenants.greWithKeepalive("site", 100, 10));
    TestGateway gateway = tenants.start();
    gateway.pass(10_000_000_000L);
    byte[] sent = gateway.link("out0").take().getLast();
    Packet question = Wire.inGre(Wire.packet(sent));
    assertEquals("203.0.113.50 > 203.0.113.1", question.ends());
    assertEquals(Packet.GRE, question.protocol());
    assertEquals("", gateway.whyDown(TwoTenants.CONTOSO, "site"));
    gateway.fromLink("out0", question.withTtl(63));
    for (int i = 0; i < 4; i++) {
      gateway.pass(10_000_000_000L);
    }
    assertEquals("the other end does not answer", gateway.whyDown(TwoTenants.CONTOSO, "site"));
    assertEquals("", gateway.whyDown(TwoTenants.FABRIKAM, "site"));
    assertTrue(gateway.link("out0").take().size() >= 3);
    gateway.fromLink("out0", question.withTtl(63));
    gateway.settle();
    assertEquals("", gateway.whyDown(TwoTenants.CONTOSO, "site"));
    assertEquals(64, gateway.pool.available());
  }

  @Test
  void forgetsTheNumbersOfATunnelThatIsDown() {
    tenants.contosoConnections.set(1, TwoTenants.greInOrder("site", 100, 10));
    TestGateway gateway = tenants.start();
    int tunnel = gateway.portOf(TwoTenants.CONTOSO, "site");
    Packet inner = Packet.udp(TwoTenants.SITE, 53, TwoTenants.SQL, 4000, "a");
    gateway.fromLink("out0", Wire.gre(TwoTenants.PEER, TwoTenants.OWN, 100, 70_000, inner));
    gateway.toTenant(TwoTenants.CONTOSO);
    gateway.fromLink("out0", Wire.gre(TwoTenants.PEER, TwoTenants.OWN, 100, 0, inner));
    assertTrue(gateway.underlay.take().isEmpty());
    assertEquals(1, gateway.drops(DropReason.GRE_OUT_OF_SEQUENCE));
    assertEquals(1, gateway.drops(tunnel, DropReason.GRE_OUT_OF_SEQUENCE), "the tenant sees it");
    for (int i = 0; i < 5; i++) {
      gateway.pass(10_000_000_000L);
    }
    assertEquals("the other end does not answer", gateway.whyDown(TwoTenants.CONTOSO, "site"));
    gateway.fromLink(
        "out0",
        Packet.of(TwoTenants.PEER, TwoTenants.OWN, Packet.GRE, keepaliveHeader(100)).withTtl(63));
    gateway.settle();
    assertEquals("", gateway.whyDown(TwoTenants.CONTOSO, "site"));
    gateway.fromLink("out0", Wire.gre(TwoTenants.PEER, TwoTenants.OWN, 100, 0, inner));
    assertEquals("a", gateway.toTenant(TwoTenants.CONTOSO).data());
    gateway.fromLink("out0", Wire.gre(TwoTenants.PEER, TwoTenants.OWN, 100, 0, inner));
    assertTrue(gateway.underlay.take().isEmpty());
  }

  @Test
  void answersTheOtherEndThatAsks() {
    TestGateway gateway = tenants.start();
    Packet question =
        Packet.of(TwoTenants.OWN, TwoTenants.PEER, Packet.GRE, keepaliveHeader(100)).withTtl(255);
    gateway.fromLink("out0", gre(100, question));
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    Packet answer = Wire.packet(sent.getFirst());
    assertEquals("203.0.113.1 > 203.0.113.50", answer.ends());
    assertEquals(254, answer.ttl());
    assertEquals(8, answer.body().length);
    assertEquals(TestGateway.macOf(TwoTenants.OUT0_NUMBER), Wire.sourceMac(sent.getFirst()));
  }
}
