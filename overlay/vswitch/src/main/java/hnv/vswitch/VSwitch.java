// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowOffload;
import hnv.dataplane.FlowRecordDescription;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Fragmenter;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.FramePool;
import hnv.dataplane.FrameProcessor;
import hnv.dataplane.PacketTrace;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.dataplane.Segmenter;
import hnv.wire.EthernetHeader;
import hnv.wire.TcpHeader;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The virtual switch. A packet of an established flow costs one look-up in the unified flow table
/// and one pass over its headers; any other is walked through the layers by {@link PacketWalk},
/// whose result is the same record, executed by the same executor. Owned by one Worker; what other
/// threads want they submit as commands to it.
public final class VSwitch implements FrameProcessor {
  /// VXLAN's destination port unless said otherwise (RFC 7348 §8).
  public static final int DEFAULT_VXLAN_PORT = 4_789;

  private static final int TCP_EVENTS = TcpHeader.SYN | TcpHeader.FIN | TcpHeader.RST;
  private static final long AGEING_INTERVAL_NS = 100_000_000L;
  private static final int AGEING_SLICES = 100;

  /// System calls of one turn of ageing, about: at 1 µs each, as long as some batches of packets.
  private static final int AGEING_CALLS = 256;

  /// Connections that one turn of ageing looks at: at 0.1 µs each, as long as a batch of packets,
  /// however large the table is.
  private static final int AGEING_LOOKS = 1_024;

  private final FlowArrays arrays;
  private final FramePool pool;
  private final Counters counters;
  private final FlowRecordExecutor executor;
  private final UnifiedFlowTable flows;
  private final ConnectionTracker tracker;
  private final FlowInstaller installer;
  private final Fragments fragments;
  private final PacketWalk walk;
  private final @Nullable Port[] ports = new Port[Counters.MAX_PORTS];
  private FlowOffload offload = FlowOffload.NONE;
  private boolean offloads;
  private int vxlanPort = DEFAULT_VXLAN_PORT;
  private boolean flowTableUsed = true;
  private @Nullable PacketTrace trace;
  private long nextAgeingNs = Long.MIN_VALUE;
  private int ageingPosition = 1;
  private int ageingLeft;

  /// A switch whose tables are the same in every process: for replay and tests, where nobody
  /// chooses packets to slow it down.
  public VSwitch(FlowArrays arrays, FramePool pool, Counters counters, VSwitchLimits limits) {
    this(arrays, pool, counters, limits, 0);
  }

  /// @param seed of the tables' hashes; a secret where machines are not to be trusted, since who
  ///     knows it can choose packets whose flows all meet in one place
  public VSwitch(
      FlowArrays arrays, FramePool pool, Counters counters, VSwitchLimits limits, long seed) {
    this.arrays = arrays;
    this.pool = pool;
    this.counters = counters;
    int tenants = arrays.tenants().capacity();
    executor = new FlowRecordExecutor(arrays);
    flows = new UnifiedFlowTable(limits.flows(), tenants, limits.tenantFlows(), seed);
    ConnectionTable connections =
        new ConnectionTable(limits.connections(), tenants, limits.tenantConnections(), seed);
    tracker = new ConnectionTracker(arrays, connections, flows);
    installer =
        new FlowInstaller(flows, connections, arrays.nextHops(), arrays.tenants(), this::port);
    fragments = new Fragments(pool, seed, this::drop);
    walk = new PacketWalk(this, arrays, tracker, flows, executor, installer, fragments);
  }

  // ---- set-up, by the Worker's thread ----

  /// UDP port that VXLAN is received on.
  public void setVxlanPort(int port) {
    vxlanPort = port;
  }

  /// Off: every packet is walked. For the proof that both ways emit the same octets.
  public void useFlowTable(boolean used) {
    flowTableUsed = used;
  }

  /// Hands established flows over to another executor from now on; before the first packet.
  public void offloadTo(FlowOffload executorOfFlows) {
    offload = executorOfFlows;
    flows.offloadTo(executorOfFlows);
    offloads = !executorOfFlows.equals(FlowOffload.NONE);
    installer.use(offloads);
  }

  /// Tells these from now on what becomes of the bindings that layers make; before the first
  /// packet.
  public void bindTo(ConnectionBindings bindings) {
    tracker.bindTo(bindings);
  }

  /// Tells every step of every packet from now on; null for silence.
  public void setTrace(@Nullable PacketTrace newTrace) {
    trace = newTrace;
  }

