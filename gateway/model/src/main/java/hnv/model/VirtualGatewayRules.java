// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Vsid;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Virtual gateways: gateway subnets, and the gateways that can be.
final class VirtualGatewayRules {
  private final GatewayContext context;
  private final ConnectionRules connections;
  private final Map<ResourceId, VirtualGateway> networks = new HashMap<>();

  /// Who is a gateway of a virtual network.
  private record Place(ResourceId virtualNetwork, ResourceId server) {}

  private final Map<Place, Gateway> places = new HashMap<>();

  /// Virtual subnets with machines, and one of these.
  private final Map<Vsid, ResourceId> machines = new HashMap<>();

  VirtualGatewayRules(GatewayContext context) {
    this.context = context;
    this.connections = new ConnectionRules(context);
    for (NetworkInterface networkInterface : context.context().policy().networkInterfaces()) {
      for (IpConfiguration configuration : networkInterface.ipConfigurations()) {
        context
            .context()
            .index()
            .subnet(configuration.subnet())
            .ifPresent(
                subnet ->
                    machines.putIfAbsent(subnet.virtualSubnetId(), networkInterface.resourceId()));
      }
    }
  }

  void check(AddressUses uses) {
    List<VirtualGateway> gateways = context.resources().virtualGateways();
    String all = "$.virtualGateways";
    context.checkCount(all, gateways, context.limits().virtualGateways());
    context.context().checkNames(PolicyValidation.names(gateways, VirtualGateway::resourceId), all);
    for (int i = 0; i < gateways.size(); i++) {
      VirtualGateway gateway = gateways.get(i);
      String path = context.element(all, i) + ".properties";
      checkSubnets(gateway, path + ".gatewaySubnets");
      checkGateways(gateway, path);
      connections.check(gateway, path + ".networkConnections", uses);
      GatewayPlacement.virtualNetwork(gateway)
          .ifPresent(
              network ->
                  context
                      .placement()
                      .gateways(gateway)
                      .forEach(g -> places.put(new Place(network, g.server().resourceId()), g)));
    }
    checkMachines();
  }

  /// What a machine sends to a gateway goes there in a tunnel, and no server has one to itself.
  private void checkMachines() {
    List<NetworkInterface> interfaces = context.context().policy().networkInterfaces();
    for (int i = 0; i < interfaces.size(); i++) {
      NetworkInterface each = interfaces.get(i);
      Optional<VirtualNetwork> network = context.context().index().virtualNetwork(each);
      if (network.isEmpty() || each.server().isEmpty()) {
        continue;
      }
      ResourceId server = each.server().get().resourceId();
      Gateway gateway = places.get(new Place(network.get().resourceId(), server));
      if (gateway != null) {
        context.add(
            context.context().source().networkInterface(i) + ".properties.server.resourceRef",
            ProblemCode.MACHINE_ON_ITS_GATEWAY,
            server
                + " is gateway "
                + gateway.resourceId()
                + " of virtual network "
                + network.get().resourceId()
                + ", which a machine there could not reach");
      }
    }
  }

  private void checkSubnets(VirtualGateway gateway, String path) {
    List<SubnetReference> references = gateway.gatewaySubnets();
    if (references.isEmpty()) {
      String text = "a virtual gateway needs a gateway subnet";
      context.add(path, ProblemCode.INVALID_GATEWAY_SUBNET, text);
      return;
    }
    ResourceId network = references.getFirst().virtualNetwork();
    VirtualGateway first = networks.putIfAbsent(network, gateway);
    if (first != null) {
      context.add(
          path,
          ProblemCode.MULTIPLE_GATEWAYS_USE_SAME_VNET,
          "virtual network " + network + " has virtual gateway " + first.resourceId());
    }
    Set<Vsid> vsids = new HashSet<>();
    Set<SubnetReference> seen = new HashSet<>();
    for (int i = 0; i < references.size(); i++) {
      SubnetReference reference = references.get(i);
      String at = context.element(path, i);
      Optional<Subnet> subnet = context.context().index().subnet(reference);
      context.check(at, reference, subnet);
      if (!seen.add(reference) || !reference.virtualNetwork().equals(network)) {
        String text = "gateway subnets are two at most, of one virtual network: " + reference;
        context.add(at, ProblemCode.INVALID_GATEWAY_SUBNET, text);
      }
      subnet.ifPresent(found -> checkSubnet(gateway, reference, found, at, vsids));
    }
  }

  private void checkSubnet(
      VirtualGateway gateway,
      SubnetReference reference,
      Subnet subnet,
      String path,
      Set<Vsid> vsids) {
    vsids.add(subnet.virtualSubnetId());
    if (vsids.size() > 1) {
      String text = reference + " and the first gateway subnet are not a dual-stack pair";
      context.add(path, ProblemCode.INVALID_GATEWAY_SUBNET, text);
    }
    ResourceId machine = machines.get(subnet.virtualSubnetId());
    if (machine != null) {
      String text = reference + " has a machine, " + machine + "; a gateway subnet has none";
      context.add(path, ProblemCode.INVALID_GATEWAY_SUBNET, text);
    }
    for (Gateway used : context.placement().gateways(gateway)) {
      int addresses = context.placement().addresses(gateway, used, List.of(subnet)).size();
      if (addresses < subnet.addressPrefixes().size()) {
        String text = reference + " has no address left for gateway " + used.resourceId();
        context.add(path, ProblemCode.INVALID_GATEWAY_SUBNET, text);
      }
    }
  }

  private void checkGateways(VirtualGateway gateway, String path) {
    String pools = path + ".gatewayPools";
    context.checkCount(pools, gateway.gatewayPools(), context.limits().references());
    for (int i = 0; i < gateway.gatewayPools().size(); i++) {
      GatewayPoolReference reference = gateway.gatewayPools().get(i);
      context.check(context.element(pools, i), reference, context.index().gatewayPool(reference));
    }
    if (gateway.gateway().isPresent()) {
      connections.checkGateway(gateway, gateway.gateway().get(), path + ".gateway");
    } else if (context.knowsGateways(gateway)
        && context.placement().translates(gateway)
        && context.placement().home(gateway).isEmpty()) {
      String text = "no pool of it has a gateway, and its virtual network is to be translated";
      context.add(pools, ProblemCode.GATEWAY_NOT_IN_POOL, text);
    }
  }
}
