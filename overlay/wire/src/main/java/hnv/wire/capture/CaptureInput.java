// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;

/// Reads the fields of a capture file in either byte order and knows its offset. Owned by one
/// reader; not thread-safe.
///
/// The end of the file within a field, a skip or a packet is a [CaptureFormatException].
final class CaptureInput implements Closeable {
  private static final int BUFFER = 1 << 16;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int end;
  private long bufferOffset;
  private boolean big;

  CaptureInput(InputStream in) {
    this.in = in;
  }

  /// Offset in the file of the next octet.
  long offset() {
    return bufferOffset + position;
  }

  void order(ByteOrder order) {
    big = order == ByteOrder.BIG_ENDIAN;
  }

  boolean atEnd() throws IOException {
    return position == end && !fill();
  }

  /// Fetches more octets; false at the end of the file. The buffer is used up.
  private boolean fill() throws IOException {
    bufferOffset += end;
    position = 0;
    end = 0;
    // A read of a non-empty buffer blocks until there is one octet at least.
    int read = in.read(buffer, 0, buffer.length);
    if (read <= 0) {
      return false;
    }
    end = read;
    return true;
  }

  private int u8(String what) throws IOException {
    if (position == end && !fill()) {
      throw new CaptureFormatException(offset(), "the file ends within " + what);
    }
    return Byte.toUnsignedInt(buffer[position++]);
  }

  int u16(String what) throws IOException {
    int first = u8(what);
    int second = u8(what);
    return big ? first << 8 | second : second << 8 | first;
  }

  int i32(String what) throws IOException {
    int first = u16(what);
    int second = u16(what);
    return big ? first << 16 | second : second << 16 | first;
  }

  long u32(String what) throws IOException {
    return Integer.toUnsignedLong(i32(what));
  }

  long i64(String what) throws IOException {
    long first = u32(what);
    long second = u32(what);
    return big ? first << 32 | second : second << 32 | first;
  }

  int octet(String what) throws IOException {
    return u8(what);
  }

  /// Reads `length` octets, which the caller has bounded.
  byte[] octets(int length, String what) throws IOException {
    byte[] octets = new byte[length];
    int done = 0;
    while (done < length) {
      if (position == end && !fill()) {
        throw new CaptureFormatException(offset(), "the file ends within " + what);
      }
      int part = Math.min(end - position, length - done);
      System.arraycopy(buffer, position, octets, done, part);
      position += part;
      done += part;
    }
    return octets;
  }

  /// Passes over `length` octets, which the caller has bounded.
  void skip(long length, String what) throws IOException {
    long left = length;
    while (left > 0) {
      if (position == end && !fill()) {
        throw new CaptureFormatException(offset(), "the file ends within " + what);
      }
      int part = (int) Math.min(end - position, left);
      position += part;
      left -= part;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