  /// Makes a port known under its number.
  public void attach(Port port) {
    ports[port.number()] = port;
    counters.clear(port.number());
    offload.clearCounters(port.number());
  }

  /// Forgets a port; packets for it are dropped with {@link DropReason#PORT_DOWN}.
  public void detach(Port port) {
    ports[port.number()] = null;
    forget(number -> number == port.number());
    flows.takeBackFrom(port.number(), arrays.nextHops());
  }

  /// Forgets ports, virtual ones too, whose numbers go: connections known at no other port end, and
  /// no flow leads from them or to them, whoever is given the numbers next. Looks at each
  /// connection once.
  public void forget(IntPredicate portNumbers) {
    tracker.forgetPorts(portNumbers);
  }

  /// Ends the connections that `which` names, with their flows and bindings: where a policy takes
  /// back what they live by, or a tenant's slot goes to another. Looks at each connection once.
  ///
  /// @return how many ended
  public int endConnections(Predicate<Connection> which) {
    return tracker.end(which);
  }

  /// Bounds a tenant from now on, beside the share that everybody has: at most `flows` unified
  /// flows, and half as many connections, each of which has one of either direction. What it has
  /// beyond that goes on. Who is at his limit begins nothing, but for what those of his that nobody
  /// answers give way to: {@link hnv.dataplane.DropReason#FLOW_LIMIT}.
  ///
  /// @param flows 1 or more; 0: only the share
  public void limitFlows(int tenant, int flows) {
    flows().limit(tenant, flows == 0 ? Integer.MAX_VALUE : flows);
    connections().limit(tenant, flows == 0 ? Integer.MAX_VALUE : (flows + 1) / 2);
  }

  /// The port with this number, or null where there is none now.
  public @Nullable Port port(int number) {
    return number >= 0 && number < ports.length ? ports[number] : null;
  }

  /// Puts a policy in force. When it returns, no packet passes under the old one; connections of
  /// tenants whose epoch was advanced are revalidated on their next packet.
  public void apply(ForwardingState next) {
    walk.setState(next);
  }

  /// The policy in force.
  public ForwardingState state() {
    return walk.state();
  }

  public FlowArrays arrays() {
    return arrays;
  }

  /// What Java counts.
  public Counters counters() {
    return counters;
  }

  /// What a port counted, whoever forwarded, and what nobody could.
  public Counters.Snapshot counters(int port) {
    Port attached = port(port);
    long lost = attached == null ? 0 : attached.overflowed();
    Counters.Snapshot counted = counters.snapshot(port).plus(offload.counters(port));
    return lost == 0
        ? counted
        : counted.plus(
            new Counters.Snapshot(lost, 0, 0, 0, Map.of(DropReason.QUEUE_OVERFLOW, lost)));
  }

  /// Frames that wait here: later fragments whose first has not come yet.
  public int heldFragments() {
    return fragments.held().size();
  }

  public UnifiedFlowTable flows() {
    return flows;
  }

  public ConnectionTable connections() {
    return tracker.connections();
  }

  // ---- packets ----

  @Override
  public void process(Frame frame, long nowNs) {
    Port port = ports[frame.ingressPort()];
    if (port == null) {
      drop(frame, DropReason.PORT_DOWN, 1);
      return;
    }
    DropReason reason = parse(frame, port.kind());
    if (reason == DropReason.NONE && frame.encapsulation() == Encapsulation.GRE) {
      reason = arrays.endpoints().receive(frame);
      if (reason != DropReason.NONE && frame.tunnelPort() != port.number()) {
        counters.dropped(frame.tunnelPort(), reason, 1);
      }
    }
    if (reason != DropReason.NONE) {
      counters.received(port.number(), 1, frame.length());
      traceParsed(port, frame, reason);
      drop(frame, reason, 1);
      return;
    }
    counters.received(port.number(), frame.packetCount(), frame.length());
    traceParsed(port, frame, reason);
    forward(frame, nowNs);
  }

  private DropReason parse(Frame frame, PortKind kind) {
    return switch (kind) {
      case VIRTUAL_MACHINE -> FrameParser.parsePlain(frame);
      case UNDERLAY -> FrameParser.parseTunnel(frame, vxlanPort);
      case OUTSIDE -> FrameParser.parseOutside(frame, arrays.endpoints());
    };
  }

  /// A frame that a layer took ({@link Verdict#TAKEN}) goes on, as when it came: all layers are
  /// asked again. It has been counted as received.
  public void resume(Frame frame, long nowNs) {
    forward(frame, nowNs);
  }

