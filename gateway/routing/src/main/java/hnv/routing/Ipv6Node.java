// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Longest prefix match of IPv6 addresses: a node of a tree that goes on by 16 bits at a time, or
/// by 8 where a node of 16 would become large, and leaves out the bits that decide nothing. A node
/// holds the prefixes that end in its bits as sorted ranges, of which one is found by halving;
/// where a range is a single value of these bits, the tree may go on from it. Where a node says
/// nothing (0), what the nodes above said counts, so that a prefix is written in one node. A change
/// makes that node and those above it anew, each of at most some thousand octets, and shares the
/// rest. Immutable.
final class Ipv6Node {
  /// A node of 16 bits with more prefixes and children than these becomes nodes of 8.
  private static final int LARGE = 512;

  private static final int WIDE = 16;
  private static final int NARROW = 8;
  private static final @Nullable Ipv6Node[] NO_CHILDREN = {};

  /// Masks of the bits before each octet.
  private static final long[] HIGH_MASKS = masks(0);

  private static final long[] LOW_MASKS = masks(Long.SIZE);

  /// The first bit that is decided here, a multiple of 8, and how many: 8 or 16, in one half of the
  /// address. The address before them; the rest is zero.
  private final int at;

  private final int width;
  private final long high;
  private final long low;

  /// Prefixes of 0 to {@link #width} of these bits.
  private final long[] routes;

  /// Start (16), group (16), as in {@link PrefixArray}; each child has one of its own.
  private final int[] ranges;

  /// By index of the range; empty where there is none at all.
  private final @Nullable Ipv6Node[] children;

  private Ipv6Node(int at, int width, long high, long low, long[] routes, List<Ipv6Node> children) {
    this.at = at;
    this.width = width;
    this.high = high & HIGH_MASKS[at / NARROW];
    this.low = low & LOW_MASKS[at / NARROW];
    this.routes = routes;
    this.ranges = split(PrefixArray.narrow(PrefixArray.ranges(routes, width)), children);
    this.children = children.isEmpty() ? NO_CHILDREN : new @Nullable Ipv6Node[ranges.length];
    for (Ipv6Node child : children) {
      this.children[PrefixArray.indexOf(ranges, slot(child))] = child;
    }
  }

  /// The group of the longest prefix below `root` that holds the address; 0 for none. Allocates
  /// nothing.
  static int lookup(@Nullable Ipv6Node root, long high, long low) {
    int best = 0;
    @Nullable Ipv6Node node = root;
    while (node != null && node.leadsTo(high, low)) {
      int index = PrefixArray.indexOf(node.ranges, slot(high, low, node.at, node.width));
      int group = node.ranges[index] & 0xFFFF;
      best = group != 0 ? group : best;
      node = node.children.length == 0 ? null : node.children[index];
    }
    return best;
  }

  private boolean leadsTo(long toHigh, long toLow) {
    int octet = at / NARROW;
    return (((high ^ toHigh) & HIGH_MASKS[octet]) | ((low ^ toLow) & LOW_MASKS[octet])) == 0;
  }

  /// The tree below `root` after changes.
  ///
  /// @param changes sorted, each prefix once, not none
  /// @return null where nothing is left
  static @Nullable Ipv6Node with(@Nullable Ipv6Node root, Ipv6Change[] changes) {
    return with(root, changes, 0, changes.length, 0);
  }

  /// @param floor the bits before it are the same in the node and all changes
  private static @Nullable Ipv6Node with(
      @Nullable Ipv6Node node, Ipv6Change[] changes, int from, int to, int floor) {
    int decided = changes[from].equalOctets(changes[to - 1].high(), changes[to - 1].low());
    for (int i = from; i < to; i++) {
      decided = Math.min(decided, changes[i].lastOctet());
    }
    if (node != null) {
      decided = Math.min(decided, changes[from].equalOctets(node.high, node.low));
      if (decided >= node.at) {
        return node.changed(changes, from, to);
      }
    }
    int begin = Math.max(floor, decided / WIDE * WIDE);
    int end = begin / WIDE * WIDE + WIDE;
    if (node != null && node.at < end) {
      // The node is the lower half of 16 bits that were halved.
      end = node.at;
    }
    List<Ipv6Node> below = node == null ? List.of() : List.of(node);
    return new Ipv6Node(
            begin, end - begin, changes[from].high(), changes[from].low(), PrefixArray.EMPTY, below)
        .changed(changes, from, to);
  }

  /// This node with changes that all begin with its bits.
  private @Nullable Ipv6Node changed(Ipv6Change[] changes, int from, int to) {
    long[] own = own(changes, from, to);
    long[] changed = PrefixArray.merge(routes, own, 0, own.length);
    List<Ipv6Node> before = childList();
    List<Ipv6Node> after = new ArrayList<>(before.size() + 1);
    int old = 0;
    for (int i = from, end; i < to; i = end) {
      int slot = slot(changes[i]);
      int begin = i;
      while (begin < to && slot(changes[begin]) == slot && isOwn(changes[begin])) {
        begin++;
      }
      end = begin;
      while (end < to && slot(changes[end]) == slot) {
        end++;
      }
      while (old < before.size() && slot(before.get(old)) < slot) {
        after.add(before.get(old++));
      }
      if (begin < end) {
        boolean known = old < before.size() && slot(before.get(old)) == slot;
        @Nullable Ipv6Node child = known ? before.get(old++) : null;
        @Nullable Ipv6Node below = with(child, changes, begin, end, at + width);
        if (below != null) {
          after.add(below);
        }
      }
    }
    after.addAll(before.subList(old, before.size()));
    return of(changed, after);
  }

