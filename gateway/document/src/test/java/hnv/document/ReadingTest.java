// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.model.AclProtocol;
import hnv.model.AclRule;
import hnv.model.AddressPattern;
import hnv.model.ConfigProblem;
import hnv.model.Encapsulation;
import hnv.model.GatewayLimits;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.model.PolicyIndex;
import hnv.model.PolicyLimits;
import hnv.model.PortRange;
import hnv.model.PortSettings;
import hnv.model.ResourceId;
import hnv.model.RoutingDomainIds;
import hnv.model.Subnet;
import hnv.model.VirtualNetworkManager;
import hnv.wire.Cidr;
import hnv.wire.MacAddress;
import hnv.wire.Vsid;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// What is read, and how freely it may be spelled.
class ReadingTest {
  private static final Policy SAMPLE =
      SampleDocument.accepted(SampleDocument.parse(SampleDocument.TEXT));

  private static Policy read(String find, String replacement) {
    return SampleDocument.accepted(SampleDocument.parse(SampleDocument.with(find, replacement)));
  }

  @Test
  void readsEveryKind() {
    assertEquals(2, SAMPLE.servers().size());
    assertEquals("fd01::20", SAMPLE.servers().get(1).providerAddresses().get(1).toString());
    Subnet subnet = SAMPLE.virtualNetworks().getFirst().subnets().get(1);
    assertEquals(
        List.of(Cidr.parse("10.1.2.0/24"), Cidr.parse("fd00:1:0:2::/64")),
        subnet.addressPrefixes());
    assertEquals(new Vsid(5002), subnet.virtualSubnetId());
    NetworkInterface b = SAMPLE.networkInterfaces().get(1);
    assertEquals(MacAddress.parse("02:00:00:00:00:02"), b.privateMacAddress());
    assertEquals(
        new PortSettings(false, OptionalLong.of(100), OptionalLong.empty()), b.portSettings());
    PolicyIndex index = PolicyIndex.of(SAMPLE);
    assertEquals(new Vsid(5002), index.virtualSubnetId(b).orElseThrow());
    assertEquals("blue", index.virtualNetwork(b).orElseThrow().resourceId().toString());
    AclRule rule = SAMPLE.accessControlLists().getFirst().rules().getFirst();
    assertEquals(new PortRange(80, 90), rule.destinationPorts());
    assertEquals(AclProtocol.TCP, rule.protocol());
    assertTrue(rule.logging());
  }

  @Test
  void anEmptyDocumentIsThePolicyOfDefaults() {
    assertEquals(Policy.EMPTY, SampleDocument.accepted(SampleDocument.parse("{}")));
    assertEquals(VirtualNetworkManager.DEFAULT, Policy.EMPTY.virtualNetworkManager());
  }

  @Test
  void nullIsAbsent() {
    assertEquals(
        Policy.EMPTY,
        SampleDocument.accepted(
            SampleDocument.parse(
                "{'servers': null, 'virtualNetworkManager': null, 'gateways': null}")));
    assertEquals(SAMPLE, read("'fd01::20']", "'fd01::20'], 'connections': null, 'os': null"));
  }

  @Test
  void readsNamesAndWordsInAnyCase() {
    assertEquals(
        SAMPLE, read("'privateMacAddress': '020000000001'", "'PRIVATEMACADDRESS': '020000000001'"));
    assertEquals(SAMPLE, read("'servers'", "'Servers'"));
    assertEquals(SAMPLE, read("'/servers/h1'", "'/SERVERS/H1'"));
    assertEquals(SAMPLE, read("'protocol': 'TCP'", "'protocol': 'Tcp'"));
    assertEquals(SAMPLE, read("'VIRTUALNETWORK'", "'VirtualNetwork'"));
  }

  @Test
  void readsReferencesWithVersionPrefix() {
    assertEquals(SAMPLE, read("'/servers/h1'", "'/networking/v1/servers/h1'"));
    assertEquals(SAMPLE, read("'/servers/h1'", "'/Networking/V7.1/servers/h1'"));
  }

