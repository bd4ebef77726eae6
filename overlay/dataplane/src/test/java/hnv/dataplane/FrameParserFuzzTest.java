// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import com.code_intelligence.jazzer.junit.FuzzTest;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;

/// What a TAP may give, a virtio-net header and a frame, is parsed without an exception, and what
/// is accepted has every offset inside. {@link FrameSeeds} makes the inputs to begin with.
@Tag("jazzer")
class FrameParserFuzzTest {
  private static final FramePool POOL = new FramePool(1);

  @FuzzTest
  void parsePlain(byte[] input) {
    parse(input, false);
  }

  @FuzzTest
  void parseTunnel(byte[] input) {
    parse(input, true);
  }

  private static void parse(byte[] input, boolean tunnel) {
    MemorySegment header = MemorySegment.ofArray(input);
    if (!VirtioNetHeader.isValid(header, 0, input.length, VirtioNetHeader.LENGTH)
        || input.length > FramePool.MAX_FRAME_LENGTH) {
      return; // The port refuses it.
    }
    byte[] octets = Arrays.copyOfRange(input, VirtioNetHeader.LENGTH, input.length);
    ParserContract.repairIpv4Checksums(octets);
    Frame frame = ParserContract.atTheEndOfItsSlot(POOL, octets);
    try {
      describe(frame, header);
      DropReason reason =
          tunnel ? FrameParser.parseTunnel(frame, 4_789) : FrameParser.parsePlain(frame);
      if (reason == DropReason.NONE) {
        ParserContract.assertInside(frame, tunnel, HexFormat.of().formatHex(input));
      }
    } finally {
      frame.release();
    }
  }

  /// As ports do it.
  private static void describe(Frame frame, MemorySegment header) {
    if ((VirtioNetHeader.flags(header, 0) & VirtioNetHeader.NEEDS_CHECKSUM) != 0) {
      frame.setPartialChecksum(
          VirtioNetHeader.checksumStart(header, 0), VirtioNetHeader.checksumOffset(header, 0));
    }
    int type = VirtioNetHeader.gsoType(header, 0);
    if (type != VirtioNetHeader.GSO_NONE) {
      frame.setGso(VirtioNetHeader.baseGsoType(type), VirtioNetHeader.gsoSize(header, 0));
    }
  }
}
