// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.VirtioNetHeader;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Octets at random, near enough to real frames to get far: the parser never throws, and what it
/// lets in has every offset inside the frame.
class FrameParserMutationTest {
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
      Frame frame = ParserContract.atTheEndOfItsSlot(pool, octets);
      tell(frame, octets.length, random);
      boolean tunnel = random.nextBoolean();
      DropReason reason =
          tunnel ? FrameParser.parseTunnel(frame, 4789) : FrameParser.parsePlain(frame);
      seen.merge(reason, 1, Integer::sum);
      if (reason == DropReason.NONE) {
        ParserContract.assertInside(frame, tunnel, "frame " + i + ": " + Bytes.hex(octets));
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
      ParserContract.repairIpv4Checksums(octets);
    }
    return octets;
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
}
