// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.edge.EdgeNetwork.GreConnection;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.Target;
import hnv.nat.TwiceNat;
import hnv.wire.Cidr;
import hnv.wire.RoutingDomainId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Contoso's branch and its data centre use the very prefix that Contoso itself uses, and so do
/// Fabrikam's: 10.1.0.0/16. The tenant knows the data centre as 172.30.0.0/16 and the branch as
/// 172.29.0.0/16; both know the tenant as 172.31.0.0/16.
class TwiceNatLayerTest {
  /// What has 10.1.1.7 in the data centre, to the tenant.
  private static final String FAR = "172.30.1.7";

  /// What it is called there.
  private static final String REAL = "10.1.1.7";

  /// What 10.1.1.11 is called there.
  private static final String SEEN = "172.31.1.11";

  private TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  static TwiceNat nat(String local, String seenLocal, String remote, String seenRemote) {
    return new TwiceNat(
        Cidr.parse(local), Cidr.parse(seenLocal), Cidr.parse(remote), Cidr.parse(seenRemote));
  }

  private static L3Connection dc(L3Connection c, TwiceNat... nat) {
    return new L3Connection(c.name(), c.attachment(), c.peers(), 0, 0, List.of(nat));
  }

  private static GreConnection site(GreConnection c, TwiceNat... nat) {
    return new GreConnection(c.name(), c.outsideNetwork(), c.tunnel(), 0, 0, List.of(nat));
  }

  private TestGateway start() {
    TwiceNat dc = nat("10.1.0.0/16", "172.31.0.0/16", "10.1.0.0/16", "172.30.0.0/16");
    TwiceNat site = nat("10.1.0.0/16", "172.31.0.0/16", "10.1.0.0/16", "172.29.0.0/16");
    for (var connections : List.of(tenants.contosoConnections, tenants.fabrikamConnections)) {
      connections.set(0, dc((L3Connection) connections.get(0), dc));
      connections.set(1, site((GreConnection) connections.get(1), site));
    }
    for (var routes : List.of(tenants.contosoRoutes, tenants.fabrikamRoutes)) {
      routes.add(route("172.30.0.0/16", "dc"));
      routes.add(route("172.29.0.0/16", "site"));
    }
    return tenants.start();
  }

  private static EdgeNetwork.Route route(String prefix, String connection) {
    return TwoTenants.route(prefix, new Target.ByConnection(connection, Optional.empty()));
  }

  private Packet toDc(TestGateway gateway, RoutingDomainId tenant, Packet packet) {
    gateway.fromTenant(tenants, tenant, packet);
    return left(gateway, tenant.equals(TwoTenants.CONTOSO) ? "l3a" : "l3b");
  }

  private static Packet left(TestGateway gateway, String device) {
    List<byte[]> sent = gateway.link(device).take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    Packet left = Wire.packet(sent.getFirst());
    assertTrue(left.isChecksumRight(), left.toString());
    return left;
  }

  private static Packet got(TestGateway gateway, RoutingDomainId tenant) {
    Packet got = gateway.toTenant(tenant);
    assertTrue(got.isChecksumRight(), got.toString());
    return got;
  }

  private static Packet gre(int key, Packet inner) {
    return Wire.gre(TwoTenants.PEER, TwoTenants.OWN, key, inner);
  }

  // ---- both ways, by layers and by the record ----

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void joinsTheSamePrefixByAVlan(Encapsulation encapsulation) {
    tenants = new TwoTenants(encapsulation);
    TestGateway gateway = start();
    for (int i = 0; i < 3; i++) {
      for (RoutingDomainId tenant : List.of(TwoTenants.CONTOSO, TwoTenants.FABRIKAM)) {
        Packet question = toDc(gateway, tenant, Packet.udp(TwoTenants.SQL, 4000, FAR, 53, "q" + i));
        assertEquals(SEEN + ":4000 > " + REAL + ":53", question.ends());
        assertEquals(63, question.ttl());
        String device = tenant.equals(TwoTenants.CONTOSO) ? "l3a" : "l3b";
        gateway.fromLink(device, Packet.udp(REAL, 53, SEEN, 4000, "a" + i));
        Packet answer = got(gateway, tenant);
        assertEquals(FAR + ":53 > 10.1.1.11:4000", answer.ends());
        assertEquals("a" + i, answer.data());
        assertEquals(63, answer.ttl());
      }
    }
    assertEquals(4, gateway.vswitch.flows().size());
    assertEquals(2, gateway.vswitch.connections().size());
  }

