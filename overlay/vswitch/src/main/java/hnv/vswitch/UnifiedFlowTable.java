// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The unified flow table: what the layers decided for a flow, found by one look-up. One table for
/// each address family; a *flow handle* names an entry of either. Bounded, and bounded per tenant;
/// a flow for which there is no room is walked packet by packet. Owned by one Worker.
public final class UnifiedFlowTable {
  /// Flows of each family unless said otherwise.
  public static final int DEFAULT_CAPACITY = 131_072;

  /// No flow.
  static final int NONE = -1;

  private final FlowTable ipv4;
  private final FlowTable ipv6;
  private final MemorySegment key = Arena.global().allocate(FlowKey.IPV6_LENGTH, 8);
  private final int[] perTenant;
  private final int tenantLimit;
  private long refused;
  private final long seed;
  private long hash;

  /// @param capacity flows of each family at most
  /// @param tenants tenant slots
  /// @param tenantLimit flows of one tenant at most, both families
  /// @param seed of the table's hashes
  public UnifiedFlowTable(int capacity, int tenants, int tenantLimit, long seed) {
    this.seed = seed;
    ipv4 = new FlowTable(capacity, FlowKey.IPV4_LENGTH, seed);
    ipv6 = new FlowTable(capacity, FlowKey.IPV6_LENGTH, seed);
    perTenant = new int[tenants];
    this.tenantLimit = tenantLimit;
  }

  /// Flows held now, both families.
  public int size() {
    return ipv4.size() + ipv6.size();
  }

  /// Flows of each family that can be held.
  public int capacity() {
    return ipv4.capacity();
  }

  /// Times that a flow could not be held, for want of room or of share.
  public long refused() {
    return refused;
  }

  /// Handle of the flow of a parsed IP frame, or {@link #NONE}; remembers the key for {@link
  /// #insert}.
  int find(Frame frame, int context) {
    FlowKey.write(frame, context, key, 0);
    if (frame.isIpv6()) {
      hash = FlowKey.hash(key, 0, FlowKey.IPV6_LENGTH, seed);
      int slot = ipv6.find(key, hash);
      return slot == FlowTable.NONE ? NONE : (slot << 1) | 1;
    }
    hash = FlowKey.hash(key, 0, FlowKey.IPV4_LENGTH, seed);
    int slot = ipv4.find(key, hash);
    return slot == FlowTable.NONE ? NONE : slot << 1;
  }

  /// Adds the flow that the last {@link #find} did not find; {@link #NONE} when there is no room.
  int insert(boolean ofIpv6, int tenant) {
    FlowTable table = ofIpv6 ? ipv6 : ipv4;
    int slot = perTenant[tenant] < tenantLimit ? table.insert(key, hash) : FlowTable.NONE;
    if (slot == FlowTable.NONE) {
      refused++;
      return NONE;
    }
    perTenant[tenant]++;
    return (slot << 1) | (ofIpv6 ? 1 : 0);
  }

  /// Removes a flow whose record is written.
  void remove(int flow) {
    perTenant[FlowRecord.tenant(records(flow), recordAt(flow))]--;
    table(flow).remove(flow >>> 1);
  }

  /// Memory in which the record of a flow lies.
  MemorySegment records(int flow) {
    return table(flow).entries();
  }

  /// Where in {@link #records} it lies.
  long recordAt(int flow) {
    return table(flow).recordAt(flow >>> 1);
  }

  /// Where in {@link #records} the key of a flow lies.
  long keyAt(int flow) {
    return table(flow).keyAt(flow >>> 1);
  }

  /// Whether a handle names a flow that is there. Not for the packet path.
  boolean holds(int flow) {
    return table(flow).holds(flow >>> 1);
  }

  private FlowTable table(int flow) {
    return (flow & 1) == 0 ? ipv4 : ipv6;
  }
}
