// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The host's network as it is now: asks and changes, by rtnetlink(7), in the network namespace of
/// the thread that opened it. Any thread; one request at a time.
public final class HostNetwork implements AutoCloseable {
  // RTM_… of linux/rtnetlink.h.
  static final int NEW_LINK = 16;
  static final int DELETE_LINK = 17;
  private static final int GET_LINK = 18;
  static final int NEW_ADDRESS = 20;
  static final int DELETE_ADDRESS = 21;
  private static final int GET_ADDRESS = 22;
  static final int NEW_ROUTE = 24;
  static final int DELETE_ROUTE = 25;
  private static final int GET_ROUTE = 26;
  static final int NEW_NEIGHBOR = 28;
  static final int DELETE_NEIGHBOR = 29;
  private static final int GET_NEIGHBOR = 30;
  static final int NEW_RULE = 32;
  static final int DELETE_RULE = 33;
  private static final int GET_RULE = 34;

  // IFLA_VXLAN_… of linux/if_link.h.
  private static final int VXLAN_LEARNING = 7;
  private static final int VXLAN_PORT = 15;
  private static final int VXLAN_COLLECT_METADATA = 25;

  /// What the kernel says where it has no route, or one of the kinds unreachable, blackhole and
  /// prohibit.
  private static final Set<Integer> NO_ROUTE =
      Set.of(Errno.ENETUNREACH, Errno.EHOSTUNREACH, Errno.EINVAL, Errno.EACCES);

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private final NetlinkSocket socket;
  private final TrafficControl trafficControl;

  private HostNetwork(NetlinkSocket socket) {
    this.socket = socket;
    this.trafficControl = new TrafficControl(socket);
  }

  /// A client of this thread's network namespace; needs no privilege until something is changed.
  public static HostNetwork open() throws LinuxException {
    return new HostNetwork(NetlinkSocket.open());
  }

  /// Programs at the clsact hooks of devices.
  public TrafficControl trafficControl() {
    return trafficControl;
  }

