// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import hnv.model.AccessControlList;
import hnv.model.AclAction;
import hnv.model.AclDirection;
import hnv.model.AclProtocol;
import hnv.model.AclRule;
import hnv.model.Encapsulation;
import hnv.model.IpConfiguration;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.model.PortSettings;
import hnv.model.Server;
import hnv.model.Subnet;
import hnv.model.VirtualNetwork;
import hnv.model.VirtualNetworkManager;
import hnv.wire.Cidr;
import hnv.wire.MacAddress;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Writes a policy: equal policies give equal text. Owned by one writing.
///
/// Ids that were assigned are written out, so that what is written keeps them. Settings that are
/// the default are left out, but for those of the virtual network manager and of rules.
final class PolicyWriter {
  private final JsonGenerator json;
  private final ResourceOutput out;

  private PolicyWriter(JsonGenerator json) {
    this.json = json;
    this.out = new ResourceOutput(json);
  }

  static String write(Policy policy) {
    StringWriter text = new StringWriter();
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    Separators separators =
        Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter()
            .withSeparators(separators)
            .withObjectIndenter(lines)
            .withArrayIndenter(lines);
    try (JsonGenerator json = JsonFactory.builder().build().createGenerator(text)) {
      json.setPrettyPrinter(printer);
      new PolicyWriter(json).policy(policy);
    } catch (IOException e) {
      // Cannot happen: it writes to memory.
      throw new UncheckedIOException(e);
    }
    return text.append('\n').toString();
  }

  private void policy(Policy policy) throws IOException {
    json.writeStartObject();
    out.array("servers", policy.servers(), this::server);
    out.array("virtualNetworks", policy.virtualNetworks(), this::network);
    out.array("networkInterfaces", policy.networkInterfaces(), this::networkInterface);
    out.array("accessControlLists", policy.accessControlLists(), this::accessControlList);
    new GatewayWriter(json).write(policy.gatewayResources());
    manager(policy.virtualNetworkManager());
    json.writeEndObject();
  }

  private void server(Server server) throws IOException {
    out.begin(server.resourceId());
    out.array("providerAddresses", server.providerAddresses(), out::text);
    protocol(server.networkVirtualizationProtocol());
    out.end();
  }

  private void network(VirtualNetwork network) throws IOException {
    out.begin(network.resourceId());
    json.writeStringField("routingDomainId", network.routingDomainId().toString());
    protocol(network.networkVirtualizationProtocol());
    json.writeObjectFieldStart("addressSpace");
    out.array("addressPrefixes", network.addressSpace(), out::text);
    json.writeEndObject();
    out.array("subnets", network.subnets(), this::subnet);
    out.end();
  }

  private void protocol(Optional<Encapsulation> protocol) throws IOException {
    if (protocol.isPresent()) {
      json.writeStringField("networkVirtualizationProtocol", protocol.get().name());
    }
  }

  private void subnet(Subnet subnet) throws IOException {
    out.begin(subnet.resourceId());
    List<Cidr> prefixes = subnet.addressPrefixes();
    if (prefixes.size() == 1) {
      json.writeStringField("addressPrefix", prefixes.getFirst().toString());
    } else {
      out.array("addressPrefixes", prefixes, out::text);
    }
    json.writeNumberField("virtualSubnetId", subnet.virtualSubnetId().value());
    out.reference("accessControlList", subnet.accessControlList());
    out.reference("dualStackSubnet", subnet.dualStackSubnet());
    out.reference("routeTable", subnet.routeTable());
    out.end();
  }

  private void networkInterface(NetworkInterface networkInterface) throws IOException {
    out.begin(networkInterface.resourceId());
    json.writeStringField("privateMacAddress", bare(networkInterface.privateMacAddress()));
    json.writeStringField("privateMacAllocationMethod", "Static");
    out.reference("server", networkInterface.server());
    settings(networkInterface.portSettings());
    out.array("ipConfigurations", networkInterface.ipConfigurations(), this::ipConfiguration);
    out.end();
  }

