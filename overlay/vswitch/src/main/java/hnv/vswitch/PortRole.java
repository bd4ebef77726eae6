// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

/// What a {@link VPort} stands for, which tells how packets come to it.
public enum PortRole {
  /// A VM's adapter. Packets of its device go outbound; those of tunnels, found by (VSID, MAC),
  /// inbound.
  GUEST,
  /// A tenant's virtual network, as its gateway sees it. It has no device: packets of tunnels,
  /// found by (VSID, MAC), come *from* it and go outbound.
  GATEWAY,
  /// A tenant's connection to another of its networks: a device or VLAN of its own, or a GRE tunnel
  /// and then no device.
  CONNECTION,
  /// A network that tenants share by translation. It has no tenant: whose a packet is, its other
  /// port tells.
  OUTSIDE
}
