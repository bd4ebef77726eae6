// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/// The examples of [MS-NCNBI], each put into a document of one resource. Their references lead out
/// of that document, so most are refused for that and for nothing else.
class NetworkControllerPayloadsTest {
  private static final String NOT_FOUND = " ReferencedResourceNotFound";

  static final List<Arguments> PAYLOADS =
      List.of(
          Arguments.of("01-accessControlLists.put.json", "accessControlLists", List.of()),
          Arguments.of("44-example-default-acl.put.json", "accessControlLists", List.of()),
          Arguments.of("18-networkInterfaces.put.json", "networkInterfaces", ofInterface()),
          Arguments.of("19-networkInterfaces.get.json", "networkInterfaces", ofInterface()),
          Arguments.of("23-servers.put.json", "servers", List.of()),
          Arguments.of("24-servers.get.json", "servers", List.of()),
          Arguments.of(
              "35-virtualNetworks.put.json",
              "virtualNetworks",
              List.of(
                  "$.virtualNetworks[0].properties.subnets[0].properties"
                      + ".accessControlList.resourceRef"
                      + NOT_FOUND)),
          Arguments.of(
              "36-virtualNetworks.get.json",
              "virtualNetworks",
              List.of(
                  "$.virtualNetworks[0].properties.subnets[0].properties"
                      + ".accessControlList.resourceRef"
                      + NOT_FOUND,
                  "$.virtualNetworks[0].properties.subnets[1].properties"
                      + ".accessControlList.resourceRef"
                      + NOT_FOUND)),
          Arguments.of(
              "03-gatewayPools.put.json",
              "gatewayPools",
              notFound(
                  "gatewayPools",
                  "ipConfiguration.greVipSubnets[0]",
                  "ipConfiguration.publicIPAddresses[0]")),
          Arguments.of(
              "04-gatewayPools.get.json",
              "gatewayPools",
              notFound(
                  "gatewayPools",
                  "ipConfiguration.greVipSubnets[0]",
                  "ipConfiguration.publicIPAddresses[0]")),
          Arguments.of("05-gateways.put.json", "gateways", notFound("gateways", "pool", "server")),
          Arguments.of("06-gateways.get.json", "gateways", notFound("gateways", "pool", "server")),
          Arguments.of(
              "07-loadBalancers.put.json",
              "loadBalancers",
              notFound("loadBalancers", "frontendIPConfigurations[0].properties.subnet")),
          Arguments.of(
              "08-loadBalancers.get.json",
              "loadBalancers",
              notFound(
                  "loadBalancers",
                  "frontendIPConfigurations[0].properties.subnet",
                  "frontendIPConfigurations[1].properties.subnet",
                  "inboundNatRules[0].properties.backendIPConfiguration",
                  "inboundNatRules[1].properties.backendIPConfiguration",
                  "backendAddressPools[0].properties.backendIPConfigurations[0]",
                  "backendAddressPools[0].properties.backendIPConfigurations[1]")),
          Arguments.of("12-logicalNetworks.put.json", "logicalNetworks", List.of()),
          Arguments.of("13-logicalNetworks.get.json", "logicalNetworks", List.of()),
          Arguments.of("17-routeTables.put.json", "routeTables", List.of()),
          Arguments.of(
              "22-publicIPAddresses.put.json",
              "publicIPAddresses",
              List.of(
                  "$.publicIPAddresses[0].properties.publicIPAllocationMethod"
                      + " InvalidParameterValue",
                  "$.publicIPAddresses[0].properties.ipAddress PublicIPAddressNotInPool")),
          Arguments.of(
              "25-virtualGateways.put.json",
              "virtualGateways",
              notFound(
                  "virtualGateways",
                  "gatewaySubnets[0]",
                  "gatewayPools[0]",
                  "networkConnections[2].properties.l3Configuration.vlanSubnet")),
          Arguments.of(
              "26-virtualGateways.get.json",
              "virtualGateways",
              notFound(
                  "virtualGateways",
                  "gatewaySubnets[0]",
                  "gatewayPools[0]",
                  "networkConnections[0].properties.gateway",
                  "networkConnections[1].properties.gateway",
                  "networkConnections[2].properties.gateway",
                  "networkConnections[2].properties.l3Configuration.vlanSubnet")),
          Arguments.of("38-virtualNetworkManager.put.json", "virtualNetworkManager", List.of()));

  /// References of the one resource of a kind, each dangling.
  private static List<String> notFound(String kind, String... properties) {
    return Stream.of(properties)
        .map(property -> "$." + kind + "[0].properties." + property + ".resourceRef" + NOT_FOUND)
        .toList();
  }

  private static List<String> ofInterface() {
    String configuration = "$.networkInterfaces[0].properties.ipConfigurations[0].properties";
    return List.of(
        configuration + ".accessControlList.resourceRef" + NOT_FOUND,
        configuration + ".subnet.resourceRef" + NOT_FOUND);
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("PAYLOADS")
  void readsThePayload(String file, String kind, List<String> problems) throws IOException {
    String payload = payload(file);
    // The URL of the request names the resource where the payload does not.
    if (!payload.contains("\n    \"resourceId\"")) {
      payload = "{\"resourceId\": \"x\"," + payload.substring(1);
    }
    String value = kind.equals("virtualNetworkManager") ? payload : "[" + payload + "]";
    String document = "{\"" + kind + "\": " + value + "}";
    assertEquals(problems, SampleDocument.problems(SampleDocument.parse(document)));
  }

  /// A subnet is read within its network.
  @ParameterizedTest(name = "{0}")
  @FieldSource("SUBNETS")
  void readsTheSubnet(String file, List<String> problems) throws IOException {
    String document =
        "{\"virtualNetworks\": [{\"resourceId\": \"x\", \"properties\": {\"addressSpace\":"
            + "{\"addressPrefixes\": [\"13.168.0.0/16\"]}, \"subnets\": ["
            + payload(file)
            + "]}}]}";
    assertEquals(problems, SampleDocument.problems(SampleDocument.parse(document)));
  }

  static final List<Arguments> SUBNETS =
      List.of(
          Arguments.of(
              "37-virtualNetworks-subnets.get.json",
              List.of(
                  "$.virtualNetworks[0].properties.subnets[0].properties"
                      + ".accessControlList.resourceRef"
                      + NOT_FOUND)));

  /// The text of the payload within its file, which is an object of `_source` and `payload`.
  private static String payload(String file) throws IOException {
    Path root = Path.of(System.getProperty("hnv.root", "."));
    Path path = root.resolve("../shared/cases/network-controller").resolve(file);
    assumeTrue(Files.isReadable(path), () -> "the third-party case is not here: " + path);
    String text = Files.readString(path);
    int start = text.indexOf('{', text.indexOf("\"payload\":"));
    return text.substring(start, text.lastIndexOf('}')).strip();
  }
}
