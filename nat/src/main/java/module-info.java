// SPDX-License-Identifier: Apache-2.0

/// A pure translation engine: mappings, sessions, port blocks. No clock, no thread, no socket of
/// its own.
@org.jspecify.annotations.NullMarked
module hnv.nat {
  requires transitive hnv.wire;
  requires static transitive org.jspecify;

  exports hnv.nat;
  exports hnv.nat.log;
  exports hnv.nat.v6;
}
