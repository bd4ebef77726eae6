// SPDX-License-Identifier: Apache-2.0
package hnv.bench.traffic;

import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The policy of rows through a gateway: a tenant with one machine on the server *there*, and with
/// an L3 connection where it is asked for, whose packets leave the gateway *here* translated.
public final class ExitPolicy {
  /// The gateway's server.
  public static final String SERVER = "here";

  /// By what name the node's configuration knows the devices.
  public static final String OUTSIDE = "wan";

  public static final String L3 = "lan";

  /// Where the second tenant is.
  public static final int SECOND_VLAN = 20;

  public static final Ipv4Address SECOND_PUBLIC = Ipv4Address.parse("198.51.100.11");

  private static final String GATEWAY = "gateway";

  private ExitPolicy() {}

  /// The gateway's MAC address in the virtual network, which follows from its name
  /// (docs/policy.md).
  public static MacAddress gatewayMac() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(GATEWAY.getBytes(StandardCharsets.UTF_8));
      long last = Integer.toUnsignedLong(ByteBuffer.wrap(hash).getInt());
      return new MacAddress(0x0247_0000_0000L | last);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Cannot happen: every Java has it.
    }
  }

  /// A document.
  ///
  /// @param l3 whether there is the L3 connection
  /// @param addresses public addresses that the tenant's packets bear outside
  public static String document(boolean l3, List<Ipv4Address> addresses) {
    return """
        {
          "servers": [
            {"resourceId": "here", "properties": {"providerAddresses": ["192.168.1.10"]}},
            {"resourceId": "there", "properties": {"providerAddresses": ["192.168.1.20"]}}
          ],
          "virtualNetworks": [
            {"resourceId": "blue", "properties": {
              "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
              "subnets": [
                {"resourceId": "machines",
                 "properties": {"addressPrefix": "10.1.1.0/24", "virtualSubnetId": 5001}},
                {"resourceId": "gateway",
                 "properties": {"addressPrefix": "10.1.9.0/24", "virtualSubnetId": 5009}}
              ]}}
          ],
          "networkInterfaces": [
            {"resourceId": "blue-there", "properties": {
              "privateMacAddress": "02000A01010C",
              "server": {"resourceRef": "/servers/there"},
              "ipConfigurations": [{"resourceId": "ipv4", "properties": {
                "privateIPAddress": "10.1.1.12",
                "subnet": {"resourceRef": "/virtualNetworks/blue/subnets/machines"}}}]}}
          ],
          "logicalNetworks": [
            {"resourceId": "wan", "properties": {"device": "wan", "subnets": [
              {"resourceId": "public", "properties": {
                "addressPrefix": "198.51.100.0/24", "vlanId": 0, "isPublic": true,
                "ipPools": [{"resourceId": "tenants", "properties": {
                  "startIpAddress": "198.51.100.10", "endIpAddress": "198.51.100.127"}}]}}]}},
            {"resourceId": "lan", "properties": {"device": "lan", "subnets": [
              {"resourceId": "wire", "properties": {
                "addressPrefix": "10.9.0.0/24", "vlanId": 0}}]}}
          ],
          "publicIPAddresses": [%s],
          "gatewayPools": [{"resourceId": "default", "properties": {"type": "All"}}],
          "gateways": [{"resourceId": "%s", "properties": {
            "pool": {"resourceRef": "/gatewayPools/default"},
            "server": {"resourceRef": "/servers/here"},
            "outsideInterfaces": [{
              "subnet": {"resourceRef": "/logicalNetworks/wan/subnets/public"},
              "ipAddresses": ["198.51.100.1"]}]}}],
          "virtualGateways": [{"resourceId": "blue", "properties": {
            "natSessionLimit": 2000000, "natPortLimit": 2000000,
            "gatewayPools": [{"resourceRef": "/gatewayPools/default"}],
            "gatewaySubnets": [{"resourceRef": "/virtualNetworks/blue/subnets/gateway"}],
            "networkConnections": [%s]}}],
          "loadBalancers": [{"resourceId": "blue", "properties": {
            "frontendIPConfigurations": [%s],
            "backendAddressPools": [{"resourceId": "all", "properties": {
              "virtualNetworks": [{"resourceRef": "/virtualNetworks/blue"}]}}],
            "outboundNatRules": [{"resourceId": "out", "properties": {
              "frontendIPConfigurations": [%s],
              "backendAddressPool": {"resourceRef": "/loadBalancers/blue/backendAddressPools/all"},
              "portRange": "1024-65535", "portBlockSize": 4096, "portBlocksPerAddress": 15,
              "protocol": "All"}}]}}]
        }
        """
        .formatted(
            each(addresses, ExitPolicy::publicAddress),
            GATEWAY,
            l3 ? CONNECTION : "",
            each(addresses, ExitPolicy::frontEnd),
            each(addresses, ExitPolicy::frontEndReference));
  }

  /// The same with a second tenant, who has the same addresses: by an L3 connection on {@link
  /// #SECOND_VLAN} of the same device, and at {@link #SECOND_PUBLIC}.
  ///
  /// @param document of {@link #document}
  /// @param forwarded ports of the first tenant that are forwarded to its machine
  public static String withSecondTenant(String document, int forwarded) {
    return document
        .replace("\"virtualNetworks\": [\n", "\"virtualNetworks\": [\n" + SECOND_NETWORK)
        .replace("\"logicalNetworks\": [", "\"logicalNetworks\": [" + SECOND_WIRE)
        .replace(
            "\"publicIPAddresses\": [",
            "\"publicIPAddresses\": [" + publicAddress(SECOND_PUBLIC) + ", ")
        .replace("\"virtualGateways\": [", "\"virtualGateways\": [" + SECOND_GATEWAY)
        .replace("\"loadBalancers\": [", "\"loadBalancers\": [" + SECOND_TRANSLATION)
        .replace(
            "\"outboundNatRules\": [{\"resourceId\": \"out\"",
            "\"inboundNatRules\": [%s], \"outboundNatRules\": [{\"resourceId\": \"out\""
                .formatted(
                    IntStream.range(0, forwarded)
                        .mapToObj(ExitPolicy::forwarding)
                        .collect(Collectors.joining(", "))));
  }

  /// The same with a GRE tunnel of the tenant to the server, behind which 10.7.0.0/16 is.
  ///
  /// @param document of {@link #document}
  public static String withBranch(String document) {
    return document.replace(
        "\"networkConnections\": [", "\"networkConnections\": [" + BRANCH + ", ");
  }

  private static final String BRANCH =
      """
      {"resourceId": "branch", "properties": {
        "connectionType": "GRE", "destinationIPAddress": "198.51.100.2",
        "greConfiguration": {"greKey": 77},
        "routes": [{"destinationPrefix": "10.7.0.0/16"}]}}
      """;

  private static String forwarding(int number) {
    return """
        {"resourceId": "in%d", "properties": {
          "frontendIPConfigurations": [
            {"resourceRef": "/loadBalancers/blue/frontendIPConfigurations/p64"}],
          "protocol": "UDP", "frontendPort": %d, "backendPort": 53,
          "backendIPConfiguration": {
            "resourceRef": "/networkInterfaces/blue-there/ipConfigurations/ipv4"}}}
        """
        .formatted(number, 500 + number);
  }

  private static final String SECOND_NETWORK =
      """
      {"resourceId": "green", "properties": {
        "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
        "subnets": [
          {"resourceId": "gateway",
           "properties": {"addressPrefix": "10.1.9.0/24", "virtualSubnetId": 6009}}]}},
      """;

  private static final String SECOND_WIRE =
      """
      {"resourceId": "lan20", "properties": {"device": "lan", "subnets": [
        {"resourceId": "wire", "properties": {
          "addressPrefix": "10.9.0.0/24", "vlanId": 20}}]}},
      """;

  private static final String SECOND_GATEWAY =
      """
      {"resourceId": "green", "properties": {
        "gatewayPools": [{"resourceRef": "/gatewayPools/default"}],
        "gatewaySubnets": [{"resourceRef": "/virtualNetworks/green/subnets/gateway"}],
        "networkConnections": [{"resourceId": "lan20", "properties": {
          "connectionType": "L3",
          "l3Configuration": {"vlanSubnet": {"resourceRef": "/logicalNetworks/lan20/subnets/wire"}},
          "ipAddresses": [{"ipAddress": "10.9.0.1", "prefixLength": 24}],
          "peerIPAddresses": ["10.9.0.2"]}}]}},
      """;

  private static final String SECOND_TRANSLATION =
      """
      {"resourceId": "green", "properties": {
        "frontendIPConfigurations": [{"resourceId": "p11", "properties": {
          "publicIPAddress": {"resourceRef": "/publicIPAddresses/p11"}}}],
        "backendAddressPools": [{"resourceId": "all", "properties": {
          "virtualNetworks": [{"resourceRef": "/virtualNetworks/green"}]}}],
        "outboundNatRules": [{"resourceId": "second", "properties": {
          "frontendIPConfigurations": [
            {"resourceRef": "/loadBalancers/green/frontendIPConfigurations/p11"}],
          "backendAddressPool": {"resourceRef": "/loadBalancers/green/backendAddressPools/all"},
          "protocol": "All"}}]}},
      """;

  private static final String CONNECTION =
      """
      {"resourceId": "lan", "properties": {
        "connectionType": "L3",
        "l3Configuration": {"vlanSubnet": {"resourceRef": "/logicalNetworks/lan/subnets/wire"}},
        "ipAddresses": [{"ipAddress": "10.9.0.1", "prefixLength": 24}],
        "peerIPAddresses": ["10.9.0.2"],
        "routes": [{"destinationPrefix": "10.8.0.0/16", "nextHop": "10.9.0.2", "metric": 10}]}}
      """;

  private static String each(
      List<Ipv4Address> addresses, java.util.function.Function<Ipv4Address, String> text) {
    return addresses.stream().map(text).collect(Collectors.joining(", "));
  }

  private static String name(Ipv4Address address) {
    return "p" + (address.bits() & 0xFF);
  }

  private static String publicAddress(Ipv4Address address) {
    return "{\"resourceId\": \"%s\", \"properties\": {\"ipAddress\": \"%s\"}}"
        .formatted(name(address), address);
  }

  private static String frontEnd(Ipv4Address address) {
    return "{\"resourceId\": \"%s\", \"properties\": {\"publicIPAddress\": {\"resourceRef\":"
            .formatted(name(address))
        + " \"/publicIPAddresses/%s\"}}}".formatted(name(address));
  }

  private static String frontEndReference(Ipv4Address address) {
    return "{\"resourceRef\": \"/loadBalancers/blue/frontendIPConfigurations/%s\"}"
        .formatted(name(address));
  }
}
