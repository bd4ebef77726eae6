// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Reads the packets of a capture file, one after the other, in memory that does not grow with the
/// file. Owned by one thread.
///
/// Any octets whatsoever end in packets, in [CaptureFormatException], or both; in nothing unchecked
/// and in no endless loop.
public abstract sealed class CaptureReader implements Closeable permits PcapReader, PcapngReader {
  /// Most octets of one packet, as in libpcap (MAXIMUM_SNAPLEN) and Wireshark.
  public static final int MAX_PACKET = 262_144;

  static final int PCAP_MICROSECONDS = 0xA1B2_C3D4;
  static final int PCAP_NANOSECONDS = 0xA1B2_3C4D;

  /// The same read backwards and forwards, so that it is found before the byte order is known.
  static final int PCAPNG_SECTION = 0x0A0D_0D0A;

  final CaptureInput in;

  CaptureReader(CaptureInput in) {
    this.in = in;
  }

  /// Opens a capture file and reads its header.
  ///
  /// @throws CaptureFormatException if the file is neither pcap nor pcapng
  /// @throws IOException if the file cannot be read
  public static CaptureReader open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    try {
      return open(in);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  /// Reads the header of a capture. The stream is closed with the reader; it needs no buffer of its
  /// own.
  ///
  /// @throws CaptureFormatException if the stream is neither pcap nor pcapng
  /// @throws IOException if the stream cannot be read
  public static CaptureReader open(InputStream stream) throws IOException {
    CaptureInput in = new CaptureInput(stream);
    in.order(ByteOrder.BIG_ENDIAN);
    int magic = in.i32("the magic number");
    if (magic == PCAPNG_SECTION) {
      return new PcapngReader(in);
    }
    if (magic == PCAP_MICROSECONDS || magic == PCAP_NANOSECONDS) {
      return new PcapReader(in, magic == PCAP_NANOSECONDS);
    }
    int reversed = Integer.reverseBytes(magic);
    if (reversed == PCAP_MICROSECONDS || reversed == PCAP_NANOSECONDS) {
      in.order(ByteOrder.LITTLE_ENDIAN);
      return new PcapReader(in, reversed == PCAP_NANOSECONDS);
    }
    throw new CaptureFormatException(
        0, "the magic number 0x%08x is neither that of pcap nor of pcapng".formatted(magic));
  }

  /// The next packet, or empty at the end of the file.
  ///
  /// @throws CaptureFormatException if the file is broken here; there is nothing more to read then
  /// @throws IOException if the file cannot be read
  public abstract Optional<CapturedPacket> next() throws IOException;

  @Override
  public final void close() throws IOException {
    in.close();
  }
}
