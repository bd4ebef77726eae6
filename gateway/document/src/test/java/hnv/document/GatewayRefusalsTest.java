// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.model.Policy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Rules of gateways, and of the networks and addresses outside.
class GatewayRefusalsTest {
  private static final String INTERNET = "$.logicalNetworks[0].properties.subnets[0].properties";
  private static final String SIX = "$.logicalNetworks[0].properties.subnets[1].properties";
  private static final String G1 = "$.gateways[0].properties";
  private static final String SECOND = "$.gateways[1].properties";
  private static final String BLUE = "$.virtualGateways[0].properties";
  private static final String RED = "$.virtualGateways[1].properties";
  private static final String BRANCH = BLUE + ".networkConnections[0].properties";
  private static final String CORPORATE = BLUE + ".networkConnections[1].properties";

  @Test
  void acceptsTheSample() {
    Parsed parsed = SampleDocument.parse(SampleGateway.TEXT);
    assertEquals(List.of(), SampleDocument.problems(parsed));
    assertEquals(
        List.of(
            "$.publicIPAddresses[0].properties.idleTimeoutInMinutes ValueAdjusted",
            "$.routeTables[0].properties.routes[0].properties.nextHopType PropertyHasNoEffect"),
        SampleDocument.warnings(parsed));
    Policy policy = SampleDocument.accepted(parsed);
    String written = PolicyDocuments.write(policy);
    assertEquals(
        policy,
        SampleDocument.accepted(PolicyDocuments.parse(written.getBytes(StandardCharsets.UTF_8))));
  }

  /// Of other virtual networks they may be there: c1's has no gateway.
  @TestFactory
  Stream<DynamicTest> refusesMachinesOnTheirGateway() {
    RefusalTable table = new RefusalTable(SampleGateway.TEXT);
    table.refuses(
        "its own",
        "'privateMacAddress': '020000000002', 'server': {'resourceRef': '/servers/h1'}",
        "'privateMacAddress': '020000000002', 'server': {'resourceRef': '/servers/g1'}",
        "$.networkInterfaces[1].properties.server.resourceRef MachineOnItsGateway");
    table.refuses(
        "another's",
        "'privateMacAddress': '020000000003', 'server': {'resourceRef': '/servers/h1'}",
        "'privateMacAddress': '020000000003', 'server': {'resourceRef': '/servers/g1'}");
    return table.tests();
  }

  @Test
  void warnsOfARouteTableThatNotAllSubnetsHave() {
    String text =
        SampleGateway.with(
            "'virtualSubnetId': 7001",
            "'virtualSubnetId': 7001, 'routeTable': {'resourceRef': '/routeTables/local'}}},"
                + " {'resourceId': 'more', 'properties': {'addressPrefix': '10.1.2.0/24'");
    text =
        text.replace(
            "'routeTables': [",
            "'routeTables': [{'resourceId': 'local', 'properties': {'routes': [{'resourceId': 'a',"
                + " 'properties': {'addressPrefix': '10.6.0.0/16', 'nextHopType': 'None'}}]}},");
    assertEquals(
        List.of(
            "$.publicIPAddresses[0].properties.idleTimeoutInMinutes ValueAdjusted",
            "$.routeTables[1].properties.routes[0].properties.nextHopType PropertyHasNoEffect",
            "$.virtualNetworks[2].properties.subnets[0].properties.routeTable"
                + " PropertyHasNoEffect"),
        SampleDocument.warnings(SampleDocument.parse(text)));
  }

  @Test
  void warnsOfAnIpsecConnectionAndOfWhatIsNotKept() {
    String text =
        SampleGateway.with(
            "'connectionType': 'GRE', 'destinationIPAddress': '2001:db8:1::1'",
            "'connectionType': 'IPSec', 'destinationIPAddress': '198.51.100.9',"
                + " 'ipSecConfiguration': {'sharedSecret': 'x', 'mainMode': {"
                + "'diffieHellmanGroup': 'ECP258', 'saLifeTimeKiloBytes': 7}}");
    Parsed parsed = SampleDocument.parse(text);
    String connection = RED + ".networkConnections[1].properties";
    assertEquals(
        List.of(
            "$.publicIPAddresses[0].properties.idleTimeoutInMinutes ValueAdjusted",
            connection + ".connectionType PropertyHasNoEffect",
            connection + ".ipSecConfiguration.sharedSecret PropertyHasNoEffect",
            "$.routeTables[0].properties.routes[0].properties.nextHopType PropertyHasNoEffect"),
        SampleDocument.warnings(parsed));
    String written = PolicyDocuments.write(SampleDocument.accepted(parsed));
    assertEquals(-1, written.indexOf("sharedSecret"));
    assertEquals(
        SampleDocument.accepted(parsed),
        SampleDocument.accepted(PolicyDocuments.parse(written.getBytes(StandardCharsets.UTF_8))));
  }

