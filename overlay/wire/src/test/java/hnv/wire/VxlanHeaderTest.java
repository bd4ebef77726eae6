// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class VxlanHeaderTest {
  private static final String HEADER = "0800 0000 0013 8900";

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(HEADER);
    assertTrue(VxlanHeader.isValid(f, 0, 8));
    assertEquals(VxlanHeader.VNI_PRESENT, VxlanHeader.flags(f, 0));
    assertEquals(5001, VxlanHeader.vni(f, 0));
  }

  @Test
  void constructsEveryOctetWithReservedFieldsZero() {
    MemorySegment f = Hex.unwritten(VxlanHeader.LENGTH);
    VxlanHeader.write(f, 0, 5001);
    assertEquals(HEADER, Hex.of(f));
    VxlanHeader.write(f, 0, Vni.HIGHEST);
    assertEquals("0800 0000 ffff ff00", Hex.of(f));
    assertEquals(Vni.HIGHEST, VxlanHeader.vni(f, 0));
  }

  @Test
  void refusesImpossibleLengths() {
    assertFalse(VxlanHeader.isValid(Hex.segment(HEADER), 0, 7));
  }

  @Test
  void dropsVxlanWithoutIFlag() {
    assertFalse(VxlanHeader.isValid(Hex.segment("0000 0000 0013 8900"), 0, 8));
    assertFalse(VxlanHeader.isValid(Hex.segment("f7ff ffff 0013 8900"), 0, 8));
  }

  @Test
  void ignoresReservedBitsOnReceipt() {
    MemorySegment f = Hex.segment("ffff ffff 0013 89ff");
    assertTrue(VxlanHeader.isValid(f, 0, 8));
    assertEquals(5001, VxlanHeader.vni(f, 0));
  }

  @Test
  void parsesARealFrame() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ARP_REQUEST);
    assertEquals(VxlanHeader.UDP_PORT, UdpHeader.destinationPort(f, 34));
    assertTrue(VxlanHeader.isValid(f, 42, f.byteSize()));
    assertEquals(5001, VxlanHeader.vni(f, 42));
  }

  @Test
  void emitsTheHeaderThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ARP_REQUEST);
    f.asSlice(42, 8).fill((byte) 0xA5);
    VxlanHeader.write(f, 42, 5001);
    assertEquals(Hex.of(Hex.segment(Frames.VXLAN_ARP_REQUEST)), Hex.of(f));
  }
}
