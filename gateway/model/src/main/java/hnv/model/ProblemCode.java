// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// What kind of problem a {@link ConfigProblem} is.
///
/// The first group has the names and the meanings of Network Controller's error codes ([MS-NCNBI]
/// §3.1.5.35). The second group is this project's own, in the same style, for rules that Network
/// Controller has no code for. {@link #toString()} gives the code as it is written in messages.
public enum ProblemCode {
  /// The document is not well-formed JSON, or its outline is not that of a policy document.
  INVALID_JSON("InvalidJson"),
  /// A value is of the wrong type, out of range, or none of those that are allowed.
  INVALID_PARAMETER_VALUE("InvalidParameterValue"),
  /// A `resourceId` has characters or a length that are not allowed.
  INVALID_RESOURCE_NAME("InvalidResourceName"),
  /// A reference is not of the form `/kind/id`.
  INVALID_REFERENCE_FORMAT("InvalidJsonReferenceFormat"),
  /// A reference is to a resource of another kind than the property takes.
  INVALID_REFERENCE_TYPE("InvalidJsonReferenceWrongType"),
  /// A value is not an IP address, or not one that can stand here.
  INVALID_IP_ADDRESS("InvalidIPAddress"),
  /// A value is not an address prefix, or not one that can stand here.
  INVALID_IP_PREFIX("InvalidIPPrefix"),
  /// An IP configuration has no `privateIPAddress`.
  PRIVATE_IP_ADDRESS_MISSING("PrivateIPAddressMissing"),
  /// A `privateIPAddress` is not an IP address.
  INVALID_PRIVATE_IP_ADDRESS_FORMAT("InvalidPrivateIPAddressFormat"),
  /// A customer address is outside the prefixes of its subnet.
  PRIVATE_IP_ADDRESS_NOT_IN_SUBNET("PrivateIPAddressNotInSubnet"),
  /// A customer address is one that its subnet keeps for itself: network, router or broadcast.
  PRIVATE_IP_ADDRESS_IN_RESERVED_RANGE("PrivateIPAddressInReservedRange"),
  /// A customer address is used twice in one routing domain.
  PRIVATE_IP_ADDRESS_IN_USE("PrivateIPAddressInUse"),
  /// An IP configuration has no `subnet`.
  SUBNET_IS_REQUIRED("SubnetIsRequired"),
  /// The allocation method `Unmanaged` cannot be used in a virtual network.
  UNMANAGED_ALLOCATION_NOT_SUPPORTED("UnmanagedAllocationMethodNotSupported"),
  /// A network interface has no `privateMacAddress`.
  PRIVATE_MAC_ADDRESS_MISSING("PrivateMacAddressMissing"),
  /// A `privateMacAddress` is not a MAC address, or not one that a machine can have.
  INVALID_PRIVATE_MAC_ADDRESS("InvalidPrivateMacAddress"),
  /// A host's own interface is put on a virtual network.
  HOST_INTERFACE_ON_VIRTUAL_NETWORK("HostVirtualNetworkInterfaceCannotConnectToVirtualNetwork"),
  /// The start of the range of virtual subnet ids is above its end.
  INVALID_VSID_RANGE_FORMAT("InvalidVsidRangeFormat"),
  /// An end of the range of virtual subnet ids is out of bounds.
  INVALID_VSID_RANGE_VALUES("InvalidVsidRangeValues"),
  /// A rule's `action` is neither `Allow` nor `Deny`.
  INVALID_ACL_RULE_ACTION("InvalidAclRuleAction"),
  /// A rule's `type` is neither `Inbound` nor `Outbound`.
  INVALID_ACL_RULE_TYPE("InvalidAclRuleType"),
  /// A rule's `priority` is out of range.
  INVALID_ACL_RULE_PRIORITY("InvalidAclRulePriority"),
  /// A rule's `protocol` is unknown, or does not go with its addresses or ports.
  INVALID_ACL_RULE_PROTOCOL("InvalidAclRuleProtocol"),
  /// A rule's `sourceAddressPrefix` is absent or empty.
  ACL_RULE_NO_SOURCE_ADDRESS_PREFIX("AclRuleNullOrEmptySourceAddressPrefix"),
  /// A rule's `destinationAddressPrefix` is absent or empty.
  ACL_RULE_NO_DESTINATION_ADDRESS_PREFIX("AclRuleNullOrEmptyDestinationAddressPrefix"),
  /// A rule's `sourcePortRange` is absent or empty.
  ACL_RULE_NO_SOURCE_PORT_RANGE("AclRuleNullOrEmptySourcePortRange"),
  /// A rule's `destinationPortRange` is absent or empty.
  ACL_RULE_NO_DESTINATION_PORT_RANGE("AclRuleNullOrEmptyDestinationPortRange"),
  /// A rule's `sourceAddressPrefix` is neither a prefix, a tag nor `*`.
  ACL_RULE_INVALID_SOURCE_ADDRESS_PREFIX("AclRuleInvalidSourceAddressPrefix"),
  /// A rule's `destinationAddressPrefix` is neither a prefix, a tag nor `*`.
  ACL_RULE_INVALID_DESTINATION_ADDRESS_PREFIX("AclRuleInvalidDestinationAddressPrefix"),
  /// A rule's `sourcePortRange` is neither a port, a range nor `*`.
  ACL_RULE_INVALID_SOURCE_PORT_RANGE("AclRuleInvalidSourcePortRange"),
  /// A rule's `destinationPortRange` is neither a port, a range nor `*`.
  ACL_RULE_INVALID_DESTINATION_PORT_RANGE("AclRuleInvalidDestinationPortRange"),
  /// Two virtual gateways are for one virtual network. The spelling is Network Controller's.
  MULTIPLE_GATEWAYS_USE_SAME_VNET("MultipleGatwaysUseSameVnet"),
  /// Two routes to one prefix contradict each other.
  ROUTE_CONFLICT("RouteConflict"),
  /// The property asks for something that is refused rather than silently left out.
  OPERATION_NOT_SUPPORTED("OperationNotSupported"),

