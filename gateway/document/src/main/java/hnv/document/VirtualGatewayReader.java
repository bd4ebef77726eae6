// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.ConnectionType;
import hnv.model.GatewayLimits;
import hnv.model.GatewayPoolReference;
import hnv.model.GatewayReference;
import hnv.model.LogicalSubnetReference;
import hnv.model.NetworkConnection;
import hnv.model.NetworkConnection.AddressTranslation;
import hnv.model.NetworkConnection.Details;
import hnv.model.NetworkConnection.Gre;
import hnv.model.NetworkConnection.InterfaceAddress;
import hnv.model.NetworkConnection.Ipsec;
import hnv.model.NetworkConnection.Keepalive;
import hnv.model.NetworkConnection.L3;
import hnv.model.NetworkConnection.Route;
import hnv.model.ProblemCode;
import hnv.model.ResourceId;
import hnv.model.SubnetReference;
import hnv.model.VirtualGateway;
import hnv.model.VirtualGateway.PrefixTranslation;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads virtual gateways and their connections.
final class VirtualGatewayReader {
  private static final Choices<ConnectionType> TYPES =
      Choices.<ConnectionType>of()
          .with("IPSec", ConnectionType.IPSEC)
          .with("GRE", ConnectionType.GRE)
          .with("L3", ConnectionType.L3);

  private enum RouteSource {
    STATIC,
    BGP
  }

  private static final Choices<RouteSource> ROUTE_SOURCES =
      Choices.<RouteSource>of().with("Static", RouteSource.STATIC).with("BGP", RouteSource.BGP);

  private static final ProblemCode INVALID = ProblemCode.INVALID_PARAMETER_VALUE;

  private final Reading reading;
  private final GatewayLimits limits;
  private final TranslationReader translations;

  VirtualGatewayReader(Reading reading) {
    this.reading = reading;
    this.limits = reading.limits().gateway();
    this.translations = new TranslationReader(reading);
  }

