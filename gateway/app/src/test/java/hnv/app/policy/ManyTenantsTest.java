// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.edge.EdgeNetwork;
import hnv.model.Policy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Ten thousand tenants with a gateway, a tunnel each, and one shared pool. The time is generous:
/// what it catches is work that grows with the square of their number.
final class ManyTenantsTest {
  private static final int TENANTS = 10_000;

  @Test
  void compilesTenThousandTenants() {
    byte[] document = document().getBytes(StandardCharsets.UTF_8);
    assertTimeout(
        Duration.ofSeconds(60),
        () -> {
          Parsed parsed = PolicyDocuments.parse(document);
          Policy policy =
              assertInstanceOf(Parsed.Accepted.class, parsed, parsed::toString).policy();
          EdgeNetwork edge = EdgeCompilerInput.edgeOf(policy, "g");
          assertEquals(TENANTS, edge.tenants().size());
          assertEquals(1, edge.pools().size());
          assertEquals(TENANTS, PolicyCompiler.compile(policy).domains().size());
        });
  }

  private static String document() {
    StringBuilder networks = new StringBuilder();
    StringBuilder gateways = new StringBuilder();
    StringBuilder members = new StringBuilder();
    for (int i = 0; i < TENANTS; i++) {
      String comma = i == 0 ? "" : ",";
      networks.append(
          """
          %s{'resourceId': 'n%d', 'properties': {
            'addressSpace': {'addressPrefixes': ['10.1.0.0/16']}, 'subnets': [
            {'resourceId': 'vms', 'properties': {'addressPrefix': '10.1.1.0/24'}},
            {'resourceId': 'gw', 'properties': {'addressPrefix': '10.1.255.0/28'}}]}}
          """
              .formatted(comma, i));
      gateways.append(
          """
          %s{'resourceId': 'n%d', 'properties': {
            'gatewayPools': [{'resourceRef': '/gatewayPools/p'}],
            'gatewaySubnets': [{'resourceRef': '/virtualNetworks/n%d/subnets/gw'}],
            'networkConnections': [{'resourceId': 'c', 'properties': {
              'connectionType': 'GRE', 'destinationIPAddress': '198.51.100.1',
              'greConfiguration': {'greKey': %d},
              'routes': [{'destinationPrefix': '192.168.50.0/24'}]}}]}}
          """
              .formatted(comma, i, i, i));
      members.append("%s{'resourceRef': '/virtualNetworks/n%d'}".formatted(comma, i));
    }
    return """
        {'servers': [{'resourceId': 'g', 'properties': {'providerAddresses': ['192.168.1.1']}}],
        'virtualNetworks': [%s],
        'logicalNetworks': [{'resourceId': 'internet', 'properties': {'subnets': [
          {'resourceId': 's', 'properties': {'addressPrefix': '203.0.113.0/24', 'isPublic': true,
            'ipPools': [{'resourceId': 'p', 'properties': {
              'startIpAddress': '203.0.113.64', 'endIpAddress': '203.0.113.127'}}]}}]}}],
        'publicIPAddresses': [{'resourceId': 'p', 'properties': {'ipAddress': '203.0.113.64'}}],
        'gatewayPools': [{'resourceId': 'p', 'properties': {'type': 'All'}}],
        'gateways': [{'resourceId': 'g', 'properties': {
          'pool': {'resourceRef': '/gatewayPools/p'}, 'outsideInterfaces': [{
            'subnet': {'resourceRef': '/logicalNetworks/internet/subnets/s'},
            'ipAddresses': ['203.0.113.2']}]}}],
        'virtualGateways': [%s],
        'loadBalancers': [{'resourceId': 'all', 'properties': {
          'frontendIPConfigurations': [{'resourceId': 'f', 'properties': {
            'publicIPAddress': {'resourceRef': '/publicIPAddresses/p'}}}],
          'backendAddressPools': [{'resourceId': 'b', 'properties': {'virtualNetworks': [%s]}}],
          'outboundNatRules': [{'resourceId': 'o', 'properties': {
            'frontendIPConfigurations': [
              {'resourceRef': '/loadBalancers/all/frontendIPConfigurations/f'}],
            'backendAddressPool': {'resourceRef': '/loadBalancers/all/backendAddressPools/b'},
            'protocol': 'All'}}]}}]}
        """
        .formatted(networks, gateways, members)
        .replace('\'', '"');
  }
}
