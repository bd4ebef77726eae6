// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Encapsulation;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.model.Policy;
import hnv.overlay.OverlayNetwork;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.vswitch.Action;
import hnv.vswitch.Group;
import hnv.vswitch.Rule;
import hnv.wire.Vsid;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PolicyCompilerTest {
  /// A network with a dual-stack pair of subnets, each with a list of its own, and an interface
  /// with three addresses under different lists.
  private static final String DOCUMENT =
      """
      {
        "servers": [
          {"resourceId": "Host1", "properties": {"providerAddresses": ["192.0.2.1"]}},
          {"resourceId": "host2", "properties": {"providerAddresses": ["192.0.2.2", "2001:db8::2"]}},
          {"resourceId": "spare", "properties": {}}
        ],
        "virtualNetworks": [{"resourceId": "contoso", "properties": {
          "addressSpace": {"addressPrefixes": ["10.0.0.0/8", "fd00::/48"]},
          "subnets": [
            {"resourceId": "four", "properties": {
              "addressPrefix": "10.1.0.0/24", "virtualSubnetId": 5001,
              "accessControlList": {"resourceRef": "/accessControlLists/subnet"},
              "dualStackSubnet": {"resourceRef": "/virtualNetworks/contoso/subnets/six"}}},
            {"resourceId": "six", "properties": {
              "addressPrefix": "fd00::/64", "virtualSubnetId": 5001,
              "dualStackSubnet": {"resourceRef": "/virtualNetworks/contoso/subnets/four"}}}
          ]}}],
        "networkInterfaces": [
          {"resourceId": "web", "properties": {
            "privateMacAddress": "00155D000001",
            "server": {"resourceRef": "/servers/host1"},
            "portSettings": {"macSpoofing": "Enabled",
              "qosSettings": {"outboundMaximumMbps": "80", "inboundMaximumMbps": 8}},
            "ipConfigurations": [
              {"resourceId": "a", "properties": {"privateIPAddress": "10.1.0.4",
                "subnet": {"resourceRef": "/virtualNetworks/contoso/subnets/four"},
                "accessControlList": {"resourceRef": "/accessControlLists/own"}}},
              {"resourceId": "b", "properties": {"privateIPAddress": "10.1.0.5",
                "subnet": {"resourceRef": "/virtualNetworks/contoso/subnets/four"}}},
              {"resourceId": "c", "properties": {"privateIPAddress": "fd00::4",
                "subnet": {"resourceRef": "/virtualNetworks/contoso/subnets/six"}}}
            ]}},
          {"resourceId": "idle", "properties": {
            "privateMacAddress": "00155D000002",
            "ipConfigurations": [
              {"resourceId": "a", "properties": {"privateIPAddress": "10.1.0.6",
                "subnet": {"resourceRef": "/virtualNetworks/contoso/subnets/four"}}}]}},
          {"resourceId": "untouched", "properties": {
            "privateMacAddress": "00155D000003",
            "server": {"resourceRef": "/servers/HOST1"}}}
        ],
        "accessControlLists": [
          {"resourceId": "subnet", "properties": {
            "inboundDefaultAction": "Deny", "outboundDefaultAction": "Permit", "aclRules": [
              {"resourceId": "later", "properties": {"type": "Inbound", "priority": 300,
                "action": "Deny", "protocol": "ICMPv4", "sourceAddressPrefix": "INTERNET",
                "sourcePortRange": "*", "destinationAddressPrefix": "*",
                "destinationPortRange": "*"}},
              {"resourceId": "first", "properties": {"type": "Inbound", "priority": 200,
                "action": "Allow", "protocol": "All", "sourceAddressPrefix": "VIRTUALNETWORK",
                "sourcePortRange": "1024-65535", "destinationAddressPrefix": "10.1.0.0/24",
                "destinationPortRange": "80"}},
              {"resourceId": "probe", "properties": {"type": "Inbound", "priority": 150,
                "action": "Allow", "protocol": "TCP",
                "sourceAddressPrefix": "AZURELOADBALANCER", "sourcePortRange": "*",
                "destinationAddressPrefix": "*", "destinationPortRange": "*"}}]}},
          {"resourceId": "own", "properties": {
            "inboundDefaultAction": "Permit", "outboundDefaultAction": "Deny"}}
        ],
        "virtualNetworkManager": {"properties": {
          "networkVirtualizationProtocol": "NVGRE", "distributedRouterState": "Disabled"}}
      }
      """;

  private static Policy policy() {
    Parsed parsed = PolicyDocuments.parse(DOCUMENT.getBytes(StandardCharsets.UTF_8));
    return assertInstanceOf(Parsed.Accepted.class, parsed, parsed::toString).policy();
  }

  private static Adapter adapter(String name) {
    return PolicyCompiler.compile(policy()).domains().getFirst().adapters().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void takesOverWhatHoldsForAll() {
    OverlayNetwork network = PolicyCompiler.compile(policy());
    assertEquals(Encapsulation.NVGRE, network.encapsulation());
    assertEquals(false, network.routerEnabled());
  }

  @Test
  void leavesOutServersWithoutProviderAddresses() {
    OverlayNetwork network = PolicyCompiler.compile(policy());
    assertEquals(
        List.of("Host1", "host2"),
        network.hosts().stream().map(OverlayNetwork.Host::name).toList());
    assertEquals(2, network.hosts().get(1).addresses().size());
  }

  @Test
  void makesOneSubnetOfADualStackPair() {
    Domain domain = PolicyCompiler.compile(policy()).domains().getFirst();
    assertEquals(1, domain.subnets().size());
    assertEquals(new Vsid(5001), domain.subnets().getFirst().vsid());
    assertEquals("[10.1.0.0/24, fd00::/64]", domain.subnets().getFirst().prefixes().toString());
  }

  @Test
  void leavesOutInterfacesWithoutVsid() {
    assertEquals(
        List.of("web", "idle"),
        PolicyCompiler.compile(policy()).domains().getFirst().adapters().stream()
            .map(Adapter::name)
            .toList());
  }

  @Test
  void namesTheHostAsItsResourceDoes() {
    assertEquals("Host1", adapter("web").host());
    assertEquals("", adapter("idle").host());
  }

  @Test
  void findsTheInterfacesOfAServerWhateverTheCase() {
    Policy policy = policy();
    assertEquals(
        List.of("web", "untouched"),
        PolicyCompiler.interfacesOn(policy, policy.servers().getFirst()).stream()
            .map(each -> each.resourceId().toString())
            .toList());
  }

  @Test
  void turnsMegabitsIntoOctets() {
    assertEquals(10_000_000, adapter("web").outboundOctetsPerSecond());
    assertEquals(1_000_000, adapter("web").inboundOctetsPerSecond());
    assertEquals(0, adapter("idle").outboundOctetsPerSecond());
    assertTrue(adapter("web").macSpoofing());
  }

  @Test
  void asksBothListsAndTheNarrowerOneNextToTheGuest() {
    AccessControl access = adapter("web").accessControl();
    assertEquals(List.of("interface own", "subnet subnet"), ids(access.outbound()));
    assertEquals(List.of("subnet subnet", "interface own"), ids(access.inbound()));
  }

  private static List<String> ids(List<Group> groups) {
    return groups.stream().map(Group::id).toList();
  }

  @Test
  void asksLowerPriorityNumbersFirstAndTheDefaultLast() {
    Group group = adapter("idle").accessControl().inbound().getFirst();
    assertEquals(
        List.of("first", "later", "default"), group.rules().stream().map(Rule::id).toList());
  }

  @Test
  void leavesOutRulesOfALoadBalancer() {
    Group group = adapter("idle").accessControl().inbound().getFirst();
    assertTrue(group.rules().stream().noneMatch(rule -> rule.id().equals("probe")));
  }

  @Test
  void deniesWithTheReasonOfRuleOrDefault() {
    Group group = adapter("idle").accessControl().inbound().getFirst();
    assertInstanceOf(Action.StatefulAllow.class, group.rules().get(0).action());
    assertEquals("Deny[reason=ACL_DENIED]", group.rules().get(1).action().toString());
    assertEquals("Deny[reason=ACL_DEFAULT_DENIED]", group.rules().get(2).action().toString());
  }

  @Test
  void saysTagsByTheAddressSpace() {
    List<Rule> rules = adapter("idle").accessControl().inbound().getFirst().rules();
    assertTrue(
        rules.get(0).conditions().toString().contains("SourceIn[prefix=10.0.0.0/8]"),
        rules.get(0).conditions().toString());
    assertTrue(
        rules.get(1).conditions().toString().contains("Not[condition=AnyOf"),
        rules.get(1).conditions().toString());
  }

  /// The list of 10.1.0.4 must not speak for 10.1.0.5, nor for fd00::4.
  @Test
  void keepsAListFromAddressesUnderAnother() {
    Group own = adapter("web").accessControl().outbound().getFirst();
    assertEquals(
        "[Not[condition=AnyOf[conditions=[SourceIn[prefix=10.1.0.5/32],"
            + " SourceIn[prefix=fd00::4/128]]]]]",
        own.rules().getLast().conditions().toString());
    Group subnet = adapter("web").accessControl().inbound().getFirst();
    assertEquals(
        "[Not[condition=DestinationIn[prefix=fd00::4/128]]]",
        subnet.rules().getLast().conditions().toString());
  }

  @Test
  void givesEqualNetworksForEqualPolicies() {
    assertEquals(
        PolicyCompiler.compile(policy()).hosts(), PolicyCompiler.compile(policy()).hosts());
    assertEquals(
        PolicyCompiler.compile(policy()).domains(), PolicyCompiler.compile(policy()).domains());
  }
}
