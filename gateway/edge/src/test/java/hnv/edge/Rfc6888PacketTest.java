// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.nat.TenantNat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The requirements of RFC 6888 that are about packets and not about sessions alone.
class Rfc6888PacketTest {
  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  @Test
  void req6WhatIsRoutedElsewhereIsNotTranslated() {
    TestGateway gateway = tenants.start();
    Packet query = Packet.udp(TwoTenants.SQL, 4_000, TwoTenants.DATA_CENTRE, 53, "q");
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, query);
    List<byte[]> sent = gateway.link("l3a").take();
    assertEquals(query.ends(), Wire.packet(sent.getFirst()).ends());
    assertEquals(0, gateway.nat.sessions());
  }

  @Test
  void req11ExhaustionIsToldAndEndsNothing() {
    tenants.contosoNat =
        new TenantNat(0, tenants.contosoNat.outboundRules(), List.of(), List.of(), 1_000, 2);
    TestGateway gateway = tenants.start();
    for (int port = 4_000; port < 4_003; port++) {
      gateway.fromTenant(
          tenants,
          TwoTenants.CONTOSO,
          Packet.udp(TwoTenants.SQL, port, TwoTenants.SERVER, 53, "q"));
    }
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals("3 13", error.type() + " " + error.code());
    assertEquals("10.1.1.11:4002 > 8.8.8.8:53", error.quoted().ends());
    assertEquals(1, gateway.drops(DropReason.NAT_TENANT_PORTS));
    assertEquals(2, gateway.link("out0").take().size());
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4_000, TwoTenants.SERVER, 53, "q"));
    assertEquals(1, gateway.link("out0").take().size(), "what there is goes on");
    assertTrue(gateway.underlay.take().isEmpty());
  }
}
