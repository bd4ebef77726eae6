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
import hnv.model.IpConfiguration;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.model.PortSettings;
import hnv.model.ResourceId;
import hnv.model.ResourceReference;
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
import java.util.OptionalLong;

/// Writes a policy: equal policies give equal text. Owned by one writing.
///
/// Ids that were assigned are written out, so that what is written keeps them. Settings that are
/// the default are left out, but for those of the virtual network manager and of rules.
final class PolicyWriter {
  private final JsonGenerator json;

  private PolicyWriter(JsonGenerator json) {
    this.json = json;
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

  /// Writes a thing of a list.
  private interface Element<T> {
    void write(T element) throws IOException;
  }

  private void policy(Policy policy) throws IOException {
    json.writeStartObject();
    array("servers", policy.servers(), this::server);
    array("virtualNetworks", policy.virtualNetworks(), this::network);
    array("networkInterfaces", policy.networkInterfaces(), this::networkInterface);
    array("accessControlLists", policy.accessControlLists(), this::accessControlList);
    manager(policy.virtualNetworkManager());
    json.writeEndObject();
  }

  private void server(Server server) throws IOException {
    begin(server.resourceId());
    array("providerAddresses", server.providerAddresses(), this::text);
    end();
  }

  private void network(VirtualNetwork network) throws IOException {
    begin(network.resourceId());
    json.writeStringField("routingDomainId", network.routingDomainId().toString());
    json.writeObjectFieldStart("addressSpace");
    array("addressPrefixes", network.addressSpace(), this::text);
    json.writeEndObject();
    array("subnets", network.subnets(), this::subnet);
    end();
  }

  private void subnet(Subnet subnet) throws IOException {
    begin(subnet.resourceId());
    List<Cidr> prefixes = subnet.addressPrefixes();
    if (prefixes.size() == 1) {
      json.writeStringField("addressPrefix", prefixes.getFirst().toString());
    } else {
      array("addressPrefixes", prefixes, this::text);
    }
    json.writeNumberField("virtualSubnetId", subnet.virtualSubnetId().value());
    reference("accessControlList", subnet.accessControlList());
    reference("dualStackSubnet", subnet.dualStackSubnet());
    end();
  }

  private void networkInterface(NetworkInterface networkInterface) throws IOException {
    begin(networkInterface.resourceId());
    json.writeStringField("privateMacAddress", bare(networkInterface.privateMacAddress()));
    json.writeStringField("privateMacAllocationMethod", "Static");
    reference("server", networkInterface.server());
    settings(networkInterface.portSettings());
    array("ipConfigurations", networkInterface.ipConfigurations(), this::ipConfiguration);
    end();
  }

  private void settings(PortSettings settings) throws IOException {
    if (settings.equals(PortSettings.DEFAULT)) {
      return;
    }
    json.writeObjectFieldStart("portSettings");
    json.writeStringField("macSpoofing", settings.macSpoofing() ? "Enabled" : "Disabled");
    if (settings.outboundMaximumMbps().isPresent() || settings.inboundMaximumMbps().isPresent()) {
      json.writeObjectFieldStart("qosSettings");
      number("outboundMaximumMbps", settings.outboundMaximumMbps());
      number("inboundMaximumMbps", settings.inboundMaximumMbps());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private void ipConfiguration(IpConfiguration configuration) throws IOException {
    begin(configuration.resourceId());
    json.writeStringField("privateIPAddress", configuration.privateIpAddress().toString());
    json.writeStringField("privateIPAllocationMethod", "Static");
    reference("subnet", Optional.of(configuration.subnet()));
    reference("accessControlList", configuration.accessControlList());
    end();
  }

  private void accessControlList(AccessControlList list) throws IOException {
    begin(list.resourceId());
    json.writeStringField("inboundDefaultAction", defaultAction(list.inboundDefaultAction()));
    json.writeStringField("outboundDefaultAction", defaultAction(list.outboundDefaultAction()));
    array("aclRules", list.rules(), this::rule);
    end();
  }

  private void rule(AclRule rule) throws IOException {
    begin(rule.resourceId());
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
    end();
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
    end();
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

  private void begin(ResourceId resourceId) throws IOException {
    json.writeStartObject();
    json.writeStringField("resourceId", resourceId.toString());
    json.writeObjectFieldStart("properties");
  }

  private void end() throws IOException {
    json.writeEndObject();
    json.writeEndObject();
  }

  private void text(Object element) throws IOException {
    json.writeString(element.toString());
  }

  private void number(String name, OptionalLong value) throws IOException {
    if (value.isPresent()) {
      json.writeNumberField(name, value.getAsLong());
    }
  }

  private void reference(String name, Optional<? extends ResourceReference> reference)
      throws IOException {
    if (reference.isPresent()) {
      json.writeObjectFieldStart(name);
      json.writeStringField("resourceRef", reference.get().toString());
      json.writeEndObject();
    }
  }

  private <T> void array(String name, List<T> elements, Element<? super T> writer)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (T element : elements) {
      writer.write(element);
    }
    json.writeEndArray();
  }
}
