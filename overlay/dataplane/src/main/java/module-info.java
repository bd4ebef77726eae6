// SPDX-License-Identifier: Apache-2.0

/// Frames, ports, flow records, drop reasons, counters, clock and trace.
@org.jspecify.annotations.NullMarked
module hnv.dataplane {
  requires transitive hnv.wire;
  requires static transitive org.jspecify;

  exports hnv.dataplane;
}
