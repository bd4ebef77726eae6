// SPDX-License-Identifier: Apache-2.0
package hnv.bench.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Encapsulation;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.wire.NvgreHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/// The packets that rows send say by themselves whether they came through.
final class FlowTest {
  private final MemorySegment memory = Arena.ofAuto().allocate(256, 8);

  private void flip(long at) {
    byte octet = memory.get(ValueLayout.JAVA_BYTE, at);
    memory.set(ValueLayout.JAVA_BYTE, at, (byte) (octet ^ 0x10));
  }

  @Test
  void everyOctetOfAFrameIsUnderItsMark() {
    memory.fill((byte) 0xA5);
    new Flow(BenchPolicy.BLUE, 17).writeOutbound(memory, 8);
    assertEquals((byte) 0xA5, memory.get(ValueLayout.JAVA_BYTE, 7));
    assertEquals((byte) 0xA5, memory.get(ValueLayout.JAVA_BYTE, 8 + MarkedFrame.LENGTH));
    assertTrue(MarkedFrame.isIntact(memory, 8));
    for (int i = 0; i < MarkedFrame.LENGTH; i++) {
      flip(8 + i);
      assertFalse(MarkedFrame.isIntact(memory, 8), "octet " + i);
      flip(8 + i);
    }
  }

  @Test
  void marksDifferFromFlowToFlow() {
    new Flow(BenchPolicy.BLUE, 1).writeOutbound(memory, 0);
    new Flow(BenchPolicy.BLUE, 2).writeOutbound(memory, 64);
    assertTrue(MarkedFrame.mark(memory, 0) != MarkedFrame.mark(memory, 64));
  }

  @Test
  void outerHeadersLeadFromThereToHere() {
    new Flow(BenchPolicy.GREEN, 3).writeInbound(memory, 0, 0x0200_0000_0001L, 0x0200_0000_0002L);
    int there = BenchPolicy.PA_THERE.bits();
    int here = BenchPolicy.PA_HERE.bits();
    assertTrue(TunnelFrame.isFor(memory, 0, there, here, BenchPolicy.GREEN.vsid()));
    assertFalse(TunnelFrame.isFor(memory, 0, here, there, BenchPolicy.GREEN.vsid()));
    assertFalse(TunnelFrame.isFor(memory, 0, there, here, BenchPolicy.BLUE.vsid()));
    assertTrue(MarkedFrame.isIntact(memory, TunnelFrame.HEADER_LENGTH));
  }

  @Test
  void nvgreBearsTheSubnetAndTheWholeFrame() {
    new Flow(BenchPolicy.BLUE, 300)
        .writeInbound(Encapsulation.NVGRE, memory, 0, 0x0200_0000_0001L, 0x0200_0000_0002L);
    assertTrue(NvgreHeader.isValid(memory, TunnelFrame.GRE_AT, memory.byteSize()));
    assertEquals(BenchPolicy.BLUE.vsid(), NvgreHeader.vsid(memory, TunnelFrame.GRE_AT));
    assertTrue(MarkedFrame.isIntact(memory, TunnelFrame.headerLength(Encapsulation.NVGRE)));
    assertTrue(BenchPolicy.document(Encapsulation.NVGRE).contains("\"NVGRE\""));
  }

  @Test
  void hasAsManyFlowsAsItSays() {
    new Flow(BenchPolicy.BLUE, Flow.MAX - 1).writeOutbound(memory, 0);
    assertThrows(IllegalArgumentException.class, () -> new Flow(BenchPolicy.BLUE, Flow.MAX));
    assertThrows(IllegalArgumentException.class, () -> new Flow(BenchPolicy.BLUE, -1));
  }

  @Test
  void addressesAreThoseOfThePolicy() {
    Policy policy = BenchPolicy.policy();
    assertEquals(
        BenchPolicy.PA_HERE, policy.servers().get(0).providerAddresses().getFirst().address());
    assertEquals(
        BenchPolicy.PA_THERE, policy.servers().get(1).providerAddresses().getFirst().address());
    for (NetworkInterface adapter : policy.networkInterfaces()) {
      boolean here = adapter.resourceId().toString().endsWith("-here");
      assertEquals(
          here ? BenchPolicy.MAC_HERE : BenchPolicy.MAC_THERE, adapter.privateMacAddress());
      assertEquals(
          here ? BenchPolicy.CA_HERE : BenchPolicy.CA_THERE,
          adapter.ipConfigurations().getFirst().privateIpAddress().address());
    }
  }
}
