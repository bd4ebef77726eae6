// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Gives public addresses to subscribers, and blocks of ports and ports of these blocks to their
/// mappings, at random (RFC 6056 §3.3.1, RFC 6888 REQ-15). Freed ports and blocks wait first
/// (REQ-8). Owned by one Worker.
final class PortAllocator {
  private static final int RELEASES_AT_ONCE = 256;

  private final SubscriberTable subscribers;
  private final SessionTable sessions;
  private final Ipv6HostTable hosts;
  private final HeldPorts held;
  private final RandomGenerator random;
  private final NatEvents events;
  private final long holdNs;
  private StaticRules statics;
  private long heldTooShort;

  PortAllocator(
      SubscriberTable subscribers,
      SessionTable sessions,
      Ipv6HostTable hosts,
      int heldPorts,
      RandomGenerator random,
      NatEvents events,
      long holdNs,
      StaticRules statics) {
    this.subscribers = subscribers;
    this.sessions = sessions;
    this.hosts = hosts;
    this.random = random;
    this.events = events;
    this.holdNs = holdNs;
    this.statics = statics;
    held = new HeldPorts(heldPorts);
  }

  void setStatics(StaticRules rules) {
    statics = rules;
  }

  long octets() {
    return held.octets();
  }

  /// Ports and blocks that wait.
  int heldPorts() {
    return held.size();
  }

  /// Ports and blocks that had to be freed before their time because too many waited.
  long heldTooShort() {
    return heldTooShort;
  }

  // ---- subscribers ----

  /// The tenant's address in the pool, new if it must be; null where the pool has no public address
  /// with a free block, or there are too many subscribers.
  @Nullable Subscriber subscribe(int realm, Pool pool, int inside) {
    Subscriber s = subscribers.find(realm, pool, inside);
    if (s != null) {
      return s;
    }
    PoolAddress[] all = pool.addresses();
    if (!subscribers.hasRoom() || all.length == 0 || pool.blocksTaken() == pool.blocks()) {
      return null;
    }
    int i = random.nextInt(all.length);
    for (int n = 0; n < all.length; n++) {
      if (all[i].freeBlocks > 0) {
        return subscribers.add(realm, inside, pool, all[i]);
      }
      i = i + 1 == all.length ? 0 : i + 1;
    }
    return null;
  }

  /// Forgets a subscriber that holds nothing.
  void dropIfIdle(Subscriber s) {
    if (s.isIdle()) {
      subscribers.remove(s);
    }
  }

  // ---- ports ----

  /// A public port for a subscriber's port: of nobody else where the pool's mappings are
  /// endpoint-independent; otherwise of nobody else who speaks to that remote end.
  ///
  /// @return the port, or the code of a {@link NatVerdict}
  int take(Subscriber s, int protocol, int insidePort, int remote, int remotePort, long nowNs) {
    Pool pool = s.pool;
    int from = s.blocks() == 0 ? 0 : random.nextInt(s.blocks());
    for (int n = 0; n < s.blocks(); n++) {
      int block = s.block((from + n) % s.blocks());
      int port = find(s, block, protocol, insidePort, remote, remotePort);
      if (port >= 0) {
        return use(s, block, protocol, port);
      }
    }
    if (s.blocks() >= pool.settings().blocksPerSubscriber()) {
      return NatVerdict.SUBSCRIBER_PORTS.code();
    }
    int first = random.nextInt(pool.blocksPerAddress);
    for (int n = 0; n < pool.blocksPerAddress && s.address.freeBlocks > 0; n++) {
      int block = (first + n) % pool.blocksPerAddress;
      if (s.address.owner(block) == 0) {
        int port = findIn(s, block, protocol, insidePort, remote, remotePort);
        if (port >= 0) {
          give(s, block, nowNs);
          return use(s, block, protocol, port);
        }
      }
    }
    return NatVerdict.POOL_PORTS.code();
  }

  private int use(Subscriber s, int block, int protocol, int port) {
    s.address.use(block, 1);
    if (s.pool.isEndpointIndependent()) {
      s.address.take(PoolAddress.portClass(protocol), port);
    }
    return port;
  }

  private int find(
      Subscriber s, int block, int protocol, int insidePort, int remote, int remotePort) {
    boolean exclusive = s.pool.isEndpointIndependent();
    int size = s.pool.lastPort(block) - s.pool.firstPort(block) + 1;
    // A protocol has no more ports of a block than this; a cheap answer for full blocks.
    if (exclusive && s.address.inUse(block) >= size * 3) {
      return -1;
    }
    return findIn(s, block, protocol, insidePort, remote, remotePort);
  }

  private int findIn(
      Subscriber s, int block, int protocol, int insidePort, int remote, int remotePort) {
    Pool pool = s.pool;
    PoolAddress address = s.address;
    boolean isNew = address.owner(block) == 0;
    int firstPort = pool.firstPort(block);
    int size = pool.lastPort(block) - firstPort + 1;
    int offset = random.nextInt(size);
    for (int n = 0; n < size; n++) {
      int port = firstPort + offset;
      offset = offset + 1 == size ? 0 : offset + 1;
      if (!pool.suits(port, insidePort)) {
        continue;
      }
      if (pool.isEndpointIndependent()) {
        if (!isNew && address.isTaken(PoolAddress.portClass(protocol), port)) {
          continue;
        }
      } else if (sessions.findOutside(
              pool.settings().network(), protocol, address.address, port, remote, remotePort)
          != 0) {
        continue;
      }
      if (address.hasStaticPorts
          && statics.findPublic(pool.settings().network(), protocol, address.address, port)
              != StaticRules.NONE) {
        continue;
      }
      return port;
    }
    return -1;
  }

