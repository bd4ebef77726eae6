// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.AccessControlListReference;
import hnv.model.BackendPoolReference;
import hnv.model.InboundNatRuleReference;
import hnv.model.IpConfiguration;
import hnv.model.NetworkInterface;
import hnv.model.NetworkInterfaceReference;
import hnv.model.PortSettings;
import hnv.model.ProblemCode;
import hnv.model.PublicIpAddressReference;
import hnv.model.ResourceId;
import hnv.model.ServerReference;
import hnv.model.SubnetReference;
import hnv.wire.CustomerAddress;
import hnv.wire.MacAddress;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads network interfaces.
final class InterfaceReader {
  /// The ways in which Network Controller says on and off.
  static final Choices<Boolean> SWITCHES =
      Choices.<Boolean>of()
          .with("Enabled", true)
          .with("Disabled", false)
          .with("Enable", true)
          .with("Disable", false);

  private enum Allocation {
    STATIC,
    DYNAMIC,
    UNMANAGED
  }

  private static final Choices<Allocation> MAC_ALLOCATIONS =
      Choices.<Allocation>of()
          .with("Static", Allocation.STATIC)
          .with("Dynamic", Allocation.DYNAMIC);
  private static final Choices<Allocation> IP_ALLOCATIONS =
      Choices.<Allocation>of()
          .with("Static", Allocation.STATIC)
          .with("Dynamic", Allocation.DYNAMIC)
          .with("Unmanaged", Allocation.UNMANAGED);

  private final Reading reading;

  InterfaceReader(Reading reading) {
    this.reading = reading;
  }

  @Nullable NetworkInterface read(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, Vocabularies.NETWORK_INTERFACE, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    properties.choice(
        "privateMacAllocationMethod", ProblemCode.INVALID_PARAMETER_VALUE, MAC_ALLOCATIONS);
    MacAddress mac =
        properties.requiredParsed(
            "privateMacAddress",
            ProblemCode.PRIVATE_MAC_ADDRESS_MISSING,
            ProblemCode.INVALID_PRIVATE_MAC_ADDRESS,
            MacAddress::parse);
    ServerReference server = properties.reference("server", ReferenceShape.SERVER);
    PortSettings settings = settings(properties.object("portSettings", Vocabularies.PORT_SETTINGS));
    Elements<IpConfiguration> configurations =
        properties.elements(
            "ipConfigurations",
            reading.limits().ipConfigurationsPerInterface(),
            this::readConfiguration);
    Boolean hostsOwn = properties.flag("isHostVirtualNetworkInterface");
    if (hostsOwn != null && hostsOwn && properties.has("ipConfigurations")) {
      properties.problem(
          "isHostVirtualNetworkInterface",
          ProblemCode.HOST_INTERFACE_ON_VIRTUAL_NETWORK,
          "an interface of the host itself cannot be on a virtual network");
    }
    ResourceId id = resource.resourceId();
    if (id != null && (mac == null || !configurations.isComplete())) {
      reading.source().recordUnreadable(new NetworkInterfaceReference(id));
    }
    if (id == null || mac == null) {
      return null;
    }
    return new NetworkInterface(
        id, mac, Optional.ofNullable(server), configurations.placed(reading.source()), settings);
  }

  private PortSettings settings(Fields settings) {
    Boolean spoofing = spoofing(settings, "macSpoofing");
    Boolean alias = spoofing(settings, "macSpoofingEnabled");
    if (spoofing != null && alias != null && !spoofing.equals(alias)) {
      settings.problem(
          "macSpoofingEnabled",
          ProblemCode.PROPERTY_CONFLICT,
          "macSpoofing says otherwise; the two are one setting");
    }
    Boolean either = spoofing == null ? alias : spoofing;
    Fields qos = settings.object("qosSettings", Vocabularies.QOS_SETTINGS);
    return new PortSettings(
        either != null && either,
        limit(qos, "outboundMaximumMbps"),
        limit(qos, "inboundMaximumMbps"));
  }

  private static @Nullable Boolean spoofing(Fields settings, String name) {
    return settings.choice(name, ProblemCode.INVALID_PARAMETER_VALUE, SWITCHES);
  }

  private static OptionalLong limit(Fields qos, String name) {
    Long mbps = qos.integer(name, ProblemCode.INVALID_PARAMETER_VALUE, 1, PortSettings.MAX_MBPS);
    return mbps == null ? OptionalLong.empty() : OptionalLong.of(mbps);
  }

  private @Nullable IpConfiguration readConfiguration(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, Vocabularies.IP_CONFIGURATION, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    Allocation allocation =
        properties.choice(
            "privateIPAllocationMethod", ProblemCode.INVALID_PARAMETER_VALUE, IP_ALLOCATIONS);
    if (allocation == Allocation.UNMANAGED) {
      properties.problem(
          "privateIPAllocationMethod",
          ProblemCode.UNMANAGED_ALLOCATION_NOT_SUPPORTED,
          "an address of a virtual network is known to the policy; write Static");
    }
    CustomerAddress address =
        properties.requiredParsed(
            "privateIPAddress",
            ProblemCode.PRIVATE_IP_ADDRESS_MISSING,
            ProblemCode.INVALID_PRIVATE_IP_ADDRESS_FORMAT,
            CustomerAddress::parse);
    properties.require("subnet", ProblemCode.SUBNET_IS_REQUIRED);
    SubnetReference subnet = properties.reference("subnet", ReferenceShape.SUBNET);
    AccessControlListReference list =
        properties.reference("accessControlList", ReferenceShape.ACCESS_CONTROL_LIST);
    PublicIpAddressReference publicAddress =
        properties.reference("publicIPAddress", ReferenceShape.PUBLIC_IP_ADDRESS);
    int most = reading.limits().gateway().references();
    Elements<BackendPoolReference> pools =
        properties.references("loadBalancerBackendAddressPools", most, ReferenceShape.BACKEND_POOL);
    Elements<InboundNatRuleReference> rules =
        properties.references("loadBalancerInboundNatRules", most, ReferenceShape.INBOUND_NAT_RULE);
    ResourceId id = resource.resourceId();
    if (id == null || address == null || subnet == null) {
      return null;
    }
    return new IpConfiguration(
        id,
        address,
        subnet,
        Optional.ofNullable(list),
        Optional.ofNullable(publicAddress),
        pools.placed(reading.source()),
        rules.placed(reading.source()));
  }
}
