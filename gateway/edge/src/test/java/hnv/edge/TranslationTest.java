// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.nat.TenantNat.OneToOne;
import hnv.wire.Ipv4Address;
import hnv.wire.RoutingDomainId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two tenants with the same addresses behind one public address.
class TranslationTest {
  private TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  private Packet send(TestGateway gateway, RoutingDomainId tenant, Packet packet) {
    gateway.fromTenant(tenants, tenant, packet);
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    Packet left = Wire.packet(sent.getFirst());
    assertTrue(left.isChecksumRight(), left.toString());
    return left;
  }

  private Packet answer(TestGateway gateway, RoutingDomainId tenant, Packet packet) {
    gateway.fromLink("out0", packet);
    return gateway.toTenant(tenant);
  }

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void givesEachTenantAPortOfItsOwn(Encapsulation encapsulation) {
    tenants = new TwoTenants(encapsulation);
    TestGateway gateway = tenants.start();
    Packet query = Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 53, "who");
    Packet contoso = send(gateway, TwoTenants.CONTOSO, query);
    Packet fabrikam = send(gateway, TwoTenants.FABRIKAM, query);
    assertEquals(TwoTenants.POOL, contoso.source().toString());
    assertEquals(TwoTenants.POOL, fabrikam.source().toString());
    assertNotEquals(contoso.sourcePort(), fabrikam.sourcePort());
    assertEquals(63, contoso.ttl());
    for (int i = 0; i < 3; i++) {
      Packet toContoso =
          Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, contoso.sourcePort(), "c" + i);
      Packet toFabrikam =
          Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, fabrikam.sourcePort(), "f" + i);
      Packet got = answer(gateway, TwoTenants.CONTOSO, toContoso);
      assertEquals("8.8.8.8:53 > 10.1.1.11:4000", got.ends());
      assertEquals("c" + i, got.data());
      assertTrue(got.isChecksumRight());
      assertEquals("f" + i, answer(gateway, TwoTenants.FABRIKAM, toFabrikam).data());
      assertEquals(contoso.ends(), send(gateway, TwoTenants.CONTOSO, query).ends());
    }
    assertEquals(4, gateway.vswitch.flows().size());
    assertEquals(2, gateway.nat.sessions());
  }

  @Test
  void translatesTcpAndForgetsAClosedConnection() {
    TestGateway gateway = tenants.start();
    Packet syn = Packet.tcp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 80, Packet.SYN, "");
    Packet left = send(gateway, TwoTenants.CONTOSO, syn);
    assertEquals(1460, left.mss());
    int port = left.sourcePort();
    Packet got =
        answer(
            gateway,
            TwoTenants.CONTOSO,
            Packet.tcp(TwoTenants.SERVER, 80, TwoTenants.POOL, port, Packet.SYN | Packet.ACK, ""));
    assertEquals("8.8.8.8:80 > 10.1.1.11:4000", got.ends());
    assertEquals(
        "8.8.8.8:80 > 10.1.1.11:4000",
        answer(
                gateway,
                TwoTenants.CONTOSO,
                Packet.tcp(TwoTenants.SERVER, 80, TwoTenants.POOL, port, Packet.ACK, "hello"))
            .ends());
    assertEquals(1, gateway.nat.sessions());
    gateway.pass(7_439_000_000_000L);
    assertEquals(1, gateway.nat.sessions(), "RFC 5382 REQ-5: 2 h 4 min");
    gateway.passInSteps(120_000_000_000L);
    assertEquals(0, gateway.nat.sessions());
    assertEquals(0, gateway.vswitch.connections().size());
  }

  @Test
  void translatesPings() {
    TestGateway gateway = tenants.start();
    Packet ping = Packet.ping(TwoTenants.SQL, TwoTenants.SERVER, 77, "ping");
    Packet contoso = send(gateway, TwoTenants.CONTOSO, ping);
    Packet fabrikam = send(gateway, TwoTenants.FABRIKAM, ping);
    assertNotEquals(contoso.queryId(), fabrikam.queryId());
    Packet got =
        answer(
            gateway,
            TwoTenants.FABRIKAM,
            Packet.pong(TwoTenants.SERVER, TwoTenants.POOL, fabrikam.queryId(), "ping"));
    assertEquals(77, got.queryId());
    assertEquals(TwoTenants.SQL, got.destination().toString());
    assertTrue(got.isChecksumRight());
  }

  @Test
  void servesTheOutsideByAnInboundRule() {
    tenants.contosoNat =
        TwoTenants.nat(
            List.of(TwoTenants.inbound("198.51.100.20", Packet.TCP, 8080, TwoTenants.WEB, 80)),
            List.of());
    TestGateway gateway = tenants.start();
    Packet syn = Packet.tcp(TwoTenants.SERVER, 1234, "198.51.100.20", 8080, Packet.SYN, "");
    Packet got = answer(gateway, TwoTenants.CONTOSO, syn);
    assertEquals("8.8.8.8:1234 > 10.1.1.12:80", got.ends());
    Packet reply =
        send(
            gateway,
            TwoTenants.CONTOSO,
            Packet.tcp(TwoTenants.WEB, 80, TwoTenants.SERVER, 1234, Packet.SYN | Packet.ACK, ""));
    assertEquals("198.51.100.20:8080 > 8.8.8.8:1234", reply.ends());
    Packet other = Packet.tcp(TwoTenants.SERVER, 1235, "198.51.100.20", 8081, Packet.SYN, "");
    gateway.fromLink("out0", other);
    assertEquals(1, gateway.drops(DropReason.NAT_NO_MAPPING));
    assertTrue(gateway.underlay.take().isEmpty());
  }

  @Test
  void givesAMachineAPublicAddressOfItsOwn() {
    tenants.fabrikamNat =
        TwoTenants.nat(
            List.of(),
            List.of(
                new OneToOne(
                    "web",
                    0,
                    Ipv4Address.parse("198.51.100.30"),
                    Ipv4Address.parse(TwoTenants.WEB))));
    TestGateway gateway = tenants.start();
    Packet left =
        send(
            gateway,
            TwoTenants.FABRIKAM,
            Packet.udp(TwoTenants.WEB, 5000, TwoTenants.SERVER, 53, "q"));
    assertEquals("198.51.100.30:5000 > 8.8.8.8:53", left.ends());
    Packet got =
        answer(
            gateway,
            TwoTenants.FABRIKAM,
            Packet.ping("9.9.9.9", "198.51.100.30", 5, "are you there"));
    assertEquals(TwoTenants.WEB, got.destination().toString());
    Packet pong =
        send(
            gateway,
            TwoTenants.FABRIKAM,
            Packet.pong(TwoTenants.WEB, "9.9.9.9", 5, "are you there"));
    assertEquals("198.51.100.30", pong.source().toString());
    assertEquals(5, pong.queryId());
  }

  @Test
  void turnsBackFromOneTenantToAnother() {
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
    assertEquals(TwoTenants.POOL, got.source().toString(), "RFC 4787 REQ-9: external source");
    assertEquals(TwoTenants.WEB, got.destination().toString());
    assertEquals(80, got.destinationPort());
    assertTrue(got.isChecksumRight());
    for (int i = 0; i < 3; i++) {
      int flags = i == 0 ? Packet.SYN | Packet.ACK : Packet.ACK;
      gateway.fromTenant(
          tenants,
          TwoTenants.FABRIKAM,
          Packet.tcp(TwoTenants.WEB, 80, TwoTenants.POOL, got.sourcePort(), flags, ""));
      Packet back = gateway.toTenant(TwoTenants.CONTOSO);
      assertEquals("198.51.100.20:8080 > 10.1.1.11:4000", back.ends());
      gateway.fromTenant(
          tenants,
          TwoTenants.CONTOSO,
          Packet.tcp(TwoTenants.SQL, 4000, "198.51.100.20", 8080, Packet.ACK, "x" + i));
      assertEquals(got.ends(), gateway.toTenant(TwoTenants.FABRIKAM).ends());
    }
    assertEquals(2, gateway.nat.sessions());
    gateway.pass(3_600_000_000_000L);
    assertEquals(2, gateway.nat.sessions(), "the answers were seen: it is established");
    gateway.passInSteps(2 * 7_440_000_000_000L);
    assertEquals(0, gateway.nat.sessions(), "the receiver's session went with the sender's");
    assertTrue(gateway.link("out0").take().isEmpty());
  }

  @Test
  void turnsBackWithinATenant() {
    tenants.contosoNat =
        TwoTenants.nat(
            List.of(TwoTenants.inbound("198.51.100.20", Packet.TCP, 8080, TwoTenants.WEB, 80)),
            List.of());
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.tcp(TwoTenants.SQL, 4000, "198.51.100.20", 8080, Packet.SYN, ""));
    Packet got = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(TwoTenants.POOL, got.source().toString());
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.tcp(
            TwoTenants.WEB, 80, TwoTenants.POOL, got.sourcePort(), Packet.SYN | Packet.ACK, ""));
    assertEquals(
        "198.51.100.20:8080 > 10.1.1.11:4000", gateway.toTenant(TwoTenants.CONTOSO).ends());
  }

  @Test
  void answersPingsOfItsOwnOutsideAddress() {
    TestGateway gateway = tenants.start();
    gateway.fromLink("out0", Packet.ping("9.9.9.9", TwoTenants.OWN, 5, "hello"));
    Packet pong = Wire.packet(gateway.link("out0").take().getFirst());
    assertEquals("203.0.113.1 > 9.9.9.9 id 5", pong.ends());
    assertEquals(0, pong.type());
    assertTrue(pong.isChecksumRight());
    gateway.fromLink("out0", Packet.udp("9.9.9.9", 5, TwoTenants.OWN, 5, "hello"));
    assertEquals(1, gateway.drops(DropReason.ROUTER_NOT_ADDRESSED));
  }

  @Test
  void saysThatPortsAreUsedUp() {
    tenants.contosoNat =
        new hnv.nat.TenantNat(
            0, tenants.contosoNat.outboundRules(), List.of(), List.of(), 1_000, 2);
    TestGateway gateway = tenants.start();
    for (int port = 4000; port < 4002; port++) {
      send(
          gateway,
          TwoTenants.CONTOSO,
          Packet.udp(TwoTenants.SQL, port, TwoTenants.SERVER, 53, "q"));
    }
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4002, TwoTenants.SERVER, 53, "q"));
    assertEquals(1, gateway.drops(DropReason.NAT_TENANT_PORTS));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(3, error.type());
    assertEquals(13, error.code());
    assertEquals(TwoTenants.ADAPTER, error.source().toString());
    assertEquals("10.1.1.11:4002 > 8.8.8.8:53", error.quoted().ends());
    assertTrue(error.isChecksumRight());
    for (int i = 0; i < 500; i++) {
      gateway.fromTenant(
          tenants,
          TwoTenants.CONTOSO,
          Packet.udp(TwoTenants.SQL, 5000 + i, TwoTenants.SERVER, 53, "q"));
    }
    assertEquals(501, gateway.drops(DropReason.NAT_TENANT_PORTS));
    assertTrue(gateway.underlay.take().size() < 110, "answers are limited");
    send(
        gateway,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 53, "the old ones live"));
  }
}
