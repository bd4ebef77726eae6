// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import hnv.wire.RoutingDomainId;
import hnv.wire.Vsid;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Virtual networks and their subnets: ids, address spaces, prefixes, dual-stack pairs.
final class NetworkRules {
  /// A prefix of a subnet, and where it stands.
  private record Placed(Cidr prefix, Subnet subnet, int order, String path) {}

  /// Where an id was seen first.
  private record Owner(SubnetReference reference, Subnet subnet) {}

  private final PolicyValidation.Context context;
  private final Map<Vsid, Owner> owners = new HashMap<>();
  private final Map<SubnetReference, SubnetReference> partners = new HashMap<>();

  NetworkRules(PolicyValidation.Context context) {
    this.context = context;
  }

  void check() {
    List<VirtualNetwork> networks = context.policy().virtualNetworks();
    String all = "$.virtualNetworks";
    context.checkCount(all, networks.size(), context.limits().virtualNetworks());
    context.checkNames(PolicyValidation.names(networks, VirtualNetwork::resourceId), all);
    Map<RoutingDomainId, VirtualNetwork> domains = new HashMap<>();
    for (int i = 0; i < networks.size(); i++) {
      VirtualNetwork network = networks.get(i);
      VirtualNetwork first = domains.putIfAbsent(network.routingDomainId(), network);
      if (first != null && !first.resourceId().equals(network.resourceId())) {
        context.add(
            context.source().virtualNetwork(i) + ".properties.routingDomainId",
            ProblemCode.ROUTING_DOMAIN_ID_IN_USE,
            network.routingDomainId() + " is the routing domain of " + first.resourceId());
      }
      check(network, i);
    }
  }

  private void check(VirtualNetwork network, int number) {
    String properties = context.source().virtualNetwork(number) + ".properties";
    String space = properties + ".addressSpace.addressPrefixes";
    PolicyLimits limits = context.limits();
    context.checkCount(space, network.addressSpace().size(), limits.prefixesPerAddressSpace());
    if (network.addressSpace().isEmpty()) {
      context.add(space, ProblemCode.PROPERTY_MISSING, "an address space has at least one prefix");
    }
    String all = properties + ".subnets";
    List<Subnet> subnets = network.subnets();
    context.checkCount(all, subnets.size(), limits.subnetsPerVirtualNetwork());
    context.checkNames(PolicyValidation.names(subnets, Subnet::resourceId), all);
    List<Placed> prefixes = new ArrayList<>();
    for (int i = 0; i < subnets.size(); i++) {
      String path = context.source().subnet(number, i) + ".properties";
      check(network, subnets.get(i), path);
      checkPrefixes(network, subnets.get(i), path, prefixes);
    }
    checkOverlaps(prefixes);
  }

  private void check(VirtualNetwork network, Subnet subnet, String path) {
    SubnetReference reference = new SubnetReference(network.resourceId(), subnet.resourceId());
    subnet.dualStackSubnet().ifPresent(other -> checkPair(reference, subnet, other, path));
    Owner owner = owners.putIfAbsent(subnet.virtualSubnetId(), new Owner(reference, subnet));
    if (owner != null
        && !owner.reference().equals(reference)
        && !arePair(owner, reference, subnet)) {
      context.add(
          path + ".virtualSubnetId",
          ProblemCode.VIRTUAL_SUBNET_ID_IN_USE,
          subnet.virtualSubnetId() + " is the virtual subnet id of " + owner.reference());
    }
    subnet
        .accessControlList()
        .filter(list -> context.index().accessControlList(list).isEmpty())
        .ifPresent(list -> context.notFound(path + ".accessControlList.resourceRef", list));
  }

  private static boolean arePair(Owner owner, SubnetReference reference, Subnet subnet) {
    return subnet.dualStackSubnet().equals(Optional.of(owner.reference()))
        || owner.subnet().dualStackSubnet().equals(Optional.of(reference));
  }

