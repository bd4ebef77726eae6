// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every rule: the smallest edit of a valid document that breaks it, and exactly what is said.
class RefusalsTest {
  private static final String BLUE = "$.virtualNetworks[0].properties";
  private static final String A = "$.networkInterfaces[0].properties";
  private static final String B = "$.networkInterfaces[1].properties";
  private static final String A_IP = A + ".ipConfigurations[0].properties";
  private static final String R1 = "$.accessControlLists[0].properties.aclRules[0].properties";
  private static final String R2 = "$.accessControlLists[0].properties.aclRules[1].properties";
  private static final String MANAGER = "$.virtualNetworkManager.properties";

  private record Case(String name, String find, String replacement, List<String> problems) {}

  private final List<Case> cases = new ArrayList<>();

  private void refuses(String name, String find, String replacement, String... problems) {
    cases.add(new Case(name, find, replacement, Arrays.asList(problems)));
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatBreaksARule() {
    names();
    servers();
    networks();
    dualStackPairs();
    interfaces();
    customerAddresses();
    rules();
    manager();
    values();
    references();
    return cases.stream()
        .map(
            c ->
                DynamicTest.dynamicTest(
                    c.name(),
                    () ->
                        assertEquals(
                            c.problems(),
                            SampleDocument.problems(
                                SampleDocument.parse(
                                    SampleDocument.with(c.find(), c.replacement()))))));
  }

  private void names() {
    refuses(
        "two servers of one name",
        "'h2',",
        "'H1',",
        "$.servers[1].resourceId ResourceIdInUse",
        B + ".server.resourceRef ReferencedResourceNotFound");
    refuses(
        "two networks of one name",
        "'resourceId': 'red'",
        "'resourceId': 'Blue'",
        "$.virtualNetworks[1].resourceId ResourceIdInUse");
    refuses(
        "two interfaces of one name",
        "'resourceId': 'b'",
        "'resourceId': 'A'",
        "$.networkInterfaces[1].resourceId ResourceIdInUse");
    refuses(
        "two rules of one name",
        "'resourceId': 'r2'",
        "'resourceId': 'R1'",
        "$.accessControlLists[0].properties.aclRules[1].resourceId ResourceIdInUse");
    refuses(
        "two IP configurations of one name",
        "'resourceId': 'c2'",
        "'resourceId': 'C1'",
        B + ".ipConfigurations[1].resourceId ResourceIdInUse");
    refuses(
        "two subnets of one name",
        "{'resourceId': 's2', 'properties': { ",
        "{'resourceId': 'S1', 'properties': {'addressPrefix': '10.1.3.0/24'}}, "
            + "{'resourceId': 's2', 'properties': { ",
        BLUE + ".subnets[1].resourceId ResourceIdInUse");
    refuses(
        "no name", "'resourceId': 'red', ", "", "$.virtualNetworks[1].resourceId PropertyMissing");
    refuses(
        "an empty name",
        "'resourceId': 'red'",
        "'resourceId': ''",
        "$.virtualNetworks[1].resourceId PropertyMissing");
    refuses(
        "a name that is a path",
        "'resourceId': 'red'",
        "'resourceId': '../red'",
        "$.virtualNetworks[1].resourceId InvalidResourceName");
  }

  private void servers() {
    refuses(
        "a provider address of two servers",
        "'fd01::20'",
        "'192.168.1.10'",
        "$.servers[1].properties.providerAddresses[1] ProviderAddressInUse");
    refuses(
        "a provider address twice in one server",
        "'fd01::20'",
        "'192.168.2.20'",
        "$.servers[1].properties.providerAddresses[1] ProviderAddressInUse");
    refuses(
        "a provider address that is none",
        "'fd01::20'",
        "'192.168.2.256'",
        "$.servers[1].properties.providerAddresses[1] InvalidIPAddress");
    refuses(
        "a multicast provider address",
        "'fd01::20'",
        "'ff02::1'",
        "$.servers[1].properties.providerAddresses[1] InvalidIPAddress");
    refuses(
        "a loopback provider address",
        "'fd01::20'",
        "'127.0.0.1'",
        "$.servers[1].properties.providerAddresses[1] InvalidIPAddress");
    refuses(
        "a link-local provider address",
        "'fd01::20'",
        "'fe80::1'",
        "$.servers[1].properties.providerAddresses[1] InvalidIPAddress");
    refuses(
        "five provider addresses",
        "'fd01::20'",
        "'fd01::1','fd01::2','fd01::3','fd01::4'",
        "$.servers[1].properties.providerAddresses CountLimitReached");
    refuses(
        "an interface on a server without provider address",
        "['192.168.1.10']",
        "[]",
        A + ".server.resourceRef ProviderAddressMissing");
  }

  private void networks() {
    refuses(
        "one routing domain for two networks",
        "22222222-2222-4222-8222-222222222222",
        "11111111-1111-4111-8111-111111111111",
        "$.virtualNetworks[1].properties.routingDomainId RoutingDomainIdInUse");
    refuses(
        "a routing domain of zeros",
        "22222222-2222-4222-8222-222222222222",
        "00000000-0000-0000-0000-000000000000",
        "$.virtualNetworks[1].properties.routingDomainId InvalidParameterValue");
    refuses(
        "no address space",
        "'addressSpace': {'addressPrefixes': ['10.0.0.0/8']},",
        "",
        "$.virtualNetworks[1].properties.addressSpace PropertyMissing");
    refuses(
        "an empty address space",
        "['10.0.0.0/8']",
        "[]",
        "$.virtualNetworks[1].properties.addressSpace.addressPrefixes PropertyMissing",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix"
            + " SubnetNotInAddressSpace");
    refuses(
        "an address space that is none",
        "['10.0.0.0/8']",
        "['10.0.0.0']",
        "$.virtualNetworks[1].properties.addressSpace.addressPrefixes[0] InvalidIPPrefix");
    refuses(
        "a VSID in two networks",
        "6001",
        "5001",
        "$.virtualNetworks[1].properties.subnets[0].properties.virtualSubnetId"
            + " VirtualSubnetIdInUse");
    refuses(
        "a VSID in two subnets",
        "5002",
        "5001",
        BLUE + ".subnets[1].properties.virtualSubnetId VirtualSubnetIdInUse");
    refuses(
        "a VSID below the range",
        "6001",
        "4095",
        "$.virtualNetworks[1].properties.subnets[0].properties.virtualSubnetId"
            + " InvalidParameterValue");
    refuses(
        "a VSID above the range",
        "6001",
        "16777215",
        "$.virtualNetworks[1].properties.subnets[0].properties.virtualSubnetId"
            + " InvalidParameterValue");
    refuses(
        "a subnet outside the address space",
        "10.1.1.0/25",
        "11.1.1.0/25",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix"
            + " SubnetNotInAddressSpace");
    refuses(
        "a subnet wider than the address space",
        "10.1.1.0/24",
        "10.0.0.0/15",
        BLUE + ".subnets[0].properties.addressPrefix SubnetNotInAddressSpace",
        BLUE + ".subnets[1].properties.addressPrefixes[0] SubnetPrefixOverlap");
    refuses(
        "subnets that overlap",
        "10.1.1.0/24",
        "10.1.2.128/25",
        BLUE + ".subnets[1].properties.addressPrefixes[0] SubnetPrefixOverlap",
        A_IP + ".privateIPAddress PrivateIPAddressNotInSubnet");
    refuses(
        "a prefix with host bits",
        "10.1.1.0/25",
        "10.1.1.1/25",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix InvalidIPPrefix");
    refuses(
        "a prefix without room",
        "10.1.1.0/25",
        "10.1.1.0/31",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix InvalidIPPrefix");
    refuses(
        "no prefix",
        "'addressPrefix': '10.1.1.0/25', ",
        "",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix PropertyMissing");
    refuses(
        "both ways to write a prefix",
        "'addressPrefix': '10.1.1.0/25', ",
        "'addressPrefix': '10.1.1.0/25', 'addressPrefixes': ['10.1.1.0/25'], ",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefixes PropertyConflict");
    refuses(
        "two prefixes of one family",
        "fd00:1:0:2::/64",
        "10.1.3.0/24",
        BLUE + ".subnets[1].properties.addressPrefixes InvalidIPPrefix",
        B + ".ipConfigurations[1].properties.privateIPAddress PrivateIPAddressNotInSubnet");
    refuses(
        "three prefixes",
        "'fd00:1:0:2::/64'",
        "'fd00:1:0:2::/64', '10.1.3.0/24'",
        BLUE + ".subnets[1].properties.addressPrefixes CountLimitReached");
    refuses(
        "encryption that would not happen",
        "'virtualSubnetId': 6001",
        "'virtualSubnetId': 6001, 'encryptionEnabled': true",
        "$.virtualNetworks[1].properties.subnets[0].properties.encryptionEnabled"
            + " OperationNotSupported");
  }

  private void dualStackPairs() {
    String subnet = "$.virtualNetworks[1].properties.subnets";
    String red = "'addressPrefix': '10.1.1.0/25', 'virtualSubnetId': 6001}}";
    String pair = "'dualStackSubnet': {'resourceRef': '/virtualNetworks/red/subnets/%s'}";
    refuses(
        "a pair of one family",
        red,
        red
            + ", {'resourceId': 's6', 'properties': {'addressPrefix': '10.2.0.0/24',"
            + pair.formatted("s1")
            + "}}",
        subnet + "[1].properties.dualStackSubnet.resourceRef InvalidDualStackSubnet");
    refuses(
        "a pair of two VSIDs",
        "'addressPrefixes': ['10.0.0.0/8']}, 'subnets': [",
        "'addressPrefixes': ['10.0.0.0/8', 'fd00::/32']}, 'subnets': ["
            + "{'resourceId': 's6', 'properties': {'addressPrefix': 'fd00::/64',"
            + "'virtualSubnetId': 7777, "
            + pair.formatted("s1")
            + "}},",
        subnet + "[0].properties.dualStackSubnet.resourceRef InvalidDualStackSubnet");
    refuses(
        "a partner that is not there",
        "'virtualSubnetId': 6001",
        "'virtualSubnetId': 6001, " + pair.formatted("s9"),
        subnet + "[0].properties.dualStackSubnet.resourceRef ReferencedResourceNotFound");
    refuses(
        "a subnet that is its own partner",
        "'virtualSubnetId': 6001",
        "'virtualSubnetId': 6001, " + pair.formatted("s1"),
        subnet + "[0].properties.dualStackSubnet.resourceRef InvalidDualStackSubnet");
    refuses(
        "a partner in another network",
        "'virtualSubnetId': 6001",
        "'virtualSubnetId': 6001, 'dualStackSubnet':"
            + " {'resourceRef': '/virtualNetworks/blue/subnets/s1'}",
        subnet + "[0].properties.dualStackSubnet.resourceRef InvalidDualStackSubnet");
    refuses(
        "two subnets with one partner",
        "'addressPrefixes': ['10.0.0.0/8']}, 'subnets': [",
        "'addressPrefixes': ['10.0.0.0/8', 'fd00::/32']}, 'subnets': ["
            + "{'resourceId': 's6', 'properties': {'addressPrefix': 'fd00::/64',"
            + pair.formatted("s1")
            + "}},"
            + "{'resourceId': 's7', 'properties': {'addressPrefix': 'fd00:0:0:1::/64',"
            + pair.formatted("s1")
            + "}},",
        subnet + "[1].properties.dualStackSubnet.resourceRef InvalidDualStackSubnet",
        subnet + "[1].properties.virtualSubnetId VirtualSubnetIdInUse");
  }

  private void interfaces() {
    refuses(
        "a MAC twice in one VSID",
        "'privateMacAddress': '020000000002',",
        "'privateMacAddress': '020000000002', 'ipConfigurations': [], 'x': 1}},"
            + " {'resourceId': 'd', 'properties': {'privateMacAddress': '02-00-00-00-00-01',"
            + "'ipConfigurations': [{'resourceId': 'c', 'properties': {'privateIPAddress':"
            + "'10.1.1.13', 'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s1'}}}]}},"
            + " {'resourceId': 'e', 'properties': {'privateMacAddress': '020000000003',",
        B + ".x UnknownProperty",
        "$.networkInterfaces[2].properties.privateMacAddress PrivateMacAddressInUse");
    refuses(
        "no MAC",
        "'privateMacAddress': '020000000002',",
        "",
        B + ".privateMacAddress PrivateMacAddressMissing");
    refuses(
        "a MAC that is none",
        "020000000002",
        "02000000000",
        B + ".privateMacAddress InvalidPrivateMacAddress");
    refuses(
        "a multicast MAC",
        "020000000002",
        "030000000002",
        B + ".privateMacAddress InvalidPrivateMacAddress");
    refuses(
        "a MAC of zeros",
        "020000000002",
        "000000000000",
        B + ".privateMacAddress InvalidPrivateMacAddress");
    refuses(
        "a server that is not there",
        "'/servers/h1'",
        "'/servers/h3'",
        A + ".server.resourceRef ReferencedResourceNotFound");
    refuses(
        "IP configurations in two virtual subnets",
        "'privateIPAddress': '10.1.2.12', "
            + "'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s2'}",
        "'privateIPAddress': '10.1.1.12', "
            + "'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s1'}",
        B
            + ".ipConfigurations[1].properties.subnet.resourceRef"
            + " IPConfigurationsDontUseSameVirtualSubnet");
    refuses(
        "a limit of nothing",
        "'outboundMaximumMbps': 100",
        "'outboundMaximumMbps': 0",
        B + ".portSettings.qosSettings.outboundMaximumMbps InvalidParameterValue");
    refuses(
        "two spellings of spoofing that disagree",
        "'macSpoofing': 'Disabled'",
        "'macSpoofing': 'Disabled', 'macSpoofingEnabled': 'Enabled'",
        B + ".portSettings.macSpoofingEnabled PropertyConflict");
    refuses(
        "a host's own interface",
        "'privateMacAddress': '020000000002'",
        "'privateMacAddress': '020000000002', 'isHostVirtualNetworkInterface': true",
        B
            + ".isHostVirtualNetworkInterface"
            + " HostVirtualNetworkInterfaceCannotConnectToVirtualNetwork");
    refuses(
        "security tags",
        "'privateMacAddress': '020000000002'",
        "'privateMacAddress': '020000000002',"
            + " 'securityTags': [{'resourceRef': '/securityTags/dev'}]",
        B + ".securityTags OperationNotSupported");
  }

  private void customerAddresses() {
    String address = "'privateIPAddress': '10.1.1.11'";
    refuses(
        "a CA outside its subnet",
        address,
        "'privateIPAddress': '10.1.2.11'",
        A_IP + ".privateIPAddress PrivateIPAddressNotInSubnet");
    refuses(
        "a CA of another family",
        address,
        "'privateIPAddress': 'fd00:1:0:2::11'",
        A_IP + ".privateIPAddress PrivateIPAddressNotInSubnet");
    refuses(
        "the network address",
        address,
        "'privateIPAddress': '10.1.1.0'",
        A_IP + ".privateIPAddress PrivateIPAddressInReservedRange");
    refuses(
        "the router's address",
        address,
        "'privateIPAddress': '10.1.1.1'",
        A_IP + ".privateIPAddress PrivateIPAddressInReservedRange");
    refuses(
        "the broadcast address",
        address,
        "'privateIPAddress': '10.1.1.255'",
        A_IP + ".privateIPAddress PrivateIPAddressInReservedRange");
    refuses(
        "the subnet-router anycast address",
        "fd00:1:0:2::12",
        "fd00:1:0:2::",
        B + ".ipConfigurations[1].properties.privateIPAddress PrivateIPAddressInReservedRange");
    refuses(
        "the router's IPv6 address",
        "fd00:1:0:2::12",
        "fd00:1:0:2::1",
        B + ".ipConfigurations[1].properties.privateIPAddress PrivateIPAddressInReservedRange");
    refuses(
        "a CA twice in one interface",
        "fd00:1:0:2::12",
        "10.1.2.12",
        B + ".ipConfigurations[1].properties.privateIPAddress PrivateIPAddressInUse");
    refuses(
        "a CA twice in one routing domain",
        "'10.1.2.12', " + "'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s2'}}},",
        "'10.1.2.12', "
            + "'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s2'}}}]}},"
            + "{'resourceId': 'c', 'properties': {'privateMacAddress': '020000000003',"
            + "'ipConfigurations': [{'resourceId': 'c1', 'properties': {"
            + "'privateIPAddress': '10.1.1.11',"
            + "'subnet': {'resourceRef': '/virtualNetworks/Blue/subnets/S1'}}}]}},"
            + "{'resourceId': 'd', 'properties': {'privateMacAddress': '020000000002',"
            + "'ipConfigurations': [",
        "$.networkInterfaces[2].properties.ipConfigurations[0].properties.privateIPAddress"
            + " PrivateIPAddressInUse",
        "$.networkInterfaces[3].properties.privateMacAddress PrivateMacAddressInUse");
    refuses(
        "a CA that is none",
        address,
        "'privateIPAddress': '10.1.1'",
        A_IP + ".privateIPAddress InvalidPrivateIPAddressFormat");
    refuses("no CA", address + ",", "", A_IP + ".privateIPAddress PrivateIPAddressMissing");
    refuses(
        "no subnet",
            "'10.1.1.11', 'subnet': {'resourceRef':" + " '/virtualNetworks/blue/subnets/s1'}",
        "'10.1.1.11'", A_IP + ".subnet SubnetIsRequired");
    refuses(
        "a subnet that is not there",
        "'10.1.1.11', 'subnet': {'resourceRef':" + " '/virtualNetworks/blue/subnets/s1'}",
        "'10.1.1.11', 'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s3'}",
        A_IP + ".subnet.resourceRef ReferencedResourceNotFound");
    refuses(
        "an unmanaged address",
        address,
        address + ", 'privateIPAllocationMethod': 'Unmanaged'",
        A_IP + ".privateIPAllocationMethod UnmanagedAllocationMethodNotSupported");
  }

  private void rules() {
    refuses(
        "a priority below",
        "'priority': 200",
        "'priority': 100",
        R1 + ".priority InvalidAclRulePriority");
    refuses(
        "a priority above",
        "'priority': 200",
        "'priority': 65001",
        R1 + ".priority InvalidAclRulePriority");
    refuses(
        "a priority that is no number",
        "'priority': 200",
        "'priority': 'high'",
        R1 + ".priority InvalidAclRulePriority");
    refuses("no priority", "'priority': 200, ", "", R1 + ".priority InvalidAclRulePriority");
    refuses(
        "rules that disagree at one priority",
        "'priority': 300",
        "'priority': 200",
        R2 + ".priority AclRulePriorityConflict");
    refuses(
        "an unknown action",
        "'action': 'Allow'",
        "'action': 'Permit'",
        R1 + ".action InvalidAclRuleAction");
    refuses(
        "an unknown protocol",
        "'protocol': 'TCP'",
        "'protocol': 'SCTP'",
        R1 + ".protocol InvalidAclRuleProtocol");
    refuses(
        "HTTP", "'protocol': 'TCP'", "'protocol': 'HTTP'", R1 + ".protocol InvalidAclRuleProtocol");
    refuses(
        "ports with ICMP",
        "'protocol': 'TCP'",
        "'protocol': 'ICMPv6'",
        R1 + ".protocol InvalidAclRuleProtocol");
    refuses(
        "IPv4 addresses with ICMPv6",
        "'ICMPv4'",
        "'ICMPv6'",
        R2 + ".protocol InvalidAclRuleProtocol");
    refuses(
        "addresses of two families",
        "'10.9.0.0/16', 'sourcePortRange': '*', " + "'destinationAddressPrefix': '*'",
        "'10.9.0.0/16', 'sourcePortRange': '*', 'destinationAddressPrefix': 'fd00::/8'",
        R2 + ".destinationAddressPrefix AclRuleInvalidDestinationAddressPrefix");
    refuses(
        "a source that is none",
        "'10.9.0.0/16'",
        "'10.9.0.0/33'",
        R2 + ".sourceAddressPrefix AclRuleInvalidSourceAddressPrefix");
    refuses(
        "an unknown tag",
        "'VIRTUALNETWORK'",
        "'MYNETWORK'",
        R1 + ".sourceAddressPrefix AclRuleInvalidSourceAddressPrefix");
    refuses(
        "no source",
        "'sourceAddressPrefix': '10.9.0.0/16', ",
        "",
        R2 + ".sourceAddressPrefix AclRuleNullOrEmptySourceAddressPrefix");
    refuses(
        "a range the wrong way round",
        "'80-90'",
        "'90-80'",
        R1 + ".destinationPortRange AclRuleInvalidDestinationPortRange");
    refuses(
        "a port too high",
        "'80-90'",
        "'65536'",
        R1 + ".destinationPortRange AclRuleInvalidDestinationPortRange");
    refuses(
        "an empty port range",
        "'80-90'",
        "''",
        R1 + ".destinationPortRange AclRuleNullOrEmptyDestinationPortRange");
    refuses(
        "security tags in a rule",
        "'protocol': 'TCP'",
        "'protocol': 'TCP', 'sourceSecurityTags': [{'resourceRef': '/securityTags/dev'}]",
        R1 + ".sourceSecurityTags OperationNotSupported");
    refuses(
        "a list that is not there",
        "'virtualSubnetId': 5002, "
            + "'accessControlList': {'resourceRef': '/accessControlLists/acl'}",
        "'virtualSubnetId': 5002, 'accessControlList': {'resourceRef': '/accessControlLists/x'}",
        BLUE + ".subnets[1].properties.accessControlList.resourceRef ReferencedResourceNotFound");
    refuses(
        "a list that is not there, of an address",
        "'fd00:1:0:2::12', "
            + "'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s2'}, "
            + "'accessControlList': {'resourceRef': '/accessControlLists/acl'}",
        "'fd00:1:0:2::12', 'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s2'},"
            + " 'accessControlList': {'resourceRef': '/accessControlLists/x'}",
        B
            + ".ipConfigurations[1].properties.accessControlList.resourceRef"
            + " ReferencedResourceNotFound");
    refuses(
        "a default that is none",
        "'inboundDefaultAction': 'Deny'",
        "'inboundDefaultAction': 'Block'",
        "$.accessControlLists[0].properties.inboundDefaultAction InvalidParameterValue");
  }

  private void manager() {
    refuses(
        "an unknown encapsulation",
        "'VXLAN'",
        "'GENEVE'",
        MANAGER + ".networkVirtualizationProtocol InvalidParameterValue");
    refuses(
        "a router state that is none",
        "'distributedRouterState': 'Enabled'",
        "'distributedRouterState': 'On'",
        MANAGER + ".distributedRouterState InvalidParameterValue");
    refuses(
        "a range that ends before it starts",
        "'startId': 4096, 'endId': 16777214",
        "'startId': 6000, 'endId': 5000",
        MANAGER + ".virtualSubnetIdRange InvalidVsidRangeFormat");
    refuses(
        "a range below the ids",
        "'startId': 4096",
        "'startId': 4095",
        MANAGER + ".virtualSubnetIdRange.startId InvalidVsidRangeValues");
    refuses(
        "a range above the ids",
        "16777214",
        "16777216",
        MANAGER + ".virtualSubnetIdRange.endId InvalidVsidRangeValues");
    refuses(
        "a range without room",
        "'startId': 4096, 'endId': 16777214}}}",
        "'startId': 5001, 'endId': 5002}}}," + "'servers ': []",
        "$['servers '] UnknownProperty");
  }

  private void values() {
    refuses(
        "an unknown property",
        "'logging': 'Enabled'",
        "'loging': 'Enabled'",
        R1 + ".loging UnknownProperty");
    refuses(
        "a property twice",
        "'logging': 'Enabled'",
        "'logging': 'Enabled', 'Logging': 'Enabled'",
        R1 + ".Logging DuplicateProperty");
    refuses(
        "a kind twice",
        "'virtualNetworkManager'",
        "'Servers': [], 'virtualNetworkManager'",
        "$.Servers DuplicateProperty");
    refuses(
        "an unknown kind",
        "'virtualNetworkManager'",
        "'server': [], 'virtualNetworkManager'",
        "$.server UnknownProperty");
    refuses(
        "a list that is an object",
        "['192.168.1.10']",
        "{'a': '192.168.1.10'}",
        "$.servers[0].properties.providerAddresses InvalidParameterValue");
    refuses(
        "an element that is no object",
        "'servers': [",
        "'servers': [7,",
        "$.servers[0] InvalidParameterValue");
    refuses(
        "properties that are text",
        "{'providerAddresses': ['192.168.1.10']}",
        "'none'",
        "$.servers[0].properties InvalidParameterValue");
    refuses(
        "a text that is a list",
        "'logging': 'Enabled'",
        "'logging': ['Enabled']",
        R1 + ".logging InvalidParameterValue");
  }

  private void references() {
    refuses(
        "a reference that is text",
        "{'resourceRef': '/servers/h1'}",
        "'/servers/h1'",
        A + ".server InvalidParameterValue");
    refuses(
        "a reference to another kind",
        "'/servers/h1'",
        "'/virtualNetworks/blue'",
        A + ".server.resourceRef InvalidJsonReferenceWrongType");
    refuses(
        "a reference without slash",
        "'/servers/h1'",
        "'servers/h1'",
        A + ".server.resourceRef InvalidJsonReferenceFormat");
    refuses(
        "an empty reference",
        "{'resourceRef': '/servers/h1'}",
        "{}",
        A + ".server.resourceRef InvalidJsonReferenceFormat");
    refuses(
        "a reference to the network instead of the subnet",
        "'10.1.1.11', 'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s1'}",
        "'10.1.1.11', 'subnet': {'resourceRef': '/virtualNetworks/blue'}",
        A_IP + ".subnet.resourceRef InvalidJsonReferenceWrongType");
  }

  @Test
  void acceptsTheSample() {
    Parsed parsed = SampleDocument.parse(SampleDocument.TEXT);
    assertEquals(List.of(), SampleDocument.problems(parsed));
    assertEquals(List.of(), SampleDocument.warnings(parsed));
  }

  @Test
  void saysEverythingAtOnce() {
    String document =
        SampleDocument.with("'192.168.1.10'", "'192.168.1.256'")
            .replace("'10.1.1.0/25'", "'10.1.1.0/44'")
            .replace("020000000002", "xx")
            .replace("'10.1.1.11'", "'10.1.1.1'")
            .replace("'protocol': 'TCP'", "'protocol': 'SCTP'")
            .replace("/accessControlLists/acl'}}} ]}}, {", "/accessControlLists/x'}}} ]}}, {")
            .replace("5002", "5001")
            .replace("'startId': 4096", "'startId': 1");
    assertEquals(
        List.of(
            "$.servers[0].properties.providerAddresses[0] InvalidIPAddress",
            "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix InvalidIPPrefix",
            B + ".privateMacAddress InvalidPrivateMacAddress",
            R1 + ".protocol InvalidAclRuleProtocol",
            MANAGER + ".virtualSubnetIdRange.startId InvalidVsidRangeValues",
            BLUE + ".subnets[1].properties.virtualSubnetId VirtualSubnetIdInUse",
            BLUE
                + ".subnets[1].properties.accessControlList.resourceRef"
                + " ReferencedResourceNotFound",
            A_IP + ".privateIPAddress PrivateIPAddressInReservedRange"),
        SampleDocument.problems(SampleDocument.parse(document)));
  }

  @Test
  void keepsThePositionsOfTheTextWhereElementsCannotBeRead() {
    String document =
        SampleDocument.with("'servers': [", "'servers': [{'resourceId': '/'},")
            .replace("'fd01::20'", "'192.168.1.10'");
    assertEquals(
        List.of(
            "$.servers[0].resourceId InvalidResourceName",
            "$.servers[2].properties.providerAddresses[1] ProviderAddressInUse"),
        SampleDocument.problems(SampleDocument.parse(document)));
  }

  @Test
  void doesNotCallAReferenceDanglingWhoseResourceCouldNotBeRead() {
    String document = SampleDocument.with("'addressPrefix': '10.1.1.0/24'", "'addressPrefix': 'x'");
    assertEquals(
        List.of(BLUE + ".subnets[0].properties.addressPrefix InvalidIPPrefix"),
        SampleDocument.problems(SampleDocument.parse(document)));
    String list =
        SampleDocument.with(
            "'subnets': [ {'resourceId': 's1', " + "'properties': { 'addressPrefix': '10.1.1.0/24'",
            "'subnets': 7, 'x': [{'resourceId': 's1', "
                + "'properties': {'addressPrefix': '10.1.1.0/24'");
    assertEquals(
        List.of(BLUE + ".x UnknownProperty", BLUE + ".subnets InvalidParameterValue"),
        SampleDocument.problems(SampleDocument.parse(list)));
  }

  @Test
  void suggestsTheNearestName() {
    Parsed parsed =
        SampleDocument.parse(SampleDocument.with("'logging': 'Enabled'", "'loging': 1"));
    String text = ((Parsed.Refused) parsed).problems().getFirst().text();
    assertTrue(text.endsWith("did you mean logging?"), text);
  }

  @Test
  void listsProblemsUpToALimit() {
    StringBuilder servers = new StringBuilder("{'servers': [1");
    servers.repeat(", 1", 1_999).append("]}");
    List<String> problems = SampleDocument.problems(SampleDocument.parse(servers.toString()));
    assertEquals(1_001, problems.size());
    assertEquals("$ TooManyProblems", problems.getLast());
  }
}
