// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
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

  private TenantNat config = NOTHING;
  private Rule[] rules = {};
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
    for (TenantNat.OutboundRule rule : config.outboundRules()) {
      Pool pool = pools.get(rule.pool());
      if (pool != null && rule.source().network() instanceof Ipv4Address network) {
        compiled.add(
            new Rule(rule.network(), rule.protocol(), network.bits(), mask(rule.source()), pool));
      }
    }
    rules = compiled.toArray(Rule[]::new);
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