  /// What becomes of this node with other prefixes and children.
  private @Nullable Ipv6Node of(long[] newRoutes, List<Ipv6Node> newChildren) {
    if (newRoutes.length == 0 && newChildren.size() <= 1) {
      return newChildren.isEmpty() ? null : newChildren.getFirst();
    }
    return width == WIDE && newRoutes.length + newChildren.size() > LARGE
        ? halved(newRoutes, newChildren)
        : new Ipv6Node(at, width, high, low, newRoutes, newChildren);
  }

  /// A node of the first 8 bits above one for each value of these, of the other 8.
  private Ipv6Node halved(long[] allRoutes, List<Ipv6Node> allChildren) {
    List<Ipv6Node> halves = new ArrayList<>();
    long[] upper = new long[allRoutes.length];
    int upperCount = 0;
    int route = 0;
    int child = 0;
    long[] lower = new long[allRoutes.length];
    for (int slot = 0; slot < 1 << NARROW; slot++) {
      int lowerCount = 0;
      for (; route < allRoutes.length && upperSlot(allRoutes[route]) == slot; route++) {
        long entry = allRoutes[route];
        int length = PrefixArray.length(entry);
        int group = PrefixArray.group(entry);
        if (length <= NARROW) {
          upper[upperCount++] = PrefixArray.entry(slot, length, group);
        } else {
          long start = PrefixArray.start(entry) & 0xFF;
          lower[lowerCount++] = PrefixArray.entry(start, length - NARROW, group);
        }
      }
      int firstChild = child;
      while (child < allChildren.size() && slot(allChildren.get(child)) >>> NARROW == slot) {
        child++;
      }
      List<Ipv6Node> below = allChildren.subList(firstChild, child);
      if (lowerCount == 0 && below.size() == 1) {
        halves.add(below.getFirst());
      } else if (lowerCount + below.size() > 0) {
        long bits = (long) slot << (Long.SIZE - NARROW - at % Long.SIZE);
        long lowerHigh = at < Long.SIZE ? high | bits : high;
        long lowerLow = at < Long.SIZE ? low : low | bits;
        long[] lowerRoutes = Arrays.copyOf(lower, lowerCount);
        halves.add(new Ipv6Node(at + NARROW, NARROW, lowerHigh, lowerLow, lowerRoutes, below));
      }
    }
    return new Ipv6Node(at, NARROW, high, low, Arrays.copyOf(upper, upperCount), halves);
  }

  private static int upperSlot(long entry) {
    return (int) PrefixArray.start(entry) >>> NARROW;
  }

  /// Changes of prefixes that end in this node's bits, in terms of these.
  private long[] own(Ipv6Change[] changes, int from, int to) {
    long[] own = new long[to - from];
    int count = 0;
    for (int i = from; i < to; i++) {
      Ipv6Change change = changes[i];
      if (isOwn(change)) {
        own[count++] = PrefixArray.entry(slot(change), change.length() - at, change.group());
      }
    }
    return Arrays.copyOf(own, count);
  }

  private boolean isOwn(Ipv6Change change) {
    return change.length() <= at + width;
  }

  private int slot(Ipv6Change change) {
    return slot(change.high(), change.low(), at, width);
  }

  private int slot(Ipv6Node below) {
    return slot(below.high, below.low, at, width);
  }

  private static int slot(long high, long low, int at, int width) {
    long half = at < Long.SIZE ? high : low;
    return (int) (half >>> (Long.SIZE - width - at % Long.SIZE)) & ((1 << width) - 1);
  }

  private List<Ipv6Node> childList() {
    List<Ipv6Node> list = new ArrayList<>();
    for (@Nullable Ipv6Node child : children) {
      if (child != null) {
        list.add(child);
      }
    }
    return list;
  }

  /// The ranges with one of its own for each child.
  private int[] split(int[] whole, List<Ipv6Node> below) {
    if (below.isEmpty()) {
      return whole;
    }
    int[] split = new int[whole.length + 2 * below.size()];
    int count = 0;
    int next = 0;
    int group = 0;
    for (Ipv6Node child : below) {
      int slot = slot(child);
      for (; next < whole.length && whole[next] >>> WIDE <= slot; next++) {
        group = whole[next] & 0xFFFF;
        split[count++] = whole[next];
      }
      if (split[count - 1] >>> WIDE != slot) {
        split[count++] = slot << WIDE | group;
      }
      boolean isLast = slot == (1 << width) - 1;
      if (!isLast && (next == whole.length || whole[next] >>> WIDE != slot + 1)) {
        split[count++] = (slot + 1) << WIDE | group;
      }
    }
    System.arraycopy(whole, next, split, count, whole.length - next);
    return Arrays.copyOf(split, count + whole.length - next);
  }

  private static long[] masks(int firstBit) {
    long[] masks = new long[2 * Long.BYTES];
    for (int octet = 0; octet < masks.length; octet++) {
      int bits = Math.clamp((long) NARROW * octet - firstBit, 0, Long.SIZE);
      masks[octet] = bits == 0 ? 0 : -1L << (Long.SIZE - bits);
    }
    return masks;
  }

  /// Memory of this node and those below it, in octets, references taken as four.
  long octets() {
    long octets =
        Memory.object(2 * Integer.BYTES + 2 * Long.BYTES + 3 * Memory.REFERENCE)
            + Memory.of(routes)
            + Memory.of(ranges)
            + (children.length == 0 ? 0 : Memory.ofReferences(children.length));
    for (@Nullable Ipv6Node child : children) {
      octets += child == null ? 0 : child.octets();
    }
    return octets;
  }
}
