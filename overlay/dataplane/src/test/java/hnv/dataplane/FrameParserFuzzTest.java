// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.VirtioNetHeader;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Octets at random, near enough to real frames to get far: the parser never throws, and what it lets
/// in has every offset inside the frame.
class FrameParserFuzzTest {
  private static final int FRAMES = 200_000;
  private static final int[] GSO_TYPES = {
    VirtioNetHeader.GSO_NONE,
    VirtioNetHeader.GSO_TCPV4,
    VirtioNetHeader.GSO_UDP,
    VirtioNetHeader.GSO_TCPV6,
    VirtioNetHeader.GSO_UDP_L4
  };

  private final FramePool pool = new FramePool(1);
  private final Map<DropReason, Integer> seen = new EnumMap<>(DropReason.class);

  @Test
  void neverThrowsAndNamesOnlyOffsetsInside() {
    Random random = new Random(7_348);
    byte[][] seeds = seeds(random);
    for (int i = 0; i < FRAMES; i++) {
      byte[] octets = mutate(seeds[random.nextInt(seeds.length)], random);
      // At the very end of the slot: a read behind the frame throws.
      Frame frame = TestPacket.frame(pool, octets);
      frame.reset(FramePool.SLOT_LENGTH - octets.length, octets.length);
      for (int k = 0; k < octets.length; k++) {
        frame.memory().set(java.lang.foreign.ValueLayout.JAVA_BYTE, frame.start() + k, octets[k]);
      }
      tell(frame, octets.length, random);
      boolean tunnel = random.nextBoolean();
      DropReason reason =
          tunnel ? FrameParser.parseTunnel(frame, 4789) : FrameParser.parsePlain(frame);
      seen.merge(reason, 1, Integer::sum);
      if (reason == DropReason.NONE) {
        assertInside(frame, tunnel, "frame " + i + ": " + Bytes.hex(octets));
      }
      frame.release();
    }
    // The mutations must reach every reason that the parser can give.
    for (DropReason reason : DropReason.values()) {
      if (reason.number() <= 8 || (reason.number() >= 20 && reason.number() <= 27)) {
        boolean ofOthers = reason == DropReason.ECN_CE_ON_NOT_ECT;
        assertTrue(ofOthers || seen.getOrDefault(reason, 0) > 0, reason + " not reached: " + seen);
      }
    }
  }

  private static byte[][] seeds(Random random) {
    byte[][] seeds = new byte[400][];
    for (int i = 0; i < seeds.length; i++) {
      TestPacket p = TestPacket.random(random);
      if (random.nextInt(5) == 0) {
        p.tags = random.nextBoolean() ? new int[] {0x8100} : new int[] {0x88A8, 0x8100};
      }
      if (random.nextInt(5) == 0) {
        p.moreFragments = random.nextBoolean();
        p.fragmentOffset = 8 * random.nextInt(4);
      }
      p.padding = random.nextInt(3) == 0 ? random.nextInt(20) : 0;
      byte[] octets = p.bytes();
      if (random.nextInt(10) == 0) {
        octets =
            Bytes.parse(
                "FFFFFFFFFFFF 020000000001 0806 0001 0800 06 04 0001"
                    + "020000000001 0A000001 000000000000 0A000002");
      }
      if (random.nextBoolean()) {
        TestTunnel t = TestTunnel.random(random);
        t.fragment = random.nextInt(8) == 0 ? 0x2000 : 0x4000;
        octets = t.wrap(octets);
      }
      seeds[i] = octets;
    }
    return seeds;
  }

  private static byte[] mutate(byte[] seed, Random random) {
    byte[] octets = seed.clone();
    int changes = random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(Math.min(octets.length, 120));
      switch (random.nextInt(3)) {
        case 0 -> octets[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> octets[at] = (byte) random.nextInt();
        default -> octets[at] = random.nextBoolean() ? 0 : (byte) 0xFF;
      }
    }
    if (random.nextInt(3) == 0) {
      octets = Arrays.copyOf(octets, random.nextInt(octets.length + 1));
    }
    if (random.nextInt(4) != 0) {
      repairIpv4Checksums(octets);
    }
    return octets;
  }

  /// Wherever an IPv4 header seems to stand behind an EtherType, its checksum is made right, or few
  /// mutations would get past it.
  private static void repairIpv4Checksums(byte[] octets) {
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

  private static void tell(Frame frame, int length, Random random) {
    if (random.nextInt(4) == 0) {
      frame.setGso(GSO_TYPES[random.nextInt(GSO_TYPES.length)], 1 + random.nextInt(65_535));
    }
    if (random.nextInt(4) == 0 && length >= 2) {
      int start = random.nextInt(length - 1);
      frame.setPartialChecksum(start, random.nextInt(length - 1 - start));
    }
  }

  private static void assertInside(Frame frame, boolean tunnel, String what) {
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
