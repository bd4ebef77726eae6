// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.nat.NatPool.Filtering;
import hnv.nat.NatPool.Mapping;
import hnv.nat.NatPool.Parity;
import hnv.nat.TenantNat.InboundRule;
import hnv.nat.TenantNat.OneToOne;
import hnv.nat.TenantNat.OutboundRule;
import hnv.wire.Cidr;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.TcpHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// An engine with a clock and a policy that grows by lines: what the tests of this module begin
/// with. Two tenants of the same addresses are the normal case.
final class NatLab {
  static final int UDP = IpProtocol.UDP;
  static final int TCP = IpProtocol.TCP;
  static final int ICMP = IpProtocol.ICMP;

  static final int SYN = TcpHeader.SYN;
  static final int ACK = TcpHeader.ACK;
  static final int FIN = TcpHeader.FIN;
  static final int RST = TcpHeader.RST;

  static final int CONTOSO = 0;
  static final int FABRIKAM = 1;
  static final int INTERNET = 0;

  /// A tenant-side address that both tenants have, and remote ends.
  static final int WEB = address("10.1.1.12");

  static final int APP = address("10.1.1.13");
  static final int R1 = address("198.51.100.1");
  static final int R2 = address("198.51.100.2");
  static final int P = address("203.0.113.5");

  static final long SECOND = 1_000_000_000L;

  final List<NatPool> pools = new ArrayList<>();
  final List<List<OutboundRule>> outbound = List.of(new ArrayList<>(), new ArrayList<>());
  final List<List<InboundRule>> inbound = List.of(new ArrayList<>(), new ArrayList<>());
  final List<List<OneToOne>> oneToOne = List.of(new ArrayList<>(), new ArrayList<>());
  final List<Integer> revoked = new ArrayList<>();
  NatLimits limits = new NatLimits(4_096, 4_096, 256, 1_024, 2);
  NatTimeouts timeouts = NatTimeouts.DEFAULT;
  NatEvents events = NatEvents.NONE;
  int sessionsPerTenant = 4_096;
  int portsPerTenant = 4_096;
  long seed = 1;
  long nowNs = 1_000 * SECOND;
  NatEngine nat;

  @SuppressWarnings("NullAway.Init") // start() makes the engine
  NatLab() {}

  /// Both tenants share one pool of one address.
  static NatLab shared() {
    return new NatLab().pool("shared", P, P).rule(CONTOSO, "shared").rule(FABRIKAM, "shared");
  }

  static int address(String text) {
    return Ipv4Address.parse(text).bits();
  }

  static String text(int address) {
    return new Ipv4Address(address).toString();
  }

  static AddressRange range(int first, int last) {
    return new AddressRange(new Ipv4Address(first), new Ipv4Address(last));
  }

  NatLab pool(String name, int first, int last) {
    return pool(
        new NatPool(
            name,
            INTERNET,
            List.of(range(first, last)),
            NatPool.DEFAULT_FIRST_PORT,
            65_535,
            Mapping.ENDPOINT_INDEPENDENT,
            Filtering.ENDPOINT_INDEPENDENT,
            Parity.IGNORED,
            NatPool.DEFAULT_BLOCK_SIZE,
            NatPool.DEFAULT_BLOCKS_PER_SUBSCRIBER));
  }

  NatLab pool(NatPool pool) {
    pools.removeIf(p -> p.name().equals(pool.name()));
    pools.add(pool);
    return this;
  }

  NatLab filtering(Filtering filtering) {
    NatPool p = pools.removeLast();
    return pool(copy(p, p.mapping(), filtering, p.parity(), p.firstPort(), p.lastPort()));
  }

  NatLab mapping(Mapping mapping) {
    NatPool p = pools.removeLast();
    return pool(copy(p, mapping, p.filtering(), p.parity(), p.firstPort(), p.lastPort()));
  }

  NatLab parity(Parity parity) {
    NatPool p = pools.removeLast();
    return pool(copy(p, p.mapping(), p.filtering(), parity, p.firstPort(), p.lastPort()));
  }

  NatLab ports(int first, int last) {
    NatPool p = pools.removeLast();
    return pool(copy(p, p.mapping(), p.filtering(), p.parity(), first, last));
  }

  private static NatPool copy(
      NatPool p, Mapping mapping, Filtering filtering, Parity parity, int first, int last) {
    return new NatPool(
        p.name(),
        p.network(),
        p.addresses(),
        first,
        last,
        mapping,
        filtering,
        parity,
        p.blockSize(),
        p.blocksPerSubscriber());
  }

