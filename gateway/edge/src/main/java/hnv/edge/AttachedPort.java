// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.wire.MacAddress;
import java.util.Optional;

/// The dataplane port behind an {@link EdgeNetwork.Attachment}.
///
/// @param number the port's number; a VLAN has one of its own
/// @param mac of the device
/// @param mtu octets of the largest IP packet that it carries
/// @param host whose device it is, too; empty: the gateway has it whole
public record AttachedPort(int number, MacAddress mac, int mtu, Optional<HostSide> host) {
  /// A device that the gateway has whole.
  public AttachedPort(int number, MacAddress mac, int mtu) {
    this(number, mac, mtu, Optional.empty());
  }
}
