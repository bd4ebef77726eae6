// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// The arrays beside the flow records.
///
/// @param nextHops where frames leave
/// @param peers outer addresses that a received frame must bear
/// @param tenants policy epochs
/// @param meters rate limits and byte counts
/// @param endpoints ends of GRE tunnels
public record FlowArrays(
    NextHopTable nextHops,
    PeerTable peers,
    TenantTable tenants,
    MeterTable meters,
    TunnelEndpoints endpoints) {
  /// Arrays with room for GRE tunnels as by default.
  public FlowArrays(
      NextHopTable nextHops, PeerTable peers, TenantTable tenants, MeterTable meters) {
    this(nextHops, peers, tenants, meters, new TunnelEndpoints(TunnelEndpoints.DEFAULT_CAPACITY));
  }

  /// Arrays of the default sizes.
  public static FlowArrays ofDefaultSize() {
    return new FlowArrays(
        new NextHopTable(NextHopTable.DEFAULT_CAPACITY),
        new PeerTable(PeerTable.DEFAULT_CAPACITY),
        new TenantTable(TenantTable.DEFAULT_CAPACITY),
        new MeterTable(MeterTable.DEFAULT_CAPACITY));
  }
}
