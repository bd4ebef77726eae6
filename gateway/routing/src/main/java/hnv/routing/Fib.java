// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What packets are looked up in: the longest prefix match of an address, and the choice between
/// next hops that are equally good.
///
/// Immutable; any thread may read it. {@link Rib#commit} makes the next one, in time that depends
/// on what changed, and shares the rest with this one.
///
///     int group = fib.lookup(address);
///     if (group != Fib.NO_ROUTE) {
///       int number = fib.choose(group, flowHash, connection.choice());
///       N nextHop = fib.nextHop(number);
///     }
public final class Fib<N> {
  /// What {@link #lookup} gives where no prefix holds the address.
  public static final int NO_ROUTE = 0;

  /// The number of no next hop.
  public static final int NO_CHOICE = 0;

  private final Ipv4Table ipv4;
  private final @Nullable Ipv6Node ipv6;
  private final int[][] groups;
  private final @Nullable Object[] nextHops;

  /// @param groups by group, the numbers of its next hops
  /// @param nextHops by number
  Fib(Ipv4Table ipv4, @Nullable Ipv6Node ipv6, int[][] groups, @Nullable Object[] nextHops) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.groups = groups;
    this.nextHops = nextHops;
  }

  /// Without routes.
  static <N> Fib<N> empty() {
    return new Fib<>(SmallIpv4Table.EMPTY, null, new int[][] {{}}, new @Nullable Object[1]);
  }

  /// The group of the next hops toward an IPv4 address, {@link #NO_ROUTE} where there is none.
  ///
  /// @param address first octet highest
  public int lookup(int address) {
    return ipv4.lookup(address);
  }

  /// The group of the next hops toward an IPv6 address, {@link #NO_ROUTE} where there is none.
  ///
  /// @param high the first eight octets
  /// @param low the last eight
  public int lookup(long high, long low) {
    return Ipv6Node.lookup(ipv6, high, low);
  }

  /// The same for an address of either family.
  public int lookup(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> lookup(v4.bits());
      case Ipv6Address v6 -> lookup(v6.high(), v6.low());
    };
  }

  /// How many next hops a group has: 1…{@link Rib#MAX_EQUAL}.
  public int count(int group) {
    return groups[group].length;
  }

  /// Number of a next hop of a group, in order.
  ///
  /// @param index 0 to {@link #count} − 1
  public int member(int group, int index) {
    return groups[group][index];
  }

  /// Whether a next hop is one of a group's.
  public boolean contains(int group, int number) {
    for (int member : groups[group]) {
      if (member == number) {
        return true;
      }
    }
    return false;
  }

  /// The next hop of a flow, by its number: the one of the group with the highest weight for this
  /// flow (rendezvous hashing: Thaler, Ravishankar, "Using name-based mappings to increase hit
  /// rates", 1998; RFC 2991 §4 calls it HRW). When a next hop goes, its flows move and no other;
  /// when one comes, flows move to it only.
  ///
  /// @param group not {@link #NO_ROUTE}
  /// @param flowHash of what tells the flow from others, the same in all of its packets
  /// @return a number that stands for the same next hop as long as the table has a route to it;
  ///     never 0
  public int choose(int group, int flowHash) {
    int[] members = groups[group];
    int chosen = members[0];
    if (members.length > 1) {
      long highest = Long.MIN_VALUE;
      for (int member : members) {
        long weight = weight(flowHash, member);
        if (weight > highest) {
          highest = weight;
          chosen = member;
        }
      }
    }
    return chosen;
  }

  /// The same for a flow that has a next hop already: it stays while that is one of the group's.
  ///
  /// @param current {@link #NO_CHOICE}, or what was chosen before
  public int choose(int group, int flowHash, int current) {
    return current != NO_CHOICE && contains(group, current) ? current : choose(group, flowHash);
  }

  /// The next hop of a number that was chosen from this table.
  @SuppressWarnings("unchecked") // only an N was put in
  public N nextHop(int number) {
    return (N) Objects.requireNonNull(nextHops[number], "no next hop has this number");
  }

  /// Both mixed so that each bit of either changes half of the weight's.
  private static long weight(int flowHash, int member) {
    long h = (long) flowHash << 32 ^ member * 0x9E37_79B9_7F4A_7C15L;
    h = (h ^ h >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    h = (h ^ h >>> 27) * 0x94D0_49BB_1331_11EBL;
    return h ^ h >>> 31;
  }

  /// The next table.
  ///
  /// @param changes4 entries of {@link PrefixArray}, sorted
  /// @param changes6 sorted
  Fib<N> with(
      long[] changes4, Ipv6Change[] changes6, int[][] newGroups, @Nullable Object[] newNextHops) {
    return new Fib<>(
        changes4.length == 0 ? ipv4 : ipv4.with(changes4),
        changes6.length == 0 ? ipv6 : Ipv6Node.with(ipv6, changes6),
        newGroups,
        newNextHops);
  }

  /// Memory of the prefixes, in octets: what it is on HotSpot with compressed references.
  public long octets() {
    return ipv4.octets() + (ipv6 == null ? 0 : ipv6.octets());
  }

  /// Whether both have the very same prefixes with the same groups, by sharing them.
  boolean sharesPrefixesWith(Fib<N> other) {
    return ipv4 == other.ipv4 && ipv6 == other.ipv6;
  }

  /// The groups, to be copied before a change.
  int[][] groups() {
    return groups;
  }

  /// The next hops, to be copied before a change.
  @Nullable Object[] nextHops() {
    return nextHops;
  }
}
