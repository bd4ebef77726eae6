// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.MacAddress;
import java.util.List;
import java.util.Optional;

/// The network adapter of a virtual machine.
///
/// Which network device of its server it is behind is no part of the policy: the configuration of
/// the node says that.
///
/// @param privateMacAddress unicast, and used once in a virtual subnet
/// @param server where the virtual machine runs; absent while it runs nowhere
/// @param ipConfigurations its customer addresses, all in one virtual subnet. Empty for an adapter
///     that has no VSID: its port is left untouched
public record NetworkInterface(
    ResourceId resourceId,
    MacAddress privateMacAddress,
    Optional<ServerReference> server,
    List<IpConfiguration> ipConfigurations,
    PortSettings portSettings) {
  public NetworkInterface {
    ipConfigurations = List.copyOf(ipConfigurations);
  }
}
