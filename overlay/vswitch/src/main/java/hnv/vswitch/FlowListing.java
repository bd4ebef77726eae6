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
import hnv.wire.Octets;
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

  private static final int MAC_AT = 4;
  private static final int PROTOCOL_AT = 10;
  private static final int ADDRESSES_AT = 12;

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
    List<FlowView> found = new ArrayList<>();
    long at = Math.max(0, from);
    long end = 2L * capacity;
    for (int looks = 0; at < end && looks < MAX_LOOKS && found.size() < MAX_PAGE; looks++) {
      int flow = (int) ((at % capacity) << 1 | (at < capacity ? 0 : 1));
      at++;
      if (flows.holds(flow)) {
        FlowView view = view(vswitch, flow, nowNs);
        if (wanted.test(view)) {
          found.add(view);
        }
      }
    }
    return new Page(found, at < end ? at : -1);
  }

  private static FlowView view(VSwitch vswitch, int flow, long nowNs) {
    UnifiedFlowTable flows = vswitch.flows();
    boolean ipv6 = (flow & 1) != 0;
    MemorySegment memory = flows.records(flow);
    long key = flows.keyAt(flow);
    long record = flows.recordAt(flow);
    int context = memory.get(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, key);
    int value = context & 0xFF_FFFF;
    boolean fromPort = context == FlowKey.portContext(value);
    Encapsulation encapsulation =
        fromPort
            ? Encapsulation.NONE
            : context == FlowKey.tunnelContext(Encapsulation.VXLAN, value)
                ? Encapsulation.VXLAN
                : Encapsulation.NVGRE;
    long ports = key + ADDRESSES_AT + (ipv6 ? 32 : 8);
    int tenant = FlowRecord.tenant(memory, record);
    int id = FlowRecord.connection(memory, record);
    Connection connection = vswitch.connections().get(id);
    if (connection != null && !connection.isLive()) {
      connection = null;
    }
    return new FlowView(
        fromPort ? value : -1,
        encapsulation,
        fromPort ? 0 : value,
        new MacAddress(Octets.u48(memory, key + MAC_AT)),
        Octets.u8(memory, key + PROTOCOL_AT),
        address(memory, key + ADDRESSES_AT, ipv6),
        Octets.u16(memory, ports),
        address(memory, key + ADDRESSES_AT + (ipv6 ? 16 : 4), ipv6),
        Octets.u16(memory, ports + 2),
        tenant,
        FlowRecord.epoch(memory, record) == vswitch.arrays().tenants().epoch(tenant),
        id,
        connection != null && connection.flow(true) == flow,
        connection == null ? "" : connection.state(),
        FlowRecord.packets(memory, record),
        FlowRecord.octets(memory, record),
        nowNs - FlowRecord.lastSeen(memory, record),
        FlowRecordDescription.of(memory, record, vswitch.arrays().nextHops(), ipv6));
  }

  private static IpAddress address(MemorySegment memory, long at, boolean ipv6) {
    return ipv6
        ? new Ipv6Address(Octets.u64(memory, at), Octets.u64(memory, at + 8))
        : new Ipv4Address(Octets.u32(memory, at));
  }
}
