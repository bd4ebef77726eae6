// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.IpProtocol;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;

/// Network address translation: finds and makes the sessions of packets (RFC 4787, 5382, 5508,
/// 6888, 7857). Owned by one Worker; not thread-safe. It has no clock: `nowNs` is any monotonic
/// time, the same for all calls.
///
/// A *session* is a positive `int`. Who was given a new one owns it: it stays his, whatever the
/// policy becomes, until he calls {@link #end}. He tells when packets of it passed ({@link
/// #observed}, {@link #seen}), asks how long it may be silent ({@link #timeoutNs}), and ends it.
///
/// Addresses are the bit patterns of IPv4, ports 0…65535. For ICMP queries the identifier is the
/// port of the side that asks, and the other side's port is not looked at; protocols without ports
/// have port 0. Nothing is allocated by a packet, whether its session is new or not.
public final class NatEngine {
  /// In place of a time: not seen.
  public static final long NEVER = Long.MIN_VALUE;

  private final NatEvents events;
  private final SessionTable sessions;
  private final MappingTable mappings;
  private final SubscriberTable subscribers;
  private final Ipv6HostTable hosts;
  private final PortAllocator ports;
  private final SessionLife life;
  private final TenantState[] tenants;
  private final PolicyInForce policy;
  private final SessionBinder binder;
  private long latestNs;
  private int expiredUpTo;

  /// With the RFCs' recommended times.
  public NatEngine(NatLimits limits, RandomGenerator random, NatEvents events) {
    this(limits, NatTimeouts.DEFAULT, random, events);
  }

  /// @param random of ports and of hashes' seeds; hard to guess from outside (RFC 6056)
  public NatEngine(
      NatLimits limits, NatTimeouts timeouts, RandomGenerator random, NatEvents events) {
    this.events = events;
    sessions = new SessionTable(limits.sessions(), random.nextLong());
    mappings = new MappingTable(limits.mappings(), random.nextLong());
    hosts = new Ipv6HostTable(limits.subscribers() * 2, random.nextLong());
    subscribers = new SubscriberTable(limits.subscribers(), hosts, random.nextLong());
    life = new SessionLife(sessions, timeouts);
    tenants = new TenantState[limits.tenants()];
    for (int i = 0; i < tenants.length; i++) {
      tenants[i] = new TenantState();
    }
    policy = new PolicyInForce(tenants, hosts);
    ports =
        new PortAllocator(
            subscribers,
            sessions,
            hosts,
            limits.heldPorts(),
            random,
            events,
            timeouts.hold().toNanos(),
            policy.statics());
    binder =
        new SessionBinder(
            this,
            sessions,
            mappings,
            new PermissionTable(limits.sessions(), random.nextLong()),
            hosts,
            subscribers,
            ports,
            life,
            tenants,
            events);
  }

  // ---- policy ----

  /// Puts a policy in force. Sessions that it still allows live on, with their public ports. The
  /// others belong to no packet any more, and their ports are free; their owners are told, and may
  /// {@link #end} them at once or later.
  ///
  /// @param revoked is told each session that the policy does not allow
  /// @throws IllegalArgumentException where a rule names no pool or a tenant is out of range;
  ///     nothing is changed then
  public void apply(NatPolicy next, IntConsumer revoked) {
    List<PoolAddress> withdrawn = policy.change(next);
    ports.setStatics(policy.statics());
    for (int t = 0; t < tenants.length; t++) {
      if (policy.isTouched(t)) {
        review(t, revoked);
      }
    }
    for (PoolAddress address : withdrawn) {
      ports.withdraw(address, latestNs);
    }
  }

  private void review(int tenant, IntConsumer revoked) {
    int s = tenants[tenant].firstSession;
    while (s != 0) {
      int following = sessions.next(s);
      if (!policy.allows(sessions, s, binder.subscriber(s))) {
        binder.detach(s, latestNs);
        revoked.accept(s);
      }
      s = following;
    }
  }

  /// Whether a policy took the session away; its owner has yet to end it.
  public boolean isRevoked(int session) {
    return (sessions.flags[session] & SessionTable.DETACHED) != 0;
  }

  /// Whether the address is one that translation uses in this outside network: of a pool, of an
  /// inbound rule, or 1:1.
  public boolean isPublic(int network, int address) {
    return policy.isPublic(network, address);
  }

  // ---- packets ----

  /// The session of a packet that a tenant sends into an outside network, made if it must be.
  ///
  /// @param tcpFlags of TCP, else 0
  /// @return a session, or the code of a {@link NatVerdict}
  public int outbound(
      int tenant,
      int network,
      int protocol,
      int source,
      int sourcePort,
      int destination,
      int destinationPort,
      int tcpFlags,
      long nowNs) {
    latestNs = nowNs;
    int found =
        findInside(tenant, network, protocol, source, sourcePort, destination, destinationPort);
    if (found != 0) {
      return found;
    }
    int session =
        binder.begin(
            tenant,
            network,
            protocol,
            source,
            StaticRules.localPort(protocol, sourcePort),
            destination,
            StaticRules.remotePort(protocol, destinationPort),
            tcpFlags,
            nowNs);
    return session > 0 ? session : refuse(NatVerdict.of(session), tenant, network);
  }