  // This project's own.

  /// A required property is absent.
  PROPERTY_MISSING("PropertyMissing"),
  /// A property that neither Network Controller nor this project defines.
  UNKNOWN_PROPERTY("UnknownProperty"),
  /// A property stands twice in one object; names that differ in case only are one name.
  DUPLICATE_PROPERTY("DuplicateProperty"),
  /// Two properties are given of which only one can hold.
  PROPERTY_CONFLICT("PropertyConflict"),
  /// Two resources of one kind, or under one parent, have the same `resourceId`.
  RESOURCE_ID_IN_USE("ResourceIdInUse"),
  /// A reference to a resource that is not in the document.
  REFERENCED_RESOURCE_NOT_FOUND("ReferencedResourceNotFound"),
  /// A provider address is used twice.
  PROVIDER_ADDRESS_IN_USE("ProviderAddressInUse"),
  /// A network interface is placed on a server that has no provider address.
  PROVIDER_ADDRESS_MISSING("ProviderAddressMissing"),
  /// A routing domain id is used by two virtual networks.
  ROUTING_DOMAIN_ID_IN_USE("RoutingDomainIdInUse"),
  /// A virtual subnet id is used by two subnets that are not one dual-stack pair.
  VIRTUAL_SUBNET_ID_IN_USE("VirtualSubnetIdInUse"),
  /// No virtual subnet id of the range is left to assign.
  VIRTUAL_SUBNET_ID_RANGE_EXHAUSTED("VirtualSubnetIdRangeExhausted"),
  /// The two ends of `dualStackSubnet` do not make a pair.
  INVALID_DUAL_STACK_SUBNET("InvalidDualStackSubnet"),
  /// A subnet's prefix is outside the address space of its virtual network.
  SUBNET_NOT_IN_ADDRESS_SPACE("SubnetNotInAddressSpace"),
  /// The prefixes of two subnets of one routing domain overlap.
  SUBNET_PREFIX_OVERLAP("SubnetPrefixOverlap"),
  /// A MAC address is used twice in one virtual subnet.
  PRIVATE_MAC_ADDRESS_IN_USE("PrivateMacAddressInUse"),
  /// The IP configurations of one network interface are in several virtual subnets.
  VIRTUAL_SUBNET_MISMATCH("IPConfigurationsDontUseSameVirtualSubnet"),
  /// Two rules of one priority and direction disagree on the action.
  ACL_RULE_PRIORITY_CONFLICT("AclRulePriorityConflict"),
  /// Two servers that share a virtual network speak different encapsulations only.
  ENCAPSULATION_MISMATCH("EncapsulationMismatch"),
  /// A VLAN is used twice on one device, or by two tenants, or both shared and by one tenant.
  VLAN_IN_USE("VlanInUse"),
  /// The ends of an address pool do not make a pool of its subnet.
  INVALID_IP_POOL("InvalidIPPool"),
  /// An address pool has addresses that are elsewhere.
  IP_POOL_OVERLAP("IPPoolOverlap"),
  /// An address is not in the subnet that it should be in, or is one that the subnet keeps.
  ADDRESS_NOT_IN_SUBNET("AddressNotInSubnet"),
  /// A next hop is in no connected prefix, or is our own.
  NEXT_HOP_UNREACHABLE("NextHopUnreachable"),
  /// An outside address has two uses.
  PUBLIC_IP_ADDRESS_IN_USE("PublicIPAddressInUse"),
  /// An outside address is in no pool of a public subnet.
  PUBLIC_IP_ADDRESS_NOT_IN_POOL("PublicIPAddressNotInPool"),
  /// An outside address would be needed on two gateways.
  PUBLIC_IP_ADDRESS_ON_TWO_GATEWAYS("PublicIPAddressOnTwoGateways"),
  /// The gateway that translates is not on the network that the public address belongs to.
  OUTSIDE_NETWORK_NOT_ON_GATEWAY("OutsideNetworkNotOnGateway"),
  /// Two gateways are on one server, or would have one MAC address.
  GATEWAY_IN_USE("GatewayInUse"),
  /// A machine is on the server that is a gateway of its own virtual network.
  MACHINE_ON_ITS_GATEWAY("MachineOnItsGateway"),
  /// A gateway that is named is in none of the pools, or no gateway of the pools can do it.
  GATEWAY_NOT_IN_POOL("GatewayNotInPool"),
  /// The gateway subnets do not make a gateway subnet.
  INVALID_GATEWAY_SUBNET("InvalidGatewaySubnet"),
  /// A virtual network has translation, or routes to a gateway, and no virtual gateway.
  VIRTUAL_GATEWAY_MISSING("VirtualGatewayMissing"),
  /// The two outer addresses of a tunnel do not make a tunnel.
  INVALID_TUNNEL_ADDRESS("InvalidTunnelAddress"),
  /// Two tunnels have the same outer addresses and the same key.
  GRE_KEY_IN_USE("GreKeyInUse"),
  /// A NAT rule's ports, addresses or machine do not go together.
  INVALID_NAT_RULE("InvalidNatRule"),
  /// A prefix that IPv4 addresses are embedded in has not the form or the place for it.
  INVALID_NAT64_PREFIX("InvalidNat64Prefix"),
  /// The two prefixes of a prefix translation do not make one.
  INVALID_PREFIX_TRANSLATION("InvalidPrefixTranslation"),
  /// The four prefixes of an address translation do not make one, or a route speaks of one that
  /// is hidden.
  INVALID_ADDRESS_TRANSLATION("InvalidAddressTranslation"),
  /// A prefix that addresses are translated to has addresses that are elsewhere.
  TRANSLATED_PREFIX_OVERLAP("TranslatedPrefixOverlap"),
  /// Two inbound NAT rules are for one port.
  INBOUND_NAT_RULE_OVERLAP("InboundNatRuleOverlap"),
  /// Two outbound NAT rules give out the same ports in different ways.
  OUTBOUND_NAT_RULE_OVERLAP("OutboundNatRuleOverlap"),
  /// A list is longer than its limit.
  COUNT_LIMIT_REACHED("CountLimitReached"),
  /// The document is larger than its limit.
  DOCUMENT_TOO_LARGE("DocumentTooLarge"),
  /// There are more problems than are listed.
  TOO_MANY_PROBLEMS("TooManyProblems"),
  /// A warning: Network Controller defines the property, here it changes nothing.
  PROPERTY_HAS_NO_EFFECT("PropertyHasNoEffect"),
  /// A warning: the value is read as another one, which the text names.
  VALUE_ADJUSTED("ValueAdjusted");

  private final String code;

  ProblemCode(String code) {
    this.code = code;
  }

  /// The code as it is written in messages, for example `PrivateIPAddressInUse`.
  @Override
  public String toString() {
    return code;
  }
}