  private void settings(PortSettings settings) throws IOException {
    if (settings.equals(PortSettings.DEFAULT)) {
      return;
    }
    json.writeObjectFieldStart("portSettings");
    json.writeStringField("macSpoofing", settings.macSpoofing() ? "Enabled" : "Disabled");
    if (settings.outboundMaximumMbps().isPresent() || settings.inboundMaximumMbps().isPresent()) {
      json.writeObjectFieldStart("qosSettings");
      out.number("outboundMaximumMbps", settings.outboundMaximumMbps());
      out.number("inboundMaximumMbps", settings.inboundMaximumMbps());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private void ipConfiguration(IpConfiguration configuration) throws IOException {
    out.begin(configuration.resourceId());
    json.writeStringField("privateIPAddress", configuration.privateIpAddress().toString());
    json.writeStringField("privateIPAllocationMethod", "Static");
    out.reference("subnet", Optional.of(configuration.subnet()));
    out.reference("accessControlList", configuration.accessControlList());
    out.reference("publicIPAddress", configuration.publicIpAddress());
    out.references("loadBalancerBackendAddressPools", configuration.backendPools());
    out.references("loadBalancerInboundNatRules", configuration.inboundNatRules());
    out.end();
  }

  private void accessControlList(AccessControlList list) throws IOException {
    out.begin(list.resourceId());
    json.writeStringField("inboundDefaultAction", defaultAction(list.inboundDefaultAction()));
    json.writeStringField("outboundDefaultAction", defaultAction(list.outboundDefaultAction()));
    out.array("aclRules", list.rules(), this::rule);
    out.end();
  }

  private void rule(AclRule rule) throws IOException {
    out.begin(rule.resourceId());
    if (!rule.description().isEmpty()) {
      json.writeStringField("description", rule.description());
    }
    json.writeStringField("type", rule.type() == AclDirection.INBOUND ? "Inbound" : "Outbound");
    json.writeNumberField("priority", rule.priority());
    json.writeStringField("action", rule.action() == AclAction.ALLOW ? "Allow" : "Deny");
    json.writeStringField("protocol", protocol(rule.protocol()));
    json.writeStringField("sourceAddressPrefix", rule.source().toString());
    json.writeStringField("sourcePortRange", rule.sourcePorts().toString());
    json.writeStringField("destinationAddressPrefix", rule.destination().toString());
    json.writeStringField("destinationPortRange", rule.destinationPorts().toString());
    json.writeStringField("logging", rule.logging() ? "Enabled" : "Disabled");
    out.end();
  }

  private void manager(VirtualNetworkManager manager) throws IOException {
    json.writeObjectFieldStart("virtualNetworkManager");
    json.writeStringField("resourceId", "configuration");
    json.writeObjectFieldStart("properties");
    json.writeStringField(
        "distributedRouterState", manager.distributedRouterEnabled() ? "Enabled" : "Disabled");
    json.writeStringField(
        "networkVirtualizationProtocol", manager.networkVirtualizationProtocol().name());
    json.writeObjectFieldStart("virtualSubnetIdRange");
    json.writeNumberField("startId", manager.virtualSubnetIdRange().startId().value());
    json.writeNumberField("endId", manager.virtualSubnetIdRange().endId().value());
    json.writeEndObject();
    out.end();
  }

  private static String defaultAction(AclAction action) {
    return action == AclAction.ALLOW ? "Permit" : "Deny";
  }

  private static String protocol(AclProtocol protocol) {
    return switch (protocol) {
      case ALL -> "All";
      case TCP -> "TCP";
      case UDP -> "UDP";
      case ICMPV4 -> "ICMPv4";
      case ICMPV6 -> "ICMPv6";
    };
  }

  /// Network Controller writes the address of an interface without separators.
  private static String bare(MacAddress mac) {
    return String.format(Locale.ROOT, "%012X", mac.bits());
  }
}
