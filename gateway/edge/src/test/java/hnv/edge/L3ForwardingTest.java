// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.overlay.RouterMac;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A tenant's network and a network of its own behind a VLAN: addresses as they are.
class L3ForwardingTest {
  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void forwardsBothWays(Encapsulation encapsulation) {
    TwoTenants tenants = new TwoTenants(encapsulation);
    TestGateway gateway = tenants.start();
    for (int i = 0; i < 3; i++) {
      Packet out = Packet.udp(TwoTenants.SQL, 1000, TwoTenants.DATA_CENTRE, 53, "q" + i);
      gateway.fromHost(
          encapsulation,
          TwoTenants.HOST_PA,
          TwoTenants.GATEWAY_PA,
          5009,
          TwoTenants.ADAPTER_MAC,
          out);
      List<byte[]> sent = gateway.link("l3a").take();
      assertEquals(1, sent.size(), () -> "drops " + gateway.describeDrops());
      assertEquals(TwoTenants.L3_MAC, Wire.destinationMac(sent.getFirst()));
      assertEquals(TestGateway.macOf(TwoTenants.L3A_NUMBER), Wire.sourceMac(sent.getFirst()));
      Packet left = Wire.packet(sent.getFirst());
      assertEquals(out.ends(), left.ends());
      assertEquals(63, left.ttl());
      assertTrue(left.isChecksumRight());

      Packet back = Packet.udp(TwoTenants.DATA_CENTRE, 53, TwoTenants.SQL, 1000, "a" + i);
      gateway.fromLink("l3a", back);
      List<byte[]> tunnelled = gateway.underlay.take();
      assertEquals(1, tunnelled.size(), () -> "drops " + gateway.describeDrops());
      assertEquals(5001, Wire.vsid(tunnelled.getFirst()));
      byte[] inner = Wire.inner(tunnelled.getFirst());
      assertEquals(TwoTenants.SQL_MAC, Wire.destinationMac(inner));
      assertEquals(RouterMac.BITS, Wire.sourceMac(inner));
      assertEquals(back.ends(), Wire.packet(inner).ends());
      assertEquals(63, Wire.packet(inner).ttl());
    }
    assertEquals(2, gateway.vswitch.flows().size(), "both directions became flows");
    assertTrue(gateway.link("l3b").take().isEmpty());
    assertEquals(0, gateway.drops(DropReason.GATEWAY_NO_ROUTE));
    assertEquals(64, gateway.pool.available());
  }
}
