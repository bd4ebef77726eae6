// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import static java.util.Objects.requireNonNull;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.vswitch.Action;
import hnv.vswitch.ForwardingState;
import hnv.vswitch.Layer;
import hnv.vswitch.PacketContext;
import hnv.vswitch.PortRole;
import hnv.vswitch.VPort;
import hnv.vswitch.VSwitch;
import hnv.vswitch.VSwitchLimits;
import hnv.vswitch.Verdict;
import hnv.wire.Ipv4Address;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// A virtual switch with an outside port whose first layer is the responder, and a tenant's port
/// whose packets go to neighbours on it.
final class ResponderLab {
  static final int TENANT_PORT = 1;
  static final long TENANT_MAC = 0x0200_0000_7001L;

  final FramePool pool = new FramePool(32);
  final FlowArrays arrays = FlowArrays.ofDefaultSize();
  final VSwitch vswitch =
      new VSwitch(arrays, pool, new Counters(), new VSwitchLimits(64, 64, 64, 64));
  final NeighborTable table =
      new NeighborTable(
          NeighborLimits.DEFAULT, pool, NeighborOutlet.of(vswitch), NeighborEvents.NONE, 1);
  final MemoryPort outside = new MemoryPort(TableLab.PORT);
  final MemoryPort inside = new MemoryPort(TENANT_PORT);
  int toUs;
  long now = 1_000 * TableLab.SECOND;

  ResponderLab() {
    vswitch.attach(outside);
    vswitch.attach(inside);
    arrays.nextHops().putLocal(2, TableLab.PORT, 1_500);
    arrays.nextHops().putLocal(1, TENANT_PORT, 1_500);
    table.attach(TableLab.NETWORK, TableLab.link(TableLab.OURS), now);
    pass(10 * TableLab.SECOND);
    outside.sent.clear();
    Layer responder = new OutsideResponder(table).layer(TableLab.NETWORK, this::toUs);
    vswitch.apply(
        new ForwardingState(
            List.of(
                new VPort(
                    TableLab.PORT,
                    "internet",
                    PortRole.OUTSIDE,
                    VPort.NO_TENANT,
                    0,
                    2,
                    List.of(responder, exit())),
                new VPort(TENANT_PORT, "tenant", 1, 0, 1, List.of(toOutside()))),
            List.of()));
  }

  private Verdict toUs(PacketContext packet) {
    toUs++;
    return packet.drop(DropReason.ROUTER_NOT_ADDRESSED);
  }

  private static Layer layer(String name, Action out, Action in) {
    return new Layer(name, List.of(), List.of(), out, in, false);
  }

  private static Layer toOutside() {
    Action.Transposition go =
        packet -> {
          packet.deliverTo(TableLab.PORT);
          return Verdict.CONTINUE;
        };
    return layer("TO_OUTSIDE", go, new Action.Allow());
  }

  /// As the port's last layer does it.
  private Layer exit() {
    Action.Transposition toTenant =
        packet -> {
          packet.deliverTo(TENANT_PORT);
          packet.transposition().deliver(1);
          return Verdict.CONTINUE;
        };
    return layer("EXIT", toTenant, (Action.Transposition) this::toNeighbor);
  }

  private Verdict toNeighbor(PacketContext packet) {
    Ipv4Address to = new Ipv4Address((int) packet.destinationLow());
    Neighbor neighbor =
        packet.isDryRun()
            ? table.find(TableLab.NETWORK, to)
            : table.resolve(TableLab.NETWORK, to, 1, packet.nowNs());
    if (neighbor == null || neighbor.state() == NeighborState.UNREACHABLE) {
      return packet.drop(DropReason.NEXT_HOP_UNRESOLVED);
    }
    if (!neighbor.isResolved()) {
      return packet.isDryRun() || table.hold(neighbor, packet.frame())
          ? Verdict.TAKEN
          : packet.drop(DropReason.NEXT_HOP_UNRESOLVED);
    }
    packet.transposition().rewriteMacs(neighbor.mac(), TableLab.OURS.bits());
    packet.transposition().deliver(2);
    return Verdict.CONTINUE;
  }

  void pass(long ns) {
    long until = now + ns;
    while (now < until) {
      now = Math.min(until, now + NeighborTable.TICK_NS);
      table.housekeep(now);
    }
  }

  /// Gives a frame to a port; what the outside port sent for it.
  List<byte[]> receive(int port, byte[] octets) {
    vswitch.process(frame(octets, port), now);
    return take();
  }

  Frame frame(byte[] octets, int port) {
    Frame frame = requireNonNull(pool.acquire());
    MemorySegment.copy(
        octets, 0, frame.memory(), ValueLayout.JAVA_BYTE, FramePool.HEADROOM, octets.length);
    frame.reset(FramePool.HEADROOM, octets.length);
    frame.setIngressPort(port);
    return frame;
  }

  List<byte[]> receive(byte[] octets) {
    return receive(TableLab.PORT, octets);
  }

  List<byte[]> take() {
    List<byte[]> taken = List.copyOf(outside.sent);
    outside.sent.clear();
    return taken;
  }

  long dropped(int port, DropReason reason) {
    return vswitch.counters(port).drops().getOrDefault(reason, 0L);
  }

  /// Keeps what is sent.
  static final class MemoryPort implements Port {
    private final int number;
    final List<byte[]> sent = new ArrayList<>();

    MemoryPort(int number) {
      this.number = number;
    }

    @Override
    public String name() {
      return "port-" + number;
    }

    @Override
    public PortKind kind() {
      return number == TableLab.PORT ? PortKind.OUTSIDE : PortKind.VIRTUAL_MACHINE;
    }

    @Override
    public int number() {
      return number;
    }

    @Override
    public int mtu() {
      return 1_500;
    }

    @Override
    public int receive(FrameBatch batch) {
      return 0;
    }

    @Override
    public DropReason transmit(Frame frame) {
      sent.add(
          frame.memory().asSlice(frame.start(), frame.length()).toArray(ValueLayout.JAVA_BYTE));
      frame.release();
      return DropReason.NONE;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
