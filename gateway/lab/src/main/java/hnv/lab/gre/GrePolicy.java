// SPDX-License-Identifier: Apache-2.0
package hnv.lab.gre;

import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.lab.netns.LabException;
import hnv.lab.topology.Scenario;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Two tenants with the same addresses, a machine each, and all tunnels of the cases. A document
/// reads better where its parts stand apart from what fills them in.
@SuppressWarnings("InlineFormatString")
final class GrePolicy {
  private static final String DOCUMENT =
      """
      {
        "servers": [
          {"resourceId": "host1", "properties": {"providerAddresses": ["192.168.1.10"]}},
          {"resourceId": "gw1", "properties": {"providerAddresses": ["192.168.3.30"]}}
        ],
        "virtualNetworks": [%s],
        "networkInterfaces": [%s],
        "logicalNetworks": [
          {"resourceId": "internet", "properties": {"device": "outside", "subnets": [
            {"resourceId": "four", "properties": {
              "addressPrefix": "203.0.113.0/24", "isPublic": true,
              "defaultGateways": ["203.0.113.1"],
              "ipPools": [{"resourceId": "gre", "properties": {
                "startIpAddress": "203.0.113.8", "endIpAddress": "203.0.113.15"}}]}},
            {"resourceId": "six", "properties": {
              "addressPrefix": "2001:db8:113::/64", "isPublic": true,
              "defaultGateways": ["2001:db8:113::1"],
              "ipPools": [{"resourceId": "gre", "properties": {
                "startIpAddress": "2001:db8:113::8", "endIpAddress": "2001:db8:113::f"}}]}}]}}
        ],
        "gatewayPools": [
          {"resourceId": "default", "properties": {"type": "All", "ipConfiguration": {
            "greVipSubnets": [
              {"resourceRef": "/logicalNetworks/internet/subnets/four"},
              {"resourceRef": "/logicalNetworks/internet/subnets/six"}]}}}
        ],
        "gateways": [
          {"resourceId": "gw1", "properties": {
            "pool": {"resourceRef": "/gatewayPools/default"},
            "server": {"resourceRef": "/servers/gw1"},
            "outsideInterfaces": [
              {"subnet": {"resourceRef": "/logicalNetworks/internet/subnets/four"},
               "ipAddresses": ["203.0.113.2"]},
              {"subnet": {"resourceRef": "/logicalNetworks/internet/subnets/six"},
               "ipAddresses": ["2001:db8:113::2"]}]}}
        ],
        "virtualGateways": [%s]
      }
      """;

  private static final String NETWORK =
      """
      {"resourceId": "%s", "properties": {
        "networkVirtualizationProtocol": "%s",
        "addressSpace": {"addressPrefixes": ["10.1.0.0/16", "fd00:1::/48"]},
        "subnets": [
          {"resourceId": "front", "properties": {
            "addressPrefixes": ["10.1.1.0/24", "fd00:1:0:1::/64"], "virtualSubnetId": %d}},
          {"resourceId": "gateway", "properties": {
            "addressPrefixes": ["10.1.255.0/28", "fd00:1:0:ff::/64"], "virtualSubnetId": %d}}]}}
      """;

  private static final String MACHINE =
      """
      {"resourceId": "%1$s", "properties": {
        "privateMacAddress": "00155D010112",
        "server": {"resourceRef": "/servers/host1"},
        "ipConfigurations": [
          {"resourceId": "ipv4", "properties": {
            "privateIPAddress": "10.1.1.12",
            "subnet": {"resourceRef": "/virtualNetworks/%1$s/subnets/front"}}},
          {"resourceId": "ipv6", "properties": {
            "privateIPAddress": "fd00:1:0:1::12",
            "subnet": {"resourceRef": "/virtualNetworks/%1$s/subnets/front"}}}]}}
      """;

  private static final String VIRTUAL_GATEWAY =
      """
      {"resourceId": "%1$s", "properties": {
        "gatewayPools": [{"resourceRef": "/gatewayPools/default"}],
        "gatewaySubnets": [{"resourceRef": "/virtualNetworks/%1$s/subnets/gateway"}],
        "networkConnections": [%2$s]}}
      """;

  private static final String CONNECTION =
      """
      {"resourceId": "%s", "properties": {
        "connectionType": "GRE",
        "sourceIPAddress": "%s", "destinationIPAddress": "%s",
        "greConfiguration": {%s "checksum": %b, "sequenceNumbers": %b,
          "keepaliveIntervalSeconds": %d, "keepaliveTries": %d},
        "routes": [{"destinationPrefix": "%s"}, {"destinationPrefix": "%s"}]}}
      """;

  /// Silent times after which a tunnel is down, each a second long.
  static final int KEEPALIVE_TRIES = 5;

  private GrePolicy() {}

  /// The laboratory with these tunnels.
  static Scenario scenario(List<TunnelCase> cases) {
    String networks =
        NETWORK.formatted("contoso", "VXLAN", 5_001, 5_255)
            + ","
            + NETWORK.formatted("fabrikam", "NVGRE", 6_001, 6_255);
    String document =
        DOCUMENT.formatted(
            networks,
            each(MACHINE::formatted),
            each(tenant -> VIRTUAL_GATEWAY.formatted(tenant, connections(tenant, cases))));
    return switch (PolicyDocuments.parse(document.getBytes(StandardCharsets.UTF_8))) {
      case Parsed.Accepted accepted -> new Scenario(accepted.policy());
      case Parsed.Refused refused ->
          throw new LabException("the policy of the tunnels is refused: " + refused.problems());
    };
  }

  private static String each(Function<String, String> text) {
    return TunnelCase.TENANTS.stream().map(text).collect(Collectors.joining(","));
  }

  private static String connections(String tenant, List<TunnelCase> cases) {
    return cases.stream()
        .map(
            tunnel ->
                CONNECTION.formatted(
                    tunnel.connection(tenant),
                    tunnel.gateway(),
                    tunnel.peer(tenant),
                    tunnel.keyed() ? "\"greKey\": " + tunnel.key(tenant) + "," : "",
                    tunnel.checksum(),
                    tunnel.sequence(),
                    tunnel.keepalive() ? 1 : 0,
                    KEEPALIVE_TRIES,
                    tunnel.branchPrefix(false),
                    tunnel.branchPrefix(true)))
        .collect(Collectors.joining(","));
  }
}
