// SPDX-License-Identifier: Apache-2.0

/// Linux by java.lang.foreign: ports, netlink, bpf. The only module with native access.
@org.jspecify.annotations.NullMarked
module hnv.linux {
  requires transitive hnv.wire;
  requires transitive hnv.dataplane;
  requires static org.jspecify;

  exports hnv.linux;
}
