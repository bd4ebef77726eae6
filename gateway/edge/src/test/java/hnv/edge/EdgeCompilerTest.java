// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.Target;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What a change of policy touches, and what it does not.
class EdgeCompilerTest {
  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  private int[] epochs(TestGateway gateway) {
    return new int[] {
      gateway.arrays.tenants().epoch(gateway.slotOf(TwoTenants.CONTOSO)),
      gateway.arrays.tenants().epoch(gateway.slotOf(TwoTenants.FABRIKAM))
    };
  }

  private void query(TestGateway gateway, int port) {
    Packet packet = Packet.udp(TwoTenants.SQL, port, TwoTenants.SERVER, 53, "q");
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, packet);
    gateway.fromTenant(tenants, TwoTenants.FABRIKAM, packet);
    assertEquals(2, gateway.link("out0").take().size(), gateway::describeDrops);
  }

  @Test
  void leavesAllTenantsAloneWhereNothingChanged() {
    TestGateway gateway = tenants.start();
    query(gateway, 4000);
    int[] before = epochs(gateway);
    EdgeChange change = gateway.apply(tenants.overlay(), tenants.network());
    assertEquals(Set.of(), change.changedTenants());
    assertEquals(List.of(), change.writes());
    assertEquals(before[0], epochs(gateway)[0]);
    assertEquals(2, gateway.nat.sessions());
    assertEquals(2, gateway.vswitch.flows().size());
  }

  @Test
  void leavesOtherTenantsAlone() {
    TestGateway gateway = tenants.start();
    query(gateway, 4000);
    int site = gateway.portOf(TwoTenants.FABRIKAM, "site");
    int[] before = epochs(gateway);
    tenants.contosoRoutes.add(
        TwoTenants.route("10.40.0.0/16", new Target.ByConnection("dc", Optional.empty())));
    tenants.contosoConnections.addFirst(TwoTenants.gre("second", "203.0.113.60", 5));
    gateway.apply(tenants.overlay(), tenants.network());
    assertEquals(before[0] + 1, epochs(gateway)[0]);
    assertEquals(before[1], epochs(gateway)[1], "Fabrikam is as it was");
    assertEquals(site, gateway.portOf(TwoTenants.FABRIKAM, "site"));
    assertEquals(2, gateway.nat.sessions());
    query(gateway, 4000);
    assertEquals(2, gateway.nat.sessions(), "the same translations");
  }

  @Test
  void endsWhatAPolicyDoesNotAllowAnyMore() {
    TestGateway gateway = tenants.start();
    query(gateway, 4000);
    tenants.contosoNat = new hnv.nat.TenantNat(0, List.of(), List.of(), List.of(), 1_000, 1_000);
    gateway.apply(tenants.overlay(), tenants.network());
    assertEquals(1, gateway.nat.sessions(), "Fabrikam's lives");
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 53, "q"));
    assertTrue(gateway.link("out0").take().isEmpty());
    assertEquals(1, gateway.drops(DropReason.NAT_NO_RULE));
  }

  @Test
  void givesNumbersOfItsOwnAndStable() {
    TestGateway gateway = tenants.start();
    int contoso = gateway.portOf(TwoTenants.CONTOSO, "site");
    int fabrikam = gateway.portOf(TwoTenants.FABRIKAM, "site");
    assertNotEquals(contoso, fabrikam);
    Set<Integer> numbers = new HashSet<>();
    gateway.vswitch.state().ports().forEach(port -> numbers.add(port.number()));
    assertEquals(7, numbers.size(), "two adapters, two VLANs, two tunnels, one outside");
    tenants.fabrikamConnections.removeLast();
    gateway.apply(tenants.overlay(), tenants.network());
    assertEquals(contoso, gateway.portOf(TwoTenants.CONTOSO, "site"));
    assertEquals(6, gateway.vswitch.state().ports().size());
    gateway.fromTenant(
        tenants, TwoTenants.FABRIKAM, Packet.udp(TwoTenants.SQL, 1, TwoTenants.SITE, 2, "q"));
    Packet left = Wire.packet(gateway.link("out0").take().getFirst());
    assertEquals(TwoTenants.POOL, left.source().toString(), "by its default route");
  }

  @Test
  void givesWayWhereADeviceIsNotThere() {
    TestGateway gateway = tenants.start();
    gateway.detach(TwoTenants.L3A);
    gateway.apply(tenants.overlay(), tenants.network());
    assertEquals("its device is not there", gateway.whyDown(TwoTenants.CONTOSO, "dc"));
    assertEquals("", gateway.whyDown(TwoTenants.FABRIKAM, "dc"));
    gateway.fromTenant(
        tenants,
        TwoTenants.FABRIKAM,
        Packet.udp(TwoTenants.SQL, 1, TwoTenants.DATA_CENTRE, 2, "q"));
    assertEquals(1, gateway.link("l3b").take().size());
  }

  @Test
  void followsANeighbourThatGoesAndComes() {
    TestGateway gateway = tenants.start();
    Packet query = Packet.udp(TwoTenants.SQL, 1, TwoTenants.DATA_CENTRE, 2, "q");
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, query);
    assertEquals(1, gateway.link("l3a").take().size());
    int[] before = epochs(gateway);
    gateway.neighbors.remove(TwoTenants.L3_ROUTER);
    gateway.passInSteps(120_000_000_000L);
    assertTrue(
        gateway.whyDown(TwoTenants.CONTOSO, "dc").startsWith("no router answers"),
        gateway.whyDown(TwoTenants.CONTOSO, "dc"));
    assertNotEquals(before[0], epochs(gateway)[0]);
    assertTrue(gateway.link("l3a").take().isEmpty());
    EdgeView.RouteRow route =
        gateway.compiler.routes(TwoTenants.CONTOSO).stream()
            .filter(each -> each.destination().equals(Cidr.parse("10.21.0.0/16")))
            .findFirst()
            .orElseThrow();
    assertEquals("unreachable", route.standing());
    gateway.neighbors.put(TwoTenants.L3_ROUTER, 0x02_DD_00_00_00_01L);
    gateway.passInSteps(120_000_000_000L);
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, query);
    List<byte[]> sent = gateway.link("l3a").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    assertEquals(0x02_DD_00_00_00_01L, Wire.destinationMac(sent.getFirst()));
  }

  @Test
  void sharesFlowsBetweenEqualRoutersAndRemembers() {
    tenants.contosoConnections.set(
        0,
        new L3Connection(
            "dc",
            TwoTenants.L3A,
            List.of(IpAddress.parse("10.20.0.2"), IpAddress.parse("10.20.0.3")),
            0,
            0,
            List.of()));
    TestGateway gateway = tenants.start();
    gateway.neighbors.put("10.20.0.3", 0x02_CC_00_00_00_21L);
    gateway.passInSteps(10_000_000_000L);
    int[] used = new int[2];
    long[] chosen = new long[64];
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 64; i++) {
        gateway.fromTenant(
            tenants,
            TwoTenants.CONTOSO,
            Packet.udp(TwoTenants.SQL, 1_000 + i, TwoTenants.DATA_CENTRE, 2, "q"));
        long mac = Wire.destinationMac(gateway.link("l3a").take().getFirst());
        if (round == 0) {
          chosen[i] = mac;
          used[mac == TwoTenants.L3_MAC ? 0 : 1]++;
        }
        assertEquals(chosen[i], mac);
      }
    }
    assertTrue(used[0] > 16 && used[1] > 16, used[0] + " and " + used[1]);
  }

  @Test
  void limitsAndCountsAConnection() {
    tenants.contosoConnections.set(
        0,
        new L3Connection(
            "dc", TwoTenants.L3A, List.of(IpAddress.parse("10.20.0.2")), 0, 1_000, List.of()));
    TestGateway gateway = tenants.start();
    EdgeView.ConnectionRow port = gateway.row(TwoTenants.CONTOSO, "dc");
    for (int i = 0; i < 100; i++) {
      gateway.fromTenant(
          tenants,
          TwoTenants.CONTOSO,
          Packet.udp(TwoTenants.SQL, 1, TwoTenants.DATA_CENTRE, 2, "x".repeat(1_000)));
      gateway.fromLink(
          "l3a", Packet.udp(TwoTenants.DATA_CENTRE, 2, TwoTenants.SQL, 1, "x".repeat(1_000)));
    }
    assertEquals(100, gateway.arrays.meters().packets(port.sendMeter()));
    assertEquals(100, gateway.link("l3a").take().size());
    long got = gateway.arrays.meters().packets(port.getMeter());
    assertEquals(got, gateway.underlay.take().size());
    assertTrue(got >= 60 && got < 80, "64 KiB at once: " + got);
    assertEquals(100 - got, gateway.arrays.meters().refusedPackets(port.getMeter()));
    assertEquals(100 - got, gateway.drops(DropReason.METER_EXCEEDED));
  }
}
