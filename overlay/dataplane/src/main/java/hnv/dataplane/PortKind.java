// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// What lies behind a port.
public enum PortKind {
  /// A VM's network adapter: exclusive, plain frames.
  VIRTUAL_MACHINE,
  /// The provider network: shared with the host, tunnel packets only.
  UNDERLAY,
  /// A network outside of the tenants': exclusive, plain frames, and GRE packets to the ends of our
  /// tunnels.
  OUTSIDE
}
