// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// A document is refused as a whole, and everything that is wrong with it is said.
class WholeRefusalTest {
  private static final String BLUE = "$.virtualNetworks[0].properties";
  private static final String A = "$.networkInterfaces[0].properties";
  private static final String B = "$.networkInterfaces[1].properties";
  private static final String A_IP = A + ".ipConfigurations[0].properties";
  private static final String R1 = "$.accessControlLists[0].properties.aclRules[0].properties";
  private static final String MANAGER = "$.virtualNetworkManager.properties";

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
