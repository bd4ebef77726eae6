// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.IpProtocol;
import hnv.wire.TcpHeader;
import org.jspecify.annotations.Nullable;

/// Makes sessions and takes them apart: finds the public side of a new one, by a static rule or in
/// a pool, and counts it where there are limits. Owned by one Worker.
final class SessionBinder {
  private final NatEngine engine;
  private final SessionTable sessions;
  private final MappingTable mappings;
  private final PermissionTable permissions;
  private final Ipv6HostTable hosts;
  private final SubscriberTable subscribers;
  private final PortAllocator ports;
  private final SessionLife life;
  private final TenantState[] tenants;
  private final NatEvents events;
  private final Quotas quotas;

  SessionBinder(
      NatEngine engine,
      SessionTable sessions,
      MappingTable mappings,
      PermissionTable permissions,
      Ipv6HostTable hosts,
      SubscriberTable subscribers,
      PortAllocator ports,
      SessionLife life,
      TenantState[] tenants,
      NatEvents events) {
    this.engine = engine;
    this.sessions = sessions;
    this.mappings = mappings;
    this.permissions = permissions;
    this.hosts = hosts;
    this.subscribers = subscribers;
    this.ports = ports;
    this.life = life;
    this.tenants = tenants;
    this.events = events;
    quotas = new Quotas(sessions, tenants, events);
  }

  // ---- beginning ----

  /// A new session, begun by an IPv4 address of the inside, or the code of a {@link NatVerdict}.
  int begin(
      int tenant,
      int network,
      int protocol,
      int source,
      int sourcePort,
      int destination,
      int destinationPort,
      int tcpFlags,
      long nowNs) {
    TenantState state = tenants[tenant];
    int index = state.statics().findInside(network, protocol, source, sourcePort);
    Pool pool = index == StaticRules.NONE ? state.pool(network, protocol, source) : null;
    StaticRules.Entry rule = index == StaticRules.NONE ? null : state.statics().entry(index);
    return begin(
        Realm.ofIpv4(tenant),
        rule,
        pool,
        network,
        protocol,
        source,
        sourcePort,
        destination,
        destinationPort,
        tcpFlags,
        nowNs);
  }

  /// A new session, begun by an IPv6 host of the inside, or the code of a {@link NatVerdict}.
  int beginOfHost(
      int tenant,
      int network,
      int protocol,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      int destination,
      int destinationPort,
      int tcpFlags,
      long nowNs) {
    Pool pool = tenants[tenant].pool(network, protocol, sourceHigh, sourceLow);
    if (pool == null) {
      return NatVerdict.NO_RULE.code();
    }
    int host = hosts.hold(sourceHigh, sourceLow);
    if (host == 0) {
      return NatVerdict.TABLE_FULL.code();
    }
    int session =
        begin(
            Realm.ofIpv6(tenant),
            null,
            pool,
            network,
            protocol,
            host,
            sourcePort,
            destination,
            destinationPort,
            tcpFlags,
            nowNs);
    // The session, if there is one, has its own hold.
    hosts.release(host);
    return session;
  }

  private int begin(
      int realm,
      StaticRules.@Nullable Entry rule,
      @Nullable Pool pool,
      int network,
      int protocol,
      int source,
      int sourcePort,
      int destination,
      int destinationPort,
      int tcpFlags,
      long nowNs) {
    if (rule == null && pool == null) {
      return NatVerdict.NO_RULE.code();
    }
    if (protocol == IpProtocol.AH) {
      return NatVerdict.NOT_TRANSLATABLE.code();
    }
    // A reset that matches a mapping is translated (RFC 7857 §2.2); it makes none.
    if (pool != null && isReset(tcpFlags) && !hasMapping(realm, pool, source, sourcePort)) {
      return NatVerdict.RESET_OF_NOTHING.code();
    }
    TenantState state = tenants[Realm.tenant(realm)];
    int full = quotas.full(state);
    if (full < 0) {
      return full;
    }
    int s = sessions.take();
    sessions.describe(
        s, realm, network, protocol, source, sourcePort, destination, destinationPort);
    int verdict = 0;
    if (pool != null) {
      verdict = translate(s, state, pool, nowNs);
    } else if (rule != null) {
      verdict = assign(s, rule);
    }
    if (verdict < 0) {
      sessions.free(s);
      return verdict;
    }
    sessions.flags[s] = SessionTable.HELD;
    attach(s, true, tcpFlags, nowNs);
    return s;
  }

