// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import static java.util.Objects.requireNonNull;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A table of neighbours alone, with a clock and ears of the test's.
final class TableLab implements NeighborOutlet, NeighborEvents {
  static final int NETWORK = 3;
  static final int PORT = 7;
  static final MacAddress OURS = MacAddress.parse("02:00:00:00:aa:01");
  static final IpAddress ROUTER = IpAddress.parse("192.0.2.254");
  static final IpAddress ROUTER6 = IpAddress.parse("2001:db8::fe");
  static final long MAC_1 = 0x0200_0000_0001L;
  static final long MAC_2 = 0x0200_0000_0002L;
  static final long SECOND = 1_000_000_000L;

  final FramePool pool = new FramePool(64);
  final List<byte[]> sent = new ArrayList<>();
  final List<Frame> resumed = new ArrayList<>();
  int abandoned;
  boolean up = true;
  final List<String> said = new ArrayList<>();
  final NeighborTable table;
  long now = 1_000 * SECOND;

  TableLab() {
    this(NeighborLimits.DEFAULT);
  }

  TableLab(NeighborLimits limits) {
    table = new NeighborTable(limits, pool, this, this, 1);
    table.attach(NETWORK, link(OURS), now);
    // What is announced is another test's.
    pass(10 * SECOND);
    sent.clear();
  }

  static OutsideLink link(MacAddress mac) {
    return new OutsideLink(
        PORT,
        mac,
        List.of(
            new InterfaceAddress(IpAddress.parse("192.0.2.1"), 24),
            new InterfaceAddress(IpAddress.parse("2001:db8::1"), 64)),
        AddressRanges.of(
            List.of(
                new AddressRanges.Range(
                    IpAddress.parse("192.0.2.100"), IpAddress.parse("192.0.2.102")),
                AddressRanges.Range.of(IpAddress.parse("198.51.100.7")),
                AddressRanges.Range.of(IpAddress.parse("2001:db8::100")))));
  }

  NeighborNetwork network() {
    return requireNonNull(table.network(NETWORK));
  }

  Neighbor resolve(IpAddress address) {
    return requireNonNull(table.resolve(NETWORK, address, 5, now));
  }

  Neighbor resolved(IpAddress address, long mac) {
    Neighbor neighbor = resolve(address);
    table.claims().advertised(network(), address, mac, true, true, now);
    table.housekeep(now);
    sent.clear();
    said.clear();
    return neighbor;
  }

  Frame frame() {
    Frame frame = requireNonNull(pool.acquire());
    frame.reset(FramePool.HEADROOM, 60);
    return frame;
  }

  void keep(IpAddress... addresses) {
    table.keep(NETWORK, Set.of(addresses), now);
  }

  /// Lets time go on in steps of what is looked at.
  void pass(long ns) {
    long until = now + ns;
    while (now < until) {
      now = Math.min(until, now + NeighborTable.TICK_NS);
      table.housekeep(now);
    }
  }

  List<byte[]> take() {
    List<byte[]> taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }

  @Override
  public boolean isUp(int port) {
    return up;
  }

  @Override
  public void emit(Frame frame, int port) {
    if (port != PORT || frame.ingressPort() != PORT) {
      throw new AssertionError("by port " + port);
    }
    sent.add(frame.memory().asSlice(frame.start(), frame.length()).toArray(ValueLayout.JAVA_BYTE));
    frame.release();
  }

  @Override
  public void resume(Frame frame, long nowNs) {
    resumed.add(frame);
  }

  @Override
  public void abandon(Frame frame, DropReason reason) {
    if (reason != DropReason.NEXT_HOP_UNRESOLVED) {
      throw new AssertionError(reason);
    }
    abandoned++;
    frame.release();
  }

  @Override
  public void resolved(Neighbor neighbor) {
    said.add("resolved " + neighbor.address() + " " + new MacAddress(neighbor.mac()));
  }

  @Override
  public void moved(Neighbor neighbor, long before) {
    said.add("moved " + neighbor.address() + " " + neighbor.tenants());
  }

  @Override
  public void lost(Neighbor neighbor) {
    said.add("lost " + neighbor.address() + " " + neighbor.tenants());
  }

  @Override
  public void wanted(Neighbor neighbor, int port) {
    said.add("wanted " + neighbor.address() + " by " + port);
  }

  @Override
  public void conflict(int network, IpAddress address, long mac) {
    said.add("conflict " + address);
  }
}
