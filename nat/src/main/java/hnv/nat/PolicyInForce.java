// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The policy as the packet path asks it: pools with what is given out of them, static rules, and
/// per tenant its rules. A new policy changes of it what differs. Owned by one Worker.
final class PolicyInForce {
  private final TenantState[] tenants;
  private final Ipv6HostTable hosts;
  private final boolean[] touched;
  private NatPolicy policy = NatPolicy.EMPTY;
  private Map<String, Pool> pools = Map.of();
  private StaticRules statics = StaticRules.byPublic(List.of());
  private int poolsMade;

  // Public addresses of pools, as ranges of keys (network << 32 | address), sorted, disjoint.
  private long[] firstPublic = {};
  private long[] lastPublic = {};

  PolicyInForce(TenantState[] tenants, Ipv6HostTable hosts) {
    this.tenants = tenants;
    this.hosts = hosts;
    touched = new boolean[tenants.length];
  }

  /// How much of each pool is given out, in the order of the policy.
  List<NatPoolUse> use() {
    List<NatPoolUse> use = new ArrayList<>();
    for (NatPool settings : policy.pools()) {
      Pool pool = pools.get(settings.name());
      if (pool != null) {
        use.add(new NatPoolUse(settings, pool.blocks(), pool.blocksTaken()));
      }
    }
    return use;
  }

  /// Of all tenants.
  StaticRules statics() {
    return statics;
  }

  /// Whether sessions of the tenant may have to end for the last change.
  boolean isTouched(int tenant) {
    return touched[tenant];
  }

  /// Changes to `next`.
  ///
  /// @return addresses that left their pools
  /// @throws IllegalArgumentException where `next` is not a policy; nothing is changed then
  List<PoolAddress> change(NatPolicy next) {
    check(next);
    List<StaticRules.Entry> entries = entries(next);
    Set<Long> changedStatics = difference(entries(policy), entries);
    statics = StaticRules.byPublic(entries);
    Set<Pool> changed = new HashSet<>();
    List<PoolAddress> withdrawn = new ArrayList<>();
    if (!changedStatics.isEmpty() || !next.pools().equals(policy.pools())) {
      changePools(next, changedStatics, changed, withdrawn);
    }
    for (PoolAddress a : withdrawn) {
      a.isWithdrawn = true;
    }
    configureTenants(next, changed);
    collectPublicAddresses(next);
    policy = next;
    return withdrawn;
  }

  /// @param changed gets the pools whose sessions may have to end
  /// @param withdrawn gets the addresses that left their pools
  private void changePools(
      NatPolicy next, Set<Long> changedStatics, Set<Pool> changed, List<PoolAddress> withdrawn) {
    Map<Integer, ReservedPorts> reserved = reserved(next);
    Map<String, Pool> newPools = new HashMap<>();
    for (int i = 0; i < next.pools().size(); i++) {
      NatPool settings = next.pools().get(i);
      Pool old = pools.get(settings.name());
      boolean goesOn = old != null && old.goesOnAs(settings);
      Pool pool = old != null && goesOn ? old : new Pool(settings, poolsMade++);
      boolean isSame = goesOn && pool.settings().equals(settings) && !hasAny(pool, changedStatics);
      List<PoolAddress> left =
          pool.adopt(
              settings, i, reserved.computeIfAbsent(settings.network(), n -> new ReservedPorts()));
      for (PoolAddress a : pool.addresses()) {
        a.hasStaticPorts = statics.hasAddress(settings.network(), a.address);
      }
      if (!isSame || !left.isEmpty()) {
        changed.add(pool);
      }
      withdrawn.addAll(left);
      newPools.put(settings.name(), pool);
    }
    for (Pool pool : pools.values()) {
      if (newPools.get(pool.settings().name()) != pool) {
        withdrawn.addAll(pool.abandon());
      }
    }
    pools = newPools;
  }

  private void check(NatPolicy next) {
    Set<String> names = new HashSet<>();
    for (NatPool pool : next.pools()) {
      if (!names.add(pool.name())) {
        throw new IllegalArgumentException("two pools are named " + pool.name());
      }
    }
    boolean[] known = new boolean[tenants.length];
    for (TenantNat tenant : next.tenants()) {
      int slot = tenant.tenant();
      if (slot < 0 || slot >= tenants.length) {
        throw new IllegalArgumentException(
            "tenant slot %d: there are %d".formatted(slot, tenants.length));
      }
      if (known[slot]) {
        throw new IllegalArgumentException("tenant slot %d is given twice".formatted(slot));
      }
      known[slot] = true;
      for (TenantNat.OutboundRule rule : tenant.outboundRules()) {
        if (!names.contains(rule.pool())) {
          throw new IllegalArgumentException(
              "outbound rule %s: no pool %s".formatted(rule.name(), rule.pool()));
        }
      }
    }
  }

