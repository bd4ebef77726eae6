// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import java.util.UUID;
import java.util.regex.Pattern;

/// The GUID of a routing domain (RDID): the boundary of isolation between tenants.
///
/// @param value any GUID but the one of all zeros, which stands for "none" in Windows
public record RoutingDomainId(UUID value) implements Comparable<RoutingDomainId> {
  private static final Pattern HYPHENATED =
      Pattern.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}");
  private static final UUID NIL = new UUID(0, 0);

  /// @throws IllegalArgumentException for the GUID of all zeros
  public RoutingDomainId {
    if (value.equals(NIL)) {
      throw new IllegalArgumentException("a routing domain id must not be all zeros");
    }
  }

  /// Reads a GUID with hyphens, in either case, with or without braces around it.
  ///
  /// @throws IllegalArgumentException naming the text and the rule
  public static RoutingDomainId parse(String text) {
    String guid = text;
    if (text.startsWith("{") && text.endsWith("}")) {
      guid = text.substring(1, text.length() - 1);
    }
    if (!HYPHENATED.matcher(guid).matches()) {
      throw new IllegalArgumentException(
          "\"%s\" is not a routing domain id: a GUID of 8-4-4-4-12 hexadecimal digits"
              .formatted(text));
    }
    return new RoutingDomainId(UUID.fromString(guid));
  }

  /// By the text form. [UUID#compareTo] compares signed halves.
  @Override
  public int compareTo(RoutingDomainId other) {
    return toString().compareTo(other.toString());
  }

  /// Lower case, without braces.
  @Override
  public String toString() {
    return value.toString();
  }
}
