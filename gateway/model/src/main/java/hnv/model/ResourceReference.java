// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// A reference to a resource, such as `/virtualNetworks/contoso/subnets/web`.
///
/// Equal references name the same resource; case does not matter. Whether the resource exists is
/// for {@link PolicyValidation} to say.
public sealed interface ResourceReference
    permits AccessControlListReference,
        BackendPoolReference,
        FrontendReference,
        GatewayPoolReference,
        GatewayReference,
        InboundNatRuleReference,
        IpConfigurationReference,
        LoadBalancerReference,
        LogicalNetworkReference,
        LogicalSubnetReference,
        NetworkInterfaceReference,
        PublicIpAddressReference,
        RouteTableReference,
        ServerReference,
        SubnetReference,
        VirtualNetworkReference {}