  @Test
  void joinsTheSamePrefixByATunnel() {
    TestGateway gateway = start();
    for (int i = 0; i < 3; i++) {
      gateway.fromTenant(
          tenants,
          TwoTenants.CONTOSO,
          Packet.tcp(TwoTenants.SQL, 4000, "172.29.1.7", 80, i == 0 ? Packet.SYN : Packet.ACK, ""));
      Packet outer = Wire.packet(gateway.link("out0").take().getFirst());
      assertEquals(100, Wire.greKey(outer));
      Packet inner = Wire.inGre(outer);
      assertEquals(SEEN + ":4000 > " + REAL + ":80", inner.ends());
      assertTrue(inner.isChecksumRight());
      int flags = i == 0 ? Packet.SYN | Packet.ACK : Packet.ACK;
      gateway.fromLink("out0", gre(100, Packet.tcp(REAL, 80, SEEN, 4000, flags, "")));
      assertEquals("172.29.1.7:80 > 10.1.1.11:4000", got(gateway, TwoTenants.CONTOSO).ends());
    }
    assertEquals(2, gateway.vswitch.flows().size());
    assertEquals(1, gateway.vswitch.connections().size());
  }

  @Test
  void theOtherSideMayBegin() {
    TestGateway gateway = start();
    for (int i = 0; i < 3; i++) {
      gateway.fromLink("l3a", Packet.udp(REAL, 4000, SEEN, 1433, "q" + i));
      assertEquals(FAR + ":4000 > 10.1.1.11:1433", got(gateway, TwoTenants.CONTOSO).ends());
      Packet answer =
          toDc(gateway, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 1433, FAR, 4000, "a" + i));
      assertEquals(SEEN + ":1433 > " + REAL + ":4000", answer.ends());
    }
    assertEquals(2, gateway.vswitch.flows().size());
    assertEquals(1, gateway.vswitch.connections().size(), "question and answer are one");
  }

  @Test
  void pingsAreTranslatedWithTheirIdentifier() {
    TestGateway gateway = start();
    Packet ping = toDc(gateway, TwoTenants.CONTOSO, Packet.ping(TwoTenants.SQL, FAR, 77, "hello"));
    assertEquals(SEEN + " > " + REAL + " id 77", ping.ends());
    gateway.fromLink("l3a", Packet.pong(REAL, SEEN, 77, "hello"));
    Packet pong = got(gateway, TwoTenants.CONTOSO);
    assertEquals(FAR + " > 10.1.1.11 id 77", pong.ends());
    assertEquals(0, pong.type());
    gateway.fromLink("l3a", Packet.ping(REAL, SEEN, 78, "you"));
    assertEquals(FAR + " > 10.1.1.11 id 78", got(gateway, TwoTenants.CONTOSO).ends());
  }

  @Test
  void protocolsWithoutPortsAreTranslated() {
    TestGateway gateway = start();
    byte[] octets = {1, 2, 3, 4, 5, 6, 7, 8};
    Packet esp = toDc(gateway, TwoTenants.CONTOSO, Packet.of(TwoTenants.SQL, FAR, 50, octets));
    assertEquals(SEEN + " > " + REAL, esp.ends());
    gateway.fromLink("l3a", Packet.of(REAL, SEEN, 50, octets));
    assertEquals(FAR + " > 10.1.1.11", got(gateway, TwoTenants.CONTOSO).ends());
  }

  @Test
  void whatIsNotTranslatedPassesAsItIs() {
    TestGateway gateway = start();
    tenants.contosoConnections.set(
        0,
        dc(
            (L3Connection) tenants.contosoConnections.getFirst(),
            nat("10.1.1.11/32", "172.31.1.11/32", "10.2.1.0/24", "172.30.1.0/24")));
    gateway.apply(tenants.overlay(), tenants.network());
    Packet plain =
        toDc(
            gateway,
            TwoTenants.CONTOSO,
            Packet.udp(TwoTenants.WEB, 4000, TwoTenants.DATA_CENTRE, 53, "q"));
    assertEquals("10.1.1.12:4000 > 10.21.0.5:53", plain.ends());
    gateway.fromLink("l3a", Packet.udp(TwoTenants.DATA_CENTRE, 53, TwoTenants.WEB, 4000, "a"));
    assertEquals("10.21.0.5:53 > 10.1.1.12:4000", got(gateway, TwoTenants.CONTOSO).ends());
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.WEB, 4000, FAR, 53, "no pair"));
    assertEquals(1, gateway.drops(DropReason.TRANSLATION_MISSING));
  }

  // ---- what would be ambiguous ----

  @Test
  void whatWouldBeAmbiguousDoesNotPassToTheTenant() {
    TestGateway gateway = start();
    // To an address that only the branch itself means so, and from one that the tenant has, too.
    gateway.fromLink("l3a", Packet.udp(REAL, 4000, TwoTenants.SQL, 53, "direct"));
    gateway.fromLink("l3a", Packet.udp(TwoTenants.DATA_CENTRE, 4000, TwoTenants.SQL, 53, "x"));
    gateway.fromLink("l3a", Packet.udp(REAL, 4000, "10.30.0.5", 53, "by another connection"));
    // As somebody who has been translated already.
    gateway.fromLink("l3a", Packet.udp(FAR, 4000, SEEN, 53, "x"));
    gateway.fromLink("l3a", Packet.udp(FAR, 4000, TwoTenants.SQL, 53, "x"));
    assertEquals(5, gateway.drops(DropReason.TRANSLATION_MISSING), gateway::describeDrops);
    gateway.fromLink("out0", gre(100, Packet.udp(REAL, 4000, TwoTenants.SQL, 53, "direct")));
    assertEquals(6, gateway.drops(DropReason.TRANSLATION_MISSING), gateway::describeDrops);
    assertTrue(gateway.underlay.take().isEmpty());
    assertEquals(0, gateway.vswitch.connections().size());
  }

  @Test
  void whatWouldBeAmbiguousDoesNotPassToTheOtherSide() {
    tenants.contosoRoutes.add(route("192.168.0.0/16", "dc"));
    tenants.contosoRoutes.add(route("172.31.0.0/16", "dc"));
    TestGateway gateway = start();
    for (String to : List.of("192.168.0.5", TwoTenants.DATA_CENTRE, "172.31.1.11")) {
      gateway.fromTenant(
          tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, to, 53, "q"));
    }
    assertEquals(3, gateway.drops(DropReason.TRANSLATION_MISSING), gateway::describeDrops);
    assertTrue(gateway.link("l3a").take().isEmpty());
  }

  @Test
  void theGuardSeesWhatTheTenantSees() {
    TestGateway gateway = start();
    tenants.contosoRoutes.removeIf(r -> r.destination().toString().equals("172.30.0.0/16"));
    gateway.apply(tenants.overlay(), tenants.network());
    gateway.fromLink("l3a", Packet.udp(REAL, 4000, SEEN, 53, "q"));
    assertEquals(1, gateway.drops(DropReason.CONNECTION_SOURCE_SPOOFED));
  }

  // ---- errors ----

  @Test
  void errorsOfTheOtherSideAreTranslatedWithBothEndsOfTheirQuote() {
    TestGateway gateway = start();
    Packet left = toDc(gateway, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, FAR, 53, "q"));
    gateway.fromLink("l3a", Packet.error(REAL, SEEN, 3, 3, 0, left));
    Packet error = got(gateway, TwoTenants.CONTOSO);
    assertEquals(FAR, error.source().toString());
    assertEquals(TwoTenants.SQL, error.destination().toString());
    assertEquals("10.1.1.11:4000 > " + FAR + ":53", error.quoted().ends());
    assertTrue(error.quoted().isChecksumRight());
  }

  @Test
  void aRouterOnTheWayTellsAboutThePath() {
    tenants.contosoRoutes.add(route("192.168.0.0/16", "dc"));
    TestGateway gateway = start();
    Packet left =
        toDc(
            gateway, TwoTenants.CONTOSO, Packet.tcp(TwoTenants.SQL, 4000, FAR, 80, Packet.SYN, ""));
    gateway.fromLink("l3a", Packet.error("192.168.0.1", SEEN, 3, 4, 1_300, left));
    Packet tooBig = got(gateway, TwoTenants.CONTOSO);
    assertEquals("192.168.0.1", tooBig.source().toString());
    assertEquals(1_300, tooBig.value());
    assertEquals("10.1.1.11:4000 > " + FAR + ":80", tooBig.quoted().ends());
    // One that has an address of the prefix in between.
    gateway.fromLink("l3a", Packet.error("10.1.255.1", SEEN, 11, 0, 0, left));
    assertEquals("172.30.255.1", got(gateway, TwoTenants.CONTOSO).source().toString());
  }

  @Test
  void errorsAboutPingsKeepTheIdentifier() {
    TestGateway gateway = start();
    Packet left = toDc(gateway, TwoTenants.CONTOSO, Packet.ping(TwoTenants.SQL, FAR, 77, "p"));
    gateway.fromLink("l3a", Packet.error(REAL, SEEN, 3, 1, 0, left));
    Packet error = got(gateway, TwoTenants.CONTOSO);
    assertEquals("10.1.1.11 > " + FAR + " id 77", error.quoted().ends());
    assertTrue(error.quoted().isChecksumRight());
  }

  @Test
  void errorsOfTheTenantAreTranslatedLikewise() {
    TestGateway gateway = start();
    gateway.fromLink("l3a", Packet.udp(REAL, 4000, SEEN, 53, "q"));
    Packet got = got(gateway, TwoTenants.CONTOSO);
    Packet error =
        toDc(gateway, TwoTenants.CONTOSO, Packet.error(TwoTenants.SQL, FAR, 3, 3, 0, got));
    assertEquals(SEEN, error.source().toString());
    assertEquals(REAL, error.destination().toString());
    assertEquals(REAL + ":4000 > " + SEEN + ":53", error.quoted().ends());
    assertTrue(error.quoted().isChecksumRight());
  }

  @Test
  void errorsThatMixUpTheSidesDoNotPass() {
    TestGateway gateway = start();
    Packet left = toDc(gateway, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, FAR, 53, "q"));
    Packet asTheTenantSeesIt = Packet.udp(TwoTenants.SQL, 4000, FAR, 53, "q");
    gateway.fromLink("l3a", Packet.error(REAL, SEEN, 3, 3, 0, asTheTenantSeesIt));
    gateway.fromLink("l3a", Packet.error(REAL, "172.31.1.12", 3, 3, 0, left));
    gateway.fromLink("l3a", Packet.error(REAL, TwoTenants.SQL, 3, 3, 0, left));
    assertEquals(3, gateway.drops(DropReason.TRANSLATION_MISSING), gateway::describeDrops);
    assertTrue(gateway.underlay.take().isEmpty());
  }

  // ---- what the gateway itself says ----

  @Test
  void theGatewaySpeaksToEachSideAsThatSideSpeaks() {
    TestGateway gateway = start();
    gateway.fromLink("l3a", Packet.udp(REAL, 4000, SEEN, 53, "q").withTtl(1));
    Packet toFar = left(gateway, "l3a");
    assertEquals(TwoTenants.L3_OWN, toFar.source().toString());
    assertEquals(REAL, toFar.destination().toString());
    assertEquals(REAL + ":4000 > " + SEEN + ":53", toFar.quoted().ends());
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, FAR, 53, "q").withTtl(1));
    Packet toTenant = got(gateway, TwoTenants.CONTOSO);
    assertEquals(TwoTenants.ADAPTER, toTenant.source().toString());
    assertEquals("10.1.1.11:4000 > " + FAR + ":53", toTenant.quoted().ends());
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, FAR, 53, "x".repeat(1_490)));
    Packet tooBig = got(gateway, TwoTenants.CONTOSO);
    assertEquals(1_500, tooBig.value() & 0xFFFF);
    assertEquals("10.1.1.11:4000 > " + FAR + ":53", tooBig.quoted().ends());
  }

  /// In a tunnel the gateway is the tenant's adapter, which the other side knows by another
  /// address.
  @Test
  void inATunnelTheGatewayHasTheAddressThatIsSeenThere() {
    TestGateway gateway = start();
    gateway.fromLink("out0", gre(100, Packet.udp(REAL, 4000, SEEN, 53, "q").withTtl(1)));
    Packet error = Wire.inGre(Wire.packet(gateway.link("out0").take().getFirst()));
    assertEquals("172.31.9.4", error.source().toString());
    assertEquals(REAL, error.destination().toString());
    assertEquals(REAL + ":4000 > " + SEEN + ":53", error.quoted().ends());
    assertTrue(error.isChecksumRight());
    gateway.fromLink("out0", gre(100, Packet.ping(REAL, "172.31.9.4", 5, "hi")));
    Packet pong = Wire.inGre(Wire.packet(gateway.link("out0").take().getFirst()));
    assertEquals("172.31.9.4 > " + REAL + " id 5", pong.ends());
    assertEquals(0, pong.type());
    assertTrue(pong.isChecksumRight());
  }

  /// The outer addresses of a tunnel may be of a prefix that is translated inside it.
  @Test
  void questionsOfATunnelAreItsOwn() {
    TestGateway gateway = start();
    tenants.contosoConnections.set(
        1,
        site(
            TwoTenants.gre("site", 100),
            nat("10.1.0.0/16", "172.31.0.0/16", "203.0.113.0/24", "172.29.1.0/24")));
    gateway.apply(tenants.overlay(), tenants.network());
    byte[] nothing = {0x20, 0, 0, 0, 0, 0, 0, 100};
    Packet answer = Packet.of(TwoTenants.OWN, TwoTenants.PEER, Packet.GRE, nothing);
    gateway.fromLink("out0", gre(100, answer));
    Packet back = Wire.packet(gateway.link("out0").take().getFirst());
    assertEquals(TwoTenants.PEER, back.destination().toString());
    assertEquals(Packet.GRE, back.protocol());
    assertEquals(100, Wire.greKey(back));
    gateway.fromLink("out0", gre(100, answer.between("203.0.113.7", 1, TwoTenants.SQL, 2)));
    assertEquals(1, gateway.drops(DropReason.TRANSLATION_MISSING));
  }

  // ---- fragments ----

  @Test
  void fragmentsAreTranslatedBothWays() {
    TestGateway gateway = start();
    Packet whole = Packet.udp(TwoTenants.SQL, 4000, FAR, 53, "x".repeat(2_000)).withoutDf();
    // The later one first.
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, whole.fragment(1_000, 3_000));
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, whole.fragment(0, 1_000));
    assertEquals(SEEN + ":4000 > " + REAL + ":53", joined(gateway.link("l3a").take()).ends());
    Packet back = Packet.udp(REAL, 53, SEEN, 4000, "y".repeat(2_000)).withoutDf();
    gateway.fromLink("l3a", back.fragment(0, 1_000));
    gateway.fromLink("l3a", back.fragment(1_000, 3_000));
    List<byte[]> inner = gateway.underlay.take().stream().map(Wire::inner).toList();
    assertEquals(FAR + ":53 > 10.1.1.11:4000", joined(inner).ends());
  }

  /// The packet that two fragments are of.
  private static Packet joined(List<byte[]> frames) {
    assertEquals(2, frames.size());
    Packet first = Wire.packet(frames.getFirst());
    Packet second = Wire.packet(frames.get(1));
    assertEquals(0, first.fragmentOffset());
    assertEquals(first.body().length, second.fragmentOffset());
    assertEquals(first.id(), second.id());
    assertEquals(first.source(), second.source());
    assertEquals(first.destination(), second.destination());
    byte[] body =
        ByteBuffer.allocate(first.body().length + second.body().length)
            .put(first.body())
            .put(second.body())
            .array();
    Packet whole =
        Packet.of(first.source().toString(), first.destination().toString(), Packet.UDP, body);
    assertTrue(whole.isChecksumRight());
    return whole;
  }

  // ---- policy ----

  @Test
  void aChangeIsInForceAtOnce() {
    TestGateway gateway = start();
    for (int i = 0; i < 2; i++) {
      toDc(gateway, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, FAR, 53, "q"));
      gateway.fromLink("l3a", Packet.udp(REAL, 53, SEEN, 4000, "a"));
      got(gateway, TwoTenants.CONTOSO);
    }
    tenants.contosoConnections.set(
        0,
        dc(
            (L3Connection) tenants.contosoConnections.getFirst(),
            nat("10.1.0.0/16", "172.27.0.0/16", "10.1.0.0/16", "172.30.0.0/16")));
    gateway.apply(tenants.overlay(), tenants.network());
    Packet left = toDc(gateway, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, FAR, 53, "q"));
    assertEquals("172.27.1.11:4000 > " + REAL + ":53", left.ends());
    gateway.fromLink("l3a", Packet.udp(REAL, 53, SEEN, 4000, "a"));
    assertTrue(gateway.underlay.take().isEmpty());
  }
}
