// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.RoutingDomainId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/// Gives a virtual network that has no routing domain id one that follows from its name, so that
/// every host that reads the document has the same.
public final class RoutingDomainIds {
  /// The name space of the derived ids, itself a random UUID.
  public static final UUID NAMESPACE = UUID.fromString("6f2c1a5e-3f0b-4c53-9d0f-6a1d2f9e7b10");

  private RoutingDomainIds() {}

  /// The name-based UUID (version 5, RFC 9562 §5.5) of the lower-case `resourceId` in {@link
  /// #NAMESPACE}.
  public static RoutingDomainId derive(ResourceId virtualNetwork) {
    MessageDigest sha1 = sha1();
    sha1.update(octets(NAMESPACE));
    byte[] digest = sha1.digest(virtualNetwork.key().getBytes(StandardCharsets.US_ASCII));
    ByteBuffer hash = ByteBuffer.wrap(digest);
    long high = (hash.getLong() & 0xFFFF_FFFF_FFFF_0FFFL) | 0x5000L;
    long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new RoutingDomainId(new UUID(high, low));
  }

  private static byte[] octets(UUID uuid) {
    return ByteBuffer.allocate(16)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .array();
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      // Cannot happen: every Java platform has SHA-1.
      throw new AssertionError(e);
    }
  }
}
