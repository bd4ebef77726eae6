// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.AccessControlListReference;
import hnv.model.Encapsulation;
import hnv.model.ProblemCode;
import hnv.model.ResourceId;
import hnv.model.RouteTableReference;
import hnv.model.RoutingDomainIds;
import hnv.model.Subnet;
import hnv.model.SubnetReference;
import hnv.model.VirtualNetwork;
import hnv.model.VirtualSubnetIdRange;
import hnv.model.VirtualSubnetIds;
import hnv.wire.Cidr;
import hnv.wire.RoutingDomainId;
import hnv.wire.Vsid;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads virtual networks in two steps: what is written, then, when all of it is known, the ids
/// that are not.
final class NetworkReader {
  /// A subnet that may lack its id.
  record WrittenSubnet(
      ResourceId resourceId,
      List<Cidr> addressPrefixes,
      Optional<Vsid> virtualSubnetId,
      Optional<AccessControlListReference> accessControlList,
      Optional<SubnetReference> dualStackSubnet,
      Optional<RouteTableReference> routeTable) {}

  /// A virtual network with such subnets.
  record WrittenNetwork(
      ResourceId resourceId,
      RoutingDomainId routingDomainId,
      List<Cidr> addressSpace,
      Elements<WrittenSubnet> subnets,
      Optional<Encapsulation> protocol) {}

  /// Stands for an address space that cannot be read, so that no subnet is said to be outside it.
  private static final List<Cidr> EVERYWHERE = List.of(Cidr.parse("0.0.0.0/0"), Cidr.parse("::/0"));

  private static final int PREFIXES_PER_SUBNET = 2;

  private final Reading reading;

  NetworkReader(Reading reading) {
    this.reading = reading;
  }

  @Nullable WrittenNetwork read(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, Vocabularies.VIRTUAL_NETWORK, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    RoutingDomainId domain =
        properties.parsed(
            "routingDomainId", ProblemCode.INVALID_PARAMETER_VALUE, RoutingDomainId::parse);
    Encapsulation protocol =
        properties.choice(
            "networkVirtualizationProtocol",
            ProblemCode.INVALID_PARAMETER_VALUE,
            ManagerReader.PROTOCOLS);
    List<Cidr> space = addressSpace(properties);
    ResourceId id = resource.resourceId();
    Elements<WrittenSubnet> subnets =
        properties.elements(
            "subnets",
            reading.limits().subnetsPerVirtualNetwork(),
            (place, subnet) -> readSubnet(id, place, subnet));
    if (id == null) {
      return null;
    }
    if (subnets.isCut()) {
      reading.source().recordUnreadableNetwork(id);
    }
    RoutingDomainId known = domain == null ? RoutingDomainIds.derive(id) : domain;
    return new WrittenNetwork(id, known, space, subnets, Optional.ofNullable(protocol));
  }

  private List<Cidr> addressSpace(Fields properties) {
    properties.require("addressSpace", ProblemCode.PROPERTY_MISSING);
    if (!properties.has("addressSpace")) {
      return EVERYWHERE;
    }
    Fields space = properties.object("addressSpace", Vocabularies.ADDRESS_SPACE);
    Elements<Cidr> prefixes =
        space.parsedElements(
            "addressPrefixes",
            reading.limits().prefixesPerAddressSpace(),
            ProblemCode.INVALID_IP_PREFIX,
            Cidr::parse);
    return prefixes.isComplete() ? prefixes.values() : EVERYWHERE;
  }

