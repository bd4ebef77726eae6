// SPDX-License-Identifier: Apache-2.0

/// Linux by java.lang.foreign: ports, netlink, bpf. The only module with native access.
///
/// Inside it, `libc` calls native functions, `bpf` and `netlink` speak to the kernel's subsystems,
/// and `port` and
/// `probe` build on both.
@org.jspecify.annotations.NullMarked
module hnv.linux {
  requires transitive hnv.wire;
  requires transitive hnv.dataplane;
  requires static org.jspecify;

  exports hnv.linux;
  exports hnv.linux.bpf;
  exports hnv.linux.netlink;
  exports hnv.linux.port;
  exports hnv.linux.probe;
  exports hnv.linux.thread;
  exports hnv.linux.traffic;
}