  @Nullable VirtualGateway read(JsonPath at, JsonValue value) {
    Resource resource =
        Resource.of(at, value, GatewayVocabularies.VIRTUAL_GATEWAY, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    GatewayReference gateway = properties.reference("gateway", ReferenceShape.GATEWAY);
    Elements<GatewayPoolReference> pools =
        properties.references("gatewayPools", limits.references(), ReferenceShape.GATEWAY_POOL);
    properties.require("gatewaySubnets", ProblemCode.PROPERTY_MISSING);
    Elements<SubnetReference> subnets =
        properties.references("gatewaySubnets", limits.references(), ReferenceShape.SUBNET);
    Elements<NetworkConnection> connections =
        properties.elements(
            "networkConnections", limits.connectionsPerVirtualGateway(), this::readConnection);
    Long sessions = properties.integer("natSessionLimit", INVALID, 1, Integer.MAX_VALUE);
    Long ports = properties.integer("natPortLimit", INVALID, 1, Integer.MAX_VALUE);
    Long flows = properties.integer("flowLimit", INVALID, 1, Integer.MAX_VALUE);
    Cidr nat64 = properties.parsed("nat64Prefix", ProblemCode.INVALID_IP_PREFIX, Cidr::parse);
    Elements<PrefixTranslation> prefixes =
        properties.elements(
            "prefixTranslations",
            limits.translationsPerConnection(),
            translations::readPrefixTranslation);
    ResourceId id = resource.resourceId();
    if (id == null || !subnets.isComplete() || !properties.has("gatewaySubnets")) {
      return null;
    }
    return new VirtualGateway(
        id,
        Optional.ofNullable(gateway),
        pools.placed(reading.source()),
        subnets.placed(reading.source()),
        connections.placed(reading.source()),
        Numbers.optional(sessions),
        Numbers.optional(ports),
        Numbers.optional(flows),
        Optional.ofNullable(nat64),
        prefixes.placed(reading.source()));
  }

  private @Nullable NetworkConnection readConnection(JsonPath at, JsonValue value) {
    Resource resource =
        Resource.of(at, value, GatewayVocabularies.NETWORK_CONNECTION, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    ConnectionType type =
        properties.requiredChoice("connectionType", ProblemCode.PROPERTY_MISSING, INVALID, TYPES);
    Boolean enabled = properties.choice("connectionStatus", INVALID, InterfaceReader.SWITCHES);
    GatewayReference gateway = properties.reference("gateway", ReferenceShape.GATEWAY);
    Elements<Route> routes =
        properties.elements("routes", limits.routesPerConnection(), this::readRoute);
    Elements<AddressTranslation> addresses =
        properties.elements(
            "addressTranslations",
            limits.translationsPerConnection(),
            translations::readAddressTranslation);
    Details details =
        switch (type) {
          case null -> null;
          case GRE -> gre(properties);
          case L3 -> l3(properties);
          case IPSEC -> ipsec(properties);
        };
    Long outbound = rate(properties, "outboundKiloBitsPerSecond");
    Long inbound = rate(properties, "inboundKiloBitsPerSecond");
    ResourceId id = resource.resourceId();
    if (id == null || details == null) {
      return null;
    }
    return new NetworkConnection(
        id,
        details,
        enabled == null || enabled,
        Optional.ofNullable(gateway),
        Numbers.optionalLong(outbound),
        Numbers.optionalLong(inbound),
        routes.placed(reading.source()),
        addresses.placed(reading.source()));
  }

  private static @Nullable Long rate(Fields properties, String name) {
    return properties.integer(name, INVALID, 1, NetworkConnection.MAX_KILO_BITS_PER_SECOND);
  }

  private @Nullable Gre gre(Fields properties) {
    withoutEffect(properties, "ipAddresses", "peerIPAddresses");
    conflict(properties, "l3Configuration", "ipSecConfiguration");
    Fields gre = properties.object("greConfiguration", GatewayVocabularies.GRE_CONFIGURATION);
    Long key = gre.integer("greKey", INVALID, 0, Gre.MAX_KEY);
    Boolean checksum = gre.flag("checksum");
    Boolean sequence = gre.flag("sequenceNumbers");
    Long interval = gre.integer("keepaliveIntervalSeconds", INVALID, 0, Keepalive.MAX_INTERVAL);
    Long tries = gre.integer("keepaliveTries", INVALID, 1, Keepalive.MAX_TRIES);
    IpAddress source = source(properties);
    IpAddress destination = destination(properties);
    if (destination == null) {
      return null;
    }
    Optional<Keepalive> keepalive =
        interval == null || interval == 0
            ? Optional.empty()
            : Optional.of(
                new Keepalive(
                    interval.intValue(),
                    tries == null ? Keepalive.DEFAULT_TRIES : tries.intValue()));
    return new Gre(
        Optional.ofNullable(source),
        destination,
        Numbers.optionalLong(key),
        checksum != null && checksum,
        sequence != null && sequence,
        keepalive);
  }

  private @Nullable L3 l3(Fields properties) {
    withoutEffect(properties, "sourceIPAddress", "destinationIPAddress");
    conflict(properties, "greConfiguration", "ipSecConfiguration");
    Fields l3 = properties.object("l3Configuration", GatewayVocabularies.L3_CONFIGURATION);
    l3.require("vlanSubnet", ProblemCode.PROPERTY_MISSING);
    LogicalSubnetReference subnet = l3.reference("vlanSubnet", ReferenceShape.LOGICAL_SUBNET);
    Elements<InterfaceAddress> addresses =
        properties.elements(
            "ipAddresses", limits.addressesPerConnection(), this::readInterfaceAddress);
    Elements<IpAddress> peers =
        properties.parsedElements(
            "peerIPAddresses",
            limits.addressesPerConnection(),
            ProblemCode.INVALID_IP_ADDRESS,
            IpAddress::parse);
    return subnet == null || !addresses.isComplete()
        ? null
        : new L3(subnet, addresses.placed(reading.source()), peers.placed(reading.source()));
  }

  private @Nullable Ipsec ipsec(Fields properties) {
    withoutEffect(properties, "ipAddresses", "peerIPAddresses");
    conflict(properties, "l3Configuration", "greConfiguration");
    properties.warning(
        "connectionType",
        ProblemCode.PROPERTY_HAS_NO_EFFECT,
        "IPsec connections are not in force yet: what is routed to one is dropped");
    IpAddress source = source(properties);
    IpAddress destination = destination(properties);
    Fields ipsec = properties.object("ipSecConfiguration", GatewayVocabularies.IPSEC_CONFIGURATION);
    var configuration = new IpsecReader(reading).read(ipsec);
    return destination == null
        ? null
        : new Ipsec(Optional.ofNullable(source), destination, configuration);
  }

  private static @Nullable IpAddress source(Fields properties) {
    return properties.parsed("sourceIPAddress", ProblemCode.INVALID_IP_ADDRESS, IpAddress::parse);
  }

  private static @Nullable IpAddress destination(Fields properties) {
    return properties.requiredParsed(
        "destinationIPAddress",
        ProblemCode.PROPERTY_MISSING,
        ProblemCode.INVALID_IP_ADDRESS,
        IpAddress::parse);
  }

  /// What Network Controller writes as an empty object or list in every type of connection.
  private static void withoutEffect(Fields properties, String... names) {
    for (String name : names) {
      if (properties.asksFor(name)) {
        properties.warning(
            name,
            ProblemCode.PROPERTY_HAS_NO_EFFECT,
            name + " has no effect on a connection of this type");
      }
    }
  }

  private static void conflict(Fields properties, String... names) {
    for (String name : names) {
      if (properties.asksFor(name)) {
        String text = name + " is for a connection of another type";
        properties.problem(name, ProblemCode.PROPERTY_CONFLICT, text);
      }
    }
  }

  private @Nullable InterfaceAddress readInterfaceAddress(JsonPath at, JsonValue value) {
    Fields fields = Fields.of(at, value, GatewayVocabularies.CONNECTION_ADDRESS, reading.report());
    if (fields == null) {
      return null;
    }
    IpAddress address =
        fields.requiredParsed(
            "ipAddress",
            ProblemCode.PROPERTY_MISSING,
            ProblemCode.INVALID_IP_ADDRESS,
            IpAddress::parse);
    fields.require("prefixLength", ProblemCode.PROPERTY_MISSING);
    long most = address == null ? 128 : address.width();
    Long length = fields.integer("prefixLength", INVALID, 1, most);
    return address == null || length == null
        ? null
        : new InterfaceAddress(address, length.intValue());
  }

  private @Nullable Route readRoute(JsonPath at, JsonValue value) {
    Fields fields = Fields.of(at, value, GatewayVocabularies.CONNECTION_ROUTE, reading.report());
    if (fields == null) {
      return null;
    }
    RouteSource source = fields.choice("protocol", INVALID, ROUTE_SOURCES);
    Cidr destination =
        fields.requiredParsed(
            "destinationPrefix",
            ProblemCode.PROPERTY_MISSING,
            ProblemCode.INVALID_IP_PREFIX,
            Cidr::parse);
    IpAddress nextHop = fields.parsed("nextHop", ProblemCode.INVALID_IP_ADDRESS, IpAddress::parse);
    Long metric = fields.integer("metric", INVALID, 0, Route.MAX_METRIC);
    if (source == RouteSource.BGP) {
      String text = "a route that was learned is not read; it is learned anew";
      fields.warning("protocol", ProblemCode.PROPERTY_HAS_NO_EFFECT, text);
      return null;
    }
    return destination == null
        ? null
        : new Route(
            destination,
            Optional.ofNullable(nextHop).filter(hop -> !hop.isUnspecified()),
            metric == null ? Route.DEFAULT_METRIC : metric.intValue());
  }
}