  /// Gives a session the public side that a static rule says for its tenant-side address.
  private int assign(int s, StaticRules.Entry rule) {
    sessions.kind[s] = rule.isOneToOne() ? SessionTable.ONE_TO_ONE : SessionTable.FORWARDED;
    sessions.publicAddress[s] = rule.publicAddress();
    sessions.publicPort[s] =
        (char) rule.publicPort(sessions.protocol[s] & 0xFF, sessions.insidePort[s]);
    return taken(s) ? NatVerdict.POOL_PORTS.code() : 0;
  }

  /// Gives a session a public side of a pool.
  private int translate(int s, TenantState state, Pool pool, long nowNs) {
    int protocol = sessions.protocol[s] & 0xFF;
    Subscriber subscriber = ports.subscribe(sessions.realm[s], pool, sessions.inside[s]);
    if (subscriber == null) {
      return subscribers.hasRoom() ? NatVerdict.POOL_PORTS.code() : NatVerdict.TABLE_FULL.code();
    }
    int verdict;
    if (Quotas.isFull(subscriber)) {
      verdict = NatVerdict.SUBSCRIBER_SESSIONS.code();
    } else if (!StaticRules.hasPorts(protocol)) {
      verdict = takePortless(s, subscriber);
    } else if (pool.isEndpointIndependent()) {
      verdict = map(s, state, subscriber, nowNs);
    } else {
      verdict = takeOwn(s, state, subscriber, nowNs);
    }
    if (verdict < 0) {
      ports.dropIfIdle(subscriber);
    }
    return verdict;
  }

  private int map(int s, TenantState state, Subscriber subscriber, long nowNs) {
    int protocol = sessions.protocol[s] & 0xFF;
    int mapping = mappings.findInside(subscriber.id, protocol, sessions.insidePort[s]);
    if (mapping == 0) {
      if (state.ports >= state.config().ports()) {
        return NatVerdict.TENANT_PORTS.code();
      }
      if (!mappings.hasRoom()) {
        return NatVerdict.TABLE_FULL.code();
      }
      int port = ports.take(subscriber, protocol, sessions.insidePort[s], 0, 0, nowNs);
      if (port < 0) {
        return port;
      }
      quotas.countPort(sessions.tenant(s), 1, nowNs);
      mapping =
          mappings.add(
              subscriber.id,
              sessions.network[s],
              protocol,
              sessions.insidePort[s],
              subscriber.address.address,
              port);
    }
    join(s, mapping);
    return 0;
  }

  private void join(int s, int mapping) {
    sessions.kind[s] = SessionTable.MAPPED;
    sessions.owner[s] = mapping;
    sessions.publicAddress[s] = mappings.publicAddress[mapping];
    sessions.publicPort[s] = mappings.publicPort[mapping];
  }

  private int takeOwn(int s, TenantState state, Subscriber subscriber, long nowNs) {
    if (state.ports >= state.config().ports()) {
      return NatVerdict.TENANT_PORTS.code();
    }
    int port =
        ports.take(
            subscriber,
            sessions.protocol[s] & 0xFF,
            sessions.insidePort[s],
            sessions.remote[s],
            sessions.remotePort[s],
            nowNs);
    if (port < 0) {
      return port;
    }
    quotas.countPort(sessions.tenant(s), 1, nowNs);
    own(s, subscriber, port);
    return 0;
  }

  private int takePortless(int s, Subscriber subscriber) {
    own(s, subscriber, 0);
    if (taken(s)) {
      return NatVerdict.POOL_PORTS.code();
    }
    subscriber.portless++;
    return 0;
  }

