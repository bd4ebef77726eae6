// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static hnv.document.Vocabularies.properties;

import java.util.List;

/// The properties of what is said of gateways and of the outside.
///
/// [MS-NCNBI] §3.1.5 defines them, but for those that `docs/policy.md` marks as this project's own.
final class GatewayVocabularies {
  static final Vocabulary LOGICAL_NETWORK =
      properties("a logical network")
          .reads("device", "subnets")
          .ignores("networkVirtualizationEnabled", "virtualNetworks");

  static final Vocabulary LOGICAL_SUBNET =
      properties("a logical subnet")
          .reads(
              "addressPrefix",
              "defaultGateway",
              "defaultGateways",
              "ipPools",
              "isPublic",
              "routes",
              "vlanId")
          .ignores("gatewayPools", "ipConfigurations", "networkConnections", "networkInterfaces")
          .withoutEffect("dnsServers");

  static final Vocabulary IP_POOL =
      properties("an address pool").reads("endIpAddress", "startIpAddress").ignores("usage");

  static final Vocabulary LOGICAL_ROUTE =
      properties("a route of a logical subnet").reads("destination", "nextHop");

  static final Vocabulary PUBLIC_IP_ADDRESS =
      properties("a public address")
          .reads(
              "idleTimeoutInMinutes",
              "ipAddress",
              "publicIPAddressVersion",
              "publicIPAllocationMethod")
          .ignores("counters", "ipConfiguration")
          .withoutEffect("dnsSettings");

  static final Vocabulary GATEWAY_POOL =
      properties("a gateway pool")
          .reads("greVipSubnets", "ipConfiguration", "natLog", "publicIPAddresses", "type")
          .ignores("gateways", "virtualGateways")
          .withoutEffect(
              "gatewayCapacityKiloBitsPerSecond",
              "radiusSecret",
              "radiusServer",
              "redundantGatewayCount");

  static final Vocabulary GATEWAY_POOL_ADDRESSES =
      Vocabulary.of("the addresses of a gateway pool").reads("greVipSubnets", "publicIPAddresses");

  static final Vocabulary NAT_LOG =
      Vocabulary.of("the log of translation")
          .reads("collectors", "enterpriseNumber", "events", "templateSeconds");

  static final Vocabulary COLLECTOR =
      Vocabulary.of("a collector").reads("format", "ipAddress", "port");

  static final Vocabulary GATEWAY =
      properties("a gateway")
          .reads("outsideInterfaces", "pool", "server")
          .ignores(
              "availableCapacity",
              "connections",
              "externalIPAddress",
              "healthState",
              "state",
              "totalCapacity",
              "type",
              "types",
              "virtualGateways",
              "virtualServer")
          .withoutEffect("bgpConfig", "networkInterfaces");

  static final Vocabulary OUTSIDE_INTERFACE =
      Vocabulary.of("an outside interface").reads("ipAddresses", "subnet");

  static final Vocabulary VIRTUAL_GATEWAY =
      properties("a virtual gateway")
          .reads(
              "flowLimit",
              "gateway",
              "gatewayPools",
              "gatewaySubnets",
              "nat64Prefix",
              "natPortLimit",
              "natSessionLimit",
              "networkConnections",
              "prefixTranslations")
          .ignores("routingType")
          .withoutEffect("bgpRouters", "policyMaps", "vpnClientAddressSpace", "vpnConfiguration");

  static final Vocabulary NETWORK_CONNECTION =
      properties("a network connection")
          .reads(
              "addressTranslations",
              "connectionStatus",
              "connectionType",
              "destinationIPAddress",
              "gateway",
              "greConfiguration",
              "inboundKiloBitsPerSecond",
              "ipAddresses",
              "ipSecConfiguration",
              "l3Configuration",
              "outboundKiloBitsPerSecond",
              "peerIPAddresses",
              "routes",
              "sourceIPAddress")
          .ignores(
              "connectionErrorReason",
              "connectionState",
              "connectionUpTime",
              "ipAddress",
              "statistics",
              "unreachabilityReason");

  static final Vocabulary PREFIX_TRANSLATION =
      Vocabulary.of("a prefix translation").reads("externalPrefix", "internalPrefix");

  static final Vocabulary ADDRESS_TRANSLATION =
      Vocabulary.of("an address translation")
          .reads("localPrefix", "remotePrefix", "translatedLocalPrefix", "translatedRemotePrefix");

  static final Vocabulary GRE_CONFIGURATION =
      Vocabulary.of("the GRE configuration")
          .reads(
              "checksum",
              "greKey",
              "keepaliveIntervalSeconds",
              "keepaliveTries",
              "sequenceNumbers");

