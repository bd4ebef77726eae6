// SPDX-License-Identifier: Apache-2.0

/// The overlay as layers on the engine: PA and CA policy, VSID, VXLAN and NVGRE, router,
/// replication.
@org.jspecify.annotations.NullMarked
module hnv.overlay {
  requires transitive hnv.wire;
  requires transitive hnv.dataplane;
  requires transitive hnv.vswitch;
  requires static transitive org.jspecify;

  exports hnv.overlay;
}
