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

/// The policy of rows through a gateway: a tenant with one machine on the server *there*, and with
/// an L3 connection where it is asked for, whose packets leave the gateway *here* translated.
public final class ExitPolicy {
  /// The gateway's server.
  public static final String SERVER = "here";

  /// By what name the node's configuration knows the devices.
  public static final String OUTSIDE = "wan";

  public static final String L3 = "lan";

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
