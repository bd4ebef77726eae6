// SPDX-License-Identifier: Apache-2.0

/// The operator's intent as immutable records, and its validation.
@org.jspecify.annotations.NullMarked
module hnv.model {
  requires transitive hnv.wire;
  requires static org.jspecify;

  exports hnv.model;
}