  @TestFactory
  Stream<DynamicTest> refusesNetworksThatBreakARule() {
    RefusalTable table = new RefusalTable(SampleGateway.TEXT);
    table.refuses(
        "a reserved VLAN",
        "'vlanId': 7",
        "'vlanId': 4095",
        "$.logicalNetworks[1].properties.subnets[0].properties.vlanId InvalidParameterValue");
    table.refuses(
        "two networks on one VLAN of a device",
        "'vlanId': 100",
        "'vlanId': 0",
        "$.logicalNetworks[2].properties.subnets[0].properties.vlanId VlanInUse");
    table.refuses(
        "a public and another subnet on one wire",
        "'addressPrefix': '2001:db8::/64', 'isPublic': true",
        "'addressPrefix': '2001:db8::/64', 'isPublic': false",
        SIX + ".isPublic VlanInUse",
        G1 + ".outsideInterfaces[1].subnet.resourceRef VlanInUse");
    table.refuses(
        "two subnets of one wire that overlap",
        "'addressPrefix': '2001:db8::/64'",
        "'addressPrefix': '203.0.113.128/25'",
        SIX + ".addressPrefix SubnetPrefixOverlap",
        G1 + ".outsideInterfaces[1].ipAddresses[0] AddressNotInSubnet");
    table.refuses(
        "a prefix that is no network's",
        "'2001:db8::/64'",
        "'ff00::/64'",
        SIX + ".addressPrefix InvalidIPPrefix",
        G1 + ".outsideInterfaces[1].ipAddresses[0] AddressNotInSubnet");
    return table.tests();
  }

  @TestFactory
  Stream<DynamicTest> refusesPoolsThatBreakARule() {
    RefusalTable table = new RefusalTable(SampleGateway.TEXT);
    table.refuses(
        "a pool outside its subnet",
        "'endIpAddress': '203.0.113.127'",
        "'endIpAddress': '203.0.114.127'",
        INTERNET + ".ipPools[1].properties InvalidIPPool");
    table.refuses(
        "a pool of two families",
        "'endIpAddress': '203.0.113.127'",
        "'endIpAddress': '2001:db8::1'",
        INTERNET + ".ipPools[1].properties InvalidIPPool");
    table.refuses(
        "a pool the wrong way round",
        "'startIpAddress': '203.0.113.8', 'endIpAddress': '203.0.113.15'",
        "'startIpAddress': '203.0.113.15', 'endIpAddress': '203.0.113.8'",
        INTERNET + ".ipPools[0].properties InvalidIPPool",
        BRANCH + ".sourceIPAddress PublicIPAddressNotInPool",
        RED + ".networkConnections[0].properties.sourceIPAddress PublicIPAddressNotInPool");
    table.refuses(
        "two pools that overlap",
        "'endIpAddress': '203.0.113.15'",
        "'endIpAddress': '203.0.113.64'",
        INTERNET + ".ipPools[1].properties IPPoolOverlap");
    table.refuses(
        "a pool with the gateway's own address",
        "'ipAddresses': ['203.0.113.2']",
        "'ipAddresses': ['203.0.113.100']",
        G1 + ".outsideInterfaces[0].ipAddresses[0] IPPoolOverlap");
    table.refuses(
        "a pool with a provider address",
        "'192.168.3.31'",
        "'203.0.113.70'",
        "$.servers[2].properties.providerAddresses[0] IPPoolOverlap");
    table.refuses(
        "a pool that overlaps a connected network",
        "'ipAddress': '172.16.0.9', 'prefixLength': 24",
        "'ipAddress': '203.0.113.9', 'prefixLength': 24",
        RED + ".networkConnections[2].properties.ipAddresses[0].ipAddress AddressNotInSubnet",
        RED + ".networkConnections[2].properties.ipAddresses[0].ipAddress IPPoolOverlap");
    return table.tests();
  }

