// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.ProblemCode;
import hnv.model.PublicIpAddress;
import hnv.model.PublicIpAddressReference;
import hnv.model.ResourceId;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import org.jspecify.annotations.Nullable;

/// Reads public addresses.
final class PublicIpAddressReader {
  private enum Allocation {
    STATIC,
    DYNAMIC
  }

  private static final Choices<Allocation> ALLOCATIONS =
      Choices.<Allocation>of()
          .with("Static", Allocation.STATIC)
          .with("Dynamic", Allocation.DYNAMIC);
  private static final Choices<Boolean> VERSIONS =
      Choices.<Boolean>of().with("IPv4", true).with("IPv6", false);

  private final Reading reading;

  PublicIpAddressReader(Reading reading) {
    this.reading = reading;
  }

  @Nullable PublicIpAddress read(JsonPath at, JsonValue value) {
    Resource resource =
        Resource.of(at, value, GatewayVocabularies.PUBLIC_IP_ADDRESS, reading.report());
    if (resource == null) {
      return null;
    }
    Fields properties = resource.properties();
    ProblemCode invalid = ProblemCode.INVALID_PARAMETER_VALUE;
    properties.choice("publicIPAllocationMethod", invalid, ALLOCATIONS);
    IpAddress address =
        properties.requiredParsed(
            "ipAddress",
            ProblemCode.PROPERTY_MISSING,
            ProblemCode.INVALID_IP_ADDRESS,
            IpAddress::parse);
    Boolean four = properties.choice("publicIPAddressVersion", invalid, VERSIONS);
    if (four != null && address != null && four != address instanceof Ipv4Address) {
      properties.problem(
          "publicIPAddressVersion",
          ProblemCode.PROPERTY_CONFLICT,
          address + " is of the other family");
    }
    Long idle =
        properties.integer(
            "idleTimeoutInMinutes",
            invalid,
            PublicIpAddress.MIN_IDLE_MINUTES,
            PublicIpAddress.MAX_IDLE_MINUTES);
    if (idle != null) {
      properties.warning(
          "idleTimeoutInMinutes",
          ProblemCode.VALUE_ADJUSTED,
          idle
              + " minutes are read as "
              + PublicIpAddress.LEAST_IDLE_MINUTES
              + ": a connection may be silent that long (RFC 5382 REQ-5)");
    }
    ResourceId id = resource.resourceId();
    if (id != null && address == null) {
      reading.source().recordUnreadable(new PublicIpAddressReference(id));
    }
    if (id == null || address == null) {
      return null;
    }
    return new PublicIpAddress(id, address, Numbers.optional(idle));
  }
}
