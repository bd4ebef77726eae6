// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Rules of names, values and references.
class ValueRefusalsTest {
  private static final String BLUE = "$.virtualNetworks[0].properties";
  private static final String A = "$.networkInterfaces[0].properties";
  private static final String B = "$.networkInterfaces[1].properties";
  private static final String A_IP = A + ".ipConfigurations[0].properties";
  private static final String R1 = "$.accessControlLists[0].properties.aclRules[0].properties";

  @TestFactory
  Stream<DynamicTest> refusesWhatBreaksARule() {
    RefusalTable table = new RefusalTable();
    names(table);
    values(table);
    references(table);
    return table.tests();
  }

  private static void names(RefusalTable table) {
    table.refuses(
        "two servers of one name",
        "'h2',",
        "'H1',",
        "$.servers[1].resourceId ResourceIdInUse",
        B + ".server.resourceRef ReferencedResourceNotFound");
    table.refuses(
        "two networks of one name",
        "'resourceId': 'red'",
        "'resourceId': 'Blue'",
        "$.virtualNetworks[1].resourceId ResourceIdInUse");
    table.refuses(
        "two interfaces of one name",
        "'resourceId': 'b'",
        "'resourceId': 'A'",
        "$.networkInterfaces[1].resourceId ResourceIdInUse");
    table.refuses(
        "two rules of one name",
        "'resourceId': 'r2'",
        "'resourceId': 'R1'",
        "$.accessControlLists[0].properties.aclRules[1].resourceId ResourceIdInUse");
    table.refuses(
        "two IP configurations of one name",
        "'resourceId': 'c2'",
        "'resourceId': 'C1'",
        B + ".ipConfigurations[1].resourceId ResourceIdInUse");
    table.refuses(
        "two subnets of one name",
        "{'resourceId': 's2', 'properties': { ",
        "{'resourceId': 'S1', 'properties': {'addressPrefix': '10.1.3.0/24'}}, "
            + "{'resourceId': 's2', 'properties': { ",
        BLUE + ".subnets[1].resourceId ResourceIdInUse");
    table.refuses(
        "no name", "'resourceId': 'red', ", "", "$.virtualNetworks[1].resourceId PropertyMissing");
    table.refuses(
        "an empty name",
        "'resourceId': 'red'",
        "'resourceId': ''",
        "$.virtualNetworks[1].resourceId PropertyMissing");
    table.refuses(
        "a name that is a path",
        "'resourceId': 'red'",
        "'resourceId': '../red'",
        "$.virtualNetworks[1].resourceId InvalidResourceName");
  }

  private static void values(RefusalTable table) {
    table.refuses(
        "an unknown property",
        "'logging': 'Enabled'",
        "'loging': 'Enabled'",
        R1 + ".loging UnknownProperty");
    table.refuses(
        "a property twice",
        "'logging': 'Enabled'",
        "'logging': 'Enabled', 'Logging': 'Enabled'",
        R1 + ".Logging DuplicateProperty");
    table.refuses(
        "a kind twice",
        "'virtualNetworkManager'",
        "'Servers': [], 'virtualNetworkManager'",
        "$.Servers DuplicateProperty");
    table.refuses(
        "an unknown kind",
        "'virtualNetworkManager'",
        "'server': [], 'virtualNetworkManager'",
        "$.server UnknownProperty");
    table.refuses(
        "a list that is an object",
        "['192.168.1.10']",
        "{'a': '192.168.1.10'}",
        "$.servers[0].properties.providerAddresses InvalidParameterValue");
    table.refuses(
        "an element that is no object",
        "'servers': [",
        "'servers': [7,",
        "$.servers[0] InvalidParameterValue");
    table.refuses(
        "properties that are text",
        "{'providerAddresses': ['192.168.1.10']}",
        "'none'",
        "$.servers[0].properties InvalidParameterValue");
    table.refuses(
        "a text that is a list",
        "'logging': 'Enabled'",
        "'logging': ['Enabled']",
        R1 + ".logging InvalidParameterValue");
  }

  private static void references(RefusalTable table) {
    table.refuses(
        "a reference that is text",
        "{'resourceRef': '/servers/h1'}",
        "'/servers/h1'",
        A + ".server InvalidParameterValue");
    table.refuses(
        "a reference to another kind",
        "'/servers/h1'",
        "'/virtualNetworks/blue'",
        A + ".server.resourceRef InvalidJsonReferenceWrongType");
    table.refuses(
        "a reference without slash",
        "'/servers/h1'",
        "'servers/h1'",
        A + ".server.resourceRef InvalidJsonReferenceFormat");
    table.refuses(
        "an empty reference",
        "{'resourceRef': '/servers/h1'}",
        "{}",
        A + ".server.resourceRef InvalidJsonReferenceFormat");
    table.refuses(
        "a reference to the network instead of the subnet",
        "'10.1.1.11', 'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s1'}",
        "'10.1.1.11', 'subnet': {'resourceRef': '/virtualNetworks/blue'}",
        A_IP + ".subnet.resourceRef InvalidJsonReferenceWrongType");
  }
}
