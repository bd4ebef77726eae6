// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import hnv.dataplane.DropReason;
import hnv.model.AccessControlList;
import hnv.model.AclAction;
import hnv.model.AclDirection;
import hnv.model.AclProtocol;
import hnv.model.AclRule;
import hnv.model.AddressPattern;
import hnv.model.AddressPattern.ServiceTag;
import hnv.model.IpConfiguration;
import hnv.model.NetworkInterface;
import hnv.model.PolicyIndex;
import hnv.model.PortRange;
import hnv.model.Subnet;
import hnv.model.VirtualNetwork;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Rule;
import hnv.wire.Cidr;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Turns the access control lists of an interface into groups of rules.
///
/// Each list is a group, and a packet must be let through by every group: the list of the subnet
/// and that of the IP configuration both have their say. A group ends with a rule for the list's
/// default action, so that it always speaks.
///
/// Where the addresses of an interface have different lists, a list is not asked about packets of
/// an address that is under another. It is asked about packets of none of the interface's
/// addresses, such as multicast: what no list speaks for must not slip between them.
final class AccessControlCompiler {
  private static final String DEFAULT_RULE = "default";

  private final PolicyIndex index;
  private final VirtualNetwork network;

  AccessControlCompiler(PolicyIndex index, VirtualNetwork network) {
    this.index = index;
    this.network = network;
  }

  AccessControl compile(NetworkInterface networkInterface) {
    List<Scope> subnets =
        scopes(
            networkInterface,
            configuration -> index.subnet(configuration.subnet()).flatMap(this::listOf),
            "subnet");
    List<Scope> configurations =
        scopes(
            networkInterface,
            configuration -> configuration.accessControlList().flatMap(index::accessControlList),
            "interface");
    // The order of Network Controller's clients: outbound the interface's list is asked first,
    // inbound the subnet's.
    return new AccessControl(
        groups(AclDirection.OUTBOUND, configurations, subnets),
        groups(AclDirection.INBOUND, subnets, configurations));
  }

  private Optional<AccessControlList> listOf(Subnet subnet) {
    return subnet.accessControlList().flatMap(index::accessControlList);
  }

  /// A list and the addresses of the interface that are not under it.
  private record Scope(String group, AccessControlList list, List<Cidr> others) {}

  private static List<Scope> scopes(
      NetworkInterface networkInterface,
      Function<IpConfiguration, Optional<AccessControlList>> listOf,
      String kind) {
    Map<AccessControlList, List<Cidr>> under = new LinkedHashMap<>();
    List<Cidr> all = new ArrayList<>();
    for (IpConfiguration configuration : networkInterface.ipConfigurations()) {
      Cidr address = host(configuration);
      all.add(address);
      listOf
          .apply(configuration)
          .ifPresent(list -> under.computeIfAbsent(list, l -> new ArrayList<>()).add(address));
    }
    List<Scope> scopes = new ArrayList<>();
    under.forEach(
        (list, addresses) ->
            scopes.add(
                new Scope(
                    kind + " " + list.resourceId(),
                    list,
                    all.stream().filter(address -> !addresses.contains(address)).toList())));
    return scopes;
  }

  private static Cidr host(IpConfiguration configuration) {
    var address = configuration.privateIpAddress().address();
    return new Cidr(address, address.width());
  }

  private List<Group> groups(AclDirection direction, List<Scope> first, List<Scope> then) {
    List<Group> groups = new ArrayList<>();
    first.forEach(scope -> groups.add(group(direction, scope)));
    then.forEach(scope -> groups.add(group(direction, scope)));
    return groups;
  }

