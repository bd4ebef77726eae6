// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NvgreHeaderTest {
  /// VSID 6001, FlowID 66.
  private static final String HEADER = "2000 6558 0017 7142";

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(HEADER);
    assertTrue(NvgreHeader.isValid(f, 0, 8));
    assertEquals(6001, NvgreHeader.vsid(f, 0));
    assertEquals(0x42, NvgreHeader.flowId(f, 0));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(NvgreHeader.LENGTH);
    NvgreHeader.write(f, 0, 6001, 0x42);
    assertEquals(HEADER, Hex.of(f));
  }

  @Test
  void keyIsVsidAndFlowId() {
    MemorySegment f = Hex.segment(HEADER);
    assertTrue(GreHeader.isValid(f, 0, 8));
    assertEquals(6001 << 8 | 0x42, GreHeader.key(f, 0));
  }

  @Test
  void carriesTheHighestVsid() {
    MemorySegment f = Hex.unwritten(NvgreHeader.LENGTH);
    NvgreHeader.write(f, 0, Vsid.HIGHEST, 0xFF);
    assertEquals("2000 6558 ffff feff", Hex.of(f));
    assertEquals(Vsid.HIGHEST, NvgreHeader.vsid(f, 0));
    assertEquals(0xFF, NvgreHeader.flowId(f, 0));
  }

  @Test
  void refusesImpossibleLengths() {
    assertFalse(NvgreHeader.isValid(Hex.segment(HEADER), 0, 7));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000 6558 0017 7142", // K is missing
        "a000 6558 0000 0000", // C
        "3000 6558 0017 7142", // S
        "6000 6558 0017 7142", // bit 1, routing
        "2800 6558 0017 7142", // bit 4
        "2400 6558 0017 7142", // bit 5
        "2001 6558 0017 7142", // version 1
        "2000 0800 0017 7142" // IPv4 without an Ethernet header
      })
  void refusesWhatRfc7637Forbids(String header) {
    assertFalse(NvgreHeader.isValid(Hex.segment(header), 0, 8));
  }

  @Test
  void ignoresReservedBitsSixToTwelve() {
    assertTrue(NvgreHeader.isValid(Hex.segment("23f8 6558 0017 7142"), 0, 8));
  }
}
