// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What to ask a host so that its answers hold for all addresses: prefixes of routes and rules cut
/// the addresses into regions, within each of which they say the same of every address, so one of
/// each is asked about.
public final class RouteSamples {
  /// Of these the kernel says something else than of their neighbours, routes or not: this network,
  /// loopback, groups; the unspecified address, link-local ones, mapped IPv4.
  private static final List<Cidr> SPECIAL =
      List.of(
          Cidr.parse("0.0.0.0/8"),
          Cidr.parse("127.0.0.0/8"),
          Cidr.parse("224.0.0.0/3"),
          Cidr.parse("::/127"),
          Cidr.parse("::ffff:0:0/96"),
          Cidr.parse("fe80::/10"),
          Cidr.parse("ff00::/8"));

  private RouteSamples() {}

  /// A prefix that is being walked, with the first address of it that no longer one has had.
  private static final class Open {
    final Cidr prefix;

    /// Null: longer ones have all.
    @Nullable IpAddress free;

    boolean found;

    Open(Cidr prefix) {
      this.prefix = prefix;
      free = prefix.network();
    }

    /// A longer prefix has its addresses; they come in ascending order.
    void giveTo(Cidr longer) {
      IpAddress candidate = free;
      if (found || candidate == null) {
        return;
      }
      if (candidate.compareTo(longer.network()) < 0) {
        found = true;
      } else {
        IpAddress last = longer.highest();
        free = last.equals(prefix.highest()) ? null : last.next();
      }
    }
  }

  /// Of each prefix an address that lies in no longer one: none where those have all of it, or
  /// where it is of a special kind.
  public static Map<Cidr, IpAddress> of(Collection<Cidr> prefixes) {
    TreeSet<Cidr> all = new TreeSet<>(prefixes);
    all.addAll(SPECIAL);
    Map<Cidr, IpAddress> samples = new LinkedHashMap<>();
    ArrayDeque<Open> open = new ArrayDeque<>();
    for (Cidr prefix : all) {
      while (!open.isEmpty() && !open.peek().prefix.contains(prefix)) {
        close(open.pop(), samples);
      }
      Open shorter = open.peek();
      if (shorter != null) {
        shorter.giveTo(prefix);
      }
      open.push(new Open(prefix));
    }
    while (!open.isEmpty()) {
      close(open.pop(), samples);
    }
    return samples;
  }

  private static void close(Open walked, Map<Cidr, IpAddress> samples) {
    IpAddress free = walked.free;
    if (free != null && SPECIAL.stream().noneMatch(each -> each.contains(walked.prefix))) {
      samples.put(walked.prefix, free);
    }
  }
}
