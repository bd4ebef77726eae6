// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// The kinds of network connections.
public enum ConnectionType {
  /// RFC 2784 and 2890.
  GRE,
  /// A VLAN in which addresses are routed as they are.
  L3,
  /// IKEv2 and ESP. Kept, not in force.
  IPSEC
}
