// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.AccessControlList;
import hnv.model.AccessControlListReference;
import hnv.model.AclAction;
import hnv.model.AclDirection;
import hnv.model.AclProtocol;
import hnv.model.AclRule;
import hnv.model.AddressPattern;
import hnv.model.AddressPattern.ServiceTag;
import hnv.model.PortRange;
import hnv.model.ProblemCode;
import hnv.model.ResourceId;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads access control lists.
final class AccessControlListReader {
  static final Choices<AclAction> DEFAULT_ACTIONS =
      Choices.<AclAction>of().with("Permit", AclAction.ALLOW).with("Deny", AclAction.DENY);
  static final Choices<AclAction> ACTIONS =
      Choices.<AclAction>of().with("Allow", AclAction.ALLOW).with("Deny", AclAction.DENY);
  static final Choices<AclDirection> TYPES =
      Choices.<AclDirection>of()
          .with("Inbound", AclDirection.INBOUND)
          .with("Outbound", AclDirection.OUTBOUND);
  static final Choices<AclProtocol> PROTOCOLS =
      Choices.<AclProtocol>of()
          .with("All", AclProtocol.ALL)
          .with("TCP", AclProtocol.TCP)
          .with("UDP", AclProtocol.UDP)
          .with("ICMPv4", AclProtocol.ICMPV4)
          .with("ICMPv6", AclProtocol.ICMPV6);

  private static final String PORT = "[0-9]{1,5}";

  /// What a rule says of a packet's source, or of its destination.
  private record Side(AddressPattern addresses, PortRange ports) {}

  private final Reading reading;

  AccessControlListReader(Reading reading) {
    this.reading = reading;
  }