  @TestFactory
  Stream<DynamicTest> refusesAddressesThatBreakARule() {
    RefusalTable table = new RefusalTable(SampleGateway.TEXT);
    table.refuses(
        "a public address twice",
        "'ipAddress': '203.0.113.65'",
        "'ipAddress': '203.0.113.64'",
        "$.publicIPAddresses[1].properties.ipAddress PublicIPAddressInUse",
        "$.networkInterfaces[0].properties.ipConfigurations[0].properties"
            + ".publicIPAddress.resourceRef PublicIPAddressInUse");
    table.refuses(
        "a public address in two uses",
        "'/publicIPAddresses/own'",
        "'/publicIPAddresses/red'",
        "$.networkInterfaces[0].properties.ipConfigurations[0].properties"
            + ".publicIPAddress.resourceRef PublicIPAddressInUse");
    table.refuses(
        "a public address in no pool",
        "'ipAddress': '203.0.113.65'",
        "'ipAddress': '203.0.113.165'",
        "$.publicIPAddresses[1].properties.ipAddress PublicIPAddressNotInPool");
    table.refuses(
        "a public address that is a router's",
        "'defaultGateways': ['203.0.113.1']",
        "'defaultGateways': ['203.0.113.65']",
        "$.loadBalancers[0].properties.frontendIPConfigurations[0].properties"
            + ".publicIPAddress.resourceRef PublicIPAddressInUse");
    table.refuses(
        "a front end that is a public address",
        "'privateIPAddress': '203.0.113.66'",
        "'privateIPAddress': '203.0.113.65'",
        "$.loadBalancers[0].properties.frontendIPConfigurations[1].properties.privateIPAddress"
            + " PublicIPAddressInUse");
    table.refuses(
        "a GRE end point that is a public address",
        "'sourceIPAddress': '203.0.113.8', 'destinationIPAddress': '198.51.100.1',"
            + " 'greConfiguration': {'greKey': '5001'}",
        "'sourceIPAddress': '203.0.113.65', 'destinationIPAddress': '198.51.100.1',"
            + " 'greConfiguration': {'greKey': '5001'}",
        BRANCH + ".sourceIPAddress PublicIPAddressInUse");
    table.refuses(
        "the own address of two gateways",
        "'203.0.113.3'",
        "'203.0.113.2'",
        SECOND + ".outsideInterfaces[0].ipAddresses[0] PublicIPAddressInUse");
    table.refuses(
        "an own address that is a router's",
        "'203.0.113.3'",
        "'203.0.113.1'",
        SECOND + ".outsideInterfaces[0].ipAddresses[0] PublicIPAddressInUse");
    table.refuses(
        "an own address outside the subnet",
        "'2001:db8::2'",
        "'2001:db9::2'",
        G1 + ".outsideInterfaces[1].ipAddresses[0] AddressNotInSubnet");
    table.refuses(
        "an own address that is the broadcast",
        "'203.0.113.3'",
        "'203.0.113.255'",
        SECOND + ".outsideInterfaces[0].ipAddresses[0] AddressNotInSubnet");
    table.refuses(
        "an interface without address",
        "['203.0.113.3']",
        "[]",
        SECOND + ".outsideInterfaces[0].ipAddresses PropertyMissing");
    table.refuses(
        "a router in no subnet of the wire",
        "'203.0.113.1'",
        "'198.18.0.1'",
        INTERNET + ".defaultGateways[0] NextHopUnreachable");
    table.refuses(
        "a route by a router of the other family",
        "'destination': '::/0'",
        "'destination': '0.0.0.0/0'",
        SIX + ".routes[0].properties.nextHop NextHopUnreachable");
    table.refuses(
        "an idle timeout out of range",
        "'idleTimeoutInMinutes': 30",
        "'idleTimeoutInMinutes': 31",
        "$.publicIPAddresses[0].properties.idleTimeoutInMinutes InvalidParameterValue");
    return table.tests();
  }

