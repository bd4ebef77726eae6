// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The document of {@link TwoHosts}: two tenants that differ in their ids alone, with what a test
/// varies.
///
/// @param encapsulation VXLAN or NVGRE
/// @param deniedOut what `red1` may not send: "" for nothing, else a protocol
/// @param deniedIn what `red2` may not receive
/// @param red2 whether `red2` has its address
/// @param red2At the host that `red2` is on; empty: none
/// @param outboundMbps limit of `red1`; 0: none
/// @param inboundMbps limit of `red2`
record PolicyText(
    String encapsulation,
    String deniedOut,
    String deniedIn,
    boolean red2,
    String red2At,
    int outboundMbps,
    int inboundMbps) {
  static final int RED = 5001;
  static final int BLUE = 6001;

  static PolicyText over(String encapsulation) {
    return new PolicyText(encapsulation, "", "", true, "host2", 0, 0);
  }

  PolicyText denyingOut(String protocol) {
    return new PolicyText(
        encapsulation, protocol, deniedIn, red2, red2At, outboundMbps, inboundMbps);
  }

  PolicyText denyingIn(String protocol) {
    return new PolicyText(
        encapsulation, deniedOut, protocol, red2, red2At, outboundMbps, inboundMbps);
  }

  PolicyText withoutRed2() {
    return new PolicyText(
        encapsulation, deniedOut, deniedIn, false, red2At, outboundMbps, inboundMbps);
  }

  PolicyText withRed2At(String host) {
    return new PolicyText(
        encapsulation, deniedOut, deniedIn, red2, host, outboundMbps, inboundMbps);
  }

  PolicyText limiting(int outbound, int inbound) {
    return new PolicyText(encapsulation, deniedOut, deniedIn, red2, red2At, outbound, inbound);
  }

  @Override
  public String toString() {
    return """
        {"servers": [%s, %s, %s],
         "virtualNetworks": [%s, %s],
         "networkInterfaces": [%s],
         "accessControlLists": [%s, %s],
         "virtualNetworkManager": {"properties": {"networkVirtualizationProtocol": "%s"}}}
        """
        .formatted(
            server("host1", "192.168.1.10"),
            server("host2", "192.168.1.20"),
            server("host3", "192.168.1.30"),
            network("red", RED),
            network("blue", BLUE),
            Stream.of(
                    machine("red", 1, "host1", outboundMbps, 0),
                    red2 ? machine("red", 2, red2At, 0, inboundMbps) : "",
                    machine("blue", 1, "host1", 0, 0),
                    machine("blue", 2, "host2", 0, 0))
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining(",\n")),
            list("red1", "Outbound", deniedOut),
            list("red2", "Inbound", deniedIn),
            encapsulation);
  }

  private static String server(String name, String address) {
    return """
        {"resourceId": "%s", "properties": {"providerAddresses": ["%s"]}}"""
        .formatted(name, address);
  }

  private static String network(String name, int vsid) {
    return """
        {"resourceId": "%s", "properties": {
          "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
          "subnets": [{"resourceId": "front", "properties": {
            "addressPrefix": "10.1.1.0/24", "virtualSubnetId": %d}}]}}"""
        .formatted(name, vsid);
  }

  private static String machine(
      String tenant, int side, String host, int outboundMbps, int inboundMbps) {
    String list =
        tenant.equals("red")
            ? ", \"accessControlList\": {\"resourceRef\": \"/accessControlLists/red%d\"}"
                .formatted(side)
            : "";
    String limits =
        Stream.of(
                outboundMbps > 0 ? "\"outboundMaximumMbps\": \"" + outboundMbps + "\"" : "",
                inboundMbps > 0 ? "\"inboundMaximumMbps\": \"" + inboundMbps + "\"" : "")
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining(", "));
    return """
        {"resourceId": "%s%d", "properties": {
          "privateMacAddress": "00155D01011%d",
          "server": {"resourceRef": "/servers/%s"},
          "portSettings": {"qosSettings": {%s}},
          "ipConfigurations": [{"resourceId": "ip", "properties": {
            "privateIPAddress": "10.1.1.1%d",
            "subnet": {"resourceRef": "/virtualNetworks/%s/subnets/front"}%s}}]}}"""
        .formatted(tenant, side, side, host, limits, side, tenant, list);
  }

  private static String list(String name, String direction, String protocol) {
    String rule =
        protocol.isEmpty()
            ? ""
            : """
              {"resourceId": "deny", "properties": {"type": "%s", "priority": 200,
                "action": "Deny", "protocol": "%s",
                "sourceAddressPrefix": "*", "sourcePortRange": "*",
                "destinationAddressPrefix": "*", "destinationPortRange": "*"}}"""
                .formatted(direction, protocol);
    return """
        {"resourceId": "%s", "properties": {"aclRules": [%s]}}"""
        .formatted(name, rule);
  }
}
