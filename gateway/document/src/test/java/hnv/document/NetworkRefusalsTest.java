// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Rules of servers, virtual networks and what holds for all of them.
class NetworkRefusalsTest {
  private static final String BLUE = "$.virtualNetworks[0].properties";
  private static final String A = "$.networkInterfaces[0].properties";
  private static final String B = "$.networkInterfaces[1].properties";
  private static final String A_IP = A + ".ipConfigurations[0].properties";
  private static final String MANAGER = "$.virtualNetworkManager.properties";

  @TestFactory
  Stream<DynamicTest> refusesWhatBreaksARule() {
    RefusalTable table = new RefusalTable();
    servers(table);
    networks(table);
    prefixesOfSubnets(table);
    dualStackPairs(table);
    manager(table);
    return table.tests();
  }

  private static void servers(RefusalTable table) {
    table.refuses(
        "a provider address of two servers",
        "'fd01::20'",
        "'192.168.1.10'",
        "$.servers[1].properties.providerAddresses[1] ProviderAddressInUse");
    table.refuses(
        "a provider address twice in one server",
        "'fd01::20'",
        "'192.168.2.20'",
        "$.servers[1].properties.providerAddresses[1] ProviderAddressInUse");
    table.refuses(
        "a provider address that is none",
        "'fd01::20'",
        "'192.168.2.256'",
        "$.servers[1].properties.providerAddresses[1] InvalidIPAddress");
    table.refuses(
        "a multicast provider address",
        "'fd01::20'",
        "'ff02::1'",
        "$.servers[1].properties.providerAddresses[1] InvalidIPAddress");
    table.refuses(
        "a loopback provider address",
        "'fd01::20'",
        "'127.0.0.1'",
        "$.servers[1].properties.providerAddresses[1] InvalidIPAddress");
    table.refuses(
        "a link-local provider address",
        "'fd01::20'",
        "'fe80::1'",
        "$.servers[1].properties.providerAddresses[1] InvalidIPAddress");
    table.refuses(
        "an IPv4 provider address mapped into IPv6",
        "'fd01::20'",
        "'::ffff:192.168.2.20'",
        "$.servers[1].properties.providerAddresses[1] InvalidIPAddress");
    table.refuses(
        "five provider addresses",
        "'fd01::20'",
        "'fd01::1','fd01::2','fd01::3','fd01::4'",
        "$.servers[1].properties.providerAddresses CountLimitReached");
    table.refuses(
        "an interface on a server without provider address",
        "['192.168.1.10']",
        "[]",
        A + ".server.resourceRef ProviderAddressMissing");
  }

  private static void networks(RefusalTable table) {
    table.refuses(
        "one routing domain for two networks",
        "22222222-2222-4222-8222-222222222222",
        "11111111-1111-4111-8111-111111111111",
        "$.virtualNetworks[1].properties.routingDomainId RoutingDomainIdInUse");
    table.refuses(
        "a routing domain of zeros",
        "22222222-2222-4222-8222-222222222222",
        "00000000-0000-0000-0000-000000000000",
        "$.virtualNetworks[1].properties.routingDomainId InvalidParameterValue");
    table.refuses(
        "no address space",
        "'addressSpace': {'addressPrefixes': ['10.0.0.0/8']},",
        "",
        "$.virtualNetworks[1].properties.addressSpace PropertyMissing");
    table.refuses(
        "an empty address space",
        "['10.0.0.0/8']",
        "[]",
        "$.virtualNetworks[1].properties.addressSpace.addressPrefixes PropertyMissing",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix"
            + " SubnetNotInAddressSpace");
    table.refuses(
        "an address space that is none",
        "['10.0.0.0/8']",
        "['10.0.0.0']",
        "$.virtualNetworks[1].properties.addressSpace.addressPrefixes[0] InvalidIPPrefix");
    table.refuses(
        "a VSID in two networks",
        "6001",
        "5001",
        "$.virtualNetworks[1].properties.subnets[0].properties.virtualSubnetId"
            + " VirtualSubnetIdInUse");
    table.refuses(
        "a VSID in two subnets",
        "5002",
        "5001",
        BLUE + ".subnets[1].properties.virtualSubnetId VirtualSubnetIdInUse");
    table.refuses(
        "a VSID below the range",
        "6001",
        "4095",
        "$.virtualNetworks[1].properties.subnets[0].properties.virtualSubnetId"
            + " InvalidParameterValue");
    table.refuses(
        "a VSID above the range",
        "6001",
        "16777215",
        "$.virtualNetworks[1].properties.subnets[0].properties.virtualSubnetId"
            + " InvalidParameterValue");
  }