  @TestFactory
  Stream<DynamicTest> refusesGatewaysThatBreakARule() {
    RefusalTable table = new RefusalTable(SampleGateway.TEXT);
    table.refuses(
        "two gateways on one server",
        "'server': {'resourceRef': '/servers/g2'},",
        "'server': {'resourceRef': '/servers/g1'},",
        SECOND + ".server GatewayInUse");
    table.refuses(
        "a server that is not there",
        "'server': {'resourceRef': '/servers/g2'},",
        "",
        SECOND + ".server.resourceRef ReferencedResourceNotFound");
    table.refuses(
        "a server without provider address",
        "'192.168.3.31'",
        "",
        SECOND + ".server.resourceRef ProviderAddressMissing");
    table.refuses(
        "a pool that is not there",
        "'pool': {'resourceRef': '/gatewayPools/gre'}",
        "'pool': {'resourceRef': '/gatewayPools/x'}",
        SECOND + ".pool.resourceRef ReferencedResourceNotFound");
    table.refuses(
        "a gateway without pool",
        "'pool': {'resourceRef': '/gatewayPools/gre'},",
        "",
        SECOND + ".pool PropertyMissing");
    table.refuses(
        "an outside interface on a network that is not public",
        "'/logicalNetworks/internet/subnets/six'}, 'ipAddresses': ['2001:db8::2']",
        "'/logicalNetworks/corporate/subnets/red'}, 'ipAddresses': ['172.16.0.77']",
        G1 + ".outsideInterfaces[1].subnet.resourceRef VlanInUse",
        RED + ".networkConnections[1].properties.sourceIPAddress InvalidTunnelAddress");
    table.refuses(
        "a server and a gateway that have no encapsulation in common",
        "'providerAddresses': ['192.168.1.10']}}, {'resourceId': 'g1', 'properties': {",
        "'providerAddresses': ['192.168.1.10'], 'networkVirtualizationProtocol': 'NVGRE'}},"
            + " {'resourceId': 'g1', 'properties': {'networkVirtualizationProtocol': 'VXLAN',",
        BLUE + ".gatewayPools EncapsulationMismatch",
        RED + ".gatewayPools EncapsulationMismatch");
    return table.tests();
  }

  @TestFactory
  Stream<DynamicTest> refusesVirtualGatewaysThatBreakARule() {
    RefusalTable table = new RefusalTable(SampleGateway.TEXT);
    String subnets = BLUE + ".gatewaySubnets";
    table.refuses(
        "a gateway subnet that is not there",
        "'/virtualNetworks/blue/subnets/gw'",
        "'/virtualNetworks/blue/subnets/x'",
        subnets + "[0].resourceRef ReferencedResourceNotFound");
    table.refuses(
        "a gateway subnet with machines",
        "'/virtualNetworks/blue/subnets/gw'",
        "'/virtualNetworks/blue/subnets/vms'",
        subnets + "[0] InvalidGatewaySubnet");
    table.refuses(
        "gateway subnets of two networks",
        "{'resourceRef': '/virtualNetworks/blue/subnets/gw'}",
        "{'resourceRef': '/virtualNetworks/blue/subnets/gw'},"
            + " {'resourceRef': '/virtualNetworks/closed/subnets/vms'}",
        subnets + "[1] InvalidGatewaySubnet",
        subnets + "[1] InvalidGatewaySubnet",
        subnets + "[1] InvalidGatewaySubnet");
    table.refuses(
        "two virtual gateways of a network",
        "{'resourceRef': '/virtualNetworks/red/subnets/gw'}",
        "{'resourceRef': '/virtualNetworks/blue/subnets/gw'}",
        "$.virtualGateways[1].properties.gatewaySubnets MultipleGatwaysUseSameVnet",
        "$.loadBalancers[0].properties.inboundNatRules[0].properties VirtualGatewayMissing",
        "$.loadBalancers[0].properties.inboundNatRules[1].properties VirtualGatewayMissing",
        "$.loadBalancers[0].properties.outboundNatRules[0].properties VirtualGatewayMissing",
        "$.loadBalancers[0].properties.outboundNatRules[1].properties VirtualGatewayMissing",
        "$.virtualNetworks[1].properties.subnets[0].properties.routeTable"
            + " VirtualGatewayMissing");
    table.refuses(
        "no gateway subnet",
        "'gatewaySubnets': [{'resourceRef': '/virtualNetworks/blue/subnets/gw'}]",
        "'gatewaySubnets': []",
        "$.networkInterfaces[0].properties.ipConfigurations[0].properties"
            + ".publicIPAddress.resourceRef VirtualGatewayMissing",
        subnets + " InvalidGatewaySubnet");
    table.refuses(
        "translation without virtual gateway",
        "'subnet': {'resourceRef': '/virtualNetworks/closed/subnets/vms'}",
        "'subnet': {'resourceRef': '/virtualNetworks/closed/subnets/vms'},"
            + " 'publicIPAddress': {'resourceRef': '/publicIPAddresses/away'}",
        "$.networkInterfaces[2].properties.ipConfigurations[0].properties"
            + ".publicIPAddress.resourceRef VirtualGatewayMissing");
    table.refuses(
        "a public address of a network that the gateway is not on",
        "'/publicIPAddresses/own'",
        "'/publicIPAddresses/away'",
        "$.networkInterfaces[0].properties.ipConfigurations[0].properties"
            + ".publicIPAddress.resourceRef OutsideNetworkNotOnGateway");
    table.refuses(
        "a gateway of another pool",
        "'gatewayPools': [{'resourceRef': '/gatewayPools/all'}], 'gatewaySubnets'",
        "'gateway': {'resourceRef': '/gateways/second'},"
            + " 'gatewayPools': [{'resourceRef': '/gatewayPools/all'}], 'gatewaySubnets'",
        RED + ".gateway.resourceRef GatewayNotInPool",
        RED + ".networkConnections[0].properties.sourceIPAddress PublicIPAddressNotInPool",
        RED + ".networkConnections[1].properties.sourceIPAddress InvalidTunnelAddress");
    table.refuses(
        "no pool",
        "'gatewayPools': [{'resourceRef': '/gatewayPools/all'}], 'gatewaySubnets'",
        "'gatewaySubnets'",
        RED + ".gatewayPools GatewayNotInPool",
        RED + ".networkConnections[0].properties.connectionType GatewayNotInPool",
        RED + ".networkConnections[1].properties.connectionType GatewayNotInPool",
        RED + ".networkConnections[2].properties.connectionType GatewayNotInPool");
    return table.tests();
  }

