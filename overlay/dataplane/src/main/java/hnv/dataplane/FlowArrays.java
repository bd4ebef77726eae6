// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// The arrays beside the flow records.
///
/// @param nextHops where frames leave
/// @param peers outer addresses that a received frame must bear
/// @param tenants policy epochs
/// @param meters rate limits and byte counts
public record FlowArrays(
    NextHopTable nextHops, PeerTable peers, TenantTable tenants, MeterTable meters) {
  /// Arrays of the default sizes.
  public static FlowArrays ofDefaultSize() {
    return new FlowArrays(
        new NextHopTable(NextHopTable.DEFAULT_CAPACITY),
        new PeerTable(PeerTable.DEFAULT_CAPACITY),
        new TenantTable(TenantTable.DEFAULT_CAPACITY),
        new MeterTable(MeterTable.DEFAULT_CAPACITY));
  }
}
