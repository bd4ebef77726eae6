// SPDX-License-Identifier: Apache-2.0

/// GRE site-to-site (RFC 2784, 2890): what a tunnel's end keeps. It never sees a frame.
@org.jspecify.annotations.NullMarked
module hnv.gre {
  requires transitive hnv.wire;
  requires static transitive org.jspecify;

  exports hnv.gre;
}
