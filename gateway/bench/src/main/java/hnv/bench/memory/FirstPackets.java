// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.BenchPolicy.Tenant;
import hnv.bench.traffic.Flow;
import hnv.bench.traffic.MarkedFrame;
import hnv.bench.traffic.TunnelFrame;
import java.util.ArrayList;
import java.util.List;

/// The first packet and the first answer of many flows: half of them one tenant's, half the
/// other's.
final class FirstPackets {
  static final List<Tenant> TENANTS = List.of(BenchPolicy.BLUE, BenchPolicy.GREEN);

  /// Flows of each tenant: two directions of these are its share of the table.
  private static final int TENANT_FLOWS = 20_000;

  /// Flows of both.
  static final int FLOWS = 2 * TENANT_FLOWS;

  private final List<Templates> outbound = new ArrayList<>();
  private final Templates inbound = new Templates(FLOWS, TunnelFrame.LENGTH);

  /// Writes them down; before anything is sent, again after anybody has changed them.
  void write() {
    outbound.clear();
    for (Tenant tenant : TENANTS) {
      Templates templates = new Templates(TENANT_FLOWS, MarkedFrame.LENGTH);
      for (int i = 0; i < TENANT_FLOWS; i++) {
        new Flow(tenant, i).writeOutbound(templates.memory(), templates.at(i));
      }
      outbound.add(templates);
    }
    for (int i = 0; i < FLOWS; i++) {
      new Flow(TENANTS.get(i % 2), i / 2)
          .writeInbound(
              inbound.memory(),
              inbound.at(i),
              MemoryHost.UNDERLAY_MAC_HERE,
              MemoryHost.UNDERLAY_MAC_THERE);
    }
  }

  /// What the machines send, in the order of {@link #TENANTS}.
  List<Templates> outbound() {
    return outbound;
  }

  /// What the underlay brings.
  Templates inbound() {
    return inbound;
  }

  /// What is wrong with the tables of a host where all of them have passed; empty where nothing is.
  static List<String> problems(MemoryHost memory) {
    int connections = memory.vswitch().connections().size();
    int flows = memory.vswitch().flows().size();
    return connections == FLOWS && flows == 2 * FLOWS
        ? List.of()
        : List.of(
            "%d flows gave %d connections and %d unified flows"
                .formatted(FLOWS, connections, flows));
  }
}
