// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.AccessControlListReference;
import hnv.model.BackendPoolReference;
import hnv.model.FrontendReference;
import hnv.model.GatewayPoolReference;
import hnv.model.GatewayReference;
import hnv.model.InboundNatRuleReference;
import hnv.model.IpConfigurationReference;
import hnv.model.LogicalSubnetReference;
import hnv.model.ProblemCode;
import hnv.model.PublicIpAddressReference;
import hnv.model.ResourceId;
import hnv.model.RouteTableReference;
import hnv.model.ServerReference;
import hnv.model.SubnetReference;
import hnv.model.VirtualNetworkReference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a reference to one kind of resource looks like.
///
/// @param kinds the collections on the way, for example virtualNetworks, subnets
/// @param make makes the reference of the names between them
record ReferenceShape<T>(List<String> kinds, Function<List<ResourceId>, T> make) {
  static final ReferenceShape<ServerReference> SERVER = of("servers", ServerReference::new);

  static final ReferenceShape<AccessControlListReference> ACCESS_CONTROL_LIST =
      of("accessControlLists", AccessControlListReference::new);

  static final ReferenceShape<SubnetReference> SUBNET =
      of("virtualNetworks", "subnets", SubnetReference::new);

  static final ReferenceShape<VirtualNetworkReference> VIRTUAL_NETWORK =
      of("virtualNetworks", VirtualNetworkReference::new);

  static final ReferenceShape<PublicIpAddressReference> PUBLIC_IP_ADDRESS =
      of("publicIPAddresses", PublicIpAddressReference::new);

  static final ReferenceShape<GatewayPoolReference> GATEWAY_POOL =
      of("gatewayPools", GatewayPoolReference::new);

  static final ReferenceShape<GatewayReference> GATEWAY = of("gateways", GatewayReference::new);

  static final ReferenceShape<RouteTableReference> ROUTE_TABLE =
      of("routeTables", RouteTableReference::new);

  static final ReferenceShape<LogicalSubnetReference> LOGICAL_SUBNET =
      of("logicalNetworks", "subnets", LogicalSubnetReference::new);

  static final ReferenceShape<IpConfigurationReference> IP_CONFIGURATION =
      of("networkInterfaces", "ipConfigurations", IpConfigurationReference::new);

  static final ReferenceShape<FrontendReference> FRONTEND =
      of("loadBalancers", "frontendIPConfigurations", FrontendReference::new);

  static final ReferenceShape<BackendPoolReference> BACKEND_POOL =
      of("loadBalancers", "backendAddressPools", BackendPoolReference::new);

  static final ReferenceShape<InboundNatRuleReference> INBOUND_NAT_RULE =
      of("loadBalancers", "inboundNatRules", InboundNatRuleReference::new);

  private static <T> ReferenceShape<T> of(String kind, Function<ResourceId, T> make) {
    return new ReferenceShape<>(List.of(kind), names -> make.apply(names.get(0)));
  }

  private static <T> ReferenceShape<T> of(
      String kind, String part, BiFunction<ResourceId, ResourceId, T> make) {
    return new ReferenceShape<>(
        List.of(kind, part), names -> make.apply(names.get(0), names.get(1)));
  }

  private static final String VERSION = "[vV][0-9]{1,2}(\\.[0-9]{1,2})?";

  /// Reads `/kind/id/…`, in any case, also with `/networking/v1` before it.
  ///
  /// @return null when it is not such a reference, which is reported
  @Nullable T read(String text, JsonPath at, Report report) {
    List<String> segments = segments(text);
    if (segments == null) {
      String wrong = Quoted.of(text) + " is not a reference; one looks like " + this;
      report.problem(at, ProblemCode.INVALID_REFERENCE_FORMAT, wrong);
      return null;
    }
    List<ResourceId> names = new ArrayList<>();
    boolean matches = segments.size() == 2 * kinds.size();
    for (int i = 0; matches && i < kinds.size(); i++) {
      matches = segments.get(2 * i).equalsIgnoreCase(kinds.get(i));
      names.add(ResourceId.of(segments.get(2 * i + 1)));
    }
    if (!matches) {
      String wrong = Quoted.of(text) + " refers to another kind of resource; wanted is " + this;
      report.problem(at, ProblemCode.INVALID_REFERENCE_TYPE, wrong);
      return null;
    }
    return make.apply(names);
  }

  /// The segments in pairs of a collection and a name; null when the text is not of that form.
  private static @Nullable List<String> segments(String text) {
    if (!text.startsWith("/")) {
      return null;
    }
    List<String> segments = List.of(text.substring(1).split("/", -1));
    if (segments.size() > 2
        && segments.get(0).equalsIgnoreCase("networking")
        && segments.get(1).matches(VERSION)) {
      segments = segments.subList(2, segments.size());
    }
    boolean valid = segments.size() % 2 == 0 && segments.stream().allMatch(ResourceId::isValid);
    return valid ? segments : null;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    kinds.forEach(kind -> text.append('/').append(kind).append("/{id}"));
    return text.toString();
  }
}