  @Test
  void readsNumbersAndSwitchesAsText() {
    assertEquals(SAMPLE, read("'priority': 200", "'priority': '200'"));
    assertEquals(SAMPLE, read("5002", "'5002'"));
    assertEquals(SAMPLE, read("'startId': 4096", "'StartId': '4096'"));
    String host = "'privateMacAddress': '020000000001', 'isHostVirtualNetworkInterface': ";
    assertEquals(SAMPLE, read("'privateMacAddress': '020000000001',", host + "'False',"));
    assertEquals(SAMPLE, read("'privateMacAddress': '020000000001',", host + "false,"));
  }

  @Test
  void readsMacAddressesInThreeForms() {
    assertEquals(SAMPLE, read("'020000000001'", "'02-00-00-00-00-01'"));
    assertEquals(SAMPLE, read("'020000000001'", "'02:00:00:00:00:01'"));
  }

  @Test
  void readsBothSpellingsOfSpoofingAndTheRouterState() {
    Policy policy = read("'macSpoofing': 'Disabled'", "'macSpoofingEnabled': 'Enabled'");
    assertTrue(policy.networkInterfaces().get(1).portSettings().macSpoofing());
    Policy off = read("'distributedRouterState': 'Enabled'", "'distributedRouterState': 'Disable'");
    assertFalse(off.virtualNetworkManager().distributedRouterEnabled());
    assertEquals(
        Encapsulation.NVGRE,
        read("'VXLAN'", "'nvgre'").virtualNetworkManager().networkVirtualizationProtocol());
  }

  @Test
  void readsPatternsOfRules() {
    assertEquals(AddressPattern.ANY, AccessControlListReader.addresses("*"));
    assertEquals(
        new AddressPattern.Prefix(Cidr.parse("13.168.100.21/32")),
        AccessControlListReader.addresses("13.168.100.21"));
    assertEquals(
        new AddressPattern.Prefix(Cidr.parse("fd00::1/128")),
        AccessControlListReader.addresses("fd00::1"));
    assertEquals(PortRange.ANY, AccessControlListReader.ports("0-65535"));
    assertEquals(new PortRange(2003, 2003), AccessControlListReader.ports("2003"));
  }

  @Test
  void acceptsRulesOfOnePriorityThatAgree() {
    Policy policy = read("'priority': 300, 'action': 'Deny'", "'priority': 200, 'action': 'Allow'");
    assertEquals(2, policy.accessControlLists().getFirst().rules().size());
  }

  @Test
  void derivesTheRoutingDomainThatIsNotWritten() {
    Policy policy = read("'routingDomainId': '22222222-2222-4222-8222-222222222222',", "");
    assertEquals(
        RoutingDomainIds.derive(ResourceId.of("RED")),
        policy.virtualNetworks().get(1).routingDomainId());
  }

  @Test
  void assignsTheVsidThatIsNotWrittenWhateverElseIsInTheDocument() {
    Policy policy = read(", 'virtualSubnetId': 6001", "");
    Vsid assigned = policy.virtualNetworks().get(1).subnets().getFirst().virtualSubnetId();
    Policy alone =
        SampleDocument.accepted(
            SampleDocument.parse(
                "{'virtualNetworks': [{'resourceId': 'RED', 'properties': {"
                    + "'addressSpace': {'addressPrefixes': ['10.0.0.0/8']},"
                    + "'subnets': [{'resourceId': 'S0', 'properties': {"
                    + "'addressPrefix': '10.2.0.0/24'}},"
                    + "{'resourceId': 'S1', 'properties': {"
                    + "'addressPrefix': '10.1.1.0/25'}}]}}]}"));
    assertEquals(assigned, alone.virtualNetworks().getFirst().subnets().get(1).virtualSubnetId());
  }

  @Test
  void givesThePairOfADualStackOneVsid() {
    Policy policy =
        read(
            "'addressPrefix': '10.1.1.0/24', 'virtualSubnetId': 5001}},",
            "'addressPrefix': '10.1.1.0/24', 'virtualSubnetId': 5001}},"
                + "{'resourceId': 's1-v6', 'properties': {'addressPrefix': 'fd00:1:0:1::/64',"
                + "'dualStackSubnet': {'resourceRef': '/virtualNetworks/blue/subnets/s1'}}},");
    List<Subnet> subnets = policy.virtualNetworks().getFirst().subnets();
    assertEquals(new Vsid(5001), subnets.get(1).virtualSubnetId());
    assertEquals(2, PolicyIndex.of(policy).subnets(new Vsid(5001)).size());
  }