  private void checkPair(
      SubnetReference reference, Subnet subnet, SubnetReference other, String path) {
    String at = path + ".dualStackSubnet.resourceRef";
    Optional<Subnet> partner = context.index().subnet(other);
    if (partner.isEmpty()) {
      context.notFound(at, other);
      return;
    }
    String wrong = whyNoPair(reference, subnet, other, partner.get());
    if (wrong != null) {
      context.add(at, ProblemCode.INVALID_DUAL_STACK_SUBNET, wrong);
    }
  }

  private @Nullable String whyNoPair(
      SubnetReference reference, Subnet subnet, SubnetReference other, Subnet partner) {
    if (!other.virtualNetwork().equals(reference.virtualNetwork())) {
      return other + " is in another virtual network";
    }
    if (other.equals(reference)) {
      return "a subnet is not its own partner";
    }
    SubnetReference claimed = partners.putIfAbsent(other, reference);
    if (claimed != null) {
      return other + " is already the partner of " + claimed;
    }
    if (!partner.dualStackSubnet().orElse(reference).equals(reference)) {
      return other + " names another partner: " + partner.dualStackSubnet().get();
    }
    if (subnet.addressPrefixes().size() != 1 || partner.addressPrefixes().size() != 1) {
      return "each subnet of a pair has one prefix; a subnet with both families needs no partner";
    }
    if (Addresses.isIpv4(subnet.addressPrefixes().getFirst())
        == Addresses.isIpv4(partner.addressPrefixes().getFirst())) {
      return "one subnet of a pair is IPv4, the other IPv6";
    }
    if (!subnet.virtualSubnetId().equals(partner.virtualSubnetId())) {
      return "both subnets of a pair have one virtual subnet id, not "
          + subnet.virtualSubnetId()
          + " and "
          + partner.virtualSubnetId();
    }
    return null;
  }

  private void checkPrefixes(
      VirtualNetwork network, Subnet subnet, String path, List<Placed> placed) {
    List<Cidr> prefixes = subnet.addressPrefixes();
    String list = path + ".addressPrefixes";
    if (prefixes.isEmpty()) {
      context.add(list, ProblemCode.PROPERTY_MISSING, "a subnet has a prefix");
    }
    long families = prefixes.stream().map(Addresses::isIpv4).distinct().count();
    if (families < prefixes.size()) {
      String text = "a subnet has one prefix, or one of each family";
      context.add(list, ProblemCode.INVALID_IP_PREFIX, text);
    }
    for (int i = 0; i < prefixes.size(); i++) {
      Cidr prefix = prefixes.get(i);
      String at = prefixes.size() == 1 ? path + ".addressPrefix" : list + "[" + i + "]";
      placed.add(new Placed(prefix, subnet, placed.size(), at));
      String unusable = Addresses.whyNotSubnet(prefix);
      if (unusable != null) {
        context.add(at, ProblemCode.INVALID_IP_PREFIX, prefix + " cannot be a subnet: " + unusable);
      }
      if (network.addressSpace().stream().noneMatch(space -> space.contains(prefix))) {
        context.add(
            at,
            ProblemCode.SUBNET_NOT_IN_ADDRESS_SPACE,
            prefix + " is in no prefix of the address space of " + network.resourceId());
      }
    }
  }

  /// Two prefixes are apart or one is inside the other. So in the order of their first addresses,
  /// the wider one first, each overlaps an earlier one exactly when it begins inside the last one
  /// that was not itself inside another.
  private void checkOverlaps(List<Placed> prefixes) {
    List<Placed> sorted = new ArrayList<>(prefixes);
    sorted.sort(Comparator.comparing(Placed::prefix));
    Placed outer = null;
    for (Placed inner : sorted) {
      if (outer == null || !outer.prefix().contains(inner.prefix())) {
        outer = inner;
        continue;
      }
      // The one that stands later in the document is the one to correct.
      boolean innerIsLater = inner.order() > outer.order();
      Placed later = innerIsLater ? inner : outer;
      Placed earlier = innerIsLater ? outer : inner;
      context.add(
          later.path(),
          ProblemCode.SUBNET_PREFIX_OVERLAP,
          later.prefix()
              + " overlaps "
              + earlier.prefix()
              + " of subnet "
              + earlier.subnet().resourceId());
    }
  }
}
