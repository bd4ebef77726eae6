// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;

/// Which source or destination addresses a rule matches.
public sealed interface AddressPattern {
  /// Every address of either family, written `*`.
  AddressPattern ANY = new Any();

  /// Every address of either family.
  record Any() implements AddressPattern {
    @Override
    public String toString() {
      return "*";
    }
  }

  /// The addresses of a prefix.
  record Prefix(Cidr prefix) implements AddressPattern {
    @Override
    public String toString() {
      return prefix.toString();
    }
  }

  /// Addresses that a word stands for.
  record Tag(ServiceTag tag) implements AddressPattern {
    @Override
    public String toString() {
      return tag.name();
    }
  }

  /// The words that Network Controller defines.
  enum ServiceTag {
    /// The address space of the virtual network that the port is in.
    VIRTUALNETWORK,
    /// Everything outside that address space.
    INTERNET,
    /// The source of a load balancer's probes. There is no load balancer yet: matches nothing.
    AZURELOADBALANCER
  }
}
