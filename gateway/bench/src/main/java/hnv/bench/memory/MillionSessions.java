// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.nat.AddressRange;
import hnv.nat.NatEngine;
import hnv.nat.NatEvents;
import hnv.nat.NatLimits;
import hnv.nat.NatPolicy;
import hnv.nat.NatPool;
import hnv.nat.PortRandom;
import hnv.nat.TenantNat;
import hnv.wire.Cidr;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import java.util.List;

/// A translation by itself, with room for a million sessions of a tenant's machines. Time is made
/// up. Owned by one thread.
final class MillionSessions {
  /// Sessions at most.
  static final int MOST = 1_000_000;

  private static final int OF_A_MACHINE = 4_000;
  private static final int BLOCK = 4_096;
  private static final int FIRST_PORT = 10_000;
  private static final int TENANT = 1;
  private static final int SERVER = Ipv4Address.parse("192.0.2.1").bits();
  private static final int SERVICE = 443;
  private static final int MACHINES = Ipv4Address.parse("10.8.0.1").bits();
  private static final long REST_NS = 1_000_000_000_000L;

  private final NatEngine engine =
      new NatEngine(NatLimits.ofSessions(1 << 20, 4), PortRandom.create(), NatEvents.NONE);

  private long nowNs = REST_NS;

  MillionSessions() {
    NatPool pool =
        new NatPool(
            "pool",
            0,
            List.of(
                new AddressRange(
                    Ipv4Address.parse("198.51.100.0"), Ipv4Address.parse("198.51.100.63"))),
            NatPool.DEFAULT_FIRST_PORT,
            65_535,
            NatPool.Mapping.ENDPOINT_INDEPENDENT,
            NatPool.Filtering.ENDPOINT_INDEPENDENT,
            NatPool.Parity.IGNORED,
            BLOCK,
            1);
    TenantNat.OutboundRule all =
        new TenantNat.OutboundRule(
            "all", 0, TenantNat.ALL_PROTOCOLS, Cidr.parse("0.0.0.0/0"), "pool");
    TenantNat tenant =
        new TenantNat(TENANT, List.of(all), List.of(), List.of(), 2 * MOST, 2 * MOST);
    engine.apply(
        new NatPolicy(List.of(pool), List.of(tenant)),
        session -> {
          throw new IllegalStateException("a session before the first");
        });
  }

  /// The session of a packet of a flow, which begins it where there is none.
  ///
  /// @param flow 0 to {@link #MOST} − 1
  int outbound(int flow) {
    return engine.outbound(
        TENANT,
        0,
        IpProtocol.UDP,
        MACHINES + flow / OF_A_MACHINE,
        FIRST_PORT + flow % OF_A_MACHINE,
        SERVER,
        SERVICE,
        0,
        nowNs);
  }

  /// Ends the session of a flow.
  void end(int flow) {
    engine.end(outbound(flow));
  }

  int sessions() {
    return engine.sessions();
  }

  /// Memory of the tables, in octets.
  long octets() {
    return engine.octets();
  }

  /// Whether the answer to a session's packet finds the session.
  boolean isAnswered(int session) {
    return engine.inbound(
            0,
            IpProtocol.UDP,
            SERVER,
            SERVICE,
            engine.publicAddress(session),
            engine.publicPort(session),
            0,
            nowNs)
        == session;
  }

  /// Lets so much time pass that ports of sessions that ended are free, and then their blocks.
  void rest() {
    while (engine.heldPorts() > 0) {
      nowNs += REST_NS;
      engine.tick(nowNs);
    }
  }
}
