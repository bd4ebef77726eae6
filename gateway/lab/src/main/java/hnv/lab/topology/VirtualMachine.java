// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import java.util.List;

/// A virtual machine as the policy describes it.
///
/// @param name the network interface's resourceId; also the name of its device on the host
/// @param host where it runs at the start
/// @param network the virtual network's resourceId
/// @param addresses at least one, of IPv4
public record VirtualMachine(
    String name, String host, String network, int vsid, MacAddress mac, List<Address> addresses) {
  /// An address and the subnet that it is in.
  public record Address(IpAddress address, Cidr subnet) {
    /// As `ip address add` takes it.
    public String withLength() {
      return address + "/" + subnet.prefixLength();
    }

    /// The distributed router in this subnet.
    public IpAddress gateway() {
      return subnet.lowestHost();
    }
  }

  public VirtualMachine {
    addresses = List.copyOf(addresses);
  }

  /// Its first IPv4 address.
  public Ipv4Address ipv4() {
    for (Address each : addresses) {
      if (each.address instanceof Ipv4Address v4) {
        return v4;
      }
    }
    throw new IllegalStateException(name + " has no IPv4 address");
  }

  /// The broadcast address of its IPv4 subnet.
  public Ipv4Address broadcast() {
    for (Address each : addresses) {
      if (each.subnet.highest() instanceof Ipv4Address highest) {
        return highest;
      }
    }
    throw new IllegalStateException(name + " has no IPv4 address");
  }

  /// Its first IPv6 address.
  public Ipv6Address ipv6() {
    for (Address each : addresses) {
      if (each.address instanceof Ipv6Address v6) {
        return v6;
      }
    }
    throw new IllegalStateException(name + " has no IPv6 address");
  }

  /// True where it has an address of IPv6.
  public boolean hasIpv6() {
    return addresses.stream().anyMatch(each -> each.address instanceof Ipv6Address);
  }
}