  /// Gives a port back.
  void giveBack(Subscriber s, int protocol, int port, long nowNs) {
    Pool pool = s.pool;
    int portClass = PoolAddress.portClass(protocol);
    if (!s.address.isWithdrawn && holdNs > 0 && pool.holds(portClass)) {
      hold(s.address, port, (byte) portClass, nowNs);
      return;
    }
    if (pool.isEndpointIndependent()) {
      s.address.release(portClass, port);
    }
    leave(s, pool.block(port), nowNs);
  }

  private void leave(Subscriber s, int block, long nowNs) {
    s.address.use(block, -1);
    if (s.address.inUse(block) > 0) {
      return;
    }
    if (s.address.isWithdrawn || holdNs == 0) {
      takeBack(s, block, nowNs);
      return;
    }
    boolean waits = s.address.emptySinceNs(block) != 0;
    s.address.setEmptySince(block, nowNs == 0 ? 1 : nowNs);
    if (!waits) {
      hold(s.address, s.pool.firstPort(block), HeldPorts.BLOCK, nowNs);
    }
  }

  private void hold(PoolAddress address, int port, byte portClass, long nowNs) {
    // Not once: the last port of a block, freed, makes the block wait in its place.
    while (held.isFull()) {
      heldTooShort++;
      releaseOldest(nowNs, true);
    }
    held.add(address, port, portClass, nowNs + holdNs);
  }

  /// Frees what has waited long enough; a bounded number at once.
  void release(long nowNs) {
    for (int n = 0; n < RELEASES_AT_ONCE; n++) {
      if (held.isEmpty() || held.untilNs() - nowNs > 0) {
        return;
      }
      releaseOldest(nowNs, false);
    }
  }

  private void releaseOldest(long nowNs, boolean early) {
    PoolAddress address = held.address();
    int port = held.port();
    byte portClass = held.portClass();
    held.remove();
    if (address.isWithdrawn) {
      return;
    }
    Subscriber s = subscribers.get(address.ownerOfPort(port));
    int block = s.pool.block(port);
    if (portClass != HeldPorts.BLOCK) {
      address.release(portClass, port);
      leave(s, block, nowNs);
      return;
    }
    long emptySinceNs = address.emptySinceNs(block);
    address.setEmptySince(block, 0);
    if (address.inUse(block) > 0) {
      return;
    }
    if (!early && emptySinceNs + holdNs - nowNs > 0) {
      address.setEmptySince(block, emptySinceNs);
      held.add(address, port, HeldPorts.BLOCK, nowNs + holdNs);
    } else {
      takeBack(s, block, nowNs);
    }
  }

  // ---- blocks ----

  private void give(Subscriber s, int block, long nowNs) {
    s.address.give(block, s.id);
    s.add(block);
    count(s.pool, 1, nowNs);
    if (Realm.isIpv6(s.realm)) {
      events.blockTakenOfHost(
          Realm.tenant(s.realm),
          s.pool.settings().network(),
          hosts.high(s.inside),
          hosts.low(s.inside),
          s.address.address,
          s.pool.firstPort(block),
          s.pool.lastPort(block),
          nowNs);
    } else {
      events.blockTaken(
          Realm.tenant(s.realm),
          s.pool.settings().network(),
          s.inside,
          s.address.address,
          s.pool.firstPort(block),
          s.pool.lastPort(block),
          nowNs);
    }
  }

  private void takeBack(Subscriber s, int block, long nowNs) {
    s.address.takeBack(block);
    s.remove(block);
    count(s.pool, -1, nowNs);
    if (Realm.isIpv6(s.realm)) {
      events.blockReturnedOfHost(
          Realm.tenant(s.realm),
          s.pool.settings().network(),
          hosts.high(s.inside),
          hosts.low(s.inside),
          s.address.address,
          s.pool.firstPort(block),
          s.pool.lastPort(block),
          nowNs);
    } else {
      events.blockReturned(
          Realm.tenant(s.realm),
          s.pool.settings().network(),
          s.inside,
          s.address.address,
          s.pool.firstPort(block),
          s.pool.lastPort(block),
          nowNs);
    }
    dropIfIdle(s);
  }

  private void count(Pool pool, int change, long nowNs) {
    int percent = pool.count(change);
    if (percent >= 0) {
      events.filled(NatEvents.Resource.POOL_BLOCKS, pool.position(), percent, nowNs);
    }
  }

  /// Takes back all blocks of an address that has left its pool; no session has it any more.
  void withdraw(PoolAddress address, long nowNs) {
    for (int block = 0; block < address.blocks(); block++) {
      int owner = address.owner(block);
      if (owner != 0) {
        takeBack(subscribers.get(owner), block, nowNs);
      }
    }
  }
}
