// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.nat.NatLimits;
import hnv.nat.NatPool;
import hnv.nat.TenantNat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Every reason for which translation refuses a packet, as it is counted and told.
class TranslationRefusalsTest {
  private static final int AH = 51;

  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  private void send(TestGateway gateway, Packet packet) {
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, packet);
  }

  private static Packet query(String from, int port) {
    return Packet.udp(from, port, TwoTenants.SERVER, 53, "q");
  }

  /// The packet goes nowhere, and its sender hears why.
  private void refused(TestGateway gateway, Packet packet, DropReason reason) {
    gateway.link("out0").take();
    send(gateway, packet);
    assertEquals(1, gateway.drops(reason), gateway::describeDrops);
    assertTrue(gateway.link("out0").take().isEmpty());
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(3, error.type());
    assertEquals(13, error.code());
  }

  /// Nobody is asked for an address that the gateway itself answers for, and no session begins.
  @Test
  void whatIsForTheGatewayItself() {
    TestGateway gateway = tenants.start();
    gateway.link("out0").take();
    send(gateway, Packet.udp(TwoTenants.SQL, 4_000, TwoTenants.OWN, 53, "q"));
    assertEquals(1, gateway.drops(DropReason.ROUTER_NOT_ADDRESSED), gateway::describeDrops);
    assertTrue(gateway.link("out0").take().isEmpty(), "nobody is asked");
    assertEquals(3, gateway.toTenant(TwoTenants.CONTOSO).type());
  }

  private void poolOf(int firstPort, int lastPort, int blockSize, int blocks) {
    NatPool pool = tenants.pools.getFirst();
    tenants.pools.set(
        0,
        new NatPool(
            pool.name(),
            pool.network(),
            pool.addresses(),
            firstPort,
            lastPort,
            pool.mapping(),
            pool.filtering(),
            pool.parity(),
            blockSize,
            blocks));
  }

  @Test
  void whatNobodyCanTranslate() {
    TestGateway gateway = tenants.start();
    Packet packet = Packet.of(TwoTenants.SQL, TwoTenants.SERVER, AH, new byte[24]);
    refused(gateway, packet, DropReason.NAT_NOT_TRANSLATABLE);
  }

  @Test
  void whatHasNoRule() {
    tenants.contosoNat = new TenantNat(0, List.of(), List.of(), List.of(), 1_000, 1_000);
    TestGateway gateway = tenants.start();
    refused(gateway, query(TwoTenants.SQL, 4_000), DropReason.NAT_NO_RULE);
  }

  @Test
  void anAddressThatHasItsPorts() {
    poolOf(1_024, 65_535, 8, 1);
    TestGateway gateway = tenants.start();
    for (int i = 0; i < 8; i++) {
      send(gateway, query(TwoTenants.SQL, 4_000 + i));
    }
    refused(gateway, query(TwoTenants.SQL, 5_000), DropReason.NAT_SUBSCRIBER_PORTS);
  }

  @Test
  void aPoolWithoutPorts() {
    poolOf(1_024, 1_031, 8, 1);
    TestGateway gateway = tenants.start();
    send(gateway, query(TwoTenants.WEB, 4_000));
    refused(gateway, query(TwoTenants.SQL, 4_000), DropReason.NAT_POOL_PORTS);
  }

  @Test
  void aTenantThatHasItsSessions() {
    TenantNat nat = tenants.contosoNat;
    tenants.contosoNat =
        new TenantNat(0, nat.outboundRules(), nat.inboundRules(), nat.oneToOne(), 1, 1_000);
    TestGateway gateway = tenants.start();
    send(gateway, query(TwoTenants.SQL, 4_000));
    refused(gateway, query(TwoTenants.SQL, 4_001), DropReason.NAT_TENANT_SESSIONS);
  }

  @Test
  void anAddressThatHasItsSessions() {
    NatPool pool = tenants.pools.getFirst();
    tenants.pools.set(
        0,
        new NatPool(
            pool.name(),
            pool.network(),
            pool.addresses(),
            pool.firstPort(),
            pool.lastPort(),
            pool.mapping(),
            pool.filtering(),
            pool.parity(),
            pool.blockSize(),
            pool.blocksPerSubscriber(),
            2));
    TestGateway gateway = tenants.start();
    send(gateway, query(TwoTenants.SQL, 4_000));
    send(gateway, query(TwoTenants.SQL, 4_001));
    send(gateway, query(TwoTenants.WEB, 4_002));
    refused(gateway, query(TwoTenants.SQL, 4_002), DropReason.NAT_SUBSCRIBER_SESSIONS);
  }

  @Test
  void aFullTable() {
    TestGateway gateway = tenants.start(new NatLimits(1, 1, 16, 16, 64));
    send(gateway, query(TwoTenants.SQL, 4_000));
    refused(gateway, query(TwoTenants.SQL, 4_001), DropReason.NAT_TABLE_FULL);
  }

  @Test
  void aStrangerAtAPublicPort() {
    TestGateway gateway = tenants.start();
    send(gateway, query(TwoTenants.SQL, 4_000));
    int port = Wire.packet(gateway.link("out0").take().getFirst()).sourcePort();
    gateway.fromLink("out0", Packet.udp("9.9.9.9", 53, TwoTenants.POOL, port, "x"));
    assertEquals(1, gateway.drops(DropReason.NAT_FILTERED));
    assertTrue(gateway.underlay.take().isEmpty());
  }

  @Test
  void aResetOfNothing() {
    TestGateway gateway = tenants.start();
    send(gateway, Packet.tcp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, Packet.RST, ""));
    assertEquals(1, gateway.drops(DropReason.NAT_RESET_OF_NOTHING), gateway::describeDrops);
    assertTrue(gateway.underlay.take().isEmpty(), "no answer to a reset");
  }
}