  /// Ends the way of a frame that a layer took, for a reason.
  public void abandon(Frame frame, DropReason reason) {
    drop(frame, reason);
  }

  /// Sends a frame that was made here, not received.
  public void emit(Frame frame, int port) {
    transmit(frame, port);
  }

  /// Forwards a parsed frame: by its flow's record if there is one in force, else by a walk.
  private void forward(Frame frame, long nowNs) {
    if (flowTableUsed && isOfFlow(frame)) {
      int flow = flows.find(frame, contextOf(frame));
      if (flow != UnifiedFlowTable.NONE && isForwardedByRecord(frame, flow, nowNs)) {
        return;
      }
    }
    walk.begin(frame, trace, false, nowNs);
  }

  /// @return false where the frame is to be walked; it is as it was
  private boolean isForwardedByRecord(Frame frame, int flow, long nowNs) {
    if (!isCurrent(flow)) {
      // Whether the layers allow it now or not: no older copy outlives this.
      flows.takeBack(flow);
      return false;
    }
    if (!isPlainData(frame)) {
      return false;
    }
    String hit = trace == null ? "" : describeHit(frame, flow);
    int exit = executor.apply(frame, flows.records(flow), flows.recordAt(flow), nowNs);
    if (exit == FlowRecordExecutor.MISFIT) {
      return false;
    }
    if (offloads && flows.isWatched(flow)) {
      installer.seen(flow, nowNs);
    }
    leaveByRecord(frame, flow, hit, exit, nowNs);
    return true;
  }

  private void leaveByRecord(Frame frame, int flow, String hit, int exit, long nowNs) {
    DropReason reason = refusal(frame, exit);
    if (trace != null) {
      trace.step("UNIFIED_FLOW", "", "", "hit, flow " + flow);
      trace.step("TRANSPOSITION", "", "", hit);
      if (reason == DropReason.NONE) {
        trace.verdict("forward by the flow's record");
      }
    }
    if (reason == DropReason.NONE) {
      leave(frame, exit, nowNs);
    } else {
      drop(frame, reason);
    }
  }

  /// Why a frame cannot leave as the executor said; {@link DropReason#NONE} where it can.
  ///
  /// @param exit the number of a port, or a verdict of the executor other than MISFIT
  DropReason refusal(Frame frame, int exit) {
    return switch (exit) {
      case FlowRecordExecutor.METERED -> DropReason.METER_EXCEEDED;
      case FlowRecordExecutor.ECN_DROP -> DropReason.ECN_CE_ON_NOT_ECT;
      case FlowRecordExecutor.TOO_LONG_TO_PUSH ->
          frame.isSuperFrame() ? DropReason.NONE : DropReason.MTU_EXCEEDED;
      default -> ports[exit] == null ? DropReason.PORT_DOWN : DropReason.NONE;
    };
  }

  /// Sends a frame to where a record said, in segments if it must be.
  void leave(Frame frame, int exit, long nowNs) {
    if (exit != FlowRecordExecutor.TOO_LONG_TO_PUSH) {
      transmit(frame, exit);
      return;
    }
    cut(frame, segment -> forward(segment, nowNs));
  }

  /// Cuts a super-frame and hands on its segments; those that the pool has no frames for are lost.
  void cut(Frame frame, Segmenter.Sink sink) {
    int ingress = frame.ingressPort();
    int[] left = {frame.packetCount()};
    boolean all =
        Segmenter.segment(
            frame,
            pool,
            segment -> {
              left[0]--;
              sink.accept(segment);
            });
    if (!all) {
      counters.dropped(ingress, DropReason.FRAME_POOL_EXHAUSTED, left[0]);
    }
  }

  /// Cuts a packet that may be fragmented and hands on its fragments, in their order; those that
  /// the pool has no frames for are lost, and the packet with them.
  void cutToFragments(Frame frame, int mtu, Segmenter.Sink sink) {
    int ingress = frame.ingressPort();
    if (!Fragmenter.fragment(frame, mtu, pool, sink)) {
      counters.dropped(ingress, DropReason.FRAME_POOL_EXHAUSTED, 1);
    }
  }

  /// Sends a finished frame by a port.
  void transmit(Frame frame, int exit) {
    Port port = ports[exit];
    if (port == null) {
      drop(frame, DropReason.PORT_DOWN);
      return;
    }
    int packets = frame.packetCount();
    int octets = frame.length();
    int ingress = frame.ingressPort();
    frame.handOver();
    DropReason reason = port.transmit(frame);
    if (reason == DropReason.NONE) {
      counters.sent(exit, packets, octets);
    } else {
      counters.dropped(ingress, reason, packets);
    }
  }

