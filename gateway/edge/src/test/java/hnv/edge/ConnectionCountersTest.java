// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.wire.IpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is counted of a tenant's connection beside its bytes.
class ConnectionCountersTest {
  private static final long INTERVAL_NS = ConnectionRates.INTERVAL_NS;
  private static final int IP_AND_UDP = 28;

  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  private void send(TestGateway gateway, String data) {
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL, 4_000, TwoTenants.DATA_CENTRE, 53, data));
  }

  private ConnectionRates.Rate rate(TestGateway gateway) {
    return gateway.edge.rates().of(gateway.portOf(TwoTenants.CONTOSO, "dc"));
  }

  @Test
  void tellsTheRateOfTheLastInterval() {
    TestGateway gateway = tenants.start();
    gateway.pass(INTERVAL_NS);
    String data = "x".repeat(1_250 - IP_AND_UDP);
    for (int i = 0; i < 100; i++) {
      send(gateway, data);
    }
    gateway.fromLink("l3a", Packet.udp(TwoTenants.DATA_CENTRE, 53, TwoTenants.SQL, 4_000, data));
    assertEquals(new ConnectionRates.Rate(0, 0), rate(gateway), "the interval has not ended");
    gateway.pass(INTERVAL_NS);
    long octets = gateway.arrays.meters().octets(gateway.row(TwoTenants.CONTOSO, "dc").sendMeter());
    assertTrue(Math.abs(octets * 8 / 5_000 - rate(gateway).txKbps()) <= 1, "of " + octets);
    assertTrue(Math.abs(rate(gateway).txKbps() / 100 - rate(gateway).rxKbps()) <= 1);
    assertTrue(rate(gateway).rxKbps() > 0);
    gateway.pass(INTERVAL_NS);
    assertEquals(new ConnectionRates.Rate(0, 0), rate(gateway));
  }

  @Test
  void countsWhatWasToLeaveAndDidNot() {
    tenants.contosoConnections.set(
        0,
        new L3Connection(
            "dc", TwoTenants.L3A, List.of(IpAddress.parse("10.20.0.2")), 1_000, 0, List.of()));
    TestGateway gateway = tenants.start();
    int port = gateway.portOf(TwoTenants.CONTOSO, "dc");
    send(gateway, "x".repeat(1_490));
    assertEquals(1, gateway.vswitch.counters().unsent(port), "too long, and its sender is told");
    assertEquals(1, gateway.drops(DropReason.MTU_EXCEEDED));
    gateway.neighbors.remove(TwoTenants.L3_ROUTER);
    gateway.pass(120_000_000_000L);
    for (int i = 0; i < 30; i++) {
      gateway.pass(1_000_000_000L);
    }
    assertEquals("no router answers", gateway.row(TwoTenants.CONTOSO, "dc").unreachabilityReason());
    assertEquals("", gateway.row(TwoTenants.CONTOSO, "dc").connectionErrorReason());
    gateway.detach(TwoTenants.L3A);
    gateway.apply(tenants.overlay(), tenants.network());
    assertEquals(
        "its device is not there", gateway.row(TwoTenants.CONTOSO, "dc").connectionErrorReason());
    assertEquals("", gateway.row(TwoTenants.CONTOSO, "dc").unreachabilityReason());
  }

  @Test
  void leavesToTheMeterWhatItRefuses() {
    tenants.contosoConnections.set(
        0,
        new L3Connection(
            "dc", TwoTenants.L3A, List.of(IpAddress.parse("10.20.0.2")), 1_000, 0, List.of()));
    TestGateway gateway = tenants.start();
    EdgeView.ConnectionRow row = gateway.row(TwoTenants.CONTOSO, "dc");
    for (int i = 0; i < 100; i++) {
      send(gateway, "x".repeat(1_000));
    }
    long refused = gateway.arrays.meters().refusedPackets(row.sendMeter());
    assertEquals(100, gateway.link("l3a").take().size() + refused);
    assertEquals(0, gateway.vswitch.counters().unsent(row.port()));
  }
}
