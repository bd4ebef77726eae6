// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A fixed number of frames over one slab of native memory, allocated once. Owned by one Worker;
/// not thread-safe. Exhaustion is a value: {@link #acquire} answers null and counts.
public final class FramePool {
  /// Where a received packet starts: room for a 24-octet virtio-net header and 96 octets of outer
  /// headers, with plenty to spare.
  public static final int HEADROOM = 256;

  /// Longest packet: 64 KiB of IP with Ethernet, a VLAN tag and outer headers.
  public static final int MAX_FRAME_LENGTH = 65_535 + 256;

  /// Octets of a slot: headroom, packet, and tailroom up to a multiple of the page size.
  public static final int SLOT_LENGTH = 69_632;

  /// Frames of a pool unless said otherwise: 17 MiB.
  public static final int DEFAULT_FRAMES = 256;

  private final Frame[] free;
  private int freeCount;
  private long exhausted;

  /// A pool of `frames` frames, 1…65,536.
  public FramePool(int frames) {
    if (frames < 1 || frames > 65_536) {
      throw new IllegalArgumentException("frames of a pool: 1 to 65536, not " + frames);
    }
    MemorySegment slab = Arena.global().allocate((long) frames * SLOT_LENGTH, 4096);
    free = new Frame[frames];
    for (int i = 0; i < frames; i++) {
      free[i] = new Frame(slab.asSlice((long) i * SLOT_LENGTH, SLOT_LENGTH), this);
    }
    freeCount = frames;
  }

  /// A frame to fill, or null when none is free (counted).
  public @Nullable Frame acquire() {
    if (freeCount == 0) {
      exhausted++;
      return null;
    }
    Frame frame = free[--freeCount];
    frame.take();
    return frame;
  }

  void release(Frame frame) {
    free[freeCount++] = frame;
  }

  /// Frames that there are.
  public int capacity() {
    return free.length;
  }

  /// Frames that can be acquired now.
  public int available() {
    return freeCount;
  }

  /// Times that {@link #acquire} had none.
  public long exhausted() {
    return exhausted;
  }
}
