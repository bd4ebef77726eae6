// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class VlanTagTest {
  private static final String TAG = "b02a 0800";

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(TAG);
    assertEquals(0xB02A, VlanTag.control(f, 0));
    assertEquals(5, VlanTag.priority(f, 0));
    assertTrue(VlanTag.isDropEligible(f, 0));
    assertEquals(42, VlanTag.id(f, 0));
    assertEquals(EthernetHeader.IPV4, VlanTag.etherType(f, 0));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(VlanTag.LENGTH);
    VlanTag.write(f, 0, 0xB02A, EthernetHeader.IPV4);
    assertEquals(TAG, Hex.of(f));
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f = Hex.segment(TAG);
    assertTrue(VlanTag.isValid(f, 0, 4));
    assertFalse(VlanTag.isValid(f, 0, 3));
  }

  @Test
  void standsBehindTheEthernetHeader() {
    // Ethernet, tag 42 with priority 5, IPv6.
    MemorySegment f = Hex.segment("0200 0000 0001 0200 0000 0002 8100 a02a 86dd 6000");
    assertTrue(EthernetHeader.isVlan(EthernetHeader.etherType(f, 0)));
    assertEquals(42, VlanTag.id(f, EthernetHeader.LENGTH));
    assertEquals(5, VlanTag.priority(f, EthernetHeader.LENGTH));
    assertFalse(VlanTag.isDropEligible(f, EthernetHeader.LENGTH));
    assertEquals(EthernetHeader.IPV6, VlanTag.etherType(f, EthernetHeader.LENGTH));
  }
}
