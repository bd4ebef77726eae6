// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import org.jspecify.annotations.Nullable;

/// The subscribers, found by tenant, pool and tenant-side address. Bounded; objects are made once
/// and used again. Owned by one Worker.
final class SubscriberTable {
  private final @Nullable Subscriber[] all;
  private final int[] free;
  private int freeCount;
  private final Ipv6HostTable hosts;
  private final HandleIndex index;
  private final long seed;

  SubscriberTable(int capacity, Ipv6HostTable hosts, long seed) {
    this.hosts = hosts;
    this.seed = seed;
    all = new Subscriber[capacity + 1];
    free = new int[capacity];
    for (int i = 0; i < capacity; i++) {
      free[i] = capacity - i;
    }
    freeCount = capacity;
    index = new HandleIndex(capacity);
  }

  long octets() {
    return 8L * all.length + 4L * free.length + index.octets();
  }

  int size() {
    return free.length - freeCount;
  }

  boolean hasRoom() {
    return freeCount > 0;
  }

  Subscriber get(int id) {
    Subscriber s = all[id];
    if (s == null) {
      throw new IllegalStateException("a subscriber that never was");
    }
    return s;
  }

  /// The tenant's address in a pool, or null.
  @Nullable Subscriber find(int realm, Pool pool, int inside) {
    int hash = hash(realm, pool.id, inside);
    for (int i = index.home(hash); ; i = index.next(i)) {
      int id = index.handle(i);
      if (id == 0) {
        return null;
      }
      if (index.hash(i) == hash) {
        Subscriber s = get(id);
        if (s.realm == realm && s.inside == inside && s.pool.id == pool.id) {
          return s;
        }
      }
    }
  }

  /// Adds a subscriber; there is room.
  Subscriber add(int realm, int inside, Pool pool, PoolAddress address) {
    int id = free[--freeCount];
    Subscriber s = all[id];
    if (s == null) {
      s = new Subscriber(id, realm, inside, pool, address);
      all[id] = s;
    } else {
      s.begin(realm, inside, pool, address);
    }
    if (Realm.isIpv6(realm)) {
      hosts.hold(inside);
    }
    index.add(hash(realm, pool.id, inside), id);
    return s;
  }

  void remove(Subscriber s) {
    index.remove(hash(s.realm, s.pool.id, s.inside), s.id);
    if (Realm.isIpv6(s.realm)) {
      hosts.release(s.inside);
    }
    free[freeCount++] = s.id;
  }

  private int hash(int realm, int pool, int inside) {
    long h = HandleIndex.mix(seed, (long) realm << 32 | pool);
    return HandleIndex.fold(HandleIndex.mix(h, inside));
  }
}
