// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// What a {@link NatEngine} tells while it works, on its Worker's thread: an implementation counts,
/// or queues, and returns at once. Numbers only, so that nothing is allocated.
public interface NatEvents {
  /// To nobody.
  NatEvents NONE = new NatEvents() {};

  /// A session began; its addresses can be asked for.
  default void sessionBegan(NatEngine nat, int session, long nowNs) {}

  /// A session ends; its addresses can still be asked for.
  default void sessionEnded(NatEngine nat, int session, long nowNs) {}

  /// A tenant-side address was given a block of ports.
  ///
  /// @param inside tenant-side address
  default void blockTaken(
      int tenant,
      int network,
      int inside,
      int publicAddress,
      int firstPort,
      int lastPort,
      long nowNs) {}

  /// A block of ports was taken back.
  ///
  /// @param inside tenant-side address
  default void blockReturned(
      int tenant,
      int network,
      int inside,
      int publicAddress,
      int firstPort,
      int lastPort,
      long nowNs) {}

  /// As {@link #blockTaken}, by an IPv6 host (NAT64).
  default void blockTakenOfHost(
      int tenant,
      int network,
      long insideHigh,
      long insideLow,
      int publicAddress,
      int firstPort,
      int lastPort,
      long nowNs) {}

  /// As {@link #blockReturned}, by an IPv6 host (NAT64).
  default void blockReturnedOfHost(
      int tenant,
      int network,
      long insideHigh,
      long insideLow,
      int publicAddress,
      int firstPort,
      int lastPort,
      long nowNs) {}

  /// A packet that would have begun a session was refused.
  default void refused(NatVerdict verdict, int tenant, int network, long nowNs) {}

  /// Something that has a limit is used to 80 % or 95 %, or fell below 80 % again.
  ///
  /// @param index tenant slot of {@link Resource#TENANT_SESSIONS} and {@link
  ///     Resource#TENANT_PORTS}, position in the policy's list of a pool, else 0
  /// @param percent 95, 80, or 0 for below
  default void filled(Resource resource, int index, int percent, long nowNs) {}

  /// What can be used up.
  enum Resource {
    POOL_BLOCKS(1, "pool"),
    TENANT_SESSIONS(2, "tenant's sessions"),
    TENANT_PORTS(3, "tenant's ports"),
    SESSIONS(4, "sessions");

    private final int number;
    private final String text;

    Resource(int number, String text) {
      this.number = number;
      this.text = text;
    }

    /// Stable, from 1.
    public int number() {
      return number;
    }

    /// For people.
    public String text() {
      return text;
    }

    /// The resource of a number.
    ///
    /// @throws IllegalArgumentException where there is none
    public static Resource of(int number) {
      for (Resource resource : values()) {
        if (resource.number == number) {
          return resource;
        }
      }
      throw new IllegalArgumentException("resource " + number);
    }
  }
}