  /// The session of a packet that comes from an outside network, made if it must and may be.
  ///
  /// @param tcpFlags of TCP, else 0
  /// @return a session, or the code of a {@link NatVerdict}
  public int inbound(
      int network,
      int protocol,
      int remote,
      int remotePort,
      int publicAddress,
      int publicPort,
      int tcpFlags,
      long nowNs) {
    latestNs = nowNs;
    int farPort = StaticRules.remotePort(protocol, remotePort);
    int port = StaticRules.localPort(protocol, publicPort);
    int found = sessions.findOutside(network, protocol, publicAddress, port, remote, farPort);
    if (found != 0) {
      return found;
    }
    int mapping =
        StaticRules.hasPorts(protocol)
            ? mappings.findPublic(network, protocol, publicAddress, port)
            : 0;
    if (mapping != 0) {
      int answered = binder.answer(mapping, remote, farPort, tcpFlags, nowNs);
      int owner = Realm.tenant(subscribers.get(mappings.subscriber[mapping]).realm);
      return answered > 0 ? answered : refuse(NatVerdict.of(answered), owner, network);
    }
    StaticRules statics = policy.statics();
    int index = statics.findPublic(network, protocol, publicAddress, port);
    if (index == StaticRules.NONE || protocol == IpProtocol.AH) {
      return NatVerdict.NO_MAPPING.code();
    }
    StaticRules.Entry rule = statics.entry(index);
    int served = binder.serve(rule, protocol, remote, farPort, port, tcpFlags, nowNs);
    return served > 0 ? served : refuse(NatVerdict.of(served), rule.tenant(), network);
  }

