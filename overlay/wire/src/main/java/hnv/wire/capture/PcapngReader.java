// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads pcapng (draft-ietf-opsawg-pcapng): sections of blocks, each section in a byte order of its
/// own and with its own interfaces.
///
/// ```text
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                          Block type                           |
/// |                      Block total length                       |
/// |    Body, padded to 32 bits ...                                |
/// |                      Block total length                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
final class PcapngReader extends CaptureReader {
  /// Most octets of one block, as in libpcap.
  static final long MAX_BLOCK = 16 << 20;

  /// Most interfaces of one section.
  static final int MAX_INTERFACES = 1024;

  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int PACKET = 2;
  private static final int SIMPLE_PACKET = 3;
  private static final int ENHANCED_PACKET = 6;

  private static final int BYTE_ORDER_MAGIC = 0x1A2B_3C4D;
  private static final int OPTION_END = 0;
  private static final int OPTION_TIMESTAMP_RESOLUTION = 9;
  private static final int OPTION_TIMESTAMP_OFFSET = 14;

  /// Type, length, and length once more.
  private static final int BLOCK_OVERHEAD = 12;

  private record Interface(int linkType, long snapLength, TimestampUnit unit) {}

  private final List<Interface> interfaces = new ArrayList<>();

  // The block being read.
  private long blockAt;
  private long blockLength;

  /// Offset of the trailing length field.
  private long bodyEnd;

  /// The type of the first block has been read.
  PcapngReader(CaptureInput in) throws IOException {
    super(in);
    readSection();
  }

  @Override
  public Optional<CapturedPacket> next() throws IOException {
    // Every turn reads a block of twelve octets at least.
    while (!in.atEnd()) {
      blockAt = in.offset();
      int type = in.i32("a block type");
      if (type == PCAPNG_SECTION) {
        readSection();
        continue;
      }
      startBody(in.u32("a block length"));
      switch (type) {
        case INTERFACE_DESCRIPTION -> readInterface();
        case ENHANCED_PACKET -> {
          return Optional.of(readEnhancedPacket());
        }
        case SIMPLE_PACKET -> {
          return Optional.of(readSimplePacket());
        }
        case PACKET -> {
          return Optional.of(readObsoletePacket());
        }
        default -> endBlock();
      }
    }
    return Optional.empty();
  }

  private void startBody(long length) throws IOException {
    if (length < BLOCK_OVERHEAD || length > MAX_BLOCK || (length & 3) != 0) {
      throw new CaptureFormatException(
          blockAt,
          "a block length of %d is not a multiple of 4 between %d and %d"
              .formatted(length, BLOCK_OVERHEAD, MAX_BLOCK));
    }
    blockLength = length;
    bodyEnd = blockAt + length - 4;
  }

  private long bodyLeft() {
    return bodyEnd - in.offset();
  }

  /// Requires that the body has `octets` more.
  private void need(long octets, String what) throws IOException {
    if (octets > bodyLeft()) {
      throw new CaptureFormatException(
          in.offset(),
          "%s of %d octets does not fit its block, which has %d left"
              .formatted(what, octets, bodyLeft()));
    }
  }

  /// Passes over the rest of the body and checks the length that follows it.
  private void endBlock() throws IOException {
    in.skip(bodyLeft(), "a block");
    long trailing = in.u32("a block length");
    if (trailing != blockLength) {
      throw new CaptureFormatException(
          bodyEnd,
          "the block begins with a length of %d and ends with %d".formatted(blockLength, trailing));
    }
  }