  /// Ends a parsed packet's way, for a reason.
  void drop(Frame frame, DropReason reason) {
    drop(frame, reason, frame.packetCount());
  }

  private void drop(Frame frame, DropReason reason, int packets) {
    counters.dropped(frame.ingressPort(), reason, packets);
    if (trace != null) {
      trace.verdict("drop " + reason + ": " + reason.text());
    }
    frame.release();
  }

  /// Where the packet came from, as its flow key says it.
  int contextOf(Frame frame) {
    return switch (frame.encapsulation()) {
      case NONE -> FlowKey.portContext(frame.ingressPort());
      case VXLAN, NVGRE -> FlowKey.tunnelContext(frame.encapsulation(), frame.tunnelVsid());
      case GRE -> FlowKey.greContext(frame.tunnelPort());
    };
  }

  /// Whether a flow key says all that decides the packet's fate: whole unicast IP packets, no ICMP
  /// errors.
  boolean isOfFlow(Frame frame) {
    int etherType = frame.etherType();
    return (etherType == EthernetHeader.IPV4 || etherType == EthernetHeader.IPV6)
        && !frame.isFragment()
        && !frame.isIcmpError()
        && (frame.encapsulation() == Encapsulation.GRE
            || !EthernetHeader.isMulticast(EthernetHeader.destination(frame.memory(), frame.l2())));
  }

  /// SYN, FIN and RST are walked: the connection must see them.
  private static boolean isPlainData(Frame frame) {
    return (frame.tcpFlags() & TCP_EVENTS) == 0;
  }

  private boolean isCurrent(int flow) {
    return walk.isCurrent(flow);
  }

  // ---- from process to process ----

  /// For leaving connections and flows to another process, or for taking them over from one: before
  /// the first packet, or after the last.
  public Succession succession() {
    return new Succession(arrays, tracker.connections(), flows);
  }

  // ---- background ----

  /// Flows that waited for the frames of this port are handed over to the kernel.
  @Override
  public void drained(Port port, long nowNs) {
    installer.drained(port.number(), nowNs);
  }

  /// Ages connections: all of them are looked at once in {@value #AGEING_SLICES} slices of 100 ms,
  /// each in turns of {@value #AGEING_LOOKS} at most, or in more time where the kernel has to be
  /// asked so often that packets would wait for it.
  @Override
  public int housekeep(long nowNs) {
    installer.housekeep(nowNs);
    fragments.expire(nowNs);
    int capacity = tracker.connections().capacity();
    if (ageingLeft == 0) {
      if (nowNs < nextAgeingNs) {
        return 0;
      }
      nextAgeingNs = nowNs + AGEING_INTERVAL_NS;
      ageingLeft = capacity / AGEING_SLICES + 1;
    }
    long enough = flows.calls() + AGEING_CALLS;
    int ended = 0;
    for (int looks = 0; ageingLeft > 0 && looks < AGEING_LOOKS && flows.calls() < enough; looks++) {
      ended += tracker.age(ageingPosition, nowNs) ? 1 : 0;
      ageingPosition = ageingPosition >= capacity ? 1 : ageingPosition + 1;
      ageingLeft--;
    }
    return ended + ageingLeft;
  }

  // ---- looking ----

  /// What would happen to a parsed or unparsed frame from this port, on the same code with effects
  /// off: no connection, flow, counter or meter changes and nothing is sent. The frame is left as
  /// it would leave, for the caller to look at and release.
  ///
  /// @return the number of the port it would leave by, or a negative number
  public int explain(Frame frame, Port port, PacketTrace to, long nowNs) {
    frame.setIngressPort(port.number());
    DropReason reason = parse(frame, port.kind());
    if (reason != DropReason.NONE) {
      to.verdict("drop " + reason + ": " + reason.text());
      return FlowRecordExecutor.MISFIT;
    }
    return walk.begin(frame, to, true, nowNs);
  }

  private void traceParsed(Port port, Frame frame, DropReason reason) {
    if (trace != null) {
      trace.step(
          "PARSE",
          port.name(),
          "",
          reason == DropReason.NONE ? PacketDescription.of(frame) : reason.text());
    }
  }

  private String describeHit(Frame frame, int flow) {
    return FlowRecordDescription.of(
        flows.records(flow), flows.recordAt(flow), arrays.nextHops(), frame.isIpv6());
  }
}
