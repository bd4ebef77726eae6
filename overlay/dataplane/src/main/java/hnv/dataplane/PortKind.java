// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// What lies behind a port.
public enum PortKind {
  /// A VM's network adapter: exclusive, plain frames.
  VIRTUAL_MACHINE,
  /// The provider network: shared with the host, tunnel packets only.
  UNDERLAY
}
