// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Counters;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.MeterTable;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.PeerTable;
import hnv.dataplane.TenantTable;

/// Which indexes of the tables that a gateway's two compilers share are whose: the overlay's come
/// first, so that those of a host are the same whether it is a gateway or not. Tenants and peers
/// are the overlay's alone.
public final class TableRanges {
  /// Ports with a device are below; the ports of gateways' adapters begin here.
  public static final int FIRST_GATEWAY_PORT = 4_096;

  /// Ports of the outside that have no device begin here; as many gateways' adapters as tenants.
  public static final int FIRST_OUTSIDE_PORT = FIRST_GATEWAY_PORT + TenantTable.DEFAULT_CAPACITY;

  /// One more than the highest port number.
  public static final int END_OF_PORTS = Counters.MAX_PORTS;

  /// Next hops of the outside begin here.
  public static final int FIRST_OUTSIDE_HOP = NextHopTable.DEFAULT_CAPACITY;

  /// One more than the highest next hop of a gateway.
  public static final int END_OF_HOPS = 65_536;

  /// Meters of network connections begin here.
  public static final int FIRST_OUTSIDE_METER = MeterTable.DEFAULT_CAPACITY;

  /// One more than the highest meter of a gateway.
  public static final int END_OF_METERS = MeterTable.MAX_CAPACITY;

  private TableRanges() {}

  /// The tables of a gateway.
  public static FlowArrays gatewayArrays() {
    return new FlowArrays(
        new NextHopTable(END_OF_HOPS),
        new PeerTable(PeerTable.DEFAULT_CAPACITY),
        new TenantTable(TenantTable.DEFAULT_CAPACITY),
        new MeterTable(END_OF_METERS));
  }
}