  @Test
  void saysWhenTheRangeHasNoIdLeft() {
    String document =
        SampleDocument.with("'startId': 4096, 'endId': 16777214", "'startId': 5001, 'endId': 5002")
            .replace(", 'virtualSubnetId': 6001", "");
    assertEquals(
        List.of(
            "$.virtualNetworks[1].properties.subnets[0].properties.virtualSubnetId"
                + " VirtualSubnetIdRangeExhausted"),
        SampleDocument.problems(SampleDocument.parse(document)));
  }

  @Test
  void warnsOnceOfAPropertyThatHasNoEffect() {
    Parsed parsed =
        SampleDocument.parse(
            SampleDocument.TEXT
                .replace("'privateMacAddress'", "'internalDnsNameLabel': 'x', 'privateMacAddress'")
                .replace("'servers'", "'macPools': [{}], 'servers'"));
    List<ConfigProblem> warnings = ((Parsed.Accepted) parsed).warnings();
    assertEquals(
        List.of(
            "$.macPools PropertyHasNoEffect",
            "$.networkInterfaces[0].properties.internalDnsNameLabel PropertyHasNoEffect"),
        SampleDocument.warnings(parsed));
    assertTrue(warnings.get(1).text().endsWith("(and 1 more like it)"), warnings.get(1).text());
  }

  @Test
  void doesNotWarnOfAPropertyThatAsksForNothing() {
    Parsed parsed =
        SampleDocument.parse(
            SampleDocument.with(
                "'macSpoofing': 'Disabled',",
                "'macSpoofing': 'Disabled', 'arpGuardEnabled': 'Disabled', 'stormLimit': 0,"
                    + "'iovInterruptModeration': 'Off',"));
    assertEquals(List.of(), SampleDocument.warnings(parsed));
  }

  @Test
  void readsTheReservedEndOfTheRangeAsTheHighestId() {
    Parsed parsed = SampleDocument.parse(SampleDocument.with("16777214", "16777215"));
    assertEquals(SAMPLE, SampleDocument.accepted(parsed));
    assertEquals(
        List.of("$.virtualNetworkManager.properties.virtualSubnetIdRange.endId ValueAdjusted"),
        SampleDocument.warnings(parsed));
  }

  @Test
  void saysWhereTheTextIsNoJson() {
    Parsed parsed =
        SampleDocument.parse("{'servers': [{'resourceId': 'a',\n  'properties': {]}}]}");
    ConfigProblem problem = ((Parsed.Refused) parsed).problems().getFirst();
    assertEquals("$.servers[0].properties InvalidJson", SampleDocument.problems(parsed).getFirst());
    assertTrue(problem.text().startsWith("line 2, column 18: "), problem.text());
  }

  @Test
  void refusesWhatIsNoDocument() {
    for (String text :
        List.of("", " ", "[]", "7", "null", "{", "{'servers'", "{} {}", "{'a':", "nul")) {
      List<String> problems = SampleDocument.problems(SampleDocument.parse(text));
      assertTrue(problems.getFirst().contains("InvalidJson"), text + ": " + problems);
    }
  }

  @Test
  void refusesOctetsThatAreNoText() {
    byte[][] all = {
      {'{', '"', (byte) 0xFF, '"', ':', '1', '}'},
      {0, 0, (byte) 0xFF, (byte) 0xFE, 0, 0, 0, 1},
      {(byte) 0xFE, (byte) 0xFF, (byte) 0xD8, 0, 0, 1},
      {'{', '"', (byte) 0xC0, (byte) 0x80, '"', ':', '1', '}'},
      new byte[16],
    };
    for (byte[] octets : all) {
      List<String> problems = SampleDocument.problems(PolicyDocuments.parse(octets));
      assertTrue(problems.getFirst().contains("InvalidJson"), problems.toString());
    }
  }