  private void own(int s, Subscriber subscriber, int port) {
    sessions.kind[s] = SessionTable.OWN;
    sessions.owner[s] = subscriber.id;
    sessions.publicAddress[s] = subscriber.address.address;
    sessions.publicPort[s] = (char) port;
  }

  /// Whether another session has this one's public side and remote end.
  private boolean taken(int s) {
    return sessions.findOutside(
            sessions.network[s],
            sessions.protocol[s] & 0xFF,
            sessions.publicAddress[s],
            sessions.publicPort[s],
            sessions.remote[s],
            sessions.remotePort[s])
        != 0;
  }

  /// A new session of a mapping, begun by the outside, if the mapping's filter lets it.
  int answer(int mapping, int remote, int remotePort, int tcpFlags, long nowNs) {
    Subscriber subscriber = subscribers.get(mappings.subscriber[mapping]);
    boolean isAllowed =
        mappings.refreshed[mapping] > 0
            && switch (subscriber.pool.settings().filtering()) {
              case ENDPOINT_INDEPENDENT -> true;
              case ADDRESS_DEPENDENT -> permissions.contains(mapping, remote);
              case ADDRESS_AND_PORT_DEPENDENT -> false;
            };
    if (!isAllowed) {
      return NatVerdict.FILTERED.code();
    }
    int full = quotas.full(tenants[Realm.tenant(subscriber.realm)]);
    if (full < 0) {
      return full;
    }
    if (Quotas.isFull(subscriber)) {
      return NatVerdict.SUBSCRIBER_SESSIONS.code();
    }
    if (isKnown(
        subscriber.realm,
        mappings.network[mapping],
        mappings.protocol[mapping] & 0xFF,
        subscriber.inside,
        mappings.insidePort[mapping],
        remote,
        remotePort)) {
      return NatVerdict.FILTERED.code();
    }
    int s = sessions.take();
    sessions.describe(
        s,
        subscriber.realm,
        mappings.network[mapping],
        mappings.protocol[mapping] & 0xFF,
        subscriber.inside,
        mappings.insidePort[mapping],
        remote,
        remotePort);
    join(s, mapping);
    sessions.flags[s] = SessionTable.HELD | SessionTable.ORIGIN_OUTSIDE;
    attach(s, false, tcpFlags, nowNs);
    return s;
  }

  /// A new session of a static rule, begun by the outside.
  int serve(
      StaticRules.Entry rule,
      int protocol,
      int remote,
      int remotePort,
      int publicPort,
      int tcpFlags,
      long nowNs) {
    int full = quotas.full(tenants[rule.tenant()]);
    if (full < 0) {
      return full;
    }
    int insidePort = rule.insidePort(protocol, publicPort);
    if (isKnown(
        rule.tenant(), rule.network(), protocol, rule.inside(), insidePort, remote, remotePort)) {
      return NatVerdict.FILTERED.code();
    }
    int s = sessions.take();
    sessions.describe(
        s, rule.tenant(), rule.network(), protocol, rule.inside(), insidePort, remote, remotePort);
    sessions.kind[s] = rule.isOneToOne() ? SessionTable.ONE_TO_ONE : SessionTable.FORWARDED;
    sessions.publicAddress[s] = rule.publicAddress();
    sessions.publicPort[s] = (char) publicPort;
    sessions.flags[s] = SessionTable.HELD | SessionTable.ORIGIN_OUTSIDE;
    attach(s, false, tcpFlags, nowNs);
    return s;
  }

  /// Whether the tenant's address speaks to this remote end under another public address already.
  private boolean isKnown(
      int realm,
      int network,
      int protocol,
      int inside,
      int insidePort,
      int remote,
      int remotePort) {
    return sessions.findInside(realm, network, protocol, inside, insidePort, remote, remotePort)
        != 0;
  }

  private boolean hasMapping(int realm, Pool pool, int inside, int insidePort) {
    Subscriber subscriber = subscribers.find(realm, pool, inside);
    return subscriber != null
        && mappings.findInside(subscriber.id, IpProtocol.TCP, insidePort) != 0;
  }

  private static boolean isReset(int tcpFlags) {
    return (tcpFlags & TcpHeader.RST) != 0;
  }

