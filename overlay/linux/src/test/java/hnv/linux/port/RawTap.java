// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// A TAP as ports have it, and the octets that pass it with their virtio-net header, for tests that
/// look at both.
public final class RawTap implements AutoCloseable {
  /// Octets of the virtio-net header before each frame.
  public static final int HEADER_LENGTH = Tap.HEADER_LENGTH;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(70_000, 8);
  private final MemorySegment errno = Libc.errnoBuffer(arena);
  private final Tap tap;

  private RawTap(Tap tap) {
    this.tap = tap;
  }

  /// Creates the device in the namespace of the calling thread.
  public static RawTap open(String name, FramePool pool) throws LinuxException {
    return new RawTap(Tap.open(name, pool));
  }

  /// Sends what a virtio-net header and a frame say.
  ///
  /// @return false where the kernel refuses it
  public boolean write(byte[] headerAndFrame) {
    MemorySegment.copy(headerAndFrame, 0, buffer, ValueLayout.JAVA_BYTE, 0, headerAndFrame.length);
    return Libc.write(errno, tap.fd, buffer.address(), headerAndFrame.length) >= 0;
  }

  /// The next frame with its header, or null where none waits.
  public byte @Nullable [] read() {
    long octets = Libc.read(errno, tap.fd, buffer.address(), buffer.byteSize());
    return octets < 0 ? null : buffer.asSlice(0, octets).toArray(ValueLayout.JAVA_BYTE);
  }

  /// Reads frames as a port does.
  public int receive(FrameBatch batch) {
    return tap.receive(batch, 0);
  }

  /// Sends a frame as a port does.
  public DropReason transmit(Frame frame) {
    return tap.transmit(frame);
  }

  @Override
  public void close() {
    tap.close();
    arena.close();
  }
}
