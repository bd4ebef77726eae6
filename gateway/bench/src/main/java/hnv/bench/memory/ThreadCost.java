// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// What the calling thread has cost: processor time, which a busy machine falsifies less than the
/// clock does, and memory.
final class ThreadCost {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// What looking itself allocates.
  private static final long LOOK_OCTETS = octetsOfALook();

  private long beganNs;
  private long beganOctets;

  /// Begins to count.
  void begin() {
    beganOctets = THREADS.getCurrentThreadAllocatedBytes();
    beganNs = THREADS.getCurrentThreadCpuTime();
  }

  /// Nanoseconds of processor time since {@link #begin}.
  long elapsedNs() {
    return THREADS.getCurrentThreadCpuTime() - beganNs;
  }

  /// Octets allocated since {@link #begin}.
  long allocatedOctets() {
    return THREADS.getCurrentThreadAllocatedBytes() - beganOctets - LOOK_OCTETS;
  }

  private static long octetsOfALook() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 100; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }
}