  private static void prefixesOfSubnets(RefusalTable table) {
    table.refuses(
        "a subnet outside the address space",
        "10.1.1.0/25",
        "11.1.1.0/25",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix"
            + " SubnetNotInAddressSpace");
    table.refuses(
        "a subnet wider than the address space",
        "10.1.1.0/24",
        "10.0.0.0/15",
        BLUE + ".subnets[0].properties.addressPrefix SubnetNotInAddressSpace",
        BLUE + ".subnets[1].properties.addressPrefixes[0] SubnetPrefixOverlap");
    table.refuses(
        "subnets that overlap",
        "10.1.1.0/24",
        "10.1.2.128/25",
        BLUE + ".subnets[1].properties.addressPrefixes[0] SubnetPrefixOverlap",
        A_IP + ".privateIPAddress PrivateIPAddressNotInSubnet");
    table.refuses(
        "a prefix with host bits",
        "10.1.1.0/25",
        "10.1.1.1/25",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix InvalidIPPrefix");
    table.refuses(
        "a prefix without room",
        "10.1.1.0/25",
        "10.1.1.0/31",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix InvalidIPPrefix");
    table.refuses(
        "no prefix",
        "'addressPrefix': '10.1.1.0/25', ",
        "",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefix PropertyMissing");
    table.refuses(
        "both ways to write a prefix",
        "'addressPrefix': '10.1.1.0/25', ",
        "'addressPrefix': '10.1.1.0/25', 'addressPrefixes': ['10.1.1.0/25'], ",
        "$.virtualNetworks[1].properties.subnets[0].properties.addressPrefixes PropertyConflict");
    table.refuses(
        "two prefixes of one family",
        "fd00:1:0:2::/64",
        "10.1.3.0/24",
        BLUE + ".subnets[1].properties.addressPrefixes InvalidIPPrefix",
        B + ".ipConfigurations[1].properties.privateIPAddress PrivateIPAddressNotInSubnet");
    table.refuses(
        "three prefixes",
        "'fd00:1:0:2::/64'",
        "'fd00:1:0:2::/64', '10.1.3.0/24'",
        BLUE + ".subnets[1].properties.addressPrefixes CountLimitReached");
    table.refuses(
        "encryption that would not happen",
        "'virtualSubnetId': 6001",
        "'virtualSubnetId': 6001, 'encryptionEnabled': true",
        "$.virtualNetworks[1].properties.subnets[0].properties.encryptionEnabled"
            + " OperationNotSupported");
  }

  private static void dualStackPairs(RefusalTable table) {
    String subnet = "$.virtualNetworks[1].properties.subnets";
    String red = "'addressPrefix': '10.1.1.0/25', 'virtualSubnetId': 6001}}";
    String pair = "'dualStackSubnet': {'resourceRef': '/virtualNetworks/red/subnets/%s'}";
    table.refuses(
        "a pair of one family",
        red,
        red
            + ", {'resourceId': 's6', 'properties': {'addressPrefix': '10.2.0.0/24',"
            + pair.formatted("s1")
            + "}}",
        subnet + "[1].properties.dualStackSubnet.resourceRef InvalidDualStackSubnet");
    table.refuses(
        "a pair of two VSIDs",
        "'addressPrefixes': ['10.0.0.0/8']}, 'subnets': [",
        "'addressPrefixes': ['10.0.0.0/8', 'fd00::/32']}, 'subnets': ["
            + "{'resourceId': 's6', 'properties': {'addressPrefix': 'fd00::/64',"
            + "'virtualSubnetId': 7777, "
            + pair.formatted("s1")
            + "}},",
        subnet + "[0].properties.dualStackSubnet.resourceRef InvalidDualStackSubnet");
    table.refuses(
        "a partner that is not there",
        "'virtualSubnetId': 6001",
        "'virtualSubnetId': 6001, " + pair.formatted("s9"),
        subnet + "[0].properties.dualStackSubnet.resourceRef ReferencedResourceNotFound");
    table.refuses(
        "a subnet that is its own partner",
        "'virtualSubnetId': 6001",
        "'virtualSubnetId': 6001, " + pair.formatted("s1"),
        subnet + "[0].properties.dualStackSubnet.resourceRef InvalidDualStackSubnet");
    table.refuses(
        "a partner in another network",
        "'virtualSubnetId': 6001",
        "'virtualSubnetId': 6001, 'dualStackSubnet':"
            + " {'resourceRef': '/virtualNetworks/blue/subnets/s1'}",
        subnet + "[0].properties.dualStackSubnet.resourceRef InvalidDualStackSubnet");
    table.refuses(
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

  private static void manager(RefusalTable table) {
    table.refuses(
        "an unknown encapsulation",
        "'VXLAN'",
        "'GENEVE'",
        MANAGER + ".networkVirtualizationProtocol InvalidParameterValue");
    table.refuses(
        "a router state that is none",
        "'distributedRouterState': 'Enabled'",
        "'distributedRouterState': 'On'",
        MANAGER + ".distributedRouterState InvalidParameterValue");
    table.refuses(
        "a range that ends before it starts",
        "'startId': 4096, 'endId': 16777214",
        "'startId': 6000, 'endId': 5000",
        MANAGER + ".virtualSubnetIdRange InvalidVsidRangeFormat");
    table.refuses(
        "a range below the ids",
        "'startId': 4096",
        "'startId': 4095",
        MANAGER + ".virtualSubnetIdRange.startId InvalidVsidRangeValues");
    table.refuses(
        "a range above the ids",
        "16777214",
        "16777216",
        MANAGER + ".virtualSubnetIdRange.endId InvalidVsidRangeValues");
    table.refuses(
        "a range without room",
        "'startId': 4096, 'endId': 16777214}}}",
        "'startId': 5001, 'endId': 5002}}}," + "'servers ': []",
        "$['servers '] UnknownProperty");
  }
}
