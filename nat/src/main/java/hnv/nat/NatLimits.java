// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// What the tables of a {@link NatEngine} hold at most.
///
/// @param sessions of all tenants
/// @param mappings of all tenants: public ports that sessions share
/// @param subscribers tenant-side addresses that have a public address
/// @param heldPorts freed ports and blocks that wait to be used again; where there are more, the
///     oldest wait less
/// @param tenants slots
public record NatLimits(int sessions, int mappings, int subscribers, int heldPorts, int tenants) {
  /// Unless said otherwise.
  public static final NatLimits DEFAULT = new NatLimits(131_072, 131_072, 16_384, 65_536, 1_024);

  /// Most of anything.
  private static final int MOST = 1 << 24;

  /// @throws IllegalArgumentException naming the limit that is out of range
  public NatLimits {
    check("sessions", sessions);
    check("mappings", mappings);
    check("subscribers", subscribers);
    check("heldPorts", heldPorts);
    check("tenants", tenants);
  }

  /// As many sessions, mappings and so on as a gateway of this size needs.
  public static NatLimits ofSessions(int sessions, int tenants) {
    return new NatLimits(
        sessions, sessions, Math.max(1_024, sessions / 8), Math.max(1_024, sessions / 2), tenants);
  }

  private static void check(String name, int value) {
    if (value < 1 || value > MOST) {
      throw new IllegalArgumentException(name + " must be 1 to " + MOST + ", not " + value);
    }
  }
}
