// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Rules of access control lists.
class RuleRefusalsTest {
  private static final String BLUE = "$.virtualNetworks[0].properties";
  private static final String B = "$.networkInterfaces[1].properties";
  private static final String R1 = "$.accessControlLists[0].properties.aclRules[0].properties";
  private static final String R2 = "$.accessControlLists[0].properties.aclRules[1].properties";

  @TestFactory
  Stream<DynamicTest> refusesWhatBreaksARule() {
    RefusalTable table = new RefusalTable();
    rules(table);
    protocolsOfRules(table);
    addressesOfRules(table);
    return table.tests();
  }

  private static void rules(RefusalTable table) {
    table.refuses(
        "a priority below",
        "'priority': 200",
        "'priority': 100",
        R1 + ".priority InvalidAclRulePriority");
    table.refuses(
        "a priority above",
        "'priority': 200",
        "'priority': 65001",
        R1 + ".priority InvalidAclRulePriority");
    table.refuses(
        "a priority that is no number",
        "'priority': 200",
        "'priority': 'high'",
        R1 + ".priority InvalidAclRulePriority");
    table.refuses("no priority", "'priority': 200, ", "", R1 + ".priority InvalidAclRulePriority");
    table.refuses(
        "rules that disagree at one priority",
        "'priority': 300",
        "'priority': 200",
        R2 + ".priority AclRulePriorityConflict");
    table.refuses(
        "an unknown action",
        "'action': 'Allow'",
        "'action': 'Permit'",
        R1 + ".action InvalidAclRuleAction");
    table.refuses(
        "an unknown type",
        "'type': 'Inbound', 'priority': 200",
        "'type': 'Both', 'priority': 200",
        R1 + ".type InvalidAclRuleType");
    table.refuses(
        "no destination",
        "'destinationAddressPrefix': '*', 'destinationPortRange': '80-90'",
        "'destinationPortRange': '80-90'",
        R1 + ".destinationAddressPrefix AclRuleNullOrEmptyDestinationAddressPrefix");
    table.refuses(
        "no source ports",
        "'VIRTUALNETWORK', 'sourcePortRange': '*'",
        "'VIRTUALNETWORK'",
        R1 + ".sourcePortRange AclRuleNullOrEmptySourcePortRange");
    table.refuses(
        "a list of source ports",
        "'VIRTUALNETWORK', 'sourcePortRange': '*'",
        "'VIRTUALNETWORK', 'sourcePortRange': '80,90'",
        R1 + ".sourcePortRange AclRuleInvalidSourcePortRange");
  }

  private static void protocolsOfRules(RefusalTable table) {
    table.refuses(
        "an unknown protocol",
        "'protocol': 'TCP'",
        "'protocol': 'SCTP'",
        R1 + ".protocol InvalidAclRuleProtocol");
    table.refuses(
        "HTTP", "'protocol': 'TCP'", "'protocol': 'HTTP'", R1 + ".protocol InvalidAclRuleProtocol");
    table.refuses(
        "ports with ICMP",
        "'protocol': 'TCP'",
        "'protocol': 'ICMPv6'",
        R1 + ".protocol InvalidAclRuleProtocol");
    table.refuses(
        "IPv4 addresses with ICMPv6",
        "'ICMPv4'",
        "'ICMPv6'",
        R2 + ".protocol InvalidAclRuleProtocol");
    table.refuses(
        "addresses of two families",
        "'10.9.0.0/16', 'sourcePortRange': '*', " + "'destinationAddressPrefix': '*'",
        "'10.9.0.0/16', 'sourcePortRange': '*', 'destinationAddressPrefix': 'fd00::/8'",
        R2 + ".destinationAddressPrefix AclRuleInvalidDestinationAddressPrefix");
  }

  private static void addressesOfRules(RefusalTable table) {
    table.refuses(
        "a source that is none",
        "'10.9.0.0/16'",
        "'10.9.0.0/33'",
        R2 + ".sourceAddressPrefix AclRuleInvalidSourceAddressPrefix");
    table.refuses(
        "an unknown tag",
        "'VIRTUALNETWORK'",
        "'MYNETWORK'",
        R1 + ".sourceAddressPrefix AclRuleInvalidSourceAddressPrefix");
    table.refuses(
        "no source",
        "'sourceAddressPrefix': '10.9.0.0/16', ",
        "",
        R2 + ".sourceAddressPrefix AclRuleNullOrEmptySourceAddressPrefix");
    table.refuses(
        "a range the wrong way round",
        "'80-90'",
        "'90-80'",
        R1 + ".destinationPortRange AclRuleInvalidDestinationPortRange");
    table.refuses(
        "a port too high",
        "'80-90'",
        "'65536'",
        R1 + ".destinationPortRange AclRuleInvalidDestinationPortRange");
    table.refuses(
        "an empty port range",
        "'80-90'",
        "''",
        R1 + ".destinationPortRange AclRuleNullOrEmptyDestinationPortRange");
    table.refuses(
        "security tags in a rule",
        "'protocol': 'TCP'",
        "'protocol': 'TCP', 'sourceSecurityTags': [{'resourceRef': '/securityTags/dev'}]",
        R1 + ".sourceSecurityTags OperationNotSupported");
    table.refuses(
        "a list that is not there",
        "'virtualSubnetId': 5002, "
            + "'accessControlList': {'resourceRef': '/accessControlLists/acl'}",
        "'virtualSubnetId': 5002, 'accessControlList': {'resourceRef': '/accessControlLists/x'}",
        BLUE + ".subnets[1].properties.accessControlList.resourceRef ReferencedResourceNotFound");
    table.refuses(
        "a list that is not there, of an address",
        "'fd00:1:0:2::12', "
            + "'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s2'}, "
            + "'accessControlList': {'resourceRef': '/accessControlLists/acl'}",
        "'fd00:1:0:2::12', 'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s2'},"
            + " 'accessControlList': {'resourceRef': '/accessControlLists/x'}",
        B
            + ".ipConfigurations[1].properties.accessControlList.resourceRef"
            + " ReferencedResourceNotFound");
    table.refuses(
        "a default that is none",
        "'inboundDefaultAction': 'Deny'",
        "'inboundDefaultAction': 'Block'",
        "$.accessControlLists[0].properties.inboundDefaultAction InvalidParameterValue");
  }
}
