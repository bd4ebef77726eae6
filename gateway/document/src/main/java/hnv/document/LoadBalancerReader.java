// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.BackendPoolReference;
import hnv.model.FrontendReference;
import hnv.model.GatewayLimits;
import hnv.model.IpConfigurationReference;
import hnv.model.LoadBalancer;
import hnv.model.LoadBalancer.BackendPool;
import hnv.model.LoadBalancer.ByAddress;
import hnv.model.LoadBalancer.ByResource;
import hnv.model.LoadBalancer.Frontend;
import hnv.model.LoadBalancer.FrontendAddress;
import hnv.model.LoadBalancer.InboundNatRule;
import hnv.model.LoadBalancer.OutboundNatRule;
import hnv.model.LoadBalancerReference;
import hnv.model.LogicalSubnetReference;
import hnv.model.NatBehavior;
import hnv.model.NatBehavior.Filtering;
import hnv.model.NatBehavior.Mapping;
import hnv.model.NatProtocol;
import hnv.model.PortRange;
import hnv.model.ProblemCode;
import hnv.model.PublicIpAddressReference;
import hnv.model.ResourceId;
import hnv.model.SubnetReference;
import hnv.model.VirtualNetworkReference;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads load balancers, as far as they translate.
final class LoadBalancerReader {
  static final Choices<NatProtocol> PROTOCOLS =
      Choices.<NatProtocol>of()
          .with("All", NatProtocol.ALL)
          .with("TCP", NatProtocol.TCP)
          .with("UDP", NatProtocol.UDP)
          .with("GRE", NatProtocol.GRE)
          .with("ESP", NatProtocol.ESP);
  static final Choices<Mapping> MAPPINGS =
      Choices.<Mapping>of()
          .with("EndpointIndependent", Mapping.ENDPOINT_INDEPENDENT)
          .with("EndpointDependent", Mapping.ENDPOINT_DEPENDENT);
  static final Choices<Filtering> FILTERINGS =
      Choices.<Filtering>of()
          .with("EndpointIndependent", Filtering.ENDPOINT_INDEPENDENT)
          .with("AddressDependent", Filtering.ADDRESS_DEPENDENT)
          .with("AddressAndPortDependent", Filtering.ADDRESS_AND_PORT_DEPENDENT);
  static final Choices<Boolean> PARITIES =
      Choices.<Boolean>of().with("Ignored", false).with("Preserved", true);

  private static final ProblemCode INVALID = ProblemCode.INVALID_PARAMETER_VALUE;

  private final Reading reading;
  private final GatewayLimits limits;

  LoadBalancerReader(Reading reading) {
    this.reading = reading;
    this.limits = reading.limits().gateway();
  }

  @Nullable LoadBalancer read(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, GatewayVocabularies.LOAD_BALANCER, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    int most = limits.frontendsPerLoadBalancer();
    int rules = limits.rulesPerLoadBalancer();
    Elements<Frontend> frontends =
        properties.elements("frontendIPConfigurations", most, this::readFrontend);
    Elements<BackendPool> pools = properties.elements("backendAddressPools", most, this::readPool);
    Elements<InboundNatRule> inbound =
        properties.elements("inboundNatRules", rules, this::readInbound);
    Elements<OutboundNatRule> outbound =
        properties.elements("outboundNatRules", rules, this::readOutbound);
    ResourceId id = resource.resourceId();
    if (id == null) {
      return null;
    }
    if (!frontends.isComplete() || !pools.isComplete() || !inbound.isComplete()) {
      reading.source().recordUnreadable(new LoadBalancerReference(id));
    }
    return new LoadBalancer(
        id,
        frontends.placed(reading.source()),
        pools.placed(reading.source()),
        inbound.placed(reading.source()),
        outbound.placed(reading.source()));
  }

