// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.ProblemCode;
import hnv.model.ResourceId;
import hnv.model.RouteTable;
import hnv.model.RouteTable.NextHopType;
import hnv.model.RouteTable.Route;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads route tables.
final class RouteTableReader {
  static final Choices<NextHopType> TYPES =
      Choices.<NextHopType>of()
          .with("VirtualAppliance", NextHopType.VIRTUAL_APPLIANCE)
          .with("VnetLocal", NextHopType.VNET_LOCAL)
          .with("VirtualNetworkGateway", NextHopType.VIRTUAL_NETWORK_GATEWAY)
          .with("Internet", NextHopType.INTERNET)
          .with("None", NextHopType.NONE);

  private final Reading reading;

  RouteTableReader(Reading reading) {
    this.reading = reading;
  }

  @Nullable RouteTable read(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, GatewayVocabularies.ROUTE_TABLE, reading.report());
    if (resource == null) {
      return null;
    }
    Elements<Route> routes =
        resource
            .properties()
            .elements("routes", reading.limits().gateway().routesPerTable(), this::readRoute);
    ResourceId id = resource.resourceId();
    return id == null ? null : new RouteTable(id, routes.placed(reading.source()));
  }

  private @Nullable Route readRoute(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, GatewayVocabularies.TABLE_ROUTE, reading.report());
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
    NextHopType type =
        properties.requiredChoice(
            "nextHopType",
            ProblemCode.PROPERTY_MISSING,
            ProblemCode.INVALID_PARAMETER_VALUE,
            TYPES);
    IpAddress hop =
        properties.parsed("nextHopIpAddress", ProblemCode.INVALID_IP_ADDRESS, IpAddress::parse);
    ResourceId id = resource.resourceId();
    if (id == null || prefix == null || type == null) {
      return null;
    }
    return new Route(id, prefix, type, Optional.ofNullable(hop));
  }
}
