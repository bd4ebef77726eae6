// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import java.lang.foreign.MemorySegment;

/// Who decides which of the flows in the kernel stay, when a process goes on with the maps of
/// another. The memory is used again after the call.
@FunctionalInterface
public interface FlowHeir {
  /// Whether the flow stays in the kernel.
  ///
  /// @param keys as {@link hnv.dataplane.FlowKey}
  /// @param records as {@link hnv.dataplane.FlowRecord}, with the kernel's counters
  /// @return false: the flow is removed from the kernel
  boolean adopts(
      boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment records, long recordAt);
}