  private void readSection() throws IOException {
    String what = "a section header";
    blockAt = in.offset() - 4;
    in.order(ByteOrder.BIG_ENDIAN);
    int length = in.i32(what);
    long magicAt = in.offset();
    int magic = in.i32(what);
    if (magic == Integer.reverseBytes(BYTE_ORDER_MAGIC)) {
      in.order(ByteOrder.LITTLE_ENDIAN);
      length = Integer.reverseBytes(length);
    } else if (magic != BYTE_ORDER_MAGIC) {
      throw new CaptureFormatException(
          magicAt, "0x%08x is not the byte-order magic of a section".formatted(magic));
    }
    startBody(Integer.toUnsignedLong(length));
    need(12, what);
    int major = in.u16(what);
    int minor = in.u16(what);
    // 1.2 is a number that some programs write for 1.0; there was never another.
    if (major != 1 || (minor != 0 && minor != 2)) {
      throw new CaptureFormatException(
          magicAt + 4, "pcapng version %d.%d is not 1.0 or 1.2".formatted(major, minor));
    }
    interfaces.clear();
    // The length of the section is left alone: every block says its own.
    endBlock();
  }

  private void readInterface() throws IOException {
    String what = "an interface description";
    need(8, what);
    if (interfaces.size() == MAX_INTERFACES) {
      throw new CaptureFormatException(
          blockAt, "more than %d interfaces in one section".formatted(MAX_INTERFACES));
    }
    int linkType = in.u16(what);
    in.skip(2, what);
    long snapLength = in.u32(what);
    int resolution = TimestampUnit.DEFAULT.resolution();
    long offsetSeconds = 0;
    while (bodyLeft() >= 4) {
      int code = in.u16(what);
      int length = in.u16(what);
      if (code == OPTION_END) {
        break;
      }
      long padded = (length + 3L) & ~3L;
      need(padded, "an option");
      long optionEnd = in.offset() + padded;
      if (code == OPTION_TIMESTAMP_RESOLUTION && length == 1) {
        resolution = in.octet(what);
      } else if (code == OPTION_TIMESTAMP_OFFSET && length == 8) {
        offsetSeconds = in.i64(what);
      }
      in.skip(optionEnd - in.offset(), what);
    }
    interfaces.add(
        new Interface(linkType, snapLength, TimestampUnit.of(resolution, offsetSeconds)));
    endBlock();
  }

  private CapturedPacket readEnhancedPacket() throws IOException {
    String what = "an enhanced packet";
    need(20, what);
    long interfaceId = in.u32(what);
    return readTimedPacket(interfaceId, what);
  }

  private CapturedPacket readObsoletePacket() throws IOException {
    String what = "a packet block";
    need(20, what);
    int interfaceId = in.u16(what);
    in.skip(2, what);
    return readTimedPacket(interfaceId, what);
  }

  private CapturedPacket readTimedPacket(long interfaceId, String what) throws IOException {
    Interface source = interfaceOf(interfaceId);
    long high = in.u32(what);
    long units = high << 32 | in.u32(what);
    long captured = in.u32(what);
    long original = in.u32(what);
    return readOctets(source.unit.toNs(units), source, (int) interfaceId, captured, original);
  }

  /// A simple packet belongs to the first interface and has neither a time nor a captured length.
  private CapturedPacket readSimplePacket() throws IOException {
    String what = "a simple packet";
    need(4, what);
    Interface source = interfaceOf(0);
    long original = in.u32(what);
    long captured = Math.min(original, bodyLeft());
    if (source.snapLength != 0) {
      captured = Math.min(captured, source.snapLength);
    }
    return readOctets(0, source, 0, captured, original);
  }

  private Interface interfaceOf(long id) throws IOException {
    if (id >= interfaces.size()) {
      throw new CaptureFormatException(
          blockAt,
          "a packet of interface %d in a section of %d interfaces so far"
              .formatted(id, interfaces.size()));
    }
    return interfaces.get((int) id);
  }

  private CapturedPacket readOctets(
      long timestampNs, Interface source, int interfaceId, long captured, long original)
      throws IOException {
    need(captured, "a packet");
    if (captured > MAX_PACKET) {
      throw new CaptureFormatException(
          in.offset(), "a packet of %d octets is longer than %d".formatted(captured, MAX_PACKET));
    }
    byte[] octets = in.octets((int) captured, "a packet");
    endBlock();
    return new CapturedPacket(
        timestampNs,
        source.linkType,
        interfaceId,
        original,
        MemorySegment.ofArray(octets).asReadOnly());
  }
}