  private Group group(AclDirection direction, Scope scope) {
    List<Condition> asked = asked(direction, scope.others());
    List<Rule> rules = new ArrayList<>();
    for (AclRule rule : scope.list().rules()) {
      if (rule.type() == direction && canMatch(rule)) {
        List<Condition> conditions = new ArrayList<>(asked);
        conditions.addAll(conditions(rule));
        rules.add(
            new Rule(
                rule.resourceId().toString(),
                rule.priority(),
                conditions,
                action(rule.action(), DropReason.ACL_DENIED)));
      }
    }
    AclAction otherwise =
        direction == AclDirection.INBOUND
            ? scope.list().inboundDefaultAction()
            : scope.list().outboundDefaultAction();
    rules.add(
        new Rule(
            DEFAULT_RULE,
            Integer.MAX_VALUE,
            asked,
            action(otherwise, DropReason.ACL_DEFAULT_DENIED)));
    return new Group(scope.group(), rules);
  }

  private static Action action(AclAction action, DropReason reason) {
    return switch (action) {
      case ALLOW -> new Action.StatefulAllow();
      case DENY -> new Action.Deny(reason);
    };
  }

  /// Which packets a list is asked about: all but those of addresses under other lists.
  private static List<Condition> asked(AclDirection direction, List<Cidr> others) {
    if (others.isEmpty()) {
      return List.of();
    }
    return List.of(
        new Condition.Not(
            anyOf(
                others,
                direction == AclDirection.OUTBOUND
                    ? Condition.SourceIn::new
                    : Condition.DestinationIn::new)));
  }

  private static boolean canMatch(AclRule rule) {
    return !isOfLoadBalancer(rule.source()) && !isOfLoadBalancer(rule.destination());
  }

  /// There is no load balancer yet, so its probes are no packets: such a rule is left out.
  private static boolean isOfLoadBalancer(AddressPattern pattern) {
    return pattern instanceof AddressPattern.Tag(ServiceTag tag)
        && tag == ServiceTag.AZURELOADBALANCER;
  }

  private List<Condition> conditions(AclRule rule) {
    List<Condition> conditions = new ArrayList<>(protocol(rule.protocol()));
    addresses(rule.source(), Condition.SourceIn::new).ifPresent(conditions::add);
    addresses(rule.destination(), Condition.DestinationIn::new).ifPresent(conditions::add);
    // A condition on a port is never met by a packet that has none.
    if (!rule.sourcePorts().equals(PortRange.ANY)) {
      conditions.add(
          new Condition.SourcePort(rule.sourcePorts().first(), rule.sourcePorts().last()));
    }
    if (!rule.destinationPorts().equals(PortRange.ANY)) {
      conditions.add(
          new Condition.DestinationPort(
              rule.destinationPorts().first(), rule.destinationPorts().last()));
    }
    return conditions;
  }

  private static List<Condition> protocol(AclProtocol protocol) {
    return switch (protocol) {
      case ALL -> List.of();
      case TCP -> List.of(new Condition.Protocol(IpProtocol.TCP));
      case UDP -> List.of(new Condition.Protocol(IpProtocol.UDP));
      case ICMPV4 ->
          List.of(
              new Condition.EtherType(EthernetHeader.IPV4),
              new Condition.Protocol(IpProtocol.ICMP));
      case ICMPV6 ->
          List.of(
              new Condition.EtherType(EthernetHeader.IPV6),
              new Condition.Protocol(IpProtocol.ICMPV6));
    };
  }

  private Optional<Condition> addresses(AddressPattern pattern, Function<Cidr, Condition> in) {
    return switch (pattern) {
      case AddressPattern.Any _ -> Optional.empty();
      case AddressPattern.Prefix(Cidr prefix) -> Optional.of(in.apply(prefix));
      case AddressPattern.Tag(ServiceTag tag) ->
          switch (tag) {
            case VIRTUALNETWORK -> Optional.of(anyOf(network.addressSpace(), in));
            case INTERNET -> Optional.of(new Condition.Not(anyOf(network.addressSpace(), in)));
            // Not reached: such a rule is left out.
            case AZURELOADBALANCER -> Optional.empty();
          };
    };
  }

  private static Condition anyOf(List<Cidr> prefixes, Function<Cidr, Condition> in) {
    return prefixes.size() == 1
        ? in.apply(prefixes.getFirst())
        : new Condition.AnyOf(prefixes.stream().map(in).toList());
  }
}
