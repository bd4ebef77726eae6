// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Collects one little-endian record of a capture file and writes it out whole. Owned by one
/// writer; not thread-safe.
final class CaptureOutput implements Closeable {
  private static final int INITIAL = 2048;

  private final OutputStream out;
  private byte[] buffer = new byte[INITIAL];
  private int position;

  CaptureOutput(OutputStream out) {
    this.out = out;
  }

  int position() {
    return position;
  }

  private void room(int octets) {
    if (buffer.length - position < octets) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, position + octets));
    }
  }

  void u16(int value) {
    room(2);
    buffer[position++] = (byte) value;
    buffer[position++] = (byte) (value >>> 8);
  }

  void u32(long value) {
    u16((int) value);
    u16((int) (value >>> 16));
  }

  /// Replaces four octets that have been written.
  void u32At(int at, int value) {
    int end = position;
    position = at;
    u32(value);
    position = end;
  }

  void octets(byte[] octets) {
    room(octets.length);
    System.arraycopy(octets, 0, buffer, position, octets.length);
    position += octets.length;
  }

  void octets(MemorySegment f, long at, int length) {
    room(length);
    MemorySegment.copy(f, ValueLayout.JAVA_BYTE, at, buffer, position, length);
    position += length;
  }

  /// Zeros up to the next multiple of four octets.
  void pad() {
    while ((position & 3) != 0) {
      room(1);
      buffer[position++] = 0;
    }
  }

  /// Writes out what was collected.
  void flushRecord() throws IOException {
    out.write(buffer, 0, position);
    position = 0;
  }

  /// Lengths that a file may hold: the reader's bound is the writer's too.
  static void checkLength(int length, long originalLength) {
    if (length < 0 || length > CaptureReader.MAX_PACKET) {
      throw new IllegalArgumentException(
          "a packet of %d octets is not within 0 to %d"
              .formatted(length, CaptureReader.MAX_PACKET));
    }
    if (originalLength < length || originalLength > 0xFFFF_FFFFL) {
      throw new IllegalArgumentException(
          "an original length of %d is not within %d to 2^32 - 1"
              .formatted(originalLength, length));
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
