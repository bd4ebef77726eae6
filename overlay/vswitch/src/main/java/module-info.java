// SPDX-License-Identifier: Apache-2.0

/// The engine: ports with layers, groups and rules; spaces; connections; the unified flow table.
@org.jspecify.annotations.NullMarked
module hnv.vswitch {
  requires transitive hnv.wire;
  requires transitive hnv.dataplane;
  requires static transitive org.jspecify;

  exports hnv.vswitch;
}
