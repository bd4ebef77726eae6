// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// One rule of an {@link AccessControlList}.
///
/// @param type which direction it looks at; inbound is toward the virtual machine
/// @param priority {@link #MIN_PRIORITY} to {@link #MAX_PRIORITY}; the lower number goes first
/// @param protocol with {@link AclProtocol#ALL} and a port range other than {@link PortRange#ANY},
///     the rule matches TCP and UDP only
/// @param logging true when a packet that the rule decides is to be logged
/// @param description the operator's remark, empty when there is none
public record AclRule(
    ResourceId resourceId,
    AclDirection type,
    int priority,
    AclAction action,
    AclProtocol protocol,
    AddressPattern source,
    PortRange sourcePorts,
    AddressPattern destination,
    PortRange destinationPorts,
    boolean logging,
    String description) {
  /// Lower numbers are reserved for the system.
  public static final int MIN_PRIORITY = 101;

  /// Higher numbers are reserved for the system.
  public static final int MAX_PRIORITY = 65_000;
}
