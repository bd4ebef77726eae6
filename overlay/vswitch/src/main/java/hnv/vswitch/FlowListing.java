// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordDescription;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Lists unified flows, and behind them connections that have none, in pages, so that looking never
/// stops the traffic for long. Worker thread only. Flows come and go between two pages; none that
/// stays is missed or told twice, unless the table is changed around it.
public final class FlowListing {
  /// Flows of one page at most.
  public static final int MAX_PAGE = 256;

  /// Entries of the table that one page looks at, at most.
  private static final int MAX_LOOKS = 32_768;

  private FlowListing() {}

  /// Some flows.
  ///
  /// @param next where the next page begins; negative when this is the last
  public record Page(List<FlowView> flows, long next) {}

  /// The flows from `from` on that `wanted` names.
  ///
  /// @param from 0, or {@link Page#next} of the page before
  public static Page page(VSwitch vswitch, long from, Predicate<FlowView> wanted, long nowNs) {
    UnifiedFlowTable flows = vswitch.flows();
    int capacity = flows.capacity();
    MemorySegment record = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
    List<FlowView> found = new ArrayList<>();
    long at = Math.max(0, from);
    long connections = 2L * capacity;
    long end = connections + vswitch.connections().capacity();
    for (int looks = 0; at < end && looks < MAX_LOOKS && found.size() < MAX_PAGE; looks++) {
      FlowView view =
          at < connections
              ? flow(vswitch, at, record, nowNs)
              : walked(vswitch, (int) (at - connections) + 1, nowNs);
      at++;
      if (view != null && wanted.test(view)) {
        found.add(view);
      }
    }
    return new Page(found, at < end ? at : -1);
  }

  private static @Nullable FlowView flow(
      VSwitch vswitch, long at, MemorySegment record, long nowNs) {
    int capacity = vswitch.flows().capacity();
    int flow = (int) ((at % capacity) << 1 | (at < capacity ? 0 : 1));
    return vswitch.flows().holds(flow) ? view(vswitch, flow, record, nowNs) : null;
  }

  /// A connection whose packets are walked one by one; null where there is none with this id.
  private static @Nullable FlowView walked(VSwitch vswitch, int id, long nowNs) {
    Connection c = vswitch.connections().get(id);
    if (c == null || !c.isLive() || c.walkedBecause().isEmpty()) {
      return null;
    }
    return new FlowView(
        c.initiatorPort() == Connection.NO_PORT ? c.responderPort() : c.initiatorPort(),
        Encapsulation.NONE,
        0,
        new MacAddress(0),
        c.protocol(),
        address(c.isIpv6(), c.sourceHigh(), c.sourceLow()),
        c.sourcePort(),
        address(c.isIpv6(), c.destinationHigh(), c.destinationLow()),
        c.destinationPort(),
        c.tenant(),
        c.epoch() == vswitch.arrays().tenants().epoch(c.tenant()),
        id,
        true,
        c.state(),
        OffloadState.OFF,
        c.walkedBecause(),
        0,
        0,
        nowNs - c.lastSeenNs(),
        "walked packet by packet");
  }

  private static IpAddress address(boolean ipv6, long high, long low) {
    return ipv6 ? new Ipv6Address(high, low) : new Ipv4Address((int) low);
  }

  private static FlowView view(VSwitch vswitch, int flow, MemorySegment record, long nowNs) {
    UnifiedFlowTable flows = vswitch.flows();
    boolean ipv6 = (flow & 1) != 0;
    MemorySegment memory = flows.records(flow);
    long key = flows.keyAt(flow);
    flows.read(flow, record);
    int context = FlowKey.context(memory, key);
    int value = FlowKey.contextValue(context);
    Encapsulation encapsulation = FlowKey.encapsulation(context);
    boolean fromPort = encapsulation == Encapsulation.NONE || encapsulation == Encapsulation.GRE;
    int tenant = FlowRecord.tenant(record, 0);
    int id = FlowRecord.connection(record, 0);
    Connection connection = vswitch.connections().get(id);
    if (connection != null && !connection.isLive()) {
      connection = null;
    }
    return new FlowView(
        fromPort ? value : -1,
        encapsulation,
        fromPort ? 0 : value,
        FlowKey.destinationMac(memory, key),
        FlowKey.protocol(memory, key),
        FlowKey.source(memory, key, ipv6),
        FlowKey.sourcePort(memory, key, ipv6),
        FlowKey.destination(memory, key, ipv6),
        FlowKey.destinationPort(memory, key, ipv6),
        tenant,
        FlowRecord.epoch(record, 0) == vswitch.arrays().tenants().epoch(tenant),
        id,
        connection != null && connection.flow(true) == flow,
        connection == null ? "" : connection.state(),
        flows.state(flow),
        "",
        FlowRecord.packets(record, 0),
        FlowRecord.octets(record, 0),
        nowNs - FlowRecord.lastSeen(record, 0),
        FlowRecordDescription.of(record, 0, vswitch.arrays().nextHops(), ipv6));
  }
}
