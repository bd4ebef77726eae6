// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.GatewayLimits;
import hnv.model.IpPool;
import hnv.model.LogicalNetwork;
import hnv.model.LogicalNetworkReference;
import hnv.model.LogicalRoute;
import hnv.model.LogicalSubnet;
import hnv.model.ProblemCode;
import hnv.model.ResourceId;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads logical networks.
final class LogicalNetworkReader {
  private final Reading reading;
  private final GatewayLimits limits;

  LogicalNetworkReader(Reading reading) {
    this.reading = reading;
    this.limits = reading.limits().gateway();
  }

  @Nullable LogicalNetwork read(JsonPath at, JsonValue value) {
    Resource resource =
        Resource.of(at, value, GatewayVocabularies.LOGICAL_NETWORK, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    ResourceId device =
        properties.parsed("device", ProblemCode.INVALID_RESOURCE_NAME, Resource::name);
    Elements<LogicalSubnet> subnets =
        properties.elements("subnets", limits.subnetsPerLogicalNetwork(), this::readSubnet);
    ResourceId id = resource.resourceId();
    if (id == null) {
      return null;
    }
    if (!subnets.isComplete()) {
      reading.source().recordUnreadable(new LogicalNetworkReference(id));
    }
    return new LogicalNetwork(id, Optional.ofNullable(device), subnets.placed(reading.source()));
  }

  private @Nullable LogicalSubnet readSubnet(JsonPath at, JsonValue value) {
    Resource resource =
        Resource.of(at, value, GatewayVocabularies.LOGICAL_SUBNET, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    Cidr prefix =
        properties.requiredParsed(
            "addressPrefix",
            ProblemCode.PROPERTY_MISSING,
            ProblemCode.INVALID_IP_PREFIX,
            Cidr::parse);
    Long vlan =
        properties.integer(
            "vlanId", ProblemCode.INVALID_PARAMETER_VALUE, 0, LogicalSubnet.MAX_VLAN);
    Elements<IpPool> pools =
        properties.elements("ipPools", limits.poolsPerSubnet(), this::readPool);
    Elements<LogicalRoute> routes =
        properties.elements("routes", limits.routesPerSubnet(), this::readRoute);
    Boolean isPublic = properties.flag("isPublic");
    ResourceId id = resource.resourceId();
    Elements<IpAddress> gateways = defaultGateways(properties);
    if (id == null || prefix == null || !pools.isComplete()) {
      return null;
    }
    return new LogicalSubnet(
        id,
        prefix,
        vlan == null ? 0 : vlan.intValue(),
        pools.placed(reading.source()),
        routes.placed(reading.source()),
        gateways.placed(reading.source()),
        isPublic != null && isPublic);
  }

  /// Network Controller's own examples have both spellings.
  private Elements<IpAddress> defaultGateways(Fields properties) {
    String name = properties.has("defaultGateway") ? "defaultGateway" : "defaultGateways";
    if (properties.has("defaultGateway") && properties.has("defaultGateways")) {
      String text = "defaultGateways is there as well; write one of the two";
      properties.problem("defaultGateway", ProblemCode.PROPERTY_CONFLICT, text);
    }
    return properties.parsedElements(
        name, limits.routesPerSubnet(), ProblemCode.INVALID_IP_ADDRESS, IpAddress::parse);
  }

  private @Nullable IpPool readPool(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, GatewayVocabularies.IP_POOL, reading.report());
    if (resource == null) {
      return null;
    }
    IpAddress start = address(resource.properties(), "startIpAddress");
    IpAddress end = address(resource.properties(), "endIpAddress");
    ResourceId id = resource.resourceId();
    return id == null || start == null || end == null ? null : new IpPool(id, start, end);
  }

  private @Nullable LogicalRoute readRoute(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, GatewayVocabularies.LOGICAL_ROUTE, reading.report());
    if (resource == null) {
      return null;
    }
    Cidr destination =
        resource
            .properties()
            .requiredParsed(
                "destination",
                ProblemCode.PROPERTY_MISSING,
                ProblemCode.INVALID_IP_PREFIX,
                Cidr::parse);
    IpAddress nextHop = address(resource.properties(), "nextHop");
    ResourceId id = resource.resourceId();
    return id == null || destination == null || nextHop == null
        ? null
        : new LogicalRoute(id, destination, nextHop);
  }

  private static @Nullable IpAddress address(Fields fields, String name) {
    return fields.requiredParsed(
        name, ProblemCode.PROPERTY_MISSING, ProblemCode.INVALID_IP_ADDRESS, IpAddress::parse);
  }
}
