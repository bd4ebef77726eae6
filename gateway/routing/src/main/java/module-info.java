// SPDX-License-Identifier: Apache-2.0

/// A routing table per routing domain: what is known (RIB) and what is looked up (FIB).
@org.jspecify.annotations.NullMarked
module hnv.routing {
  requires transitive hnv.wire;
  requires static transitive org.jspecify;

  exports hnv.routing;
}
