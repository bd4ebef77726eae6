// SPDX-License-Identifier: Apache-2.0

/// Octets only: header accessors, checksums, address values, bounded readers and writers.
@org.jspecify.annotations.NullMarked
module hnv.wire {
  requires static org.jspecify;

  exports hnv.wire;
  exports hnv.wire.capture;
}
