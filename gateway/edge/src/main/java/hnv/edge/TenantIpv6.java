// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.nat.v6.Prefix64;
import hnv.nat.v6.PrefixTranslation;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a tenant's IPv6 packets are translated on their way to and from outside networks. Immutable.
///
/// @param prefix64 whose addresses stand for IPv4 ones; null: no NAT64
/// @param prefixes translated without state, on networks that there is a way to
public record TenantIpv6(@Nullable Prefix64 prefix64, List<TenantPrefix> prefixes) {
  /// Not at all.
  public static final TenantIpv6 NONE = new TenantIpv6(null, List.of());

  public TenantIpv6 {
    prefixes = List.copyOf(prefixes);
  }

  /// That of a tenant.
  ///
  /// @param slot of the tenant
  static TenantIpv6 of(EdgeNetwork.Ipv6Translation policy, int slot, OutsideCompilation outside) {
    List<TenantPrefix> prefixes = new ArrayList<>();
    for (EdgeNetwork.PrefixPair pair : policy.prefixes()) {
      OutsideEdge network = outside.byName(pair.outsideNetwork());
      if (network != null) {
        prefixes.add(
            new TenantPrefix(
                slot,
                network.port().network(),
                new PrefixTranslation(pair.internal(), pair.external())));
      }
    }
    return new TenantIpv6(policy.nat64().map(Prefix64::new).orElse(null), prefixes);
  }

  /// The prefix that has an internal address, as an outside network knows it; null where none has.
  @Nullable TenantPrefix internal(int network, long high) {
    for (int i = 0; i < prefixes.size(); i++) {
      TenantPrefix each = prefixes.get(i);
      if (each.network() == network && each.translation().isInternal(high)) {
        return each;
      }
    }
    return null;
  }

  /// Whether a packet to this address is one to IPv4.
  boolean isNat64(IpAddress address) {
    return prefix64 != null
        && address instanceof Ipv6Address v6
        && prefix64.contains(v6.high(), v6.low());
  }
}
