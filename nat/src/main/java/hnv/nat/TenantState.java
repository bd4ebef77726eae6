// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is translated for one tenant, as the packet path asks it, and what the tenant has. Owned by
/// one Worker.
final class TenantState {
  /// Nothing is translated.
  static final TenantNat NOTHING = new TenantNat(0, List.of(), List.of(), List.of(), 0, 0);

  /// An outbound rule with its pool.
  private record Rule(int network, int protocol, int prefix, int mask, Pool pool) {}

  /// An outbound rule of IPv6 hosts (NAT64).
  private record HostRule(int network, int protocol, Cidr source, Pool pool) {
    boolean fits(int ofNetwork, int ofProtocol, long high, long low) {
      // Cannot fail: only IPv6 prefixes become host rules.
      Ipv6Address first = (Ipv6Address) source.network();
      int length = source.prefixLength();
      long inHigh = length == 0 ? 0 : -1L << (64 - Math.min(64, length));
      long inLow = length <= 64 ? 0 : -1L << (128 - length);
      return network == ofNetwork
          && (protocol == TenantNat.ALL_PROTOCOLS || protocol == ofProtocol)
          && (high & inHigh) == first.high()
          && (low & inLow) == first.low();
    }
  }

  private TenantNat config = NOTHING;
  private Rule[] rules = {};
  private HostRule[] hostRules = {};
  private StaticRules statics = StaticRules.byInside(List.of());

  /// Sessions and ports that it has, and the first of its sessions (0 = none).
  int sessions;

  int ports;
  int firstSession;
  private int sessionsFilled;
  private int portsFilled;

  TenantNat config() {
    return config;
  }

  /// @param pools by name; those that the rules name are there
  void configure(TenantNat newConfig, Map<String, Pool> pools) {
    config = newConfig;
    List<Rule> compiled = new ArrayList<>();
    List<HostRule> ofHosts = new ArrayList<>();
    for (TenantNat.OutboundRule rule : config.outboundRules()) {
      Pool pool = pools.get(rule.pool());
      if (pool != null && rule.source().network() instanceof Ipv4Address network) {
        compiled.add(
            new Rule(rule.network(), rule.protocol(), network.bits(), mask(rule.source()), pool));
      } else if (pool != null) {
        ofHosts.add(new HostRule(rule.network(), rule.protocol(), rule.source(), pool));
      }
    }
    rules = compiled.toArray(Rule[]::new);
    hostRules = ofHosts.toArray(HostRule[]::new);
    statics = StaticRules.byInside(StaticRules.entries(config));
  }

  private static int mask(Cidr prefix) {
    return prefix.prefixLength() == 0 ? 0 : -1 << (32 - prefix.prefixLength());
  }

  /// The tenant's own inbound rules and 1:1 addresses.
  StaticRules statics() {
    return statics;
  }

  /// The pool of the first outbound rule that fits, or null.
  @Nullable Pool pool(int network, int protocol, int source) {
    for (Rule rule : rules) {
      if (rule.network == network
          && (rule.protocol == TenantNat.ALL_PROTOCOLS || rule.protocol == protocol)
          && (source & rule.mask) == rule.prefix) {
        return rule.pool;
      }
    }
    return null;
  }

  /// The pool of the first outbound rule of IPv6 hosts that fits, or null.
  ///
  /// @param protocol as in IPv4
  @Nullable Pool pool(int network, int protocol, long high, long low) {
    for (HostRule rule : hostRules) {
      if (rule.fits(network, protocol, high, low)) {
        return rule.pool;
      }
    }
    return null;
  }

  /// Whether a rule, as it is or by the pools of a new policy, leads to one of these.
  boolean usesAny(Set<Pool> changed, Map<String, Pool> pools) {
    for (TenantNat.OutboundRule rule : config.outboundRules()) {
      Pool pool = pools.get(rule.pool());
      if (pool == null || changed.contains(pool)) {
        return true;
      }
    }
    return false;
  }

  /// Counts sessions.
  ///
  /// @return as {@link Pool#count}
  int countSession(int change) {
    sessions += change;
    int before = sessionsFilled;
    sessionsFilled = Fill.level(sessions, config.sessions(), before);
    return sessionsFilled == before ? -1 : sessionsFilled;
  }

  /// Counts ports.
  ///
  /// @return as {@link Pool#count}
  int countPort(int change) {
    ports += change;
    int before = portsFilled;
    portsFilled = Fill.level(ports, config.ports(), before);
    return portsFilled == before ? -1 : portsFilled;
  }
}
