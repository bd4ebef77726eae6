// SPDX-License-Identifier: Apache-2.0
package hnv.document;

/// A small valid document with a gateway and two tenants, in the notation of {@link
/// SampleDocument}.
final class SampleGateway {
  static final String TEXT =
      """
      {
        'servers': [
          {'resourceId': 'h1', 'properties': {'providerAddresses': ['192.168.1.10']}},
          {'resourceId': 'g1', 'properties': {'providerAddresses': ['192.168.3.30']}},
          {'resourceId': 'g2', 'properties': {'providerAddresses': ['192.168.3.31']}}
        ],
        'virtualNetworks': [
          {'resourceId': 'blue', 'properties': {
            'addressSpace': {'addressPrefixes': ['10.1.0.0/16', 'fd00:1::/48']},
            'subnets': [
              {'resourceId': 'vms', 'properties': {
                'addressPrefixes': ['10.1.1.0/24', 'fd00:1::/64'], 'virtualSubnetId': 5001}},
              {'resourceId': 'gw', 'properties': {
                'addressPrefix': '10.1.255.0/28', 'virtualSubnetId': 5002}}
            ]}},
          {'resourceId': 'red', 'properties': {
            'addressSpace': {'addressPrefixes': ['10.1.0.0/16']},
            'subnets': [
              {'resourceId': 'vms', 'properties': {
                'addressPrefix': '10.1.1.0/24', 'virtualSubnetId': 6001,
                'routeTable': {'resourceRef': '/routeTables/all'}}},
              {'resourceId': 'gw', 'properties': {
                'addressPrefix': '10.1.255.0/29', 'virtualSubnetId': 6002}}
            ]}},
          {'resourceId': 'closed', 'properties': {
            'addressSpace': {'addressPrefixes': ['10.1.0.0/16']},
            'subnets': [
              {'resourceId': 'vms', 'properties': {
                'addressPrefix': '10.1.1.0/24', 'virtualSubnetId': 7001}}
            ]}}
        ],
        'networkInterfaces': [
          {'resourceId': 'b1', 'properties': {
            'privateMacAddress': '020000000001', 'server': {'resourceRef': '/servers/h1'},
            'ipConfigurations': [
              {'resourceId': 'four', 'properties': {
                'privateIPAddress': '10.1.1.11',
                'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/vms'},
                'publicIPAddress': {'resourceRef': '/publicIPAddresses/own'}}},
              {'resourceId': 'six', 'properties': {
                'privateIPAddress': 'fd00:1::11',
                'subnet': {'resourceRef': '/virtualNetworks/blue/subnets/vms'}}}]}},
          {'resourceId': 'r1', 'properties': {
            'privateMacAddress': '020000000002', 'server': {'resourceRef': '/servers/h1'},
            'ipConfigurations': [
              {'resourceId': 'four', 'properties': {
                'privateIPAddress': '10.1.1.12',
                'subnet': {'resourceRef': '/virtualNetworks/red/subnets/vms'},
                'loadBalancerBackendAddressPools': [
                  {'resourceRef': '/loadBalancers/red/backendAddressPools/vms'}],
                'loadBalancerInboundNatRules': [
                  {'resourceRef': '/loadBalancers/red/inboundNatRules/web'}]}}]}},
          {'resourceId': 'c1', 'properties': {
            'privateMacAddress': '020000000003', 'server': {'resourceRef': '/servers/h1'},
            'ipConfigurations': [
              {'resourceId': 'four', 'properties': {
                'privateIPAddress': '10.1.1.13',
                'subnet': {'resourceRef': '/virtualNetworks/closed/subnets/vms'}}}]}}
        ],
        'logicalNetworks': [
          {'resourceId': 'internet', 'properties': {
            'device': 'outside',
            'subnets': [
              {'resourceId': 'four', 'properties': {
                'addressPrefix': '203.0.113.0/24', 'vlanId': '0', 'isPublic': 'True',
                'defaultGateways': ['203.0.113.1'],
                'ipPools': [
                  {'resourceId': 'gre', 'properties': {
                    'startIpAddress': '203.0.113.8', 'endIpAddress': '203.0.113.15'}},
                  {'resourceId': 'nat', 'properties': {
                    'startIpAddress': '203.0.113.64', 'endIpAddress': '203.0.113.127'}}]}},
              {'resourceId': 'six', 'properties': {
                'addressPrefix': '2001:db8::/64', 'isPublic': true,
                'routes': [{'resourceId': 'all', 'properties': {
                  'destination': '::/0', 'nextHop': 'fe80::1'}}]}},
              {'resourceId': 'tenants', 'properties': {
                'addressPrefix': '2001:db8:100::/40', 'isPublic': true}}]}},
          {'resourceId': 'partner', 'properties': {
            'subnets': [
              {'resourceId': 'four', 'properties': {
                'addressPrefix': '198.18.0.0/24', 'vlanId': 7, 'isPublic': true,
                'ipPools': [{'resourceId': 'nat', 'properties': {
                  'startIpAddress': '198.18.0.64', 'endIpAddress': '198.18.0.127'}}]}}]}},
          {'resourceId': 'corporate', 'properties': {
            'device': 'outside',
            'subnets': [
              {'resourceId': 'blue', 'properties': {
                'addressPrefix': '172.16.0.0/24', 'vlanId': 100}},
              {'resourceId': 'red', 'properties': {
                'addressPrefix': '172.16.0.0/24', 'vlanId': 200}}]}}
        ],
        'publicIPAddresses': [
          {'resourceId': 'own', 'properties': {
            'ipAddress': '203.0.113.64', 'idleTimeoutInMinutes': 30}},
          {'resourceId': 'red', 'properties': {'ipAddress': '203.0.113.65'}},
          {'resourceId': 'away', 'properties': {'ipAddress': '198.18.0.64'}}
        ],
        'gatewayPools': [
          {'resourceId': 'all', 'properties': {'type': 'All', 'ipConfiguration': {
            'greVipSubnets': [
              {'resourceRef': '/logicalNetworks/internet/subnets/four'}]}}},
          {'resourceId': 'gre', 'properties': {'type': 'S2sGre', 'natLog': {
            'events': 'Sessions', 'enterpriseNumber': 4711, 'templateSeconds': '60',
            'collectors': [
              {'format': 'Syslog', 'ipAddress': '192.0.2.5'},
              {'format': 'IPFIX', 'ipAddress': '2001:db8::5', 'port': 9996}]}}}
        ],
        'gateways': [
          {'resourceId': 'g1', 'properties': {
            'pool': {'resourceRef': '/gatewayPools/all'},
            'outsideInterfaces': [
              {'subnet': {'resourceRef': '/logicalNetworks/internet/subnets/four'},
               'ipAddresses': ['203.0.113.2']},
              {'subnet': {'resourceRef': '/logicalNetworks/internet/subnets/six'},
               'ipAddresses': ['2001:db8::2']}]}},
          {'resourceId': 'second', 'properties': {
            'pool': {'resourceRef': '/gatewayPools/gre'},
            'server': {'resourceRef': '/servers/g2'},
            'outsideInterfaces': [
              {'subnet': {'resourceRef': '/logicalNetworks/internet/subnets/four'},
               'ipAddresses': ['203.0.113.3']}]}}
        ],
        'virtualGateways': [
          {'resourceId': 'vblue', 'properties': {
            'gatewayPools': [{'resourceRef': '/gatewayPools/all'},
              {'resourceRef': '/gatewayPools/gre'}],
            'gatewaySubnets': [{'resourceRef': '/virtualNetworks/blue/subnets/gw'}],
            'flowLimit': '20000', 'nat64Prefix': '64:ff9b::/96',
            'prefixTranslations': [
              {'internalPrefix': 'fd00:1::/56', 'externalPrefix': '2001:db8:100:100::/56'}],
            'networkConnections': [
              {'resourceId': 'branch', 'properties': {
                'connectionType': 'GRE', 'sourceIPAddress': '203.0.113.8',
                'destinationIPAddress': '198.51.100.1', 'greConfiguration': {'greKey': '5001'},
                'addressTranslations': [
                  {'localPrefix': '10.1.0.0/16', 'translatedLocalPrefix': '172.31.0.0/16',
                   'remotePrefix': '10.1.0.0/16', 'translatedRemotePrefix': '172.30.0.0/16'}],
                'routes': [{'destinationPrefix': '172.30.0.0/16'},
                  {'destinationPrefix': '192.168.50.0/24', 'nextHop': '0.0.0.0'}]}},
              {'resourceId': 'corporate', 'properties': {
                'connectionType': 'L3', 'l3Configuration': {'vlanSubnet': {
                  'resourceRef': '/logicalNetworks/corporate/subnets/blue'}},
                'ipAddresses': [{'ipAddress': '172.16.0.1', 'prefixLength': 24}],
                'peerIPAddresses': ['172.16.0.2'],
                'routes': [
                  {'destinationPrefix': '172.20.0.0/16', 'nextHop': '172.16.0.3'},
                  {'destinationPrefix': '172.21.0.0/16'}]}}]}},
          {'resourceId': 'vred', 'properties': {
            'gatewayPools': [{'resourceRef': '/gatewayPools/all'}],
            'gatewaySubnets': [{'resourceRef': '/virtualNetworks/red/subnets/gw'}],
            'networkConnections': [
              {'resourceId': 'branch', 'properties': {
                'connectionType': 'GRE', 'sourceIPAddress': '203.0.113.8',
                'destinationIPAddress': '198.51.100.1', 'greConfiguration': {'greKey': 6001},
                'routes': [{'destinationPrefix': '192.168.50.0/24', 'metric': 20}]}},
              {'resourceId': 'six', 'properties': {
                'connectionType': 'GRE', 'destinationIPAddress': '2001:db8:1::1'}},
              {'resourceId': 'corporate', 'properties': {
                'connectionType': 'L3', 'l3Configuration': {'vlanSubnet': {
                  'resourceRef': '/logicalNetworks/corporate/subnets/red'}},
                'ipAddresses': [{'ipAddress': '172.16.0.9', 'prefixLength': 24}]}}]}}
        ],
        'loadBalancers': [
          {'resourceId': 'red', 'properties': {
            'frontendIPConfigurations': [
              {'resourceId': 'a', 'properties': {
                'publicIPAddress': {'resourceRef': '/publicIPAddresses/red'}}},
              {'resourceId': 'b', 'properties': {
                'privateIPAddress': '203.0.113.66',
                'subnet': {'resourceRef': '/logicalNetworks/internet/subnets/four'}}}],
            'backendAddressPools': [
              {'resourceId': 'vms', 'properties': {}},
              {'resourceId': 'more', 'properties': {
                'subnets': [{'resourceRef': '/virtualNetworks/red/subnets/vms'}]}}],
            'inboundNatRules': [
              {'resourceId': 'web', 'properties': {
                'frontendIPConfigurations': [
                  {'resourceRef': '/loadBalancers/red/frontendIPConfigurations/a'}],
                'protocol': 'Tcp', 'frontendPort': '8000-8009', 'backendPort': 80}},
              {'resourceId': 'tunnel', 'properties': {
                'frontendIPConfigurations': [
                  {'resourceRef': '/loadBalancers/red/frontendIPConfigurations/a'}],
                'protocol': 'GRE', 'frontendPort': 0,
                'backendIPConfiguration': {
                  'resourceRef': '/networkInterfaces/r1/ipConfigurations/four'}}}],
            'outboundNatRules': [
              {'resourceId': 'out', 'properties': {
                'frontendIPConfigurations': [
                  {'resourceRef': '/loadBalancers/red/frontendIPConfigurations/a'},
                  {'resourceRef': '/loadBalancers/red/frontendIPConfigurations/b'}],
                'backendAddressPool': {
                  'resourceRef': '/loadBalancers/red/backendAddressPools/vms'},
                'protocol': 'All', 'portRange': '1024-32767', 'portBlockSize': 64,
                'sessionsPerAddress': 500}},
              {'resourceId': 'udp', 'properties': {
                'frontendIPConfigurations': [
                  {'resourceRef': '/loadBalancers/red/frontendIPConfigurations/a'}],
                'backendAddressPool': {
                  'resourceRef': '/loadBalancers/red/backendAddressPools/more'},
                'protocol': 'UDP', 'portRange': '32768-65535',
                'mapping': 'EndpointDependent', 'filtering': 'AddressDependent',
                'portParity': 'Preserved', 'destinationPrefixes': ['198.51.100.0/24']}}]}}
        ],
        'routeTables': [
          {'resourceId': 'all', 'properties': {'routes': [
            {'resourceId': 'one', 'properties': {
              'addressPrefix': '10.9.0.0/16', 'nextHopType': 'VirtualAppliance',
              'nextHopIpAddress': '10.1.1.12'}},
            {'resourceId': 'two', 'properties': {
              'addressPrefix': '10.8.0.0/16', 'nextHopType': 'VirtualNetworkGateway'}},
            {'resourceId': 'three', 'properties': {
              'addressPrefix': '10.7.0.0/16', 'nextHopType': 'None'}}]}}
        ]
      }
      """
          .replaceAll("\\s+", " ");

  private SampleGateway() {}

  /// The document with one text in place of another, which stands in it exactly once.
  static String with(String find, String replacement) {
    return SampleDocument.with(TEXT, find, replacement);
  }
}
