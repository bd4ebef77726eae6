// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class FlowRecordDescriptionTest {
  private final NextHopTable nextHops = new NextHopTable(4);
  private final MemorySegment record = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
  private final HeaderTransposition t = new HeaderTransposition();

  private String describe(boolean ipv6) {
    FlowRecord.write(record, 0, t, 1, 0);
    return FlowRecordDescription.of(record, 0, nextHops, ipv6);
  }

  @Test
  void saysWhereTheIdentityGoes() {
    nextHops.putLocal(2, 7, 9_000);
    t.deliver(2);
    assertEquals("next hop 2 by port 7, MTU 9000", describe(false));
    t.limitMtu(1_400);
    assertEquals("next hop 2 by port 7, MTU 1400", describe(false));
  }

  @Test
  void saysEveryOperationInTheOrderOfItsExecution() {
    nextHops.putTunnel(
        3,
        9,
        OuterHeader.of(
            Encapsulation.NVGRE,
            ProviderAddress.parse("10.0.0.1"),
            ProviderAddress.parse("10.0.0.2"),
            new MacAddress(1),
            new MacAddress(2),
            64,
            0),
        1_500);
    t.expectSourceMac(0x0200_0000_0001L);
    t.pop(Encapsulation.VXLAN, 5);
    t.rewriteMacs(0x0200_0000_0002L, 0x0200_0000_0003L);
    t.decrementTtl();
    t.rewriteIpv4Source(1, 0x0A000001);
    t.rewriteIpv4Destination(2, 0x0A000002);
    t.rewriteSourcePort(1, 1_000);
    t.rewriteDestinationPort(2, 60_000);
    t.push(3, 5001, 0xC123);
    t.meterOutbound(4);
    t.meterInbound(60_000);
    assertEquals(
        "expect source MAC 02:00:00:00:00:01; pop VXLAN of peer 5;"
            + " MACs to 02:00:00:00:00:03 > 02:00:00:00:00:02; TTL - 1;"
            + " source to 10.0.0.1; destination to 10.0.0.2;"
            + " source port to 1000; destination port to 60000;"
            + " push NVGRE 5001, entropy 49443; next hop 3 by port 9, MTU 1458;"
            + " meters 4 and 60000",
        describe(false));
  }

  @Test
  void readsAddressesOfTheFlowsFamily() {
    nextHops.putLocal(2, 7, 9_000);
    t.deliver(2);
    t.pop(Encapsulation.NVGRE, 5);
    t.rewriteIpv6Source(0, 0, 0xFD00_0000_0000_0000L, 1);
    assertEquals(
        "pop NVGRE of peer 5; source to fd00::1; next hop 2 by port 7, MTU 9000", describe(true));
  }
}