  private void attach(int s, boolean outbound, int tcpFlags, long nowNs) {
    TenantState state = tenants[sessions.tenant(s)];
    if (Realm.isIpv6(sessions.realm[s])) {
      hosts.hold(sessions.inside[s]);
    }
    life.begin(s, outbound, tcpFlags, nowNs);
    sessions.addToIndexes(s);
    sessions.link(s, state.firstSession);
    state.firstSession = s;
    quotas.countSession(sessions.tenant(s), 1, nowNs);
    if (sessions.kind[s] == SessionTable.MAPPED) {
      mappings.sessions[sessions.owner[s]]++;
    }
    Subscriber subscriber = subscriber(s);
    if (subscriber != null) {
      subscriber.sessions++;
    }
    if (outbound && !isReset(tcpFlags)) {
      refresh(s);
    }
    events.sessionBegan(engine, s, nowNs);
  }

  /// The inside has refreshed a session: its mapping stays open, and hears the remote address.
  void refresh(int s) {
    if ((sessions.flags[s] & SessionTable.REFRESHED) != 0) {
      return;
    }
    sessions.flags[s] |= SessionTable.REFRESHED;
    if (sessions.kind[s] == SessionTable.MAPPED) {
      int mapping = sessions.owner[s];
      mappings.refreshed[mapping]++;
      permissions.add(mapping, sessions.remote[s]);
    }
  }

  // ---- ending ----

  /// Takes a session out of everything but its slot: no packet finds it, its port is free if it was
  /// the last that had it.
  void detach(int s, long nowNs) {
    events.sessionEnded(engine, s, nowNs);
    TenantState state = tenants[sessions.tenant(s)];
    sessions.removeFromIndexes(s);
    state.firstSession = sessions.unlink(s, state.firstSession);
    Subscriber subscriber = subscriber(s);
    if (subscriber != null) {
      subscriber.sessions--;
    }
    switch (sessions.kind[s]) {
      case SessionTable.MAPPED -> leave(s, sessions.owner[s], nowNs);
      case SessionTable.OWN -> disown(s, subscribers.get(sessions.owner[s]), nowNs);
      default -> {}
    }
    sessions.flags[s] |= SessionTable.DETACHED;
    quotas.countSession(sessions.tenant(s), -1, nowNs);
  }

  /// Gives a detached session's slot back.
  void free(int s) {
    if (Realm.isIpv6(sessions.realm[s])) {
      hosts.release(sessions.inside[s]);
    }
    sessions.free(s);
  }

  private void leave(int s, int mapping, long nowNs) {
    if ((sessions.flags[s] & SessionTable.REFRESHED) != 0) {
      mappings.refreshed[mapping]--;
      permissions.remove(mapping, sessions.remote[s]);
    }
    if (--mappings.sessions[mapping] == 0) {
      Subscriber subscriber = subscribers.get(mappings.subscriber[mapping]);
      int port = mappings.publicPort[mapping];
      mappings.remove(mapping);
      quotas.countPort(sessions.tenant(s), -1, nowNs);
      ports.giveBack(subscriber, sessions.protocol[s] & 0xFF, port, nowNs);
    }
  }

  private void disown(int s, Subscriber subscriber, long nowNs) {
    int protocol = sessions.protocol[s] & 0xFF;
    if (StaticRules.hasPorts(protocol)) {
      quotas.countPort(sessions.tenant(s), -1, nowNs);
      ports.giveBack(subscriber, protocol, sessions.publicPort[s], nowNs);
    } else {
      subscriber.portless--;
      ports.dropIfIdle(subscriber);
    }
  }

  /// Whose public address a session has; null where a static rule says it.
  @Nullable Subscriber subscriber(int s) {
    return switch (sessions.kind[s]) {
      case SessionTable.MAPPED -> subscribers.get(mappings.subscriber[sessions.owner[s]]);
      case SessionTable.OWN -> subscribers.get(sessions.owner[s]);
      default -> null;
    };
  }

  long octets() {
    return permissions.octets() + hosts.octets();
  }
}
