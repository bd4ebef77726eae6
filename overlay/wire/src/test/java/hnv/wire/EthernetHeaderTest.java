// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class EthernetHeaderTest {
  private static final String HEADER = "0015 5d52 e712 0015 5d52 e711 0800";

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(HEADER);
    assertEquals(0x0015_5D52_E712L, EthernetHeader.destination(f, 0));
    assertEquals(0x0015_5D52_E711L, EthernetHeader.source(f, 0));
    assertEquals(EthernetHeader.IPV4, EthernetHeader.etherType(f, 0));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(EthernetHeader.LENGTH);
    EthernetHeader.write(f, 0, 0x0015_5D52_E712L, 0x0015_5D52_E711L, EthernetHeader.IPV4);
    assertEquals(HEADER, Hex.of(f));
  }

  @Test
  void setsOneFieldAtATime() {
    MemorySegment f = Hex.segment(HEADER);
    EthernetHeader.setDestination(f, 0, 0x0200_0000_0001L);
    EthernetHeader.setSource(f, 0, 0x0200_0000_0002L);
    EthernetHeader.setEtherType(f, 0, EthernetHeader.IPV6);
    assertEquals("0200 0000 0001 0200 0000 0002 86dd", Hex.of(f));
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f = Hex.segment(HEADER);
    assertTrue(EthernetHeader.isValid(f, 0, 14));
    assertFalse(EthernetHeader.isValid(f, 0, 13));
    assertFalse(EthernetHeader.isValid(f, 1, 14));
    assertFalse(EthernetHeader.isValid(f, 20, 14));
  }

  @Test
  void parsesARealFrame() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ARP_REQUEST);
    assertTrue(EthernetHeader.isValid(f, Frames.INNER, f.byteSize()));
    assertEquals(EthernetHeader.BROADCAST, EthernetHeader.destination(f, Frames.INNER));
    assertEquals(EthernetHeader.ARP, EthernetHeader.etherType(f, Frames.INNER));
  }

  @Test
  void tellsGroupAddressesFromIndividual() {
    assertTrue(EthernetHeader.isMulticast(EthernetHeader.BROADCAST));
    assertTrue(EthernetHeader.isMulticast(0x3333_0000_0001L));
    assertFalse(EthernetHeader.isMulticast(0x0015_5D52_E711L));
  }

  @Test
  void knowsBothTagIdentifiers() {
    assertTrue(EthernetHeader.isVlan(0x8100));
    assertTrue(EthernetHeader.isVlan(0x88A8));
    assertFalse(EthernetHeader.isVlan(0x0800));
  }
}
