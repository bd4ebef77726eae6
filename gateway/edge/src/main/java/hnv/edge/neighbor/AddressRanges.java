// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A set of addresses of both families as ranges, found by binary search. Immutable.
///
/// @param ranges ascending, none touching another
public record AddressRanges(List<Range> ranges) {
  /// No address.
  public static final AddressRanges NONE = new AddressRanges(List.of());

  /// From `first` to `last`, of one family, both included.
  public record Range(IpAddress first, IpAddress last) {
    /// @throws IllegalArgumentException where `last` is below `first` or of the other family
    public Range {
      if (first.width() != last.width() || first.compareTo(last) > 0) {
        throw new IllegalArgumentException("no range: " + first + " to " + last);
      }
    }

    public static Range of(IpAddress address) {
      return new Range(address, address);
    }

    public static Range of(Cidr prefix) {
      return new Range(prefix.network(), prefix.highest());
    }
  }

  public AddressRanges {
    ranges = List.copyOf(ranges);
  }

  /// What these ranges cover, in whichever order, overlapping or not.
  public static AddressRanges of(Collection<Range> ranges) {
    Range[] sorted = ranges.toArray(Range[]::new);
    Arrays.sort(sorted, Comparator.comparing(Range::first));
    List<Range> merged = new ArrayList<>();
    for (Range range : sorted) {
      Range before = merged.isEmpty() ? null : merged.getLast();
      if (before == null
          || before.last().width() != range.first().width()
          || before.last().compareTo(range.first()) < 0) {
        merged.add(range);
      } else if (before.last().compareTo(range.last()) < 0) {
        merged.set(merged.size() - 1, new Range(before.first(), range.last()));
      }
    }
    return new AddressRanges(merged);
  }

  /// The same less some addresses.
  public AddressRanges without(Collection<? extends IpAddress> addresses) {
    List<Range> left = new ArrayList<>(ranges);
    for (IpAddress address : addresses) {
      for (int i = 0; i < left.size(); i++) {
        Range range = left.get(i);
        if (range.first().width() == address.width()
            && range.first().compareTo(address) <= 0
            && range.last().compareTo(address) >= 0) {
          left.remove(i);
          if (range.last().compareTo(address) > 0) {
            left.add(i, new Range(address.next(), range.last()));
          }
          if (range.first().compareTo(address) < 0) {
            left.add(i, new Range(range.first(), address.previous()));
          }
          break;
        }
      }
    }
    return new AddressRanges(left);
  }

  /// The fewest prefixes that cover exactly this.
  public Set<Cidr> prefixes() {
    Set<Cidr> prefixes = new LinkedHashSet<>();
    for (Range range : ranges) {
      IpAddress next = range.first();
      while (true) {
        Cidr prefix = Cidr.containing(next, next.width());
        for (int length = next.width() - 1; length >= 0; length--) {
          Cidr longer = Cidr.containing(next, length);
          if (!longer.network().equals(next) || longer.highest().compareTo(range.last()) > 0) {
            break;
          }
          prefix = longer;
        }
        prefixes.add(prefix);
        if (prefix.highest().equals(range.last())) {
          break;
        }
        next = prefix.highest().next();
      }
    }
    return prefixes;
  }

  /// Whether the set has this address.
  public boolean contains(IpAddress address) {
    int low = 0;
    int high = ranges.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Range range = ranges.get(middle);
      if (range.first().compareTo(address) > 0) {
        high = middle - 1;
      } else if (range.last().compareTo(address) < 0) {
        low = middle + 1;
      } else {
        return true;
      }
    }
    return false;
  }
}
