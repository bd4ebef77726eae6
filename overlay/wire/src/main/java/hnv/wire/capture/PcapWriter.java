// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes pcap 2.4, little-endian: the same packets give the same octets on every machine. Owned by
/// one thread.
///
/// Microseconds and Ethernet by default, which every program reads.
public final class PcapWriter implements Closeable, Flushable {
  private static final long NS_PER_SECOND = 1_000_000_000;
  private static final long HIGHEST_SECOND = 0xFFFF_FFFFL;

  private final OutputStream stream;
  private final CaptureOutput out;
  private final long unitNs;

  private PcapWriter(OutputStream stream, int linkType, boolean nanoseconds) throws IOException {
    this.stream = stream;
    this.out = new CaptureOutput(stream);
    this.unitNs = nanoseconds ? 1 : 1_000;
    out.u32(nanoseconds ? CaptureReader.PCAP_NANOSECONDS : CaptureReader.PCAP_MICROSECONDS);
    out.u16(2);
    out.u16(4);
    out.u32(0);
    out.u32(0);
    out.u32(CaptureReader.MAX_PACKET);
    out.u32(linkType);
    out.flushRecord();
  }

  /// Creates or replaces a file of Ethernet frames, times in microseconds.
  public static PcapWriter create(Path file) throws IOException {
    return to(new BufferedOutputStream(Files.newOutputStream(file)));
  }

  /// Writes Ethernet frames to a stream, times in microseconds. The stream is closed with the
  /// writer.
  public static PcapWriter to(OutputStream stream) throws IOException {
    return new PcapWriter(stream, LinkType.ETHERNET, false);
  }

  /// As [#to(OutputStream)] with a link type of the caller's and times in nanoseconds.
  public static PcapWriter nanoseconds(OutputStream stream, int linkType) throws IOException {
    return new PcapWriter(stream, linkType, true);
  }

  /// Writes a packet that was captured whole.
  ///
  /// @param timestampNs nanoseconds since 1970-01-01 UTC; what the format cannot hold becomes its
  ///     nearest end (1970 or 2106)
  /// @throws IllegalArgumentException if `length` is above [CaptureReader#MAX_PACKET]
  public void write(long timestampNs, MemorySegment f, long at, int length) throws IOException {
    write(timestampNs, f, at, length, length);
  }

  /// Writes a packet of which `length` octets were captured.
  ///
  /// @throws IllegalArgumentException if `length` is above [CaptureReader#MAX_PACKET] or above
  ///     `originalLength`
  public void write(long timestampNs, MemorySegment f, long at, int length, long originalLength)
      throws IOException {
    CaptureOutput.checkLength(length, originalLength);
    long ns = Math.clamp(timestampNs, 0, HIGHEST_SECOND * NS_PER_SECOND + NS_PER_SECOND - 1);
    out.u32(ns / NS_PER_SECOND);
    out.u32(ns % NS_PER_SECOND / unitNs);
    out.u32(length);
    out.u32(originalLength);
    out.octets(f, at, length);
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