  private void configureTenants(NatPolicy next, Set<Pool> changed) {
    TenantNat[] bySlot = new TenantNat[tenants.length];
    for (TenantNat tenant : next.tenants()) {
      bySlot[tenant.tenant()] = tenant;
    }
    for (int t = 0; t < tenants.length; t++) {
      TenantNat config = bySlot[t] == null ? TenantState.NOTHING : bySlot[t];
      touched[t] = !tenants[t].config().equals(config) || tenants[t].usesAny(changed, pools);
      if (touched[t]) {
        tenants[t].configure(config, pools);
      }
    }
  }

  private static List<StaticRules.Entry> entries(NatPolicy of) {
    List<StaticRules.Entry> entries = new ArrayList<>();
    for (TenantNat tenant : of.tenants()) {
      entries.addAll(StaticRules.entries(tenant));
    }
    return entries;
  }

  /// Public addresses, as keys, of the entries that only one of both lists has.
  private static Set<Long> difference(List<StaticRules.Entry> a, List<StaticRules.Entry> b) {
    Set<StaticRules.Entry> both = new HashSet<>(a);
    both.retainAll(new HashSet<>(b));
    Set<Long> keys = new HashSet<>();
    for (List<StaticRules.Entry> list : List.of(a, b)) {
      for (StaticRules.Entry e : list) {
        if (!both.contains(e)) {
          keys.add(e.publicKey());
        }
      }
    }
    return keys;
  }

  private static Map<Integer, ReservedPorts> reserved(NatPolicy of) {
    Map<Integer, ReservedPorts> reserved = new HashMap<>();
    for (TenantNat tenant : of.tenants()) {
      for (TenantNat.OneToOne rule : tenant.oneToOne()) {
        reserved
            .computeIfAbsent(rule.network(), n -> new ReservedPorts())
            .reserve(rule.publicAddress().bits());
      }
    }
    return reserved;
  }

  private static boolean hasAny(Pool pool, Set<Long> keys) {
    for (long key : keys) {
      if ((int) (key >>> 32) == pool.settings().network() && pool.contains((int) key)) {
        return true;
      }
    }
    return false;
  }

  private void collectPublicAddresses(NatPolicy next) {
    List<long[]> ranges = new ArrayList<>();
    for (NatPool pool : next.pools()) {
      for (AddressRange range : pool.addresses()) {
        ranges.add(
            new long[] {
              StaticRules.key(pool.network(), range.first().bits()),
              StaticRules.key(pool.network(), range.last().bits())
            });
      }
    }
    ranges.sort((a, b) -> Long.compare(a[0], b[0]));
    firstPublic = new long[ranges.size()];
    lastPublic = new long[ranges.size()];
    int n = 0;
    for (long[] range : ranges) {
      if (n > 0 && range[0] <= lastPublic[n - 1]) {
        lastPublic[n - 1] = Math.max(lastPublic[n - 1], range[1]);
      } else {
        firstPublic[n] = range[0];
        lastPublic[n++] = range[1];
      }
    }
    firstPublic = Arrays.copyOf(firstPublic, n);
    lastPublic = Arrays.copyOf(lastPublic, n);
  }

  /// Whether a pool, an inbound rule or a 1:1 address has this public address.
  boolean isPublic(int network, int address) {
    long key = StaticRules.key(network, address);
    int i = Arrays.binarySearch(firstPublic, key);
    int range = i >= 0 ? i : -2 - i;
    return (range >= 0 && key <= lastPublic[range]) || statics.hasAddress(network, address);
  }

  /// Whether the policy still allows a session.
  ///
  /// @param subscriber of the session; null where a static rule says its public side
  boolean allows(SessionTable sessions, int s, @Nullable Subscriber subscriber) {
    int protocol = sessions.protocol[s] & 0xFF;
    int network = sessions.network[s];
    int publicPort = sessions.publicPort[s];
    int index = statics.findPublic(network, protocol, sessions.publicAddress[s], publicPort);
    if (subscriber == null) {
      if (index == StaticRules.NONE) {
        return false;
      }
      StaticRules.Entry rule = statics.entry(index);
      return rule.tenant() == sessions.tenant(s)
          && rule.inside() == sessions.inside[s]
          && rule.insidePort(protocol, publicPort) == sessions.insidePort[s];
    }
    TenantState state = tenants[sessions.tenant(s)];
    int inside = sessions.inside[s];
    Pool pool =
        Realm.isIpv6(sessions.realm[s])
            ? state.pool(network, protocol, hosts.high(inside), hosts.low(inside))
            : state.pool(network, protocol, inside);
    return index == StaticRules.NONE && pool == subscriber.pool && !subscriber.address.isWithdrawn;
  }
}
