// SPDX-License-Identifier: Apache-2.0

/// The gateway as layers on the engine: tenants' routing tables, translation, GRE, L3 connections,
/// outside networks.
@org.jspecify.annotations.NullMarked
module hnv.edge {
  requires transitive hnv.wire;
  requires transitive hnv.dataplane;
  requires transitive hnv.vswitch;
  requires transitive hnv.overlay;
  requires transitive hnv.nat;
  requires transitive hnv.gre;
  requires transitive hnv.routing;
  requires static transitive org.jspecify;

  exports hnv.edge;
  exports hnv.edge.neighbor;
}