  /// All devices.
  public List<Link> links() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request = new Request(arena, GET_LINK, Request.DUMP, Link.FIXED_LENGTH);
      return all(request, "list the devices", NEW_LINK, Link::parse);
    }
  }

  /// The device of this name, if there is one.
  public Optional<Link> link(String name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, GET_LINK, Request.ACK, Link.FIXED_LENGTH).putText(Link.NAME, name);
      return one(request, "look up the device " + name, NEW_LINK, Link::parse);
    }
  }

  /// The device with this index, if there is one.
  public Optional<Link> link(int index) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, GET_LINK, Request.ACK, Link.FIXED_LENGTH)
              .fixed32(Link.INDEX_AT, index);
      return one(request, "look up the device with index " + index, NEW_LINK, Link::parse);
    }
  }

  /// The other end of a veth pair, where that is in another namespace; as it is known there.
  ///
  /// @throws LinuxException EPERM without the right to look into that namespace
  Optional<Link> peer(Link link) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, GET_LINK, Request.ACK, Link.FIXED_LENGTH)
              .fixed32(Link.INDEX_AT, link.lowerIndex())
              .put32(Link.IN_NAMESPACE, link.peerNamespace());
      return one(request, "look up the other end of " + link.name(), NEW_LINK, Link::parse);
    }
  }

  /// All addresses of the host.
  public List<InterfaceAddress> addresses() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, GET_ADDRESS, Request.DUMP, InterfaceAddress.FIXED_LENGTH);
      return all(request, "list the addresses", NEW_ADDRESS, InterfaceAddress::parse);
    }
  }

  /// The route that a packet to this address takes, if the host has one.
  public Optional<Route> routeTo(IpAddress destination) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, GET_ROUTE, Request.ACK, Route.FIXED_LENGTH)
              .fixed8(0, family(destination))
              .fixed8(Route.PREFIX_LENGTH_AT, destination.width())
              .putAddress(Route.DESTINATION, destination);
      return one(request, "look up the route to " + destination, NEW_ROUTE, Route::parse);
    } catch (LinuxException e) {
      if (NO_ROUTE.contains(e.errno())) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// The prefixes that routes of any table, or rules, tell apart: to all addresses that lie in the
  /// same of them, and in none that is longer, {@link #routeTo} says the same. The shortest first.
  ///
  /// @param most of how many at most; the longest are left out
  public SequencedSet<Cidr> routedPrefixes(int most) throws LinuxException {
    NavigableSet<Cidr> prefixes =
        new TreeSet<>(
            Comparator.comparingInt(Cidr::prefixLength).thenComparing(Comparator.naturalOrder()));
    try (Arena arena = Arena.ofConfined()) {
      collect(new Request(arena, GET_ROUTE, Request.DUMP, Route.FIXED_LENGTH), prefixes, most);
    }
    try (Arena arena = Arena.ofConfined()) {
      collect(new Request(arena, GET_RULE, Request.DUMP, Route.FIXED_LENGTH), prefixes, most);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EOPNOTSUPP) {
        throw e; // One table alone, and no rules.
      }
    }
    return prefixes;
  }

  private void collect(Request request, NavigableSet<Cidr> prefixes, int most)
      throws LinuxException {
    socket.request(
        request,
        "list the routes",
        reply -> {
          if (reply.type() == NEW_ROUTE || reply.type() == NEW_RULE) {
            Route.prefix(reply).ifPresent(prefixes::add);
            if (prefixes.size() > most) {
              prefixes.removeLast();
            }
          }
        });
  }

  /// All neighbours that the host knows or looks for.
  public List<Neighbor> neighbors() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request = new Request(arena, GET_NEIGHBOR, Request.DUMP, Neighbor.FIXED_LENGTH);
      return all(request, "list the neighbours", NEW_NEIGHBOR, Neighbor::parse);
    }
  }

  /// What the host knows of a neighbour.
  public Optional<Neighbor> neighbor(int linkIndex, IpAddress address) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, GET_NEIGHBOR, Request.ACK, Neighbor.FIXED_LENGTH)
              .fixed8(0, family(address))
              .fixed32(Neighbor.INDEX_AT, linkIndex)
              .putAddress(Neighbor.DESTINATION, address);
      return one(request, "look up the neighbour " + address, NEW_NEIGHBOR, Neighbor::parse);
    }
  }

  /// Has the kernel resolve a neighbour, at once, and where it can (Linux 5.16) keep it fresh by
  /// itself for as long as the entry stays. A permanent entry is left as it is.
  ///
  /// @return whether the kernel keeps it fresh; if not, call again before it goes stale
  public boolean resolve(int linkIndex, IpAddress address) throws LinuxException {
    Optional<Neighbor> known = neighbor(linkIndex, address);
    if (known.isPresent() && known.get().isPermanent()) {
      return true;
    }
    try {
      resolve(linkIndex, address, true);
      return true;
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL && e.errno() != Errno.EOPNOTSUPP) {
        throw e;
      }
      resolve(linkIndex, address, false);
      return false;
    }
  }

  /// Has the kernel resolve a neighbour now, or ask anew whether one that it knows is still there,
  /// as a packet of the host would have it. Nothing is kept fresh. A permanent entry is left as it
  /// is.
  public void ask(int linkIndex, IpAddress address) throws LinuxException {
    Optional<Neighbor> known = neighbor(linkIndex, address);
    if (known.isEmpty() || !known.get().isPermanent()) {
      resolve(linkIndex, address, false);
    }
  }

  private void resolve(int linkIndex, IpAddress address, boolean managed) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(
                  arena,
                  NEW_NEIGHBOR,
                  Request.ACK | Request.CREATE | Request.REPLACE,
                  Neighbor.FIXED_LENGTH)
              .fixed8(0, family(address))
              .fixed32(Neighbor.INDEX_AT, linkIndex)
              .fixed8(Neighbor.FLAGS_AT, managed ? 0 : Neighbor.USE)
              .putAddress(Neighbor.DESTINATION, address);
      if (managed) {
        request.put32(Neighbor.EXTENDED_FLAGS, Neighbor.EXTENDED_MANAGED);
      }
      send(request, "resolve the neighbour " + address);
    }
  }

  /// Makes a VXLAN device that leaves the tunnel's facts to whoever sends by it (`external`); it is
  /// down. Its port is opened when it is switched on.
  ///
  /// @throws LinuxException EOPNOTSUPP where the kernel has no VXLAN, EEXIST where there is such a
  ///     device for this port or of this name
  public void addVxlan(String name, int udpPort) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(
                  arena,
                  NEW_LINK,
                  Request.ACK | Request.CREATE | Request.EXCLUSIVE,
                  Link.FIXED_LENGTH)
              .putText(Link.NAME, name)
              .beginNest(Link.LINK_INFO)
              .putText(Link.LINK_INFO_KIND, "vxlan")
              .beginNest(Link.LINK_INFO_DATA)
              .put8(VXLAN_COLLECT_METADATA, 1)
              .put8(VXLAN_LEARNING, 0)
              .putNetwork16(VXLAN_PORT, udpPort)
              .endNest()
              .endNest();
      send(request, "make the VXLAN device " + name);
    }
  }

  /// Removes a device.
  public void remove(int linkIndex) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, DELETE_LINK, Request.ACK, Link.FIXED_LENGTH)
              .fixed32(Link.INDEX_AT, linkIndex);
      send(request, "remove the device with index " + linkIndex);
    }
  }

  /// Switches a device on or off.
  public void setUp(int linkIndex, boolean up) throws LinuxException {
    setFlag(linkIndex, Link.IFF_UP, up, "switch on or off");
  }

  /// Has the host neither ask nor answer ARP on a device.
  public void setNoArp(int linkIndex, boolean noArp) throws LinuxException {
    setFlag(linkIndex, Link.IFF_NOARP, noArp, "set ARP of");
  }

  /// Has a device hand on what is sent to any group, not only to those that the host has joined.
  public void setAllGroups(int linkIndex, boolean all) throws LinuxException {
    setFlag(linkIndex, Link.IFF_ALLMULTI, all, "set the groups of");
  }

  private void setFlag(int linkIndex, int flag, boolean on, String what) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, NEW_LINK, Request.ACK, Link.FIXED_LENGTH)
              .fixed32(Link.INDEX_AT, linkIndex)
              .fixed32(Link.FLAGS_AT, on ? flag : 0)
              .fixed32(Link.CHANGE_AT, flag);
      send(request, what + " the device with index " + linkIndex);
    }
  }

  /// Sets the MTU of a device.
  ///
  /// @param mtu octets of the largest IP packet
  public void setMtu(int linkIndex, int mtu) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, NEW_LINK, Request.ACK, Link.FIXED_LENGTH)
              .fixed32(Link.INDEX_AT, linkIndex)
              .put32(Link.MTU, mtu);
      send(request, "set the MTU of the device with index " + linkIndex + " to " + mtu);
    }
  }

  /// Sets how many frames wait at a device to leave by it: of a TAP, to be read.
  public void setQueueLength(int linkIndex, int frames) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, NEW_LINK, Request.ACK, Link.FIXED_LENGTH)
              .fixed32(Link.INDEX_AT, linkIndex)
              .put32(Link.QUEUE_LENGTH, frames);
      send(request, "set the queue of the device with index " + linkIndex + " to " + frames);
    }
  }

  /// Gives a device a description that `ip link` shows.
  public void setAlias(int linkIndex, String alias) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          new Request(arena, NEW_LINK, Request.ACK, Link.FIXED_LENGTH)
              .fixed32(Link.INDEX_AT, linkIndex)
              .putText(Link.ALIAS, alias);
      send(request, "describe the device with index " + linkIndex);
    }
  }

  private static int family(IpAddress address) {
    return address instanceof Ipv4Address ? AF_INET : AF_INET6;
  }

  private void send(Request request, String attempted) throws LinuxException {
    socket.request(request, attempted, reply -> {});
  }

  private <T> List<T> all(
      Request request, String attempted, int type, Function<Reply, @Nullable T> parse)
      throws LinuxException {
    List<T> result = new ArrayList<>();
    socket.request(
        request,
        attempted,
        reply -> {
          T parsed = reply.type() == type ? parse.apply(reply) : null;
          if (parsed != null) {
            result.add(parsed);
          }
        });
    return result;
  }

  /// The first reply; none where the kernel says that there is no such object.
  private <T> Optional<T> one(
      Request request, String attempted, int type, Function<Reply, @Nullable T> parse)
      throws LinuxException {
    try {
      return all(request, attempted, type, parse).stream().findFirst();
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENODEV || e.errno() == Errno.ENOENT) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
