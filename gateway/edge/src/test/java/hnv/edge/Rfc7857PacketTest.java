// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.Encapsulation;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The sections of RFC 7857 that are about packets and not about sessions alone.
class Rfc7857PacketTest {
  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);
  private final TestGateway gateway = tenants.start();

  private Packet send(Packet packet) {
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, packet);
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    return Wire.packet(sent.getFirst());
  }

  @Test
  void section4OnePublicAddressForAllProtocols() {
    Set<String> addresses = new HashSet<>();
    addresses.add(
        send(Packet.udp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, "q")).source().toString());
    addresses.add(
        send(Packet.tcp(TwoTenants.SQL, 1, "9.9.9.9", 2, Packet.SYN, "")).source().toString());
    addresses.add(send(Packet.ping(TwoTenants.SQL, "7.7.7.7", 2, "p")).source().toString());
    assertEquals(Set.of(TwoTenants.POOL), addresses);
  }

  @Test
  void section10IdentificationAndDfAreLeftAsTheyAre() {
    for (int id : new int[] {0, 1, 7, 0xFFFF}) {
      Packet left = send(Packet.udp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, "q").withId(id));
      assertEquals(id, left.id());
      assertEquals(false, left.isDontFragment());
    }
    assertEquals(
        true, send(Packet.udp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, "q")).isDontFragment());
  }

  @Test
  void section12ErrorsTurnBackToo() {
    tenants.fabrikamNat =
        TwoTenants.nat(
            List.of(TwoTenants.inbound("198.51.100.20", Packet.UDP, 53, TwoTenants.WEB, 53)),
            List.of());
    gateway.apply(tenants.overlay(), tenants.network());
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4_000, "198.51.100.20", 53, "q"));
    Packet got = gateway.toTenant(TwoTenants.FABRIKAM);
    gateway.fromTenant(
        tenants, TwoTenants.FABRIKAM, Packet.error(TwoTenants.WEB, TwoTenants.POOL, 3, 3, 0, got));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals("198.51.100.20", error.source().toString());
    assertEquals("10.1.1.11:4000 > 198.51.100.20:53", error.quoted().ends());
  }
}