  /// A new session of an IPv6 host, or the code of a {@link NatVerdict}; see {@link Nat64}.
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
    latestNs = nowNs;
    int session =
        binder.beginOfHost(
            tenant,
            network,
            protocol,
            sourceHigh,
            sourceLow,
            StaticRules.localPort(protocol, sourcePort),
            destination,
            StaticRules.remotePort(protocol, destinationPort),
            tcpFlags,
            nowNs);
    return session > 0 ? session : refuse(NatVerdict.of(session), tenant, network);
  }

  Ipv6HostTable hosts() {
    return hosts;
  }

  SessionTable table() {
    return sessions;
  }

  private int refuse(NatVerdict verdict, int tenant, int network) {
    events.refused(verdict, tenant, network, latestNs);
    return verdict.code();
  }

  // ---- look-ups without effect ----

  /// The session of a packet as its tenant would have sent it, or 0. Nothing is made or refreshed:
  /// for the packets that ICMP errors quote (RFC 5508 REQ-6).
  public int findInside(
      int tenant,
      int network,
      int protocol,
      int source,
      int sourcePort,
      int destination,
      int destinationPort) {
    return sessions.findInside(
        Realm.ofIpv4(tenant),
        network,
        protocol,
        source,
        StaticRules.localPort(protocol, sourcePort),
        destination,
        StaticRules.remotePort(protocol, destinationPort));
  }

  /// The session of a packet as the outside network would have sent it, or 0. Nothing is made or
  /// refreshed. Of a packet that left, and that an ICMP error quotes, the source is the public end.
  public int findOutside(
      int network, int protocol, int remote, int remotePort, int publicAddress, int publicPort) {
    return sessions.findOutside(
        network,
        protocol,
        publicAddress,
        StaticRules.localPort(protocol, publicPort),
        remote,
        StaticRules.remotePort(protocol, remotePort));
  }

  // ---- life ----

  /// Takes note of a packet of the session, the first one included. ICMP errors about it are no
  /// packets of it (RFC 4787 REQ-12, RFC 5508 REQ-6).
  ///
  /// @param outbound whether the tenant sent it
  /// @param tcpFlags of TCP, else 0
  public void observed(int session, boolean outbound, int tcpFlags, long nowNs) {
    latestNs = nowNs;
    if (!isRevoked(session) && life.observed(session, outbound, tcpFlags, nowNs)) {
      binder.refresh(session);
    }
  }

  /// Takes note of plain data packets of the session that others carried.
  ///
  /// @param outboundNs when the tenant's last one passed, or {@link #NEVER}
  /// @param inboundNs when the last one to the tenant passed, or {@link #NEVER}
  public void seen(int session, long outboundNs, long inboundNs) {
    if (!isRevoked(session) && life.seen(session, outboundNs, inboundNs)) {
      binder.refresh(session);
    }
  }

  /// When the session should end if nothing more of it is seen.
  public long deadlineNs(int session) {
    return isRevoked(session) ? latestNs : life.deadlineNs(session);
  }

  /// How long the session may be silent after the last packet that was seen of it, in either
  /// direction. Not negative; 0 for a revoked session. Shorter than the protocol's time where the
  /// last packets refreshed nothing, such as inbound UDP.
  public long timeoutNs(int session) {
    long silence = life.deadlineNs(session) - life.lastSeenNs(session);
    return isRevoked(session) ? 0 : Math.max(0, silence);
  }

  /// Ends a session: the handle is free to be another's.
  ///
  /// @throws IllegalStateException where the handle is nobody's
  public void end(int session) {
    if (!sessions.isHeld(session)) {
      throw new IllegalStateException("no session " + session);
    }
    if (!isRevoked(session)) {
      binder.detach(session, latestNs);
    }
    part(session);
    binder.free(session);
  }

  private void part(int session) {
    int peer = sessions.peer[session];
    if (peer != 0) {
      sessions.peer[peer] = 0;
      sessions.peer[session] = 0;
    }
  }

  /// Lets time pass: frees what was held long enough. A bounded amount of work; to be called a few
  /// times a second.
  public void tick(long nowNs) {
    latestNs = nowNs;
    ports.release(nowNs);
  }

  /// For an owner who keeps no times of his own: looks at some sessions, others each time, and
  /// tells those whose time is over or that were revoked, so that he ends them.
  ///
  /// @param looks sessions to look at
  public void expire(long nowNs, int looks, IntConsumer over) {
    tick(nowNs);
    for (int n = 0; n < looks; n++) {
      expiredUpTo = expiredUpTo >= sessions.capacity() ? 1 : expiredUpTo + 1;
      int s = expiredUpTo;
      if (sessions.isHeld(s) && deadlineNs(s) - nowNs <= 0) {
        over.accept(s);
      }
    }
  }

  // ---- hairpin ----

  /// Joins the two sessions of a packet between two tenant-side addresses by a public one: the
  /// sender's, and the receiver's, which {@link #inbound} gave for the sender's public side.
  public void pair(int session, int other) {
    part(session);
    part(other);
    sessions.peer[session] = other;
    sessions.peer[other] = session;
  }

  /// The session that {@link #pair} joined, or 0.
  public int peer(int session) {
    return sessions.peer[session];
  }

  // ---- what a session is ----

  /// Slot of its tenant.
  public int tenant(int session) {
    return sessions.tenant(session);
  }

  /// Its outside network.
  public int network(int session) {
    return sessions.network[session];
  }

  /// IP protocol.
  public int protocol(int session) {
    return sessions.protocol[session] & 0xFF;
  }

  /// The tenant-side address.
  public int insideAddress(int session) {
    return sessions.inside[session];
  }

  /// Whether the tenant-side address is an IPv6 host's (NAT64); {@link Nat64} knows it.
  public boolean isIpv6(int session) {
    return Realm.isIpv6(sessions.realm[session]);
  }

  /// The tenant-side port, or identifier of ICMP queries.
  public int insidePort(int session) {
    return sessions.insidePort[session];
  }

  /// What the outside knows the tenant-side address by.
  public int publicAddress(int session) {
    return sessions.publicAddress[session];
  }

  /// What the outside knows the tenant-side port by.
  public int publicPort(int session) {
    return sessions.publicPort[session];
  }

  /// The other end.
  public int remoteAddress(int session) {
    return sessions.remote[session];
  }

  /// The other end's port; 0 for ICMP.
  public int remotePort(int session) {
    return sessions.remotePort[session];
  }

  /// Whether an inbound rule or a 1:1 address says its public side, not a pool.
  public boolean isStatic(int session) {
    return sessions.kind[session] >= SessionTable.FORWARDED;
  }

  /// Whether the outside began it.
  public boolean isFromOutside(int session) {
    return (sessions.flags[session] & SessionTable.ORIGIN_OUTSIDE) != 0;
  }

  // ---- how full it is ----

  /// Sessions held, revoked ones that are not ended included.
  public int sessions() {
    return sessions.live();
  }

  /// Sessions of a tenant.
  public int sessions(int tenant) {
    return tenants[tenant].sessions;
  }

  /// Public ports of a tenant.
  public int ports(int tenant) {
    return tenants[tenant].ports;
  }

  /// Tenant-side addresses that have a public address.
  public int subscribers() {
    return subscribers.size();
  }

  /// Freed ports and blocks that wait to be used again.
  public int heldPorts() {
    return ports.heldPorts();
  }

  /// Ports and blocks that were used again too early, since too many waited.
  public long heldTooShort() {
    return ports.heldTooShort();
  }

  /// The tenant's session after `session`, or the first if that is 0; 0 where there is none. For
  /// listings, without changes between the calls.
  public int next(int tenant, int session) {
    return session == 0 ? tenants[tenant].firstSession : sessions.next(session);
  }

  /// The held session with the next higher number; 0 where there is none. For listings that go on
  /// where they were: what comes or goes meanwhile does no harm.
  ///
  /// @param session 0 to begin
  public int nextHeld(int session) {
    for (int s = session + 1; s <= sessions.capacity(); s++) {
      if (sessions.isHeld(s)) {
        return s;
      }
    }
    return 0;
  }

  /// How much of each pool is given out, in the order of the policy.
  public List<NatPoolUse> poolUse() {
    return policy.use();
  }

  /// Octets of the tables, which do not grow.
  public long octets() {
    return sessions.octets()
        + mappings.octets()
        + binder.octets()
        + subscribers.octets()
        + ports.octets();
  }
}
