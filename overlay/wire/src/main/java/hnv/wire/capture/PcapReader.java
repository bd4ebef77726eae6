// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Reads pcap (draft-ietf-opsawg-pcap): a header of 24 octets, then per packet a header of 16.
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         Magic number                          |
/// |          Major version        |         Minor version         |
/// |                   Reserved (time zone), 4 octets              |
/// |                   Reserved (accuracy), 4 octets               |
/// |                         Snap length                           |
/// |  FCS  |                     Link type                         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Seconds, micro- or nanoseconds, captured length, original  |
/// |    length: 4 octets each, then the packet                     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
final class PcapReader extends CaptureReader {
  private static final String HEADER = "the file header";
  private static final int MAJOR_VERSION = 2;
  private static final int MINOR_VERSION = 4;

  /// Before version 2.3 the two lengths stood the other way round in files of some programs.
  private static final int OLDEST_MINOR_VERSION = 3;

  /// The upper bits say whether an FCS follows the packet.
  private static final int LINK_TYPE_MASK = 0x03FF_FFFF;

  private final int linkType;
  private final long fractionNs;

  /// The magic number has been read.
  PcapReader(CaptureInput in, boolean nanoseconds) throws IOException {
    super(in);
    int major = in.u16(HEADER);
    int minor = in.u16(HEADER);
    if (major != MAJOR_VERSION || minor < OLDEST_MINOR_VERSION || minor > MINOR_VERSION) {
      throw new CaptureFormatException(
          4, "pcap version %d.%d is not 2.3 or 2.4".formatted(major, minor));
    }
    in.skip(12, HEADER);
    this.linkType = in.i32(HEADER) & LINK_TYPE_MASK;
    this.fractionNs = nanoseconds ? 1 : 1_000;
  }

  @Override
  public Optional<CapturedPacket> next() throws IOException {
    if (in.atEnd()) {
      return Optional.empty();
    }
    String what = "a packet header";
    long seconds = in.u32(what);
    long fraction = in.u32(what);
    long lengthAt = in.offset();
    long captured = in.u32(what);
    long original = in.u32(what);
    if (captured > MAX_PACKET) {
      throw new CaptureFormatException(
          lengthAt, "a packet of %d octets is longer than %d".formatted(captured, MAX_PACKET));
    }
    byte[] octets = in.octets((int) captured, "a packet");
    return Optional.of(
        new CapturedPacket(
            seconds * 1_000_000_000 + fraction * fractionNs,
            linkType,
            0,
            original,
            MemorySegment.ofArray(octets).asReadOnly()));
  }
}
