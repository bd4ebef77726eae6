// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.FlowRecord;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.Port;
import hnv.dataplane.TenantTable;
import hnv.wire.TcpHeader;
import org.jspecify.annotations.Nullable;

/// Decides which flows the kernel gets, and when, so that a scan or a flood costs no entry there
/// and the packets of a flow keep their order.
///
/// TCP: both directions at the SYN-ACK, before it is sent, when no data is on its way yet. All
/// else, and TCP of which the beginning was not seen (a machine has moved here): both directions at
/// the first reply, or one at the {@value #STREAM_PACKETS}th packet that nobody answers. Those wait
/// in {@link PendingFlows} until the port that they enter by has been read empty, or for 10 ms, so
/// that few frames or none are overtaken. Owned by the VSwitch and its Worker.
final class FlowInstaller {
  /// Packets that make a stream of what nobody answers.
  static final int STREAM_PACKETS = 8;

  /// As long does a flow wait at most.
  static final long PATIENCE_NS = 10_000_000L;

  /// So long after a refusal it is tried once more, though no flow has been taken back.
  static final long RETRY_NS = 1_000_000_000L;

  private static final int SYN_ACK = TcpHeader.SYN | TcpHeader.ACK;

  /// Where ports are found.
  interface Ports {
    @Nullable Port port(int number);
  }

  private final UnifiedFlowTable flows;
  private final ConnectionTable connections;
  private final NextHopTable nextHops;
  private final TenantTable tenants;
  private final Ports ports;
  private boolean on;

  // By family: when it was last refused, and how many flows had been taken back by then.
  private final boolean[] full = new boolean[2];
  private final long[] refusedNs = new long[2];
  private final long[] takenBackBefore = new long[2];

  FlowInstaller(
      UnifiedFlowTable flows,
      ConnectionTable connections,
      NextHopTable nextHops,
      TenantTable tenants,
      Ports ports) {
    this.flows = flows;
    this.connections = connections;
    this.nextHops = nextHops;
    this.tenants = tenants;
    this.ports = ports;
  }

  /// Whether there is an executor to hand flows over to.
  void use(boolean used) {
    on = used;
  }

  /// Whether a flow of the connection is one that goes on, as far as can be told.
  static boolean isStream(Connection c, long packets) {
    return c.isReplied() || (packets >= STREAM_PACKETS && !c.beganWithSyn());
  }

  /// A packet of the connection has been walked and is about to leave.
  void walked(Connection c, boolean forward, int tcpFlags, long nowNs) {
    if (!on || c.isClosing()) {
      return;
    }
    if (!forward
        && (tcpFlags & SYN_ACK) == SYN_ACK
        && isReady(c.flow(true))
        && isReady(c.flow(false))) {
      prepare(c.flow(true), nowNs);
      prepare(c.flow(false), nowNs);
      handOver(nowNs);
      return;
    }
    consider(c, true, nowNs);
    consider(c, false, nowNs);
  }

  /// Packets of the connection leave in fragments, in this direction: no more by the kernel.
  void fragmented(Connection c, boolean forward) {
    int flow = c.flow(forward);
    if (on && flow != Connection.NO_FLOW) {
      flows.takeBack(flow);
      flows.stay(flow, OffloadState.FRAGMENTS);
    }
  }

  /// Java has forwarded a frame by the record of a watched flow.
  void seen(int flow, long nowNs) {
    switch (flows.state(flow)) {
      case IN_KERNEL -> flows.countOvertaken();
      case OPENING, NO_ROOM -> {
        Connection c =
            connections.get(FlowRecord.connection(flows.records(flow), flows.recordAt(flow)));
        if (c != null && c.isLive() && !c.isClosing()) {
          consider(c, c.flow(true) == flow, nowNs);
        }
      }
      case OFF, PORT, FRAGMENTS, NUMBERED, QUEUED -> {
        // Nothing follows from one packet more.
      }
    }
  }

