// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Rules of load balancers, as far as they translate, and of route tables.
class NatRefusalsTest {
  private static final String RED = "$.loadBalancers[0].properties";
  private static final String WEB = RED + ".inboundNatRules[0].properties";
  private static final String TUNNEL = RED + ".inboundNatRules[1].properties";
  private static final String OUT = RED + ".outboundNatRules[0].properties";
  private static final String UDP = RED + ".outboundNatRules[1].properties";
  private static final String TABLE = "$.routeTables[0].properties.routes";
  private static final String VMS = "$.virtualNetworks[1].properties.subnets[0].properties";

  @TestFactory
  Stream<DynamicTest> refusesInboundRulesThatBreakARule() {
    RefusalTable table = new RefusalTable(SampleGateway.TEXT);
    table.refuses(
        "two rules for one port",
        "'protocol': 'GRE', 'frontendPort': 0,",
        "'protocol': 'TCP', 'frontendPort': 8009,",
        TUNNEL + ".frontendPort InboundNatRuleOverlap");
    table.refuses(
        "a rule for all protocols beside another",
        "'protocol': 'GRE', 'frontendPort': 0,",
        "'protocol': 'All',",
        WEB + ".frontendPort InboundNatRuleOverlap");
    table.refuses(
        "TCP without ports",
        "'frontendPort': '8000-8009', ",
        "",
        WEB + ".frontendPort PropertyMissing");
    table.refuses(
        "ports where there are none",
        "'protocol': 'GRE', 'frontendPort': 0,",
        "'protocol': 'GRE', 'frontendPort': 80,",
        TUNNEL + ".frontendPort InvalidNatRule");
    table.refuses(
        "a range that leads beyond the last port",
        "'backendPort': 80",
        "'backendPort': 65530",
        WEB + ".backendPort InvalidNatRule");
    table.refuses(
        "a range the wrong way round",
        "'8000-8009'",
        "'8009-8000'",
        WEB + ".frontendPort InvalidParameterValue",
        WEB + ".frontendPort PropertyMissing");
    table.refuses(
        "no machine",
        "'loadBalancerInboundNatRules': [ {'resourceRef':"
            + " '/loadBalancers/red/inboundNatRules/web'}]",
        "'loadBalancerInboundNatRules': []",
        WEB + ".backendIPConfiguration InvalidNatRule");
    table.refuses(
        "two machines",
        "'protocol': 'Tcp',",
        "'protocol': 'Tcp', 'backendIPConfiguration': {'resourceRef':"
            + " '/networkInterfaces/b1/ipConfigurations/four'},",
        WEB + ".backendIPConfiguration InvalidNatRule");
    table.refuses(
        "a machine that is not there",
        "'/networkInterfaces/r1/ipConfigurations/four'",
        "'/networkInterfaces/r1/ipConfigurations/x'",
        TUNNEL + ".backendIPConfiguration.resourceRef ReferencedResourceNotFound");
    table.refuses(
        "an IPv6 machine",
        "'/networkInterfaces/r1/ipConfigurations/four'",
        "'/networkInterfaces/b1/ipConfigurations/six'",
        TUNNEL + ".backendIPConfiguration InvalidNatRule");
    table.refuses(
        "a rule that is not there",
        "'/loadBalancers/red/inboundNatRules/web'",
        "'/loadBalancers/red/inboundNatRules/x'",
        WEB + ".backendIPConfiguration InvalidNatRule",
        "$.networkInterfaces[1].properties.ipConfigurations[0].properties"
            + ".loadBalancerInboundNatRules[0].resourceRef ReferencedResourceNotFound");
    return table.tests();
  }