  private @Nullable Frontend readFrontend(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, GatewayVocabularies.FRONTEND, reading.report());
    if (resource == null) {
      return null;
    }
    FrontendAddress address = address(resource.properties());
    ResourceId id = resource.resourceId();
    return id == null || address == null ? null : new Frontend(id, address);
  }

  private static @Nullable FrontendAddress address(Fields properties) {
    PublicIpAddressReference resource =
        properties.reference("publicIPAddress", ReferenceShape.PUBLIC_IP_ADDRESS);
    if (properties.has("publicIPAddress")) {
      if (properties.has("privateIPAddress")) {
        String text = "publicIPAddress is there as well; write one of the two";
        properties.problem("privateIPAddress", ProblemCode.PROPERTY_CONFLICT, text);
        return null;
      }
      return resource == null ? null : new ByResource(resource);
    }
    IpAddress address =
        properties.requiredParsed(
            "privateIPAddress",
            ProblemCode.PROPERTY_MISSING,
            ProblemCode.INVALID_IP_ADDRESS,
            IpAddress::parse);
    properties.require("subnet", ProblemCode.SUBNET_IS_REQUIRED);
    LogicalSubnetReference subnet = properties.reference("subnet", ReferenceShape.LOGICAL_SUBNET);
    return address == null || subnet == null ? null : new ByAddress(address, subnet);
  }

  private @Nullable BackendPool readPool(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, GatewayVocabularies.BACKEND_POOL, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    int most = limits.membersPerBackendPool();
    Elements<IpConfigurationReference> configurations =
        properties.references("backendIPConfigurations", most, ReferenceShape.IP_CONFIGURATION);
    Elements<SubnetReference> subnets =
        properties.references("subnets", most, ReferenceShape.SUBNET);
    Elements<VirtualNetworkReference> networks =
        properties.references("virtualNetworks", most, ReferenceShape.VIRTUAL_NETWORK);
    ResourceId id = resource.resourceId();
    if (id == null) {
      return null;
    }
    return new BackendPool(
        id,
        configurations.placed(reading.source()),
        subnets.placed(reading.source()),
        networks.placed(reading.source()));
  }

  private @Nullable InboundNatRule readInbound(JsonPath at, JsonValue value) {
    Resource resource =
        Resource.of(at, value, GatewayVocabularies.INBOUND_NAT_RULE, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    Elements<FrontendReference> frontends = frontends(properties);
    NatProtocol protocol = protocol(properties);
    PortRange ports = properties.parsed("frontendPort", INVALID, LoadBalancerReader::ports);
    Long backendPort = properties.integer("backendPort", INVALID, 0, PortRange.MAX_PORT);
    IpConfigurationReference backend =
        properties.reference("backendIPConfiguration", ReferenceShape.IP_CONFIGURATION);
    ResourceId id = resource.resourceId();
    boolean backendIsWrong = backend == null && properties.has("backendIPConfiguration");
    if (id == null || protocol == null || !frontends.isComplete() || backendIsWrong) {
      return null;
    }
    boolean none = !protocol.hasPorts() && backendPort != null && backendPort == 0;
    return new InboundNatRule(
        id,
        frontends.placed(reading.source()),
        protocol,
        Optional.ofNullable(ports).filter(p -> protocol.hasPorts() || p.last() != 0),
        Numbers.optional(none ? null : backendPort),
        Optional.ofNullable(backend));
  }

  private @Nullable OutboundNatRule readOutbound(JsonPath at, JsonValue value) {
    Resource resource =
        Resource.of(at, value, GatewayVocabularies.OUTBOUND_NAT_RULE, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    Elements<FrontendReference> frontends = frontends(properties);
    properties.require("backendAddressPool", ProblemCode.PROPERTY_MISSING);
    BackendPoolReference pool =
        properties.reference("backendAddressPool", ReferenceShape.BACKEND_POOL);
    NatProtocol protocol = protocol(properties);
    Elements<Cidr> destinations =
        properties.parsedElements(
            "destinationPrefixes", limits.references(), ProblemCode.INVALID_IP_PREFIX, Cidr::parse);
    NatBehavior behavior = behavior(properties);
    ResourceId id = resource.resourceId();
    if (id == null || pool == null || protocol == null || !frontends.isComplete()) {
      return null;
    }
    return new OutboundNatRule(
        id,
        frontends.placed(reading.source()),
        pool,
        protocol,
        destinations.placed(reading.source()),
        behavior);
  }

  private Elements<FrontendReference> frontends(Fields properties) {
    properties.require("frontendIPConfigurations", ProblemCode.PROPERTY_MISSING);
    return properties.references(
        "frontendIPConfigurations", limits.frontendsPerLoadBalancer(), ReferenceShape.FRONTEND);
  }

  private static @Nullable NatProtocol protocol(Fields properties) {
    return properties.requiredChoice("protocol", ProblemCode.PROPERTY_MISSING, INVALID, PROTOCOLS);
  }

  private static NatBehavior behavior(Fields properties) {
    NatBehavior defaults = NatBehavior.DEFAULT;
    Mapping mapping = properties.choice("mapping", INVALID, MAPPINGS);
    Filtering filtering = properties.choice("filtering", INVALID, FILTERINGS);
    Boolean parity = properties.choice("portParity", INVALID, PARITIES);
    PortRange ports = properties.parsed("portRange", INVALID, LoadBalancerReader::ports);
    Long block = properties.integer("portBlockSize", INVALID, 1, PortRange.MAX_PORT + 1);
    Long blocks = properties.integer("portBlocksPerAddress", INVALID, 1, PortRange.MAX_PORT + 1);
    Long sessions = properties.integer("sessionsPerAddress", INVALID, 1, Integer.MAX_VALUE);
    return new NatBehavior(
        mapping == null ? defaults.mapping() : mapping,
        filtering == null ? defaults.filtering() : filtering,
        parity == null ? defaults.preservesParity() : parity,
        ports == null ? defaults.ports() : ports,
        Numbers.optional(block),
        Numbers.optional(blocks),
        Numbers.optional(sessions));
  }

  /// `80` or `80-90`.
  private static PortRange ports(String text) {
    if (!text.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
      throw new IllegalArgumentException(
          Quoted.of(text) + " is neither a port nor a range of ports such as 80-90");
    }
    int dash = text.indexOf('-');
    int first = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
    int last = dash < 0 ? first : Integer.parseInt(text.substring(dash + 1));
    return new PortRange(first, last);
  }
}
