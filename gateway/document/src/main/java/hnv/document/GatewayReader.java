// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.Gateway;
import hnv.model.Gateway.OutsideInterface;
import hnv.model.GatewayLimits;
import hnv.model.GatewayPool;
import hnv.model.GatewayPoolReference;
import hnv.model.GatewayReference;
import hnv.model.LogicalSubnetReference;
import hnv.model.NatLog;
import hnv.model.PortRange;
import hnv.model.ProblemCode;
import hnv.model.PublicIpAddressReference;
import hnv.model.ResourceId;
import hnv.model.ServerReference;
import hnv.wire.IpAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads gateway pools and gateways.
final class GatewayReader {
  private static final Choices<GatewayPool.Type> TYPES =
      Choices.<GatewayPool.Type>of()
          .with("All", GatewayPool.Type.ALL)
          .with("S2sIpsec", GatewayPool.Type.S2S_IPSEC)
          .with("S2sGre", GatewayPool.Type.S2S_GRE)
          .with("Forwarding", GatewayPool.Type.FORWARDING);

  static final Choices<NatLog.Events> EVENTS =
      Choices.<NatLog.Events>of()
          .with("Blocks", NatLog.Events.BLOCKS)
          .with("Sessions", NatLog.Events.SESSIONS)
          .with("SessionsAndDestinations", NatLog.Events.SESSIONS_AND_DESTINATIONS);
  static final Choices<NatLog.Format> FORMATS =
      Choices.<NatLog.Format>of()
          .with("Syslog", NatLog.Format.SYSLOG)
          .with("IPFIX", NatLog.Format.IPFIX);

  private final Reading reading;
  private final GatewayLimits limits;

  GatewayReader(Reading reading) {
    this.reading = reading;
    this.limits = reading.limits().gateway();
  }

  @Nullable GatewayPool readPool(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, GatewayVocabularies.GATEWAY_POOL, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    GatewayPool.Type type = properties.choice("type", ProblemCode.INVALID_PARAMETER_VALUE, TYPES);
    Fields addresses =
        properties.has("ipConfiguration")
            ? properties.object("ipConfiguration", GatewayVocabularies.GATEWAY_POOL_ADDRESSES)
            : properties;
    Elements<LogicalSubnetReference> subnets =
        addresses.references("greVipSubnets", limits.references(), ReferenceShape.LOGICAL_SUBNET);
    Elements<PublicIpAddressReference> publicAddresses =
        addresses.references(
            "publicIPAddresses", limits.references(), ReferenceShape.PUBLIC_IP_ADDRESS);
    Optional<NatLog> log = natLog(properties);
    ResourceId id = resource.resourceId();
    if (id == null) {
      return null;
    }
    return new GatewayPool(
        id,
        type == null ? GatewayPool.Type.ALL : type,
        subnets.placed(reading.source()),
        publicAddresses.placed(reading.source()),
        log);
  }

  private Optional<NatLog> natLog(Fields properties) {
    if (!properties.has("natLog")) {
      return Optional.empty();
    }
    Fields log = properties.object("natLog", GatewayVocabularies.NAT_LOG);
    NatLog.Events events = log.choice("events", ProblemCode.INVALID_PARAMETER_VALUE, EVENTS);
    Elements<NatLog.Collector> collectors =
        log.elements("collectors", limits.references(), this::readCollector);
    Long enterprise =
        log.integer("enterpriseNumber", ProblemCode.INVALID_PARAMETER_VALUE, 1, Integer.MAX_VALUE);
    Long seconds =
        log.integer(
            "templateSeconds", ProblemCode.INVALID_PARAMETER_VALUE, 1, NatLog.MAX_TEMPLATE_SECONDS);
    return Optional.of(
        new NatLog(
            events == null ? NatLog.Events.BLOCKS : events,
            collectors.placed(reading.source()),
            enterprise == null ? NatLog.DEFAULT_ENTERPRISE_NUMBER : enterprise.intValue(),
            seconds == null ? NatLog.DEFAULT_TEMPLATE_SECONDS : seconds.intValue()));
  }

  private NatLog.@Nullable Collector readCollector(JsonPath at, JsonValue value) {
    Fields fields = Fields.of(at, value, GatewayVocabularies.COLLECTOR, reading.report());
    if (fields == null) {
      return null;
    }
    ProblemCode invalid = ProblemCode.INVALID_PARAMETER_VALUE;
    NatLog.Format format =
        fields.requiredChoice("format", ProblemCode.PROPERTY_MISSING, invalid, FORMATS);
    IpAddress address =
        fields.requiredParsed(
            "ipAddress",
            ProblemCode.PROPERTY_MISSING,
            ProblemCode.INVALID_IP_ADDRESS,
            IpAddress::parse);
    Long port = fields.integer("port", invalid, 1, PortRange.MAX_PORT);
    if (format == null || address == null) {
      return null;
    }
    return new NatLog.Collector(format, address, port == null ? format.port() : port.intValue());
  }

  @Nullable Gateway readGateway(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, GatewayVocabularies.GATEWAY, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    properties.require("pool", ProblemCode.PROPERTY_MISSING);
    GatewayPoolReference pool = properties.reference("pool", ReferenceShape.GATEWAY_POOL);
    ServerReference server = properties.reference("server", ReferenceShape.SERVER);
    Elements<OutsideInterface> interfaces =
        properties.elements(
            "outsideInterfaces", limits.interfacesPerGateway(), this::readInterface);
    ResourceId id = resource.resourceId();
    boolean serverIsWrong = server == null && properties.has("server");
    if (id != null && (pool == null || serverIsWrong)) {
      reading.source().recordUnreadable(new GatewayReference(id));
    }
    if (id == null || pool == null || serverIsWrong) {
      return null;
    }
    return new Gateway(
        id,
        pool,
        server == null ? new ServerReference(id) : server,
        interfaces.placed(reading.source()));
  }

  private @Nullable OutsideInterface readInterface(JsonPath at, JsonValue value) {
    Fields fields = Fields.of(at, value, GatewayVocabularies.OUTSIDE_INTERFACE, reading.report());
    if (fields == null) {
      return null;
    }
    fields.require("subnet", ProblemCode.PROPERTY_MISSING);
    LogicalSubnetReference subnet = fields.reference("subnet", ReferenceShape.LOGICAL_SUBNET);
    Elements<IpAddress> addresses =
        fields.parsedElements(
            "ipAddresses",
            limits.interfacesPerGateway(),
            ProblemCode.INVALID_IP_ADDRESS,
            IpAddress::parse);
    return subnet == null ? null : new OutsideInterface(subnet, addresses.placed(reading.source()));
  }
}
