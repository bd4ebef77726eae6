// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.wire.RoutingDomainId;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A tenant's flows at the bound that its gateway has for them, by translation and by an L3
/// connection.
class FlowQuotaTest {
  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  /// A question and its answer by translation.
  private void translated(TestGateway gateway, RoutingDomainId tenant, int port) {
    gateway.fromTenant(
        tenants, tenant, Packet.udp(TwoTenants.SQL, port, TwoTenants.SERVER, 53, "q"));
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    Packet left = Wire.packet(sent.getFirst());
    gateway.fromLink(
        "out0", Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, left.sourcePort(), "a"));
    gateway.toTenant(tenant);
  }

  /// A question and its answer by Contoso's VLAN.
  private void routed(TestGateway gateway, int port) {
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL, port, TwoTenants.DATA_CENTRE, 53, "q"));
    assertEquals(1, gateway.link("l3a").take().size(), gateway::describeDrops);
    gateway.fromLink("l3a", Packet.udp(TwoTenants.DATA_CENTRE, 53, TwoTenants.SQL, port, "a"));
    gateway.toTenant(TwoTenants.CONTOSO);
  }

  private int flows(TestGateway gateway, RoutingDomainId tenant) {
    return gateway.vswitch.flows().size(gateway.slotOf(tenant));
  }

  @Test
  void refusesWhatIsBeyondTheQuotaAndLetsTheRestGoOn() {
    tenants.contosoFlows = 8;
    TestGateway gateway = tenants.start();
    translated(gateway, TwoTenants.CONTOSO, 4_001);
    translated(gateway, TwoTenants.CONTOSO, 4_002);
    routed(gateway, 4_001);
    routed(gateway, 4_002);
    assertEquals(8, flows(gateway, TwoTenants.CONTOSO));
    int sessions = gateway.nat.sessions();
    int ports = gateway.nat.ports(gateway.slotOf(TwoTenants.CONTOSO));
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4_003, TwoTenants.SERVER, 53, "q"));
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL, 4_003, TwoTenants.DATA_CENTRE, 53, "q"));
    gateway.fromLink("l3a", Packet.udp(TwoTenants.DATA_CENTRE, 9, TwoTenants.SQL, 9, "from there"));
    assertEquals(3, gateway.drops(DropReason.FLOW_LIMIT));
    assertTrue(gateway.link("out0").take().isEmpty());
    assertTrue(gateway.link("l3a").take().isEmpty());
    assertTrue(gateway.underlay.take().isEmpty());
    assertEquals(sessions, gateway.nat.sessions(), "a session that is nobody's");
    assertEquals(ports, gateway.nat.ports(gateway.slotOf(TwoTenants.CONTOSO)));
    translated(gateway, TwoTenants.CONTOSO, 4_001);
    routed(gateway, 4_002);
    assertEquals(8, flows(gateway, TwoTenants.CONTOSO));
    for (int port = 1; port <= 20; port++) {
      translated(gateway, TwoTenants.FABRIKAM, port);
    }
    assertEquals(40, flows(gateway, TwoTenants.FABRIKAM), "another tenant is not touched");
  }

  @Test
  void followsThePolicy() {
    tenants.contosoFlows = 2;
    TestGateway gateway = tenants.start();
    translated(gateway, TwoTenants.CONTOSO, 4_001);
    Packet second = Packet.udp(TwoTenants.SQL, 4_002, TwoTenants.SERVER, 53, "q");
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, second);
    assertEquals(1, gateway.drops(DropReason.FLOW_LIMIT));
    tenants.contosoFlows = 4;
    gateway.apply(tenants.overlay(), tenants.network());
    translated(gateway, TwoTenants.CONTOSO, 4_002);
    tenants.contosoFlows = 0;
    gateway.apply(tenants.overlay(), tenants.network());
    for (int port = 4_001; port <= 4_020; port++) {
      translated(gateway, TwoTenants.CONTOSO, port);
    }
    assertEquals(1, gateway.drops(DropReason.FLOW_LIMIT));
  }
}
