// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Rules of network interfaces and their addresses.
class InterfaceRefusalsTest {
  private static final String A = "$.networkInterfaces[0].properties";
  private static final String B = "$.networkInterfaces[1].properties";
  private static final String A_IP = A + ".ipConfigurations[0].properties";

  @TestFactory
  Stream<DynamicTest> refusesWhatBreaksARule() {
    RefusalTable table = new RefusalTable();
    interfaces(table);
    placesOfInterfaces(table);
    customerAddresses(table);
    missingAddresses(table);
    return table.tests();
  }

  private static void interfaces(RefusalTable table) {
    table.refuses(
        "a MAC twice in one VSID",
        "'privateMacAddress': '020000000002',",
        "'privateMacAddress': '020000000002', 'ipConfigurations': [], 'x': 1}},"
            + " {'resourceId': 'd', 'properties': {'privateMacAddress': '02-00-00-00-00-01',"
            + "'ipConfigurations': [{'resourceId': 'c', 'properties': {'privateIPAddress':"
            + "'10.1.1.13', 'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s1'}}}]}},"
            + " {'resourceId': 'e', 'properties': {'privateMacAddress': '020000000003',",
        B + ".x UnknownProperty",
        "$.networkInterfaces[2].properties.privateMacAddress PrivateMacAddressInUse");
    table.refuses(
        "no MAC",
        "'privateMacAddress': '020000000002',",
        "",
        B + ".privateMacAddress PrivateMacAddressMissing");
    table.refuses(
        "a MAC that is none",
        "020000000002",
        "02000000000",
        B + ".privateMacAddress InvalidPrivateMacAddress");
    table.refuses(
        "a multicast MAC",
        "020000000002",
        "030000000002",
        B + ".privateMacAddress InvalidPrivateMacAddress");
    table.refuses(
        "a MAC of zeros",
        "020000000002",
        "000000000000",
        B + ".privateMacAddress InvalidPrivateMacAddress");
    table.refuses(
        "the router's MAC",
        "020000000002",
        "02-48-4E-56-00-01",
        B + ".privateMacAddress InvalidPrivateMacAddress");
  }

  private static void placesOfInterfaces(RefusalTable table) {
    table.refuses(
        "a server that is not there",
        "'/servers/h1'",
        "'/servers/h3'",
        A + ".server.resourceRef ReferencedResourceNotFound");
    table.refuses(
        "IP configurations in two virtual subnets",
        "'privateIPAddress': '10.1.2.12', "
            + "'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s2'}",
        "'privateIPAddress': '10.1.1.12', "
            + "'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s1'}",
        B
            + ".ipConfigurations[1].properties.subnet.resourceRef"
            + " IPConfigurationsDontUseSameVirtualSubnet");
    table.refuses(
        "a limit of nothing",
        "'outboundMaximumMbps': 100",
        "'outboundMaximumMbps': 0",
        B + ".portSettings.qosSettings.outboundMaximumMbps InvalidParameterValue");
    table.refuses(
        "two spellings of spoofing that disagree",
        "'macSpoofing': 'Disabled'",
        "'macSpoofing': 'Disabled', 'macSpoofingEnabled': 'Enabled'",
        B + ".portSettings.macSpoofingEnabled PropertyConflict");
    table.refuses(
        "a host's own interface",
        "'privateMacAddress': '020000000002'",
        "'privateMacAddress': '020000000002', 'isHostVirtualNetworkInterface': true",
        B
            + ".isHostVirtualNetworkInterface"
            + " HostVirtualNetworkInterfaceCannotConnectToVirtualNetwork");
    table.refuses(
        "security tags",
        "'privateMacAddress': '020000000002'",
        "'privateMacAddress': '020000000002',"
            + " 'securityTags': [{'resourceRef': '/securityTags/dev'}]",
        B + ".securityTags OperationNotSupported");
  }

  private static void customerAddresses(RefusalTable table) {
    String address = "'privateIPAddress': '10.1.1.11'";
    table.refuses(
        "a CA outside its subnet",
        address,
        "'privateIPAddress': '10.1.2.11'",
        A_IP + ".privateIPAddress PrivateIPAddressNotInSubnet");
    table.refuses(
        "a CA of another family",
        address,
        "'privateIPAddress': 'fd00:1:0:2::11'",
        A_IP + ".privateIPAddress PrivateIPAddressNotInSubnet");
    table.refuses(
        "the network address",
        address,
        "'privateIPAddress': '10.1.1.0'",
        A_IP + ".privateIPAddress PrivateIPAddressInReservedRange");
    table.refuses(
        "the router's address",
        address,
        "'privateIPAddress': '10.1.1.1'",
        A_IP + ".privateIPAddress PrivateIPAddressInReservedRange");
    table.refuses(
        "the broadcast address",
        address,
        "'privateIPAddress': '10.1.1.255'",
        A_IP + ".privateIPAddress PrivateIPAddressInReservedRange");
    table.refuses(
        "the subnet-router anycast address",
        "fd00:1:0:2::12",
        "fd00:1:0:2::",
        B + ".ipConfigurations[1].properties.privateIPAddress PrivateIPAddressInReservedRange");
    table.refuses(
        "the router's IPv6 address",
        "fd00:1:0:2::12",
        "fd00:1:0:2::1",
        B + ".ipConfigurations[1].properties.privateIPAddress PrivateIPAddressInReservedRange");
    table.refuses(
        "a CA twice in one interface",
        "fd00:1:0:2::12",
        "10.1.2.12",
        B + ".ipConfigurations[1].properties.privateIPAddress PrivateIPAddressInUse");
    table.refuses(
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
  }

  private static void missingAddresses(RefusalTable table) {
    String address = "'privateIPAddress': '10.1.1.11'";
    table.refuses(
        "a CA that is none",
        address,
        "'privateIPAddress': '10.1.1'",
        A_IP + ".privateIPAddress InvalidPrivateIPAddressFormat");
    table.refuses("no CA", address + ",", "", A_IP + ".privateIPAddress PrivateIPAddressMissing");
    table.refuses(
        "no subnet",
            "'10.1.1.11', 'subnet': {'resourceRef':" + " '/virtualNetworks/blue/subnets/s1'}",
        "'10.1.1.11'", A_IP + ".subnet SubnetIsRequired");
    table.refuses(
        "a subnet that is not there",
        "'10.1.1.11', 'subnet': {'resourceRef':" + " '/virtualNetworks/blue/subnets/s1'}",
        "'10.1.1.11', 'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s3'}",
        A_IP + ".subnet.resourceRef ReferencedResourceNotFound");
    table.refuses(
        "an unmanaged address",
        address,
        address + ", 'privateIPAllocationMethod': 'Unmanaged'",
        A_IP + ".privateIPAllocationMethod UnmanagedAllocationMethodNotSupported");
  }
}
