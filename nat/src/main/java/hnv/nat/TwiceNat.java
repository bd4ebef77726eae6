// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;

/// Twice-NAT between two networks that use the same addresses (RFC 2663 §4.3): each sees the other
/// by a prefix that it does not use itself. Address by address, both ways, every protocol; without
/// state. Immutable; nothing is allocated.
///
/// ```text
///   local network 10.1.0.0/16             remote network 10.1.0.0/16
///   10.1.0.5 ──▶ 172.20.0.7               172.21.0.5 ──▶ 10.1.0.7
///             seen remote         as        seen local
/// ```
///
/// @param local prefix of the near network, as it is
/// @param seenLocal what the far network knows it by; as long as `local`
/// @param remote prefix of the far network, as it is
/// @param seenRemote what the near network knows it by; as long as `remote`
public record TwiceNat(Cidr local, Cidr seenLocal, Cidr remote, Cidr seenRemote) {
  /// @throws IllegalArgumentException naming the prefix that cannot be
  public TwiceNat {
    check("local", local, "seenLocal", seenLocal);
    check("remote", remote, "seenRemote", seenRemote);
    if (local.overlaps(seenRemote)) {
      throw new IllegalArgumentException(
          "seenRemote %s is in use: local is %s".formatted(seenRemote, local));
    }
    if (remote.overlaps(seenLocal)) {
      throw new IllegalArgumentException(
          "seenLocal %s is in use: remote is %s".formatted(seenLocal, remote));
    }
  }

  private static void check(String name, Cidr real, String seenName, Cidr seen) {
    if (!(real.network() instanceof Ipv4Address) || !(seen.network() instanceof Ipv4Address)) {
      throw new IllegalArgumentException("%s and %s must be IPv4".formatted(name, seenName));
    }
    if (real.prefixLength() != seen.prefixLength()) {
      throw new IllegalArgumentException(
          "%s %s and %s %s must be equally long".formatted(name, real, seenName, seen));
    }
  }

  // ---- from the local network to the remote one ----

  /// Whether a packet of the local network is for the remote one.
  public boolean isOutbound(int source, int destination) {
    return holds(local, source) && holds(seenRemote, destination);
  }

  /// The source by which the remote network knows a local address.
  public int outboundSource(int source) {
    return move(source, seenLocal);
  }

  /// The remote address that the local network means.
  public int outboundDestination(int destination) {
    return move(destination, remote);
  }

  // ---- from the remote network to the local one ----

  /// The same as the remote network has it.
  public TwiceNat reversed() {
    return new TwiceNat(remote, seenRemote, local, seenLocal);
  }

  private static boolean holds(Cidr prefix, int address) {
    return (address & mask(prefix)) == bits(prefix);
  }

  private static int move(int address, Cidr to) {
    return bits(to) | (address & ~mask(to));
  }

  private static int mask(Cidr prefix) {
    return prefix.prefixLength() == 0 ? 0 : -1 << (32 - prefix.prefixLength());
  }

  private static int bits(Cidr prefix) {
    // Cannot fail: the constructor has seen that all four are IPv4.
    return ((Ipv4Address) prefix.network()).bits();
  }
}
