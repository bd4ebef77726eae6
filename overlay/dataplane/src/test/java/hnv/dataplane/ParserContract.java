// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What every later stage trusts {@link FrameParser} for.
final class ParserContract {
  private ParserContract() {}

  /// A frame that ends where its slot does: a read behind the frame throws.
  static Frame atTheEndOfItsSlot(FramePool pool, byte[] octets) {
    Frame frame = pool.acquire();
    if (frame == null) {
      throw new IllegalStateException("pool of the test is empty");
    }
    int start = FramePool.SLOT_LENGTH - octets.length;
    frame.reset(start, octets.length);
    MemorySegment.copy(octets, 0, frame.memory(), ValueLayout.JAVA_BYTE, start, octets.length);
    return frame;
  }

  /// Wherever an IPv4 header seems to stand behind an EtherType, its checksum is made right, or few
  /// mutations would get past it.
  static void repairIpv4Checksums(byte[] octets) {
    for (int at = 12; at + 22 <= octets.length; at++) {
      if (Bytes.u16(octets, at) == 0x0800 && (octets[at + 2] & 0xF0) == 0x40) {
        int end = at + 2 + (octets[at + 2] & 0xF) * 4;
        if (end <= octets.length && end >= at + 22) {
          Bytes.put16(octets, at + 12, 0);
          Bytes.put16(octets, at + 12, ~Bytes.naiveSum(octets, at + 2, end, 0));
        }
      }
    }
  }

  /// Every offset of an accepted frame lies inside it, and every header that it names is whole.
  static void assertInside(Frame frame, boolean tunnel, String what) {
    int start = frame.start();
    int end = frame.end();
    assertTrue(end <= FramePool.SLOT_LENGTH && end >= start, what);
    assertTrue(frame.l2() >= start && frame.l2() + 14 <= end, what);
    assertTrue(frame.l3() >= frame.l2() + 14 && frame.l3() <= end, what);
    assertTrue(frame.l3Length() >= 0 && frame.l3() + frame.l3Length() <= end, what);
    boolean ip = frame.etherType() == 0x0800 || frame.etherType() == 0x86DD;
    if (frame.l4() != 0) {
      int needed =
          switch (frame.protocol()) {
            case TestPacket.TCP -> 20;
            case TestPacket.UDP -> 8;
            case TestPacket.ICMP -> frame.isIpv6() ? 0 : 8;
            case TestPacket.ICMPV6 -> frame.isIpv6() ? 8 : 0;
            default -> 0;
          };
      assertTrue(frame.l4() >= frame.l3() + 20, what);
      assertTrue(frame.l4() + needed <= frame.l3() + frame.l3Length(), what);
    }
    if (ip) {
      assertEquals(end, frame.l3() + frame.l3Length(), what);
    }
    if (tunnel) {
      assertTrue(frame.encapsulation() != Encapsulation.NONE, what);
      assertEquals(start + 14, frame.outerL3(), what);
      assertTrue(frame.l2() >= frame.outerL3() + (frame.isOuterIpv6() ? 48 : 28), what);
      assertTrue((frame.tunnelVsid() & ~0xFFFFFF) == 0, what);
    }
    boolean unknown = frame.isVlanTagged() && frame.l4() == 0;
    if (frame.isSuperFrame() && !unknown) {
      assertTrue(frame.payloadOffset() <= end, what);
      assertTrue(frame.packetCount() >= 1, what);
    }
    if (frame.isChecksumPartial() && !unknown) {
      int field = start + frame.checksumStart() + frame.checksumOffset();
      boolean outer = tunnel && field < frame.l2();
      assertTrue(field + 2 <= end, what);
      assertTrue(outer || field >= frame.l4(), what);
    }
    // What every later stage calls first must not throw either.
    FlowRecordExecutor.largestPacket(frame);
  }
}
