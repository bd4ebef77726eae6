// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class Ipv6FragmentHeaderTest {
  @Test
  void deconstructs() {
    // Reserved bits are set, and are no part of the offset.
    MemorySegment f = Hex.segment("11ff 05cf dead beef");
    assertEquals(IpProtocol.UDP, Ipv6FragmentHeader.nextHeader(f, 0));
    assertEquals(1480, Ipv6FragmentHeader.offset(f, 0));
    assertTrue(Ipv6FragmentHeader.isMoreFragments(f, 0));
    assertEquals(0xDEAD_BEEF, Ipv6FragmentHeader.id(f, 0));
    assertFalse(Ipv6FragmentHeader.isMoreFragments(Hex.segment("1100 05ce dead beef"), 0));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(Ipv6FragmentHeader.LENGTH);
    Ipv6FragmentHeader.write(f, 0, IpProtocol.UDP, 1480, true, 0xDEAD_BEEF);
    assertEquals("1100 05c9 dead beef", Hex.of(f));
    Ipv6FragmentHeader.write(f, 0, IpProtocol.TCP, 0xFFF8, false, 1);
    assertEquals("0600 fff8 0000 0001", Hex.of(f));
  }
}
