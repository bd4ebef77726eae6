// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.Gateway;
import hnv.model.GatewayLimits;
import hnv.model.GatewayPool;
import hnv.model.GatewayResources;
import hnv.model.LoadBalancer;
import hnv.model.LogicalNetwork;
import hnv.model.PublicIpAddress;
import hnv.model.RouteTable;
import hnv.model.VirtualGateway;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Reads what a document says of gateways and of the outside.
final class GatewayResourcesReader {
  /// One of the lists of a document.
  ///
  /// @param limit elements at most
  record ResourceList<T>(Elements<T> elements, int limit, Fields.ElementReader<T> reader) {}

  private final Reading reading;
  private final Map<String, ResourceList<?>> lists = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final ResourceList<LogicalNetwork> logicalNetworks;
  private final ResourceList<PublicIpAddress> publicAddresses;
  private final ResourceList<GatewayPool> pools;
  private final ResourceList<Gateway> gateways;
  private final ResourceList<VirtualGateway> virtualGateways;
  private final ResourceList<LoadBalancer> loadBalancers;
  private final ResourceList<RouteTable> routeTables;

  GatewayResourcesReader(Reading reading) {
    this.reading = reading;
    GatewayLimits most = reading.limits().gateway();
    GatewayReader gatewayReader = new GatewayReader(reading);
    logicalNetworks =
        add("logicalNetworks", most.logicalNetworks(), new LogicalNetworkReader(reading)::read);
    publicAddresses =
        add(
            "publicIPAddresses",
            most.publicIpAddresses(),
            new PublicIpAddressReader(reading)::read);
    pools = add("gatewayPools", most.gateways(), gatewayReader::readPool);
    gateways = add("gateways", most.gateways(), gatewayReader::readGateway);
    virtualGateways =
        add("virtualGateways", most.virtualGateways(), new VirtualGatewayReader(reading)::read);
    loadBalancers =
        add("loadBalancers", most.loadBalancers(), new LoadBalancerReader(reading)::read);
    routeTables = add("routeTables", most.routeTables(), new RouteTableReader(reading)::read);
  }

  private <T> ResourceList<T> add(String name, int limit, Fields.ElementReader<T> reader) {
    ResourceList<T> list =
        new ResourceList<>(new Elements<>(JsonPath.ROOT.property(name)), limit, reader);
    lists.put(name, list);
    return list;
  }

  /// The list of this name.
  ///
  /// @throws IllegalArgumentException where there is none
  ResourceList<?> list(String name) {
    ResourceList<?> list = lists.get(name);
    if (list == null) {
      throw new IllegalArgumentException(name);
    }
    return list;
  }

  /// What was read.
  GatewayResources read() {
    return new GatewayResources(
        placed(logicalNetworks),
        placed(publicAddresses),
        placed(pools),
        placed(gateways),
        placed(virtualGateways),
        placed(loadBalancers),
        placed(routeTables));
  }

  private <T> List<T> placed(ResourceList<T> list) {
    return list.elements().placed(reading.source());
  }
}
