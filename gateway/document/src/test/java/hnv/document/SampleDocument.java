// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.Policy;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A small valid document, and edits of it. JSON is written with single quotes
/// here, and with one space where the text below has several or a new line.
final class SampleDocument {
  static final String TEXT =
      """
      {
        'servers': [
          {'resourceId': 'h1', 'properties': {'providerAddresses': ['192.168.1.10']}},
          {'resourceId': 'h2', 'properties': {'providerAddresses': ['192.168.2.20', 'fd01::20']}}
        ],
        'virtualNetworks': [
          {'resourceId': 'blue', 'properties': {
            'routingDomainId': '11111111-1111-4111-8111-111111111111',
            'addressSpace': {'addressPrefixes': ['10.1.0.0/16', 'fd00:1::/48']},
            'subnets': [
              {'resourceId': 's1', 'properties': {
                'addressPrefix': '10.1.1.0/24', 'virtualSubnetId': 5001}},
              {'resourceId': 's2', 'properties': {
                'addressPrefixes': ['10.1.2.0/24', 'fd00:1:0:2::/64'], 'virtualSubnetId': 5002,
                'accessControlList': {'resourceRef': '/accessControlLists/acl'}}}
            ]}},
          {'resourceId': 'red', 'properties': {
            'routingDomainId': '22222222-2222-4222-8222-222222222222',
            'addressSpace': {'addressPrefixes': ['10.0.0.0/8']},
            'subnets': [
              {'resourceId': 's1', 'properties': {
                'addressPrefix': '10.1.1.0/25', 'virtualSubnetId': 6001}}
            ]}}
        ],
        'networkInterfaces': [
          {'resourceId': 'a', 'properties': {
            'privateMacAddress': '020000000001',
            'server': {'resourceRef': '/servers/h1'},
            'ipConfigurations': [{'resourceId': 'c1', 'properties': {
              'privateIPAddress': '10.1.1.11',
              'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s1'}}}]}},
          {'resourceId': 'b', 'properties': {
            'privateMacAddress': '020000000002',
            'server': {'resourceRef': '/servers/h2'},
            'portSettings': {
              'macSpoofing': 'Disabled', 'qosSettings': {'outboundMaximumMbps': 100}},
            'ipConfigurations': [
              {'resourceId': 'c1', 'properties': {
                'privateIPAddress': '10.1.2.12',
                'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s2'}}},
              {'resourceId': 'c2', 'properties': {
                'privateIPAddress': 'fd00:1:0:2::12',
                'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/s2'},
                'accessControlList': {'resourceRef': '/accessControlLists/acl'}}}]}}
        ],
        'accessControlLists': [
          {'resourceId': 'acl', 'properties': {
            'inboundDefaultAction': 'Deny',
            'aclRules': [
              {'resourceId': 'r1', 'properties': {
                'type': 'Inbound', 'priority': 200, 'action': 'Allow', 'protocol': 'TCP',
                'sourceAddressPrefix': 'VIRTUALNETWORK', 'sourcePortRange': '*',
                'destinationAddressPrefix': '*', 'destinationPortRange': '80-90',
                'logging': 'Enabled'}},
              {'resourceId': 'r2', 'properties': {
                'type': 'Inbound', 'priority': 300, 'action': 'Deny', 'protocol': 'ICMPv4',
                'sourceAddressPrefix': '10.9.0.0/16', 'sourcePortRange': '*',
                'destinationAddressPrefix': '*', 'destinationPortRange': '*',
                'logging': 'Disabled'}}
            ]}}
        ],
        'virtualNetworkManager': {'properties': {
          'distributedRouterState': 'Enabled',
          'networkVirtualizationProtocol': 'VXLAN',
          'virtualSubnetIdRange': {'startId': 4096, 'endId': 16777214}}}
      }
      """
          .replaceAll("\\s+", " ");

  private SampleDocument() {}

  static Parsed parse(String text) {
    return PolicyDocuments.parse(octets(text));
  }

  static byte[] octets(String text) {
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  /// The sample with one text in place of another, which stands in it exactly once.
  static String with(String find, String replacement) {
    return with(TEXT, find, replacement);
  }

  /// A document with one text in place of another, which stands in it exactly once.
  static String with(String text, String find, String replacement) {
    int at = text.indexOf(find);
    if (at < 0 || text.indexOf(find, at + 1) >= 0) {
      throw new AssertionError("not exactly once in the document: " + find);
    }
    return text.replace(find, replacement);
  }

  static Policy accepted(Parsed parsed) {
    return switch (parsed) {
      case Parsed.Accepted a -> a.policy();
      case Parsed.Refused r -> throw new AssertionError("refused: " + r.problems());
    };
  }

  /// The problems as `path code`.
  static List<String> problems(Parsed parsed) {
    return switch (parsed) {
      case Parsed.Accepted a -> List.of();
      case Parsed.Refused r -> r.problems().stream().map(p -> p.path() + " " + p.code()).toList();
    };
  }

  static List<String> warnings(Parsed parsed) {
    return switch (parsed) {
      case Parsed.Accepted a -> a.warnings().stream().map(p -> p.path() + " " + p.code()).toList();
      case Parsed.Refused r -> throw new AssertionError("refused: " + r.problems());
    };
  }
}
