// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.edge.EdgeNetwork.Target;
import hnv.wire.Cidr;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// NAT64 (RFC 6146, RFC 7915): IPv6 hosts of a tenant and IPv4 outside.
class Nat64Test {
  private static final String HOST = TwoTenants.SQL6;
  private static final String SERVER = TwoTenants.PREFIX64 + "808:808";
  private TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN).withIpv6();

  private static Packet fromOut0(TestGateway gateway) {
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    Packet left = Wire.packet(sent.getFirst());
    assertTrue(left.isChecksumRight(), left.toString());
    return left;
  }

  private static Packet toContoso(TestGateway gateway) {
    Packet got = gateway.toTenant(TwoTenants.CONTOSO);
    assertTrue(got.isChecksumRight(), got.toString());
    return got;
  }

  /// A question that was answered.
  ///
  /// @return it as it left
  private Packet establish(TestGateway gateway) {
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, Packet.udp(HOST, 4000, SERVER, 53, "q"));
    Packet left = fromOut0(gateway);
    gateway.fromLink(
        "out0", Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, left.sourcePort(), "a"));
    toContoso(gateway);
    return left;
  }

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void makesIpv4OfIpv6AndBack(Encapsulation encapsulation) {
    tenants = new TwoTenants(encapsulation).withIpv6();
    TestGateway gateway = tenants.start();
    for (int i = 0; i < 3; i++) {
      gateway.fromTenant(tenants, TwoTenants.CONTOSO, Packet.udp(HOST, 4000, SERVER, 53, "q" + i));
      Packet left = fromOut0(gateway);
      assertEquals(TwoTenants.POOL, left.source().toString());
      assertEquals(TwoTenants.SERVER, left.destination().toString());
      assertEquals(53, left.destinationPort());
      assertEquals(63, left.ttl());
      assertFalse(left.isDontFragment(), "RFC 7915 §5.1: it would fit 1280 octets");
      assertEquals("q" + i, left.data());
      gateway.fromLink(
          "out0", Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, left.sourcePort(), "a" + i));
      Packet answer = toContoso(gateway);
      assertEquals("64:ff9b::808:808:53 > fd00:1::11:4000", answer.ends());
      assertEquals(63, answer.ttl());
      assertEquals("a" + i, answer.data());
    }
    assertEquals(1, gateway.nat.sessions());
  }

  @Test
  void carriesTcpAndSaysSegmentsThatFit() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.tcp(HOST, 5000, SERVER, 80, Packet.SYN, ""));
    Packet syn = fromOut0(gateway);
    assertEquals(TestGateway.LINK_MTU - 40, syn.mss());
    gateway.fromLink(
        "out0",
        Packet.tcp(
            TwoTenants.SERVER, 80, TwoTenants.POOL, syn.sourcePort(), Packet.SYN | Packet.ACK, ""));
    assertEquals(TestGateway.UNDERLAY_MTU - 50 - 60, toContoso(gateway).mss());
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.tcp(HOST, 5000, SERVER, 80, Packet.ACK, "x".repeat(1_440)));
    Packet data = fromOut0(gateway);
    assertTrue(data.isDontFragment());
    assertEquals(1_480, data.octets().length);
  }

  @Test
  void translatesPings() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, Packet.ping(HOST, SERVER, 77, "p"));
    Packet left = fromOut0(gateway);
    assertEquals(8, left.type());
    gateway.fromLink("out0", Packet.pong(TwoTenants.SERVER, TwoTenants.POOL, left.queryId(), "p"));
    Packet pong = toContoso(gateway);
    assertEquals(129, pong.type());
    assertEquals("64:ff9b::808:808 > fd00:1::11 id 77", pong.ends());
  }

  @Test
  void passesErrorsOfTheOutsideOn() {
    TestGateway gateway = tenants.start();
    Packet left = establish(gateway);
    gateway.fromLink("out0", Packet.error("7.7.7.7", TwoTenants.POOL, 3, 4, 1_400, left));
    Packet error = toContoso(gateway);
    assertEquals("64:ff9b::707:707", error.source().toString());
    assertEquals(0x0200, error.type() << 8 | error.code());
    assertEquals(1_420, error.value());
    assertEquals("fd00:1::11:4000 > 64:ff9b::808:808:53", error.quoted().ends());
    assertTrue(error.quoted().isChecksumRight());
    gateway.fromLink("out0", Packet.error("7.7.7.7", TwoTenants.POOL, 11, 0, 0, left));
    assertEquals(0x0300, toContoso(gateway).type() << 8, "as traceroute wants it");
    gateway.fromLink(
        "out0",
        Packet.error(
            "7.7.7.7", TwoTenants.POOL, 3, 4, 68, left.between("8.8.8.8", 9, "1.1.1.1", 9)));
    assertEquals(1, gateway.drops(DropReason.NAT_ERROR_OF_NOTHING));
  }

  @Test
  void passesErrorsAboutPingsOn() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, Packet.ping(HOST, SERVER, 77, "p"));
    Packet left = fromOut0(gateway);
    gateway.fromLink("out0", Packet.error("7.7.7.7", TwoTenants.POOL, 11, 0, 0, left));
    Packet error = toContoso(gateway);
    assertEquals("fd00:1::11 > 64:ff9b::808:808 id 77", error.quoted().ends());
    assertTrue(error.quoted().isChecksumRight());
  }

  @Test
  void passesErrorsOfAHostOn() {
    TestGateway gateway = tenants.start();
    Packet left = establish(gateway);
    Packet got = Packet.udp(SERVER, 53, HOST, 4000, "a");
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, Packet.error(HOST, SERVER, 1, 4, 0, got));
    Packet error = fromOut0(gateway);
    assertEquals(0x0303, error.type() << 8 | error.code());
    assertEquals(TwoTenants.POOL, error.source().toString());
    assertEquals("8.8.8.8:53 > 198.51.100.10:" + left.sourcePort(), error.quoted().ends());
    assertTrue(error.quoted().isChecksumRight());
    gateway.fromTenant(tenants, TwoTenants.FABRIKAM, Packet.error(HOST, SERVER, 1, 4, 0, got));
    assertTrue(gateway.link("out0").take().isEmpty());
    assertEquals(1, gateway.drops(DropReason.NAT_ERROR_OF_NOTHING), "no session of his");
  }

  @Test
  void saysWhatFitsAsEachSideKnowsIt() {
    TestGateway gateway = tenants.start();
    Packet left = establish(gateway);
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(HOST, 4000, SERVER, 53, "y".repeat(1_473)));
    Packet told = toContoso(gateway);
    assertEquals(2, told.type());
    assertEquals(TestGateway.LINK_MTU + 20, told.value());
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(HOST, 4000, SERVER, 53, "y".repeat(1_472)));
    assertEquals(TestGateway.LINK_MTU, fromOut0(gateway).octets().length);
    Packet answer =
        Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, left.sourcePort(), "z".repeat(1_503));
    gateway.fromLink("out0", answer);
    told = fromOut0(gateway);
    assertEquals(0x0304, told.type() << 8 | told.code());
    assertEquals(TestGateway.UNDERLAY_MTU - 50 - 20, told.value());
    assertEquals(TwoTenants.OWN, told.source().toString());
    assertEquals(answer.ends(), told.quoted().ends(), "as the outside knows it");
  }

  @Test
  void cutsWhatMayBeCut() {
    TestGateway gateway = tenants.start();
    Packet left = establish(gateway);
    gateway.fromLink(
        "out0",
        Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, left.sourcePort(), "z".repeat(1_400))
            .withId(99));
    List<Packet> got = gateway.underlay.take().stream().map(Wire::inner).map(Wire::packet).toList();
    assertEquals(2, got.size(), gateway::describeDrops);
    assertEquals(99, got.getFirst().id());
    assertEquals(1_280, got.getFirst().octets().length);
    assertTrue(got.getFirst().hasMoreFragments());
    assertEquals(got.getFirst().body().length, got.getLast().fragmentOffset());
    assertFalse(got.getLast().hasMoreFragments());
  }

  @Test
  void translatesFragmentsBothWaysInAnyOrder() {
    TestGateway gateway = tenants.start();
    Packet whole = Packet.udp(HOST, 4000, SERVER, 53, "y".repeat(2_400)).withId(0x12345);
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, whole.fragment(1_200, 2_408));
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, whole.fragment(0, 1_200));
    List<Packet> left = gateway.link("out0").take().stream().map(Wire::packet).toList();
    assertEquals(2, left.size(), gateway::describeDrops);
    assertEquals(left.getFirst().id(), left.getLast().id());
    assertEquals(1_200, left.getLast().fragmentOffset());
    assertEquals(TwoTenants.POOL, left.getLast().source().toString());
    Packet back =
        Packet.udp(
                TwoTenants.SERVER,
                53,
                TwoTenants.POOL,
                left.getFirst().sourcePort(),
                "z".repeat(2_000))
            .withId(17);
    gateway.fromLink("out0", back.fragment(0, 1_200));
    gateway.fromLink("out0", back.fragment(1_200, 2_008));
    List<Packet> got = gateway.underlay.take().stream().map(Wire::inner).map(Wire::packet).toList();
    assertEquals(2, got.size(), gateway::describeDrops);
    assertEquals(17, got.getLast().id());
    assertEquals(HOST, got.getLast().destination().toString());
    assertEquals(1_200, got.getLast().fragmentOffset());
  }

  @Test
  void computesTheChecksumThatUdpMayLackInIpv4() {
    TestGateway gateway = tenants.start();
    Packet left = establish(gateway);
    byte[] body =
        Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, left.sourcePort(), "none").body();
    Packet.put16(body, 6, 0);
    gateway.fromLink("out0", Packet.of(TwoTenants.SERVER, TwoTenants.POOL, Packet.UDP, body));
    Packet got = toContoso(gateway);
    assertTrue(Packet.get16(got.body(), 6) != 0);
  }

  @Test
  void saysThatNoRuleFits() {
    tenants.contosoNat = TwoTenants.nat(List.of(), List.of());
    TestGateway gateway = tenants.start();
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, Packet.udp(HOST, 4000, SERVER, 53, "q"));
    assertTrue(gateway.link("out0").take().isEmpty());
    assertEquals(1, gateway.drops(DropReason.NAT_NO_RULE));
    Packet told = toContoso(gateway);
    assertEquals(0x0101, told.type() << 8 | told.code());
  }

  @Test
  void dropsWhatHasNoCounterpart() {
    TestGateway gateway = tenants.start();
    // ICMPv4 in IPv6 would become an error that nobody looked at; a node information query.
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.of(HOST, SERVER, Packet.ICMP, new byte[16]));
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, Packet.echo(HOST, SERVER, 139, 1, "node"));
    assertEquals(2, gateway.drops(DropReason.NAT_NO_COUNTERPART), gateway::describeDrops);
    // RFC 6052 §3.1: not by the well-known prefix; and what no router forwards.
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(HOST, 1, "64:ff9b::a40:1", 1, "private"));
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(HOST, 1, "64:ff9b::7f00:1", 1, "loopback"));
    assertEquals(2, gateway.drops(DropReason.NOT_FORWARDABLE), gateway::describeDrops);
    assertTrue(gateway.link("out0").take().isEmpty());
    assertEquals(0, gateway.nat.sessions());
  }

  @Test
  void goesByTheRoutesOfIpv4() {
    tenants.contosoRoutes.add(TwoTenants.route("9.9.0.0/16", new Target.Blackhole()));
    tenants.contosoIpv6 =
        new EdgeNetwork.Ipv6Translation(Optional.of(Cidr.parse("2001:db8:64::/96")), List.of());
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(HOST, 1, "2001:db8:64::909:1", 1, "x"));
    assertEquals(1, gateway.drops(DropReason.ROUTE_BLACKHOLE), gateway::describeDrops);
    // Not into a network of the tenant's own, around its rules and addresses.
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(HOST, 1, "2001:db8:64::a15:5", 1, "site"));
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(HOST, 1, "2001:db8:64::a01:10b", 1, "own"));
    assertEquals(2, gateway.drops(DropReason.GATEWAY_NO_ROUTE), gateway::describeDrops);
    assertTrue(gateway.link("out0").take().isEmpty());
  }

  @Test
  void noInboundRuleLeadsToAnIpv6Host() {
    tenants.contosoNat =
        TwoTenants.withNat64(
            TwoTenants.nat(
                List.of(TwoTenants.inbound("198.51.100.20", Packet.UDP, 53, TwoTenants.WEB, 53)),
                List.of()));
    TestGateway gateway = tenants.start();
    establish(gateway);
    gateway.fromLink("out0", Packet.udp(TwoTenants.SERVER, 53, "198.51.100.20", 53, "in"));
    assertEquals(TwoTenants.WEB, toContoso(gateway).destination().toString());
    gateway.fromLink("out0", Packet.udp("9.9.9.9", 53, TwoTenants.POOL, 4000, "stranger"));
    assertTrue(gateway.underlay.take().isEmpty());
  }

  @Test
  void endsWithItsRuleAndItsPrefix() {
    TestGateway gateway = tenants.start();
    Packet left = establish(gateway);
    Packet answer = Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, left.sourcePort(), "late");
    tenants.contosoIpv6 =
        new EdgeNetwork.Ipv6Translation(Optional.of(Cidr.parse("2001:db8:64::/96")), List.of());
    gateway.apply(tenants.overlay(), tenants.network());
    assertEquals(0, gateway.nat.sessions(), "IPv4 has other addresses now");
    gateway.fromLink("out0", answer);
    assertEquals(1, gateway.drops(DropReason.NAT_NO_MAPPING));
    assertTrue(gateway.underlay.take().isEmpty());
  }

  @Test
  void endsWhenItHasBeenSilent() {
    TestGateway gateway = tenants.start();
    establish(gateway);
    gateway.passInSteps(310_000_000_000L);
    assertEquals(0, gateway.nat.sessions());
    assertEquals(0, gateway.vswitch.connections().size());
  }
}