  @Test
  void readsTextThatBeginsWithAByteOrderMark() {
    String text = "\uFEFF" + SampleDocument.TEXT.replace('\'', '"');
    for (Charset charset :
        List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
      byte[] octets = text.getBytes(charset);
      assertEquals(SAMPLE, SampleDocument.accepted(PolicyDocuments.parse(octets)), charset.name());
    }
  }

  @Test
  void holdsTheLimitsOfTheText() {
    DocumentLimits limits = new DocumentLimits(2_000, 8, 32, 100, PolicyLimits.DEFAULT);
    String deep = "{'macPools': " + "[".repeat(7) + "]".repeat(7) + "}";
    assertEquals(List.of(), within(limits, deep));
    assertEquals(
        List.of("$.macPools[0][0][0][0][0][0][0] InvalidJson"),
        within(limits, deep.replace("[]", "[[]]")));
    String name = "{'macPools': {'%s': 1}}";
    assertEquals(List.of(), within(limits, name.formatted("x".repeat(32))));
    assertEquals(1, within(limits, name.formatted("x".repeat(33))).size());
    String text = "{'servers': [{'resourceId': '%s'}]}";
    assertEquals(List.of(), within(limits, text.formatted("x".repeat(100))));
    assertEquals(
        List.of("$.servers[0].resourceId InvalidJson"),
        within(limits, text.formatted("x".repeat(101))));
    String blank = "{}" + " ".repeat(1_998);
    assertEquals(List.of(), within(limits, blank));
    assertEquals(List.of("$ DocumentTooLarge"), within(limits, blank + " "));
  }

  private static List<String> within(DocumentLimits limits, String text) {
    return SampleDocument.problems(PolicyDocuments.parse(SampleDocument.octets(text), limits));
  }

  @Test
  void holdsTheLimitsOfTheLists() {
    PolicyLimits two = new PolicyLimits(2, 2, 2, 1, 2, 2, 2, 2, 2, 10, GatewayLimits.DEFAULT);
    DocumentLimits limits = new DocumentLimits(1 << 20, 32, 256, 1_000, two);
    assertEquals(List.of(), within(limits, SampleDocument.TEXT));
    assertEquals(
        List.of("$.servers CountLimitReached"),
        within(limits, SampleDocument.with("'servers': [", "'servers': [{'resourceId': 'x'},")));
    assertEquals(
        List.of("$.accessControlLists CountLimitReached"),
        within(
            limits,
            SampleDocument.with(
                "'accessControlLists': [", "'accessControlLists': [{'resourceId': 'x'},")));
    assertEquals(
        List.of("$.virtualNetworks[0].properties.addressSpace.addressPrefixes CountLimitReached"),
        within(limits, SampleDocument.with("'fd00:1::/48'", "'fd00:1::/48', '11.0.0.0/8'")));
    assertEquals(
        List.of("$.accessControlLists[0].properties.aclRules CountLimitReached"),
        within(limits, SampleDocument.with("'aclRules': [", "'aclRules': [{},{},")).stream()
            .filter(p -> p.contains("Limit"))
            .toList());
  }

  @Test
  void readsAStream() throws IOException {
    byte[] octets = SampleDocument.octets(SampleDocument.TEXT);
    assertEquals(
        SAMPLE, SampleDocument.accepted(PolicyDocuments.parse(new ByteArrayInputStream(octets))));
  }

  @Test
  void showsTextOfTheDocumentWithoutControlCharacters() {
    String evil = "\\u001b[2J" + "x".repeat(500);
    List<ConfigProblem> problems =
        ((Parsed.Refused)
                SampleDocument.parse(
                    SampleDocument.with("'logging': 'Enabled'", "'logging': '" + evil + "'")
                        .replace("'fd01::20'", "'" + evil + "'")
                        .replace("'servers'", "'" + evil.substring(0, 20) + "': 1, 'servers'")))
            .problems();
    assertEquals(3, problems.size());
    for (ConfigProblem problem : problems) {
      assertTrue(problem.toString().chars().noneMatch(c -> c < ' '), problem.toString());
      assertTrue(problem.toString().length() < 500, problem.toString());
    }
  }
}