  private @Nullable WrittenSubnet readSubnet(
      @Nullable ResourceId network, JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, Vocabularies.SUBNET, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    Vsid vsid =
        properties.parsed("virtualSubnetId", ProblemCode.INVALID_PARAMETER_VALUE, Vsid::parse);
    AccessControlListReference list =
        properties.reference("accessControlList", ReferenceShape.ACCESS_CONTROL_LIST);
    SubnetReference partner = properties.reference("dualStackSubnet", ReferenceShape.SUBNET);
    RouteTableReference table = properties.reference("routeTable", ReferenceShape.ROUTE_TABLE);
    List<Cidr> prefixes = prefixes(properties);
    ResourceId id = resource.resourceId();
    if (prefixes == null && network != null && id != null) {
      reading.source().recordUnreadable(new SubnetReference(network, id));
    }
    if (prefixes == null || id == null) {
      return null;
    }
    return new WrittenSubnet(
        id,
        prefixes,
        Optional.ofNullable(vsid),
        Optional.ofNullable(list),
        Optional.ofNullable(partner),
        Optional.ofNullable(table));
  }

  private static @Nullable List<Cidr> prefixes(Fields properties) {
    boolean one = properties.has("addressPrefix");
    boolean many = properties.has("addressPrefixes");
    if (one && many) {
      String text = "addressPrefix is there as well; write one of the two";
      properties.problem("addressPrefixes", ProblemCode.PROPERTY_CONFLICT, text);
      return null;
    }
    if (many) {
      Elements<Cidr> prefixes =
          properties.parsedElements(
              "addressPrefixes", PREFIXES_PER_SUBNET, ProblemCode.INVALID_IP_PREFIX, Cidr::parse);
      return prefixes.isComplete() ? prefixes.values() : null;
    }
    Cidr prefix =
        properties.requiredParsed(
            "addressPrefix",
            ProblemCode.PROPERTY_MISSING,
            ProblemCode.INVALID_IP_PREFIX,
            Cidr::parse);
    return prefix == null ? null : List.of(prefix);
  }

  /// Gives every subnet its id.
  List<VirtualNetwork> finish(List<WrittenNetwork> networks, VirtualSubnetIdRange range) {
    List<VirtualSubnetIds.Request> requests = new ArrayList<>();
    for (WrittenNetwork network : networks) {
      for (WrittenSubnet subnet : network.subnets().values()) {
        requests.add(
            new VirtualSubnetIds.Request(
                reference(network, subnet), subnet.virtualSubnetId(), subnet.dualStackSubnet()));
      }
    }
    Map<SubnetReference, Vsid> ids = VirtualSubnetIds.assign(range, requests);
    return networks.stream().map(network -> finish(network, ids)).toList();
  }

  private VirtualNetwork finish(WrittenNetwork network, Map<SubnetReference, Vsid> ids) {
    Elements<WrittenSubnet> written = network.subnets();
    Elements<Subnet> subnets = new Elements<>(written.path());
    if (!written.isComplete()) {
      subnets.cut();
    }
    for (int i = 0; i < written.values().size(); i++) {
      subnets.add(written.position(i), finish(network, i, ids));
    }
    return new VirtualNetwork(
        network.resourceId(),
        network.routingDomainId(),
        network.addressSpace(),
        subnets.placed(reading.source()),
        network.protocol());
  }

  private @Nullable Subnet finish(
      WrittenNetwork network, int index, Map<SubnetReference, Vsid> ids) {
    WrittenSubnet subnet = network.subnets().values().get(index);
    SubnetReference reference = reference(network, subnet);
    Vsid id = subnet.virtualSubnetId().orElse(ids.get(reference));
    if (id == null) {
      reading.source().recordUnreadable(reference);
      JsonPath at = network.subnets().path().element(network.subnets().position(index));
      reading
          .report()
          .problem(
              at.property("properties").property("virtualSubnetId"),
              ProblemCode.VIRTUAL_SUBNET_ID_RANGE_EXHAUSTED,
              "no id of virtualSubnetIdRange is left; widen it, or write one here");
      return null;
    }
    return new Subnet(
        subnet.resourceId(),
        subnet.addressPrefixes(),
        id,
        subnet.accessControlList(),
        subnet.dualStackSubnet(),
        subnet.routeTable());
  }

  private static SubnetReference reference(WrittenNetwork network, WrittenSubnet subnet) {
    return new SubnetReference(network.resourceId(), subnet.resourceId());
  }
}
