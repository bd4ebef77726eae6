// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.GatewayIndex;
import hnv.model.Policy;
import hnv.model.ProblemCode;
import hnv.model.RouteTable;
import hnv.model.RouteTable.NextHopType;
import hnv.model.RouteTables;
import hnv.model.Subnet;
import hnv.model.VirtualNetwork;
import java.util.List;

/// Says which routes of an accepted policy change nothing.
final class RouteTableWarnings {
  private final Policy policy;
  private final Report report;

  RouteTableWarnings(Policy policy, Report report) {
    this.policy = policy;
    this.report = report;
  }

  void report() {
    List<RouteTable> tables = policy.gatewayResources().routeTables();
    for (int i = 0; i < tables.size(); i++) {
      JsonPath routes = properties("routeTables", i).property("routes");
      for (int j = 0; j < tables.get(i).routes().size(); j++) {
        if (tables.get(i).routes().get(j).nextHopType() == NextHopType.VIRTUAL_APPLIANCE) {
          report.warning(
              routes.element(j).property("properties").property("nextHopType"),
              ProblemCode.PROPERTY_HAS_NO_EFFECT,
              "routes by a machine are not in force yet");
        }
      }
    }
    GatewayIndex index = GatewayIndex.of(policy.gatewayResources());
    for (int i = 0; i < policy.virtualNetworks().size(); i++) {
      VirtualNetwork network = policy.virtualNetworks().get(i);
      if (RouteTables.inForce(network, index).isEmpty()) {
        report(network.subnets(), properties("virtualNetworks", i).property("subnets"));
      }
    }
  }

  private void report(List<Subnet> subnets, JsonPath path) {
    for (int i = 0; i < subnets.size(); i++) {
      if (subnets.get(i).routeTable().isPresent()) {
        report.warning(
            path.element(i).property("properties").property("routeTable"),
            ProblemCode.PROPERTY_HAS_NO_EFFECT,
            "a route table is in force where all subnets of the network refer to it");
      }
    }
  }

  private static JsonPath properties(String list, int index) {
    return JsonPath.ROOT.property(list).element(index).property("properties");
  }
}
