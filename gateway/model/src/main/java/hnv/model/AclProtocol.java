// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// The protocol that a rule matches.
public enum AclProtocol {
  /// Every protocol of IPv4 and IPv6.
  ALL,
  TCP,
  UDP,
  ICMPV4,
  ICMPV6;

  /// True when a packet of the protocol has ports.
  public boolean hasPorts() {
    return this == TCP || this == UDP;
  }
}
