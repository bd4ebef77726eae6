// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Frames of one length in native memory, to be sent again and again. Made by one thread, then read
/// only.
final class Templates {
  private static final int ALIGNMENT = 64;

  private final MemorySegment memory;
  private final int length;
  private final int stride;
  private final int count;

  /// Room for frames.
  ///
  /// @param length octets of each
  Templates(int count, int length) {
    this.count = count;
    this.length = length;
    stride = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    memory = Arena.ofAuto().allocate((long) count * stride, ALIGNMENT);
  }

  MemorySegment memory() {
    return memory;
  }

  long at(int index) {
    return (long) index * stride;
  }

  int length() {
    return length;
  }

  int count() {
    return count;
  }
}
