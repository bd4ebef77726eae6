// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the gateway says by ICMP, and what of others' errors it passes on.
class IcmpTest {
  private TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  private Packet fromOut0(TestGateway gateway) {
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    Packet left = Wire.packet(sent.getFirst());
    assertTrue(left.isChecksumRight(), left.toString());
    return left;
  }

  private Packet establish(TestGateway gateway) {
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 53, "q"));
    Packet left = fromOut0(gateway);
    gateway.fromLink(
        "out0", Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, left.sourcePort(), "a"));
    gateway.toTenant(TwoTenants.CONTOSO);
    return left;
  }

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void saysToATenantThatTheTimeIsUp(Encapsulation encapsulation) {
    tenants = new TwoTenants(encapsulation);
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 53, "q").withTtl(1));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(11, error.type());
    assertEquals(TwoTenants.ADAPTER, error.source().toString());
    assertEquals("10.1.1.11:4000 > 8.8.8.8:53", error.quoted().ends());
    assertTrue(error.isChecksumRight());
    assertEquals(1, gateway.drops(DropReason.TTL_EXPIRED));
    assertEquals(0, gateway.nat.sessions());
  }

  @Test
  void saysInIpv6ThatTheTimeIsUp() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL6, 4000, "fd00:30::5", 53, "q").withTtl(1));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(3, error.type());
    assertEquals("fd00:9::4", error.source().toString());
    assertTrue(error.isChecksumRight());
  }

  @Test
  void answersPingsOfItsAddressInTheTenantsNetwork() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.ping(TwoTenants.SQL, TwoTenants.ADAPTER, 5, "hi"));
    Packet pong = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals("10.1.9.4 > 10.1.1.11 id 5", pong.ends());
    assertEquals(0, pong.type());
    assertTrue(pong.isChecksumRight());
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.ping(TwoTenants.SQL6, "fd00:9::4", 6, "hi"));
    assertEquals(129, gateway.toTenant(TwoTenants.CONTOSO).type());
  }

  @Test
  void saysToTheOutsideThatTheTimeIsUp() {
    TestGateway gateway = tenants.start();
    Packet left = establish(gateway);
    gateway.fromLink(
        "out0",
        Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, left.sourcePort(), "a").withTtl(1));
    Packet error = fromOut0(gateway);
    assertEquals(11, error.type());
    assertEquals(TwoTenants.OWN, error.source().toString());
    assertEquals(TwoTenants.SERVER, error.destination().toString());
    assertEquals(TwoTenants.POOL, error.quoted().destination().toString(), "not the inside");
    assertEquals(left.sourcePort(), error.quoted().destinationPort());
  }

  @Test
  void saysThatNothingLeadsThere() {
    tenants.contosoRoutes.removeFirst();
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, "q"));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(3, error.type());
    assertEquals(0, error.code());
    assertEquals(1, gateway.drops(DropReason.GATEWAY_NO_ROUTE));
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 1, "10.99.1.1", 2, "q"));
    assertTrue(gateway.underlay.take().isEmpty(), "a blackhole says nothing");
    assertEquals(1, gateway.drops(DropReason.ROUTE_BLACKHOLE));
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 1, "10.1.1.77", 2, "q"));
    assertEquals(1, gateway.drops(DropReason.ROUTE_BACK));
    gateway.underlay.take();
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 1, "169.254.1.1", 2, "q"));
    assertEquals(1, gateway.drops(DropReason.NOT_FORWARDABLE));
  }

  @Test
  void saysThatAPacketIsTooBig() {
    TestGateway gateway = tenants.start();
    String data = "x".repeat(1_490);
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 53, data));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(3, error.type());
    assertEquals(4, error.code());
    assertEquals(1_500, error.value() & 0xFFFF);
    assertEquals("10.1.1.11:4000 > 8.8.8.8:53", error.quoted().ends());
    assertTrue(error.isChecksumRight());
  }

  @Test
  void passesErrorsOfTheOutsideOn() {
    TestGateway gateway = tenants.start();
    Packet left = establish(gateway);
    gateway.fromLink("out0", Packet.error("7.7.7.7", TwoTenants.POOL, 3, 4, 1_400, left));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals("7.7.7.7", error.source().toString());
    assertEquals(TwoTenants.SQL, error.destination().toString());
    assertEquals(3, error.type());
    assertEquals(4, error.code());
    assertEquals(1_400, error.value());
    assertEquals("10.1.1.11:4000 > 8.8.8.8:53", error.quoted().ends());
    assertTrue(error.quoted().isChecksumRight());
    assertTrue(error.isChecksumRight());
    gateway.fromLink(
        "out0",
        Packet.error(
            "7.7.7.7", TwoTenants.POOL, 3, 4, 68, left.between("8.8.8.8", 9, "1.1.1.1", 9)));
    assertEquals(1, gateway.drops(DropReason.NAT_ERROR_OF_NOTHING));
    assertTrue(gateway.underlay.take().isEmpty());
    assertEquals(1, gateway.nat.sessions(), "RFC 5508 REQ-6");
  }

  @Test
  void passesErrorsAboutPingsOn() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.ping(TwoTenants.SQL, TwoTenants.SERVER, 77, "p"));
    Packet left = fromOut0(gateway);
    gateway.fromLink("out0", Packet.error("7.7.7.7", TwoTenants.POOL, 11, 0, 0, left));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(11, error.type());
    assertEquals("10.1.1.11 > 8.8.8.8 id 77", error.quoted().ends());
    assertTrue(error.isChecksumRight());
  }

  @Test
  void passesErrorsOfATenantOn() {
    TestGateway gateway = tenants.start();
    Packet left = establish(gateway);
    Packet got = Packet.udp(TwoTenants.SERVER, 53, TwoTenants.SQL, 4000, "a");
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.error(TwoTenants.SQL, TwoTenants.SERVER, 3, 3, 0, got));
    Packet error = fromOut0(gateway);
    assertEquals(TwoTenants.POOL, error.source().toString());
    assertEquals("8.8.8.8:53 > 198.51.100.10:" + left.sourcePort(), error.quoted().ends());
    assertTrue(error.quoted().isChecksumRight());
    gateway.fromTenant(
        tenants,
        TwoTenants.FABRIKAM,
        Packet.error(TwoTenants.SQL, TwoTenants.SERVER, 3, 3, 0, got));
    assertTrue(gateway.link("out0").take().isEmpty());
    assertEquals(1, gateway.drops(DropReason.NAT_ERROR_OF_NOTHING));
  }

  @Test
  void turnsErrorsBackToo() {
    tenants.fabrikamNat =
        TwoTenants.nat(
            List.of(TwoTenants.inbound("198.51.100.20", Packet.TCP, 8080, TwoTenants.WEB, 80)),
            List.of());
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.tcp(TwoTenants.SQL, 4000, "198.51.100.20", 8080, Packet.SYN, ""));
    Packet got = gateway.toTenant(TwoTenants.FABRIKAM);
    gateway.fromTenant(
        tenants, TwoTenants.FABRIKAM, Packet.error(TwoTenants.WEB, TwoTenants.POOL, 3, 3, 0, got));
    assertTrue(gateway.link("out0").take().isEmpty(), "leaves");
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals("198.51.100.20", error.source().toString());
    assertEquals("10.1.1.11:4000 > 198.51.100.20:8080", error.quoted().ends());
    assertTrue(error.isChecksumRight());
  }
}