  static final Vocabulary L3_CONFIGURATION =
      Vocabulary.of("the L3 configuration").reads("vlanSubnet");

  static final Vocabulary CONNECTION_ADDRESS =
      Vocabulary.of("an address of a connection").reads("ipAddress", "prefixLength");

  static final Vocabulary CONNECTION_ROUTE =
      Vocabulary.of("a route of a connection")
          .reads("destinationPrefix", "metric", "nextHop", "protocol");

  static final Vocabulary IPSEC_CONFIGURATION =
      Vocabulary.of("the IPsec configuration")
          .reads(
              "authenticationMethod",
              "localVpnTrafficSelector",
              "mainMode",
              "quickMode",
              "remoteVpnTrafficSelector")
          .withoutEffect("sharedSecret");

  static final Vocabulary MAIN_MODE =
      Vocabulary.of("main mode")
          .reads(
              "diffieHellmanGroup",
              "encryptionAlgorithm",
              "integrityAlgorithm",
              "saLifeTimeSeconds")
          .ignores("saLifeTimeKiloBytes");

  static final Vocabulary QUICK_MODE =
      Vocabulary.of("quick mode")
          .reads(
              "authenticationTransformationConstant",
              "cipherTransformationConstant",
              "idleDisconnectSeconds",
              "perfectForwardSecrecy",
              "saLifeTimeKiloBytes",
              "saLifeTimeSeconds");

  static final Vocabulary TRAFFIC_SELECTOR =
      Vocabulary.of("a traffic selector")
          .reads("ipAddressEnd", "ipAddressStart", "portEnd", "portStart", "protocolId")
          .ignores("tsPayloadId", "type");

  static final Vocabulary LOAD_BALANCER =
      properties("a load balancer")
          .reads(
              "backendAddressPools",
              "frontendIPConfigurations",
              "inboundNatRules",
              "outboundNatRules")
          .ignores("updateBackendAddressPools")
          .withoutEffect("loadBalancingRules", "probes");

  static final Vocabulary FRONTEND =
      properties("a front end")
          .reads("privateIPAddress", "privateIPAllocationMethod", "publicIPAddress", "subnet")
          .ignores("counters", "inboundNatRules", "loadBalancingRules", "outboundNatRules");

  static final Vocabulary BACKEND_POOL =
      properties("a back-end address pool")
          .reads("backendIPConfigurations", "subnets", "virtualNetworks")
          .ignores("loadBalancingRules", "outboundNatRules");

  static final Vocabulary INBOUND_NAT_RULE =
      properties("an inbound NAT rule")
          .reads(
              "backendIPConfiguration",
              "backendPort",
              "frontendIPConfigurations",
              "frontendPort",
              "protocol")
          .withoutEffect(
              "backendAddressPool", "enableFloatingIP", "enableTcpReset", "idleTimeoutInMinutes");

  static final Vocabulary OUTBOUND_NAT_RULE =
      properties("an outbound NAT rule")
          .reads(
              "backendAddressPool",
              "destinationPrefixes",
              "filtering",
              "frontendIPConfigurations",
              "mapping",
              "portBlockSize",
              "portBlocksPerAddress",
              "portParity",
              "portRange",
              "protocol",
              "sessionsPerAddress")
          .withoutEffect("enableTcpReset");

  static final Vocabulary ROUTE_TABLE =
      properties("a route table").reads("routes").ignores("subnets");

  static final Vocabulary TABLE_ROUTE =
      properties("a route of a route table")
          .reads("addressPrefix", "nextHopIpAddress", "nextHopType");

  /// All of them.
  static final List<Vocabulary> ALL =
      List.of(
          LOGICAL_NETWORK,
          LOGICAL_SUBNET,
          IP_POOL,
          LOGICAL_ROUTE,
          PUBLIC_IP_ADDRESS,
          GATEWAY_POOL,
          GATEWAY_POOL_ADDRESSES,
          NAT_LOG,
          COLLECTOR,
          GATEWAY,
          OUTSIDE_INTERFACE,
          VIRTUAL_GATEWAY,
          PREFIX_TRANSLATION,
          NETWORK_CONNECTION,
          ADDRESS_TRANSLATION,
          GRE_CONFIGURATION,
          L3_CONFIGURATION,
          CONNECTION_ADDRESS,
          CONNECTION_ROUTE,
          IPSEC_CONFIGURATION,
          MAIN_MODE,
          QUICK_MODE,
          TRAFFIC_SELECTOR,
          LOAD_BALANCER,
          FRONTEND,
          BACKEND_POOL,
          INBOUND_NAT_RULE,
          OUTBOUND_NAT_RULE,
          ROUTE_TABLE,
          TABLE_ROUTE);

  private GatewayVocabularies() {}
}