  @Nullable AccessControlList read(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, Vocabularies.ACCESS_CONTROL_LIST, reading.report());
    ResourceId id = resource == null ? null : resource.resourceId();
    if (resource == null || id == null) {
      return null;
    }
    Fields properties = resource.properties();
    Elements<AclRule> rules =
        properties.elements(
            "aclRules", reading.limits().rulesPerAccessControlList(), this::readRule);
    if (!rules.isComplete()) {
      reading.source().recordUnreadable(new AccessControlListReference(id));
    }
    return new AccessControlList(
        id,
        defaultAction(properties, "inboundDefaultAction"),
        defaultAction(properties, "outboundDefaultAction"),
        rules.placed(reading.source()));
  }

  private static AclAction defaultAction(Fields properties, String name) {
    AclAction action =
        properties.choice(name, ProblemCode.INVALID_PARAMETER_VALUE, DEFAULT_ACTIONS);
    return action == null ? AclAction.ALLOW : action;
  }

  private @Nullable AclRule readRule(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, Vocabularies.ACL_RULE, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    AclDirection type =
        properties.requiredChoice(
            "type", ProblemCode.INVALID_ACL_RULE_TYPE, ProblemCode.INVALID_ACL_RULE_TYPE, TYPES);
    Long priority = priority(properties);
    AclAction action =
        properties.requiredChoice(
            "action",
            ProblemCode.INVALID_ACL_RULE_ACTION,
            ProblemCode.INVALID_ACL_RULE_ACTION,
            ACTIONS);
    AclProtocol protocol =
        properties.requiredParsed(
            "protocol",
            ProblemCode.INVALID_ACL_RULE_PROTOCOL,
            ProblemCode.INVALID_ACL_RULE_PROTOCOL,
            AccessControlListReader::protocol);
    Side source = readSource(properties);
    Side destination = readDestination(properties);
    Boolean logging =
        properties.choice("logging", ProblemCode.INVALID_PARAMETER_VALUE, InterfaceReader.SWITCHES);
    String description = properties.text("description");
    ResourceId id = resource.resourceId();
    if (id == null
        || type == null
        || priority == null
        || action == null
        || protocol == null
        || source == null
        || destination == null) {
      return null;
    }
    return new AclRule(
        id,
        type,
        priority.intValue(),
        action,
        protocol,
        source.addresses(),
        source.ports(),
        destination.addresses(),
        destination.ports(),
        logging != null && logging,
        description);
  }

  private static @Nullable Side readSource(Fields properties) {
    AddressPattern addresses =
        properties.requiredParsed(
            "sourceAddressPrefix",
            ProblemCode.ACL_RULE_NO_SOURCE_ADDRESS_PREFIX,
            ProblemCode.ACL_RULE_INVALID_SOURCE_ADDRESS_PREFIX,
            AccessControlListReader::addresses);
    PortRange ports =
        properties.requiredParsed(
            "sourcePortRange",
            ProblemCode.ACL_RULE_NO_SOURCE_PORT_RANGE,
            ProblemCode.ACL_RULE_INVALID_SOURCE_PORT_RANGE,
            AccessControlListReader::ports);
    warnOfProbes(properties, "sourceAddressPrefix", addresses);
    return addresses == null || ports == null ? null : new Side(addresses, ports);
  }

  private static @Nullable Side readDestination(Fields properties) {
    AddressPattern addresses =
        properties.requiredParsed(
            "destinationAddressPrefix",
            ProblemCode.ACL_RULE_NO_DESTINATION_ADDRESS_PREFIX,
            ProblemCode.ACL_RULE_INVALID_DESTINATION_ADDRESS_PREFIX,
            AccessControlListReader::addresses);
    PortRange ports =
        properties.requiredParsed(
            "destinationPortRange",
            ProblemCode.ACL_RULE_NO_DESTINATION_PORT_RANGE,
            ProblemCode.ACL_RULE_INVALID_DESTINATION_PORT_RANGE,
            AccessControlListReader::ports);
    warnOfProbes(properties, "destinationAddressPrefix", addresses);
    return addresses == null || ports == null ? null : new Side(addresses, ports);
  }

  private static @Nullable Long priority(Fields properties) {
    ProblemCode code = ProblemCode.INVALID_ACL_RULE_PRIORITY;
    if (!properties.has("priority")) {
      properties.require("priority", code);
      return null;
    }
    return properties.integer("priority", code, AclRule.MIN_PRIORITY, AclRule.MAX_PRIORITY);
  }

  private static void warnOfProbes(
      Fields properties, String name, @Nullable AddressPattern pattern) {
    if (pattern instanceof AddressPattern.Tag(ServiceTag tag)
        && tag == ServiceTag.AZURELOADBALANCER) {
      properties.warning(
          name,
          ProblemCode.PROPERTY_HAS_NO_EFFECT,
          tag + " matches nothing: no load balancer probes");
    }
  }

  private static AclProtocol protocol(String text) {
    if (text.equalsIgnoreCase("HTTP")) {
      throw new IllegalArgumentException("HTTP is not looked into; write TCP and the port, 80");
    }
    return PROTOCOLS.parse(text);
  }

  /// `*`, a tag, a prefix, or an address, which is the prefix of that address alone.
  static AddressPattern addresses(String text) {
    if (text.equals("*")) {
      return AddressPattern.ANY;
    }
    for (ServiceTag tag : ServiceTag.values()) {
      if (tag.name().equals(text.toUpperCase(Locale.ROOT))) {
        return new AddressPattern.Tag(tag);
      }
    }
    if (text.indexOf('/') >= 0) {
      return new AddressPattern.Prefix(Cidr.parse(text));
    }
    IpAddress address = IpAddress.parse(text);
    return new AddressPattern.Prefix(new Cidr(address, address.width()));
  }

  /// `*`, a port, or two ports with a hyphen between.
  static PortRange ports(String text) {
    if (text.equals("*")) {
      return PortRange.ANY;
    }
    if (text.matches(PORT)) {
      int port = Integer.parseInt(text);
      return new PortRange(port, port);
    }
    if (text.matches(PORT + "-" + PORT)) {
      int hyphen = text.indexOf('-');
      return new PortRange(
          Integer.parseInt(text.substring(0, hyphen)),
          Integer.parseInt(text.substring(hyphen + 1)));
    }
    throw new IllegalArgumentException(
        Quoted.of(text) + " is neither *, a port of 0 to 65535, nor a range such as 80-90");
  }
}
