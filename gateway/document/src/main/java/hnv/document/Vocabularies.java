// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.List;

/// The properties of every kind of object of a policy document.
///
/// [MS-NCNBI] §3.1.5 defines them, but for those that `docs/policy.md` marks as this project's own.
final class Vocabularies {
  /// The document itself.
  static final Vocabulary DOCUMENT =
      Vocabulary.of("a policy document")
          .reads(
              "servers",
              "virtualNetworks",
              "networkInterfaces",
              "accessControlLists",
              "virtualNetworkManager",
              "logicalNetworks",
              "publicIPAddresses",
              "gatewayPools",
              "gateways",
              "virtualGateways",
              "loadBalancers",
              "routeTables")
          .ignores("$schema")
          .withoutEffect(
              "auditingSettings",
              "credentials",
              "iDnsServer",
              "learnedIPAddresses",
              "loadBalancerManager",
              "loadBalancerMuxes",
              "macPools",
              "securityTags",
              "serviceInsertions",
              "virtualServers",
              "virtualSwitchManager");

  /// What every resource has around its properties.
  static final Vocabulary RESOURCE =
      Vocabulary.of("a resource")
          .reads("resourceId", "properties")
          .ignores("resourceRef", "etag", "instanceId", "tags", "resourceMetadata");

  static final Vocabulary REFERENCE = Vocabulary.of("a reference").reads("resourceRef");

  static final Vocabulary SERVER =
      properties("a server")
          .reads("networkVirtualizationProtocol", "providerAddresses")
          .ignores("virtualNetworkInterfaces")
          .ignores("model", "os", "rackSlot", "serial", "vendor")
          .withoutEffect("auditingEnabled", "certificate", "connections", "networkInterfaces");

  static final Vocabulary VIRTUAL_NETWORK =
      properties("a virtual network")
          .reads("addressSpace", "networkVirtualizationProtocol", "routingDomainId", "subnets")
          .withoutEffect(
              "dhcpOptions",
              "encryptionCredential",
              "logicalNetwork",
              "unbilledAddressRanges",
              "virtualNetworkPeerings");

  static final Vocabulary ADDRESS_SPACE =
      Vocabulary.of("an address space").reads("addressPrefixes");

  static final Vocabulary SUBNET =
      properties("a subnet")
          .reads(
              "accessControlList",
              "addressPrefix",
              "addressPrefixes",
              "dualStackSubnet",
              "routeTable",
              "virtualSubnetId")
          .ignores("billedEgressBytes", "ipConfigurations", "unbilledEgressBytes")
          .withoutEffect("serviceInsertion")
          .refuses("encryptionEnabled");

  static final Vocabulary NETWORK_INTERFACE =
      properties("a network interface")
          .reads(
              "ipConfigurations",
              "isHostVirtualNetworkInterface",
              "portSettings",
              "privateMacAddress",
              "privateMacAllocationMethod",
              "server")
          .ignores("counters", "isPrimary", "runningState", "serviceInsertionElements")
          .withoutEffect("dnsSettings", "internalDnsNameLabel", "isMultitenantStack")
          .refuses("securityTags");

  static final Vocabulary PORT_SETTINGS =
      Vocabulary.of("the port settings")
          .reads("macSpoofing", "macSpoofingEnabled", "qosSettings")
          .withoutEffect(
              "arpFilter",
              "arpGuard",
              "arpGuardEnabled",
              "dhcpGuard",
              "dhcpGuardEnabled",
              "iovInterruptModeration",
              "iovQueuePairsRequested",
              "iovWeight",
              "portFlowLimit",
              "stormLimit",
              "vmqWeight");

  static final Vocabulary QOS_SETTINGS =
      Vocabulary.of("the QoS settings")
          .reads("inboundMaximumMbps", "outboundMaximumMbps")
          .withoutEffect("enableHardwareLimits", "outboundReservedMode", "outboundReservedValue");

  static final Vocabulary IP_CONFIGURATION =
      properties("an IP configuration")
          .reads(
              "accessControlList",
              "loadBalancerBackendAddressPools",
              "loadBalancerInboundNatRules",
              "privateIPAddress",
              "privateIPAllocationMethod",
              "publicIPAddress",
              "subnet")
          .ignores("isPrimary")
          .withoutEffect("loadBalancerBackendAddressPool", "serviceInsertion");

  static final Vocabulary ACCESS_CONTROL_LIST =
      properties("an access control list")
          .reads("aclRules", "inboundDefaultAction", "outboundDefaultAction")
          .ignores("ipConfigurations", "subnets", "virtualNetworkInterfaceErrors")
          .refuses("securityTags");

  static final Vocabulary ACL_RULE =
      properties("a rule")
          .reads(
              "action",
              "description",
              "destinationAddressPrefix",
              "destinationPortRange",
              "logging",
              "priority",
              "protocol",
              "sourceAddressPrefix",
              "sourcePortRange",
              "type")
          .refuses("destinationSecurityTags", "sourceSecurityTags");

  static final Vocabulary VIRTUAL_NETWORK_MANAGER =
      properties("the virtual network manager")
          .reads("distributedRouterState", "networkVirtualizationProtocol", "virtualSubnetIdRange")
          .withoutEffect("enableMetering");

  static final Vocabulary VIRTUAL_SUBNET_ID_RANGE =
      Vocabulary.of("a range of virtual subnet ids").reads("endId", "startId");

  /// All of them but those of gateways, see {@link GatewayVocabularies}.
  static final List<Vocabulary> ALL =
      List.of(
          DOCUMENT,
          RESOURCE,
          REFERENCE,
          SERVER,
          VIRTUAL_NETWORK,
          ADDRESS_SPACE,
          SUBNET,
          NETWORK_INTERFACE,
          PORT_SETTINGS,
          QOS_SETTINGS,
          IP_CONFIGURATION,
          ACCESS_CONTROL_LIST,
          ACL_RULE,
          VIRTUAL_NETWORK_MANAGER,
          VIRTUAL_SUBNET_ID_RANGE);

  private Vocabularies() {}

  /// What Network Controller adds to the properties of every resource.
  static Vocabulary properties(String what) {
    return Vocabulary.of(what).ignores("configurationState", "provisioningState");
  }
}