  NatLab blocks(int size, int perSubscriber) {
    NatPool p = pools.removeLast();
    return pool(
        new NatPool(
            p.name(),
            p.network(),
            p.addresses(),
            p.firstPort(),
            p.lastPort(),
            p.mapping(),
            p.filtering(),
            p.parity(),
            size,
            perSubscriber));
  }

  NatLab sessionsPerAddress(int most) {
    NatPool p = pools.removeLast();
    return pool(
        new NatPool(
            p.name(),
            p.network(),
            p.addresses(),
            p.firstPort(),
            p.lastPort(),
            p.mapping(),
            p.filtering(),
            p.parity(),
            p.blockSize(),
            p.blocksPerSubscriber(),
            most));
  }

  NatLab rule(int tenant, String pool) {
    return rule(tenant, TenantNat.ALL_PROTOCOLS, "10.0.0.0/8", pool);
  }

  NatLab rule(int tenant, int protocol, String source, String pool) {
    outbound
        .get(tenant)
        .add(new OutboundRule("to " + pool, INTERNET, protocol, Cidr.parse(source), pool));
    return this;
  }

  NatLab forward(int tenant, int protocol, int publicAddress, int first, int last, int to, int at) {
    inbound
        .get(tenant)
        .add(
            new InboundRule(
                "service " + first,
                INTERNET,
                new Ipv4Address(publicAddress),
                protocol,
                first,
                last,
                new Ipv4Address(to),
                at));
    return this;
  }

  NatLab own(int tenant, int publicAddress, int inside) {
    oneToOne
        .get(tenant)
        .add(
            new OneToOne(
                text(inside), INTERNET, new Ipv4Address(publicAddress), new Ipv4Address(inside)));
    return this;
  }

  NatPolicy policy() {
    List<TenantNat> tenants = new ArrayList<>();
    for (int t = 0; t < outbound.size(); t++) {
      tenants.add(
          new TenantNat(
              t,
              outbound.get(t),
              inbound.get(t),
              oneToOne.get(t),
              sessionsPerTenant,
              portsPerTenant));
    }
    return new NatPolicy(pools, tenants);
  }

  NatLab start() {
    nat = new NatEngine(limits, timeouts, new SplittableRandom(seed), events);
    return apply();
  }

  NatLab apply() {
    revoked.clear();
    nat.apply(policy(), revoked::add);
    return this;
  }

  // ---- packets: what is sent, and what comes of it ----

  /// A packet of a tenant; its session, or a verdict.
  int out(int tenant, int protocol, int from, int fromPort, int to, int toPort, int flags) {
    int s = nat.outbound(tenant, INTERNET, protocol, from, fromPort, to, toPort, flags, nowNs);
    if (s > 0) {
      nat.observed(s, true, flags, nowNs);
    }
    return s;
  }

  int udp(int tenant, int from, int fromPort, int to, int toPort) {
    return out(tenant, UDP, from, fromPort, to, toPort, 0);
  }

  int syn(int tenant, int from, int fromPort, int to, int toPort) {
    return out(tenant, TCP, from, fromPort, to, toPort, SYN);
  }

  /// A packet from outside; its session, or a verdict.
  int in(int protocol, int from, int fromPort, int to, int toPort, int flags) {
    int s = nat.inbound(INTERNET, protocol, from, fromPort, to, toPort, flags, nowNs);
    if (s > 0) {
      nat.observed(s, false, flags, nowNs);
    }
    return s;
  }

  /// A packet from outside to the public end of a session.
  int answer(int session, int from, int fromPort, int flags) {
    return in(
        nat.protocol(session),
        from,
        fromPort,
        nat.publicAddress(session),
        nat.publicPort(session),
        flags);
  }

  /// Lets time pass; sessions whose time is over end.
  void pass(long seconds) {
    nowNs += seconds * SECOND;
    nat.expire(nowNs, limits.sessions(), nat::end);
    // Blocks that the ended sessions leave are released by their own time.
    nat.tick(nowNs);
  }

  /// Whether the session's end, as both sides see it, is still the one it was.
  boolean isLive(int session, int tenant, int from, int fromPort, int to, int toPort) {
    return nat.findInside(tenant, INTERNET, nat.protocol(session), from, fromPort, to, toPort)
        == session;
  }
}
