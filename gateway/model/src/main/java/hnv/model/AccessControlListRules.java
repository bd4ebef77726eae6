// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Cidr;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Access control lists: priorities, and rules that can match something.
final class AccessControlListRules {
  /// Rules that compete: one direction, one priority.
  private record Rank(AclDirection type, int priority) {}

  private final PolicyValidation.Context context;

  AccessControlListRules(PolicyValidation.Context context) {
    this.context = context;
  }

  void check() {
    List<AccessControlList> lists = context.policy().accessControlLists();
    String all = "$.accessControlLists";
    context.checkCount(all, lists.size(), context.limits().accessControlLists());
    context.checkNames(PolicyValidation.names(lists, AccessControlList::resourceId), all);
    for (int i = 0; i < lists.size(); i++) {
      check(lists.get(i), i);
    }
  }

  private void check(AccessControlList list, int number) {
    List<AclRule> rules = list.rules();
    String all = context.source().accessControlList(number) + ".properties.aclRules";
    context.checkCount(all, rules.size(), context.limits().rulesPerAccessControlList());
    context.checkNames(PolicyValidation.names(rules, AclRule::resourceId), all);
    Map<Rank, AclRule> ranks = new HashMap<>();
    for (int i = 0; i < rules.size(); i++) {
      AclRule rule = rules.get(i);
      String path = context.source().rule(number, i) + ".properties";
      checkPriority(rule, path, ranks);
      checkProtocol(rule, path);
    }
  }

  private void checkPriority(AclRule rule, String path, Map<Rank, AclRule> ranks) {
    int priority = rule.priority();
    if (priority < AclRule.MIN_PRIORITY || priority > AclRule.MAX_PRIORITY) {
      context.add(
          path + ".priority",
          ProblemCode.INVALID_ACL_RULE_PRIORITY,
          priority + " is outside " + AclRule.MIN_PRIORITY + " to " + AclRule.MAX_PRIORITY);
      return;
    }
    AclRule first = ranks.putIfAbsent(new Rank(rule.type(), priority), rule);
    if (first != null && first.action() != rule.action()) {
      context.add(
          path + ".priority",
          ProblemCode.ACL_RULE_PRIORITY_CONFLICT,
          "rule "
              + first.resourceId()
              + " has priority "
              + priority
              + " in the same direction and another action; which of them holds would be chance");
    }
  }

  private void checkProtocol(AclRule rule, String path) {
    AclProtocol protocol = rule.protocol();
    boolean icmp = protocol == AclProtocol.ICMPV4 || protocol == AclProtocol.ICMPV6;
    if (icmp
        && !(rule.sourcePorts().equals(PortRange.ANY)
            && rule.destinationPorts().equals(PortRange.ANY))) {
      String text = protocol + " has no ports; write * for both port ranges";
      context.add(path + ".protocol", ProblemCode.INVALID_ACL_RULE_PROTOCOL, text);
    }
    Cidr source = prefix(rule.source());
    Cidr destination = prefix(rule.destination());
    if (source != null
        && destination != null
        && Addresses.isIpv4(source) != Addresses.isIpv4(destination)) {
      context.add(
          path + ".destinationAddressPrefix",
          ProblemCode.ACL_RULE_INVALID_DESTINATION_ADDRESS_PREFIX,
          destination + " and " + source + " are of different families: nothing can match");
    }
    Cidr either = source != null ? source : destination;
    if (icmp && either != null && Addresses.isIpv4(either) != (protocol == AclProtocol.ICMPV4)) {
      String text = protocol + " never goes with " + either + ": nothing can match";
      context.add(path + ".protocol", ProblemCode.INVALID_ACL_RULE_PROTOCOL, text);
    }
  }

  private static @Nullable Cidr prefix(AddressPattern pattern) {
    return pattern instanceof AddressPattern.Prefix(Cidr prefix) ? prefix : null;
  }
}
