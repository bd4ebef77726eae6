// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Writes pcapng 1.0, little-endian, one section, times in nanoseconds: the same packets give the
/// same octets on every machine. Owned by one thread.
///
/// Several interfaces may share the file, and each packet may bear a comment, for example the drop
/// reason.
public final class PcapngWriter implements Closeable, Flushable {
  /// Longest comment or name in octets of UTF-8; longer ones are cut.
  public static final int MAX_TEXT = 4096;

  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int ENHANCED_PACKET = 6;
  private static final int OPTION_END = 0;
  private static final int OPTION_COMMENT = 1;
  private static final int OPTION_INTERFACE_NAME = 2;
  private static final int OPTION_TIMESTAMP_RESOLUTION = 9;
  private static final byte NANOSECONDS = 9;

  private final OutputStream stream;
  private final CaptureOutput out;
  private int interfaces;

  private PcapngWriter(OutputStream stream) throws IOException {
    this.stream = stream;
    this.out = new CaptureOutput(stream);
    beginBlock(CaptureReader.PCAPNG_SECTION);
    out.u32(0x1A2B_3C4DL);
    out.u16(1);
    out.u16(0);
    // A section length of -1: not given.
    out.u32(-1);
    out.u32(-1);
    endBlock();
  }

  /// Creates or replaces a file.
  public static PcapngWriter create(Path file) throws IOException {
    return to(new BufferedOutputStream(Files.newOutputStream(file)));
  }

  /// Writes to a stream, which is closed with the writer.
  public static PcapngWriter to(OutputStream stream) throws IOException {
    return new PcapngWriter(stream);
  }

  /// Describes an interface and returns its number, from 0 upwards.
  ///
  /// @param linkType what its packets begin with: see [LinkType]
  /// @throws IllegalStateException beyond the number of interfaces that a reader accepts
  public int addInterface(String name, int linkType) throws IOException {
    if (interfaces == PcapngReader.MAX_INTERFACES) {
      throw new IllegalStateException(
          "more than %d interfaces in one file".formatted(PcapngReader.MAX_INTERFACES));
    }
    beginBlock(INTERFACE_DESCRIPTION);
    out.u16(linkType);
    out.u16(0);
    out.u32(CaptureReader.MAX_PACKET);
    option(OPTION_INTERFACE_NAME, utf8(name));
    option(OPTION_TIMESTAMP_RESOLUTION, new byte[] {NANOSECONDS});
    option(OPTION_END, new byte[0]);
    endBlock();
    return interfaces++;
  }

  /// Writes a packet.
  ///
  /// @param interfaceId a number that [#addInterface] gave
  /// @param timestampNs nanoseconds since 1970-01-01 UTC; negative ones become 0
  /// @throws IllegalArgumentException if the interface is unknown or `length` is above
  ///     [CaptureReader#MAX_PACKET]
  public void write(int interfaceId, long timestampNs, MemorySegment f, long at, int length)
      throws IOException {
    write(interfaceId, timestampNs, f, at, length, "");
  }

  /// Writes a packet with a comment, which an empty text leaves out.
  ///
  /// @throws IllegalArgumentException as [#write(int, long, MemorySegment, long, int)]
  public void write(
      int interfaceId, long timestampNs, MemorySegment f, long at, int length, String comment)
      throws IOException {
    if (interfaceId < 0 || interfaceId >= interfaces) {
      throw new IllegalArgumentException(
          "interface %d is not one of the %d described".formatted(interfaceId, interfaces));
    }
    CaptureOutput.checkLength(length, length);
    long ns = Math.max(timestampNs, 0);
    beginBlock(ENHANCED_PACKET);
    out.u32(interfaceId);
    out.u32(ns >>> 32);
    out.u32(ns);
    out.u32(length);
    out.u32(length);
    out.octets(f, at, length);
    out.pad();
    if (!comment.isEmpty()) {
      option(OPTION_COMMENT, utf8(comment));
      option(OPTION_END, new byte[0]);
    }
    endBlock();
  }

  private void option(int code, byte[] value) {
    out.u16(code);
    out.u16(value.length);
    out.octets(value);
    out.pad();
  }

  /// UTF-8 of at most [#MAX_TEXT] octets, cut between characters.
  private static byte[] utf8(String text) {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(octets.length, MAX_TEXT);
    while (length < octets.length && (octets[length] & 0xC0) == 0x80) {
      length--;
    }
    return Arrays.copyOf(octets, length);
  }

  private void beginBlock(int type) {
    out.u32(type);
    out.u32(0);
  }

  private void endBlock() throws IOException {
    int length = out.position() + 4;
    out.u32At(4, length);
    out.u32(length);
    out.flushRecord();
  }

  @Override
  public void flush() throws IOException {
    stream.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