  private void consider(Connection c, boolean forward, long nowNs) {
    int flow = c.flow(forward);
    if (flow == Connection.NO_FLOW
        || flows.isInKernel(flow)
        || flows.state(flow) == OffloadState.FRAGMENTS) {
      return;
    }
    OffloadState obstacle = obstacle(flow);
    if (obstacle != OffloadState.IN_KERNEL) {
      flows.stay(flow, obstacle);
      return;
    }
    if (flows.state(flow) == OffloadState.QUEUED) {
      return;
    }
    if (!isStream(c, FlowRecord.packets(flows.records(flow), flows.recordAt(flow)))) {
      flows.stay(flow, OffloadState.OPENING);
    } else if (!mayHaveRoom(flow, nowNs)) {
      flows.stay(flow, OffloadState.NO_ROOM);
    } else {
      boolean waits = flows.pending().add(flow, flows.ingress(flow), nowNs);
      flows.stay(flow, waits ? OffloadState.QUEUED : OffloadState.OPENING);
    }
  }

  /// Why the kernel cannot have the flow at all; {@link OffloadState#IN_KERNEL} where it can.
  private OffloadState obstacle(int flow) {
    if (!executes(flows.ingress(flow)) || !executes(flows.exit(flow, nextHops))) {
      return OffloadState.PORT;
    }
    int nextHop = FlowRecord.nextHop(flows.records(flow), flows.recordAt(flow));
    return nextHops.isNumbered(nextHop) ? OffloadState.NUMBERED : OffloadState.IN_KERNEL;
  }

  private boolean executes(int number) {
    Port port = ports.port(number);
    return port != null && port.executesRecords();
  }

  private boolean isReady(int flow) {
    return flow != Connection.NO_FLOW
        && isCurrent(flow)
        && flows.state(flow) != OffloadState.FRAGMENTS
        && obstacle(flow) == OffloadState.IN_KERNEL;
  }

  private boolean isCurrent(int flow) {
    int tenant = FlowRecord.tenant(flows.records(flow), flows.recordAt(flow));
    return FlowRecord.epoch(flows.records(flow), flows.recordAt(flow)) == tenants.epoch(tenant);
  }

  // ---- handing over ----

  /// All frames that had come in by this port have been processed.
  void drained(int port, long nowNs) {
    PendingFlows pending = flows.pending();
    if (pending.size(port) == 0) {
      return;
    }
    for (int i = pending.size() - 1; i >= 0; i--) {
      if (pending.port(i) == port) {
        release(i, nowNs);
      }
    }
    handOver(nowNs);
  }

  /// Flows that have waited long enough wait no longer, though their port has not been read empty.
  void housekeep(long nowNs) {
    PendingFlows pending = flows.pending();
    for (int i = pending.size() - 1; i >= 0; i--) {
      if (nowNs - pending.since(i) >= PATIENCE_NS) {
        release(i, nowNs);
      }
    }
    handOver(nowNs);
  }

  private void release(int i, long nowNs) {
    int flow = flows.release(i);
    Connection c =
        connections.get(FlowRecord.connection(flows.records(flow), flows.recordAt(flow)));
    if (c == null || c.isClosing() || !isReady(flow)) {
      // Its next packet decides anew.
      return;
    }
    Port exit = ports.port(flows.exit(flow, nextHops));
    if (exit != null) {
      // What Java has sent by it must not lie here while the kernel sends.
      exit.flush();
    }
    prepare(flow, nowNs);
  }

  private void prepare(int flow, long nowNs) {
    if (flows.isInKernel(flow)) {
      return;
    }
    if (!mayHaveRoom(flow, nowNs)) {
      flows.stay(flow, OffloadState.NO_ROOM);
    } else if (!flows.prepare(flow)) {
      handOver((flow & 1) != 0, nowNs);
      prepare(flow, nowNs);
    }
  }

  private void handOver(long nowNs) {
    handOver(false, nowNs);
    handOver(true, nowNs);
  }

  private void handOver(boolean ofIpv6, long nowNs) {
    int count = flows.prepared(ofIpv6);
    if (count == 0) {
      return;
    }
    int family = ofIpv6 ? 1 : 0;
    full[family] = flows.handOver(ofIpv6) < count;
    refusedNs[family] = nowNs;
    takenBackBefore[family] = flows.takenBack(ofIpv6);
  }

  /// Whether it is worth asking: a refusal costs a system call.
  private boolean mayHaveRoom(int flow, long nowNs) {
    int family = flow & 1;
    return flows.isWithinShare(flow)
        && (!full[family]
            || flows.takenBack(family != 0) != takenBackBefore[family]
            || nowNs - refusedNs[family] >= RETRY_NS);
  }
}
