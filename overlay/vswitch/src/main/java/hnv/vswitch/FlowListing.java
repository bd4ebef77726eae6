// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordDescription;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Lists unified flows in pages, so that looking never stops the traffic for long. Worker thread
/// only. Flows come and go between two pages; none that stays is missed or told twice, unless the
/// table is changed around it.
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
    long end = 2L * capacity;
    for (int looks = 0; at < end && looks < MAX_LOOKS && found.size() < MAX_PAGE; looks++) {
      int flow = (int) ((at % capacity) << 1 | (at < capacity ? 0 : 1));
      at++;
      if (flows.holds(flow)) {
        FlowView view = view(vswitch, flow, record, nowNs);
        if (wanted.test(view)) {
          found.add(view);
        }
      }
    }
    return new Page(found, at < end ? at : -1);
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
        FlowRecord.packets(record, 0),
        FlowRecord.octets(record, 0),
        nowNs - FlowRecord.lastSeen(record, 0),
        FlowRecordDescription.of(record, 0, vswitch.arrays().nextHops(), ipv6));
  }
}
