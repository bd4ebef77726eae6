// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Says to all neighbours where our addresses are, some times each, so many a second. Owned by a
/// {@link NeighborTable}.
final class Announcements {
  /// RFC 4861 §10, MAX_NEIGHBOR_ADVERTISEMENT; RFC 5227 §1.1 asks for two.
  static final int TIMES = 3;

  static final long INTERVAL_NS = 1_000_000_000L;

  /// Announcements in one {@link NeighborTable#TICK_NS}.
  static final int PER_TICK = 20;

  /// Addresses of one link that are announced at most; all are answered for.
  static final int MAX_ADDRESSES = 1_024;

  /// Announcements that may wait.
  static final int MAX_WAITING = 16_384;

  private final FramePool pool;
  private final NeighborOutlet outlet;

  /// In the order of their times: what is repeated is put behind.
  private final ArrayDeque<Announcement> waiting = new ArrayDeque<>();

  private record Announcement(OutsideLink link, IpAddress address, int times, long atNs) {}

  Announcements(FramePool pool, NeighborOutlet outlet) {
    this.pool = pool;
    this.outlet = outlet;
  }

  /// Announces what a link has and had not before.
  ///
  /// @param before null: nothing
  void announce(OutsideLink link, @Nullable OutsideLink before, long nowNs) {
    Set<IpAddress> known = before == null ? Set.of() : addressesOf(before);
    if (before != null) {
      waiting.removeIf(a -> a.link().port() == link.port() && !isOurs(link, a.address()));
    }
    for (IpAddress address : addressesOf(link)) {
      if (!known.contains(address) && waiting.size() < MAX_WAITING) {
        waiting.addFirst(new Announcement(link, address, TIMES, nowNs));
      }
    }
  }

  /// Says no more by this port.
  void stop(int port) {
    waiting.removeIf(a -> a.link().port() == port);
  }

  /// Says once, now, that an address is ours.
  void defend(OutsideLink link, IpAddress address) {
    send(link, address);
  }

  private static boolean isOurs(OutsideLink link, IpAddress address) {
    return link.isOwn(address) || link.publicAddresses().contains(address);
  }

  private static Set<IpAddress> addressesOf(OutsideLink link) {
    Set<IpAddress> addresses = new LinkedHashSet<>();
    for (InterfaceAddress own : link.own()) {
      addresses.add(own.address());
    }
    if (link.asking() == OutsideLink.Asking.GATEWAY) {
      addresses.add(link.linkLocal());
    }
    for (AddressRanges.Range range : link.publicAddresses().ranges()) {
      if (isPrefix(range)) {
        continue;
      }
      IpAddress next = range.first();
      while (addresses.size() < MAX_ADDRESSES && next.compareTo(range.last()) <= 0) {
        addresses.add(next);
        if (next.equals(range.last())) {
          break;
        }
        next = next.next();
      }
    }
    return addresses;
  }

  /// Whether it is a translated IPv6 prefix: its addresses are answered for, and never announced.
  private static boolean isPrefix(AddressRanges.Range range) {
    return range.first() instanceof Ipv6Address first
        && range.last() instanceof Ipv6Address last
        && first.low() == 0
        && last.low() == -1;
  }

  /// Sends what is due.
  ///
  /// @return announcements sent
  int housekeep(long nowNs) {
    int sent = 0;
    while (sent < PER_TICK) {
      Announcement first = waiting.peek();
      if (first == null || first.atNs() > nowNs) {
        break;
      }
      waiting.remove();
      send(first.link(), first.address());
      sent++;
      if (first.times() > 1) {
        waiting.add(
            new Announcement(
                first.link(), first.address(), first.times() - 1, nowNs + INTERVAL_NS));
      }
    }
    return sent;
  }

  private void send(OutsideLink link, IpAddress address) {
    Frame frame = pool.acquire();
    if (frame != null) {
      NeighborFrames.writeAnnouncement(frame, link.mac().bits(), address);
      frame.setIngressPort(link.port());
      outlet.emit(frame, link.port());
    }
  }
}