  @Test
  void aGatewaySubnetHasRoomForEveryGateway() {
    String one = SampleGateway.with("'10.1.255.0/28'", "'10.1.255.0/30'");
    assertEquals(List.of(), SampleDocument.problems(SampleDocument.parse(one)));
    String two =
        SampleDocument.with(
            one,
            "'connectionType': 'GRE', 'sourceIPAddress': '203.0.113.8',"
                + " 'destinationIPAddress': '198.51.100.1', 'greConfiguration': {'greKey': '5001'}",
            "'connectionType': 'GRE', 'gateway': {'resourceRef': '/gateways/second'},"
                + " 'destinationIPAddress': '198.51.100.1'");
    assertEquals(
        List.of(BLUE + ".gatewaySubnets[0] InvalidGatewaySubnet"),
        SampleDocument.problems(SampleDocument.parse(two)));
  }

  @TestFactory
  Stream<DynamicTest> refusesConnectionsThatBreakARule() {
    RefusalTable table = new RefusalTable(SampleGateway.TEXT);
    table.refuses(
        "a GRE key used twice between two addresses",
        "'greKey': 6001",
        "'greKey': 5001",
        RED + ".networkConnections[0].properties.greConfiguration.greKey GreKeyInUse");
    table.refuses(
        "a GRE key beyond 32 bits",
        "'greKey': 6001",
        "'greKey': 4294967296",
        RED + ".networkConnections[0].properties.greConfiguration.greKey InvalidParameterValue");
    table.refuses(
        "a tunnel of two families",
        "'2001:db8:1::1'",
        "'2001:db8:1::1', 'sourceIPAddress': '203.0.113.9'",
        RED + ".networkConnections[1].properties.destinationIPAddress InvalidTunnelAddress");
    table.refuses(
        "a peer that nobody can be",
        "'2001:db8:1::1'",
        "'::1'",
        RED + ".networkConnections[1].properties.destinationIPAddress InvalidTunnelAddress");
    table.refuses(
        "a GRE end point on two gateways",
        "'connectionType': 'GRE', 'sourceIPAddress': '203.0.113.8',"
            + " 'destinationIPAddress': '198.51.100.1', 'greConfiguration': {'greKey': '5001'}",
        "'connectionType': 'GRE', 'gateway': {'resourceRef': '/gateways/second'},"
            + " 'destinationIPAddress': '198.51.100.1', 'sourceIPAddress': '203.0.113.2',"
            + " 'greConfiguration': {'greKey': '5001'}",
        BRANCH + ".sourceIPAddress PublicIPAddressNotInPool");
    table.refuses(
        "an L3 connection on a gateway that takes GRE only",
        "'connectionType': 'L3', 'l3Configuration': {'vlanSubnet': {"
            + " 'resourceRef': '/logicalNetworks/corporate/subnets/blue'}}",
        "'connectionType': 'L3', 'gateway': {'resourceRef': '/gateways/second'},"
            + " 'l3Configuration': {'vlanSubnet': {"
            + " 'resourceRef': '/logicalNetworks/corporate/subnets/blue'}}",
        CORPORATE + ".gateway.resourceRef GatewayNotInPool");
    table.refuses(
        "one VLAN of two tenants",
        "'/logicalNetworks/corporate/subnets/red'",
        "'/logicalNetworks/corporate/subnets/blue'",
        RED
            + ".networkConnections[2].properties.l3Configuration.vlanSubnet.resourceRef"
            + " VlanInUse");
    table.refuses(
        "a public VLAN",
        "'resourceRef': '/logicalNetworks/corporate/subnets/red'}}, 'ipAddresses':"
            + " [{'ipAddress': '172.16.0.9'",
        "'resourceRef': '/logicalNetworks/partner/subnets/four'}}, 'ipAddresses':"
            + " [{'ipAddress': '198.18.0.9'",
        RED + ".networkConnections[2].properties.l3Configuration.vlanSubnet.resourceRef VlanInUse",
        RED + ".networkConnections[2].properties.ipAddresses[0].ipAddress IPPoolOverlap");
    table.refuses(
        "a next hop in no connected prefix",
        "'nextHop': '172.16.0.3'",
        "'nextHop': '172.16.1.3'",
        CORPORATE + ".routes[0].nextHop NextHopUnreachable");
    table.refuses(
        "a next hop that is the gateway itself",
        "'nextHop': '172.16.0.3'",
        "'nextHop': '172.16.0.1'",
        CORPORATE + ".routes[0].nextHop NextHopUnreachable");
    table.refuses(
        "a route without next hop and peer",
        "'peerIPAddresses': ['172.16.0.2'],",
        "",
        CORPORATE + ".routes[1].nextHop NextHopUnreachable");
    table.refuses(
        "a peer in no connected prefix",
        "['172.16.0.2']",
        "['172.17.0.2']",
        CORPORATE + ".peerIPAddresses[0] NextHopUnreachable");
    table.refuses(
        "two routes the same way",
        "'destinationPrefix': '172.21.0.0/16'",
        "'destinationPrefix': '172.20.0.0/16', 'nextHop': '172.16.0.3'",
        CORPORATE + ".routes[1] RouteConflict");
    table.refuses(
        "a connected prefix that overlaps a subnet of the tenant",
        "'addressPrefix': '172.16.0.0/24', 'vlanId': 200}}",
        "'addressPrefix': '10.1.1.0/24', 'vlanId': 200}}",
        RED + ".networkConnections[2].properties.ipAddresses[0].ipAddress AddressNotInSubnet");
    table.refuses(
        "an L3 connection without address",
        "[{'ipAddress': '172.16.0.9', 'prefixLength': 24}]",
        "[]",
        RED + ".networkConnections[2].properties.ipAddresses PropertyMissing");
    table.refuses(
        "a connection without type",
        "'connectionType': 'GRE', 'destinationIPAddress': '2001:db8:1::1'",
        "'destinationIPAddress': '2001:db8:1::1'",
        RED + ".networkConnections[1].properties.connectionType PropertyMissing");
    table.refuses(
        "what is for another type",
        "'destinationIPAddress': '2001:db8:1::1'",
        "'destinationIPAddress': '2001:db8:1::1', 'l3Configuration': {'vlanSubnet':"
            + " {'resourceRef': '/logicalNetworks/corporate/subnets/red'}}",
        RED + ".networkConnections[1].properties.l3Configuration PropertyConflict");
    return table.tests();
  }
}
