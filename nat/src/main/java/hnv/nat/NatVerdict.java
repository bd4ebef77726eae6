// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// Why a packet has no session. {@link NatEngine} answers with the {@link #code}, a negative
/// number, where a session would be positive.
public enum NatVerdict {
  /// Outbound: no rule of the tenant fits the packet.
  NO_RULE(-1, "no translation rule"),
  /// Outbound: a protocol that no translator can change, such as AH (RFC 4302 §3.3.3.1.1.1).
  NOT_TRANSLATABLE(-2, "protocol cannot be translated"),
  /// Outbound: the blocks of this tenant-side address are used up (RFC 6888 REQ-4).
  SUBSCRIBER_PORTS(-3, "public ports of the address used up"),
  /// Outbound: the public address has no block, or its pool no address, left.
  POOL_PORTS(-4, "public ports of the pool used up"),
  /// Outbound: the tenant's ports are used up.
  TENANT_PORTS(-5, "public ports of the tenant used up"),
  /// The tenant's sessions are used up (RFC 6888 REQ-5).
  TENANT_SESSIONS(-6, "translations of the tenant used up"),
  /// A table of the whole gateway is full.
  TABLE_FULL(-7, "translation table full"),
  /// Inbound: nobody has this public address and port.
  NO_MAPPING(-8, "nobody has the public port"),
  /// Inbound: the public port is somebody's who does not listen to this remote end.
  FILTERED(-9, "filtered by the public port"),
  /// A TCP reset of a connection that is not known here.
  RESET_OF_NOTHING(-10, "reset of an unknown connection"),
  /// The sessions of this tenant-side address are used up (RFC 6888 REQ-5).
  SUBSCRIBER_SESSIONS(-11, "translations of the address used up");

  private static final NatVerdict[] ALL = values();

  private final int code;
  private final String text;

  NatVerdict(int code, String text) {
    this.code = code;
    this.text = text;
  }

  /// Negative, stable: -1 for the first.
  public int code() {
    return code;
  }

  /// For people.
  public String text() {
    return text;
  }

  /// The verdict of a code.
  ///
  /// @param code negative, as an answer of {@link NatEngine}
  public static NatVerdict of(int code) {
    return ALL[-1 - code];
  }

  /// Whether something that has a limit was used up.
  public boolean isExhaustion() {
    return switch (this) {
      case SUBSCRIBER_PORTS,
          SUBSCRIBER_SESSIONS,
          POOL_PORTS,
          TENANT_PORTS,
          TENANT_SESSIONS,
          TABLE_FULL ->
          true;
      default -> false;
    };
  }
}