  @TestFactory
  Stream<DynamicTest> refusesOutboundRulesThatBreakARule() {
    RefusalTable table = new RefusalTable(SampleGateway.TEXT);
    table.refuses(
        "two rules that give out the same ports in different ways",
        "'portRange': '32768-65535'",
        "'portRange': '32767-65535'",
        UDP + " OutboundNatRuleOverlap");
    table.refuses(
        "front ends in two outside networks",
        "{'resourceId': 'b', 'properties': { 'privateIPAddress': '203.0.113.66', 'subnet': {"
            + "'resourceRef': '/logicalNetworks/internet/subnets/four'}}}",
        "{'resourceId': 'b', 'properties': { 'publicIPAddress': {"
            + "'resourceRef': '/publicIPAddresses/away'}}}",
        OUT + ".frontendIPConfigurations InvalidNatRule",
        OUT + " OutsideNetworkNotOnGateway");
    table.refuses(
        "a pool that is not there",
        "'/loadBalancers/red/backendAddressPools/more'",
        "'/loadBalancers/red/backendAddressPools/x'",
        UDP + ".backendAddressPool.resourceRef ReferencedResourceNotFound");
    table.refuses(
        "a subnet that is not there",
        "'subnets': [{'resourceRef': '/virtualNetworks/red/subnets/vms'}]",
        "'subnets': [{'resourceRef': '/virtualNetworks/red/subnets/x'}]",
        RED
            + ".backendAddressPools[1].properties.subnets[0].resourceRef"
            + " ReferencedResourceNotFound");
    table.refuses(
        "a virtual network that is not there",
        "'subnets': [{'resourceRef': '/virtualNetworks/red/subnets/vms'}]",
        "'virtualNetworks': [{'resourceRef': '/virtualNetworks/x'}]",
        RED
            + ".backendAddressPools[1].properties.virtualNetworks[0].resourceRef"
            + " ReferencedResourceNotFound",
        UDP + " VirtualGatewayMissing");
    table.refuses(
        "an IPv6 destination",
        "'198.51.100.0/24'",
        "'2001:db8::/32'",
        UDP + ".destinationPrefixes[0] InvalidNatRule");
    table.refuses(
        "a block larger than all ports",
        "'portBlockSize': 64",
        "'portBlockSize': 65535",
        OUT + ".portBlockSize InvalidNatRule");
    table.refuses(
        "no session for an address",
        "'sessionsPerAddress': 500",
        "'sessionsPerAddress': 0",
        OUT + ".sessionsPerAddress InvalidParameterValue");
    table.refuses(
        "an unknown protocol",
        "'protocol': 'UDP'",
        "'protocol': 'ICMP'",
        UDP + ".protocol InvalidParameterValue");
    table.refuses(
        "a front end in a virtual network",
        "'privateIPAddress': '203.0.113.66', 'subnet': {'resourceRef':"
            + " '/logicalNetworks/internet/subnets/four'}",
        "'privateIPAddress': '10.1.1.66', 'subnet': {'resourceRef':"
            + " '/virtualNetworks/red/subnets/vms'}",
        RED
            + ".frontendIPConfigurations[1].properties.subnet.resourceRef"
            + " InvalidJsonReferenceWrongType");
    return table.tests();
  }

  @TestFactory
  Stream<DynamicTest> refusesRouteTablesThatBreakARule() {
    RefusalTable table = new RefusalTable(SampleGateway.TEXT);
    table.refuses(
        "a table that is not there",
        "'/routeTables/all'",
        "'/routeTables/x'",
        VMS + ".routeTable.resourceRef ReferencedResourceNotFound");
    table.refuses(
        "an appliance without address",
        "'nextHopType': 'VirtualAppliance', 'nextHopIpAddress': '10.1.1.12'",
        "'nextHopType': 'VirtualAppliance'",
        TABLE + "[0].properties.nextHopIpAddress PropertyMissing");
    table.refuses(
        "an address without appliance",
        "'nextHopType': 'None'",
        "'nextHopType': 'None', 'nextHopIpAddress': '10.1.1.12'",
        TABLE + "[2].properties.nextHopIpAddress PropertyConflict");
    table.refuses(
        "an appliance in no subnet",
        "'nextHopIpAddress': '10.1.1.12'",
        "'nextHopIpAddress': '10.1.3.12'",
        VMS + ".routeTable NextHopUnreachable");
    table.refuses(
        "an appliance of the other family",
        "'nextHopIpAddress': '10.1.1.12'",
        "'nextHopIpAddress': 'fd00:1::12'",
        TABLE + "[0].properties.nextHopIpAddress NextHopUnreachable",
        VMS + ".routeTable NextHopUnreachable");
    table.refuses(
        "two routes to one prefix",
        "'10.8.0.0/16'",
        "'10.9.0.0/16'",
        TABLE + "[1].properties.addressPrefix RouteConflict");
    return table.tests();
  }
}
