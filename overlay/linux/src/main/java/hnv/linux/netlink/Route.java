// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How the host reaches a destination.
///
/// @param destination the address asked for, or the route's network; null for a default route
/// @param prefixLength bits of `destination` that count
/// @param kind what becomes of packets
/// @param gateway next router, or null where the destination is on link
/// @param linkIndex device that packets leave by, or 0
/// @param source the host's own address on such packets, or null
/// @param mtu path MTU that the host knows for it, or 0 for the device's
public record Route(
    @Nullable IpAddress destination,
    int prefixLength,
    Kind kind,
    @Nullable IpAddress gateway,
    int linkIndex,
    @Nullable IpAddress source,
    int mtu) {
  // struct rtmsg, RTA_… and RTAX_… of linux/rtnetlink.h.
  static final int FIXED_LENGTH = 12;
  static final int PREFIX_LENGTH_AT = 1;
  static final int DESTINATION = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int TYPE_AT = 7;
  private static final int OUT_INTERFACE = 4;
  private static final int GATEWAY = 5;
  private static final int PREFERRED_SOURCE = 7;
  private static final int METRICS = 8;
  private static final int METRIC_MTU = 2;
  private static final int MULTIPATH = 9;
  private static final int VIA = 18;
  private static final int NEXT_HOP_LENGTH = 8; // struct rtnexthop
  private static final int NEXT_HOP_INDEX_AT = 4;

  /// What becomes of packets that take a route.
  public enum Kind {
    /// Sent on.
    UNICAST,
    /// Delivered to the host.
    LOCAL,
    /// Dropped or refused: blackhole, unreachable, prohibit, and whatever else does not forward.
    REFUSED
  }

  /// The next hop on the link towards `target`: the gateway, or the target itself.
  public IpAddress nextHop(IpAddress target) {
    return gateway != null ? gateway : target;
  }

  /// The route of a message, or null where it does not describe one. Of several next hops the first
  /// counts: the flows of one destination stay together.
  static @Nullable Route parse(Reply reply) {
    if (!reply.hasFixed(FIXED_LENGTH)) {
      return null;
    }
    Kind kind =
        switch (reply.fixed8(TYPE_AT)) {
          case 1 -> Kind.UNICAST;
          case 2 -> Kind.LOCAL;
          default -> Kind.REFUSED;
        };
    IpAddress gateway =
        gateway(reply.attribute(FIXED_LENGTH, GATEWAY), reply.attribute(FIXED_LENGTH, VIA));
    int linkIndex = Reply.u32(reply.attribute(FIXED_LENGTH, OUT_INTERFACE), 0);
    MemorySegment several = reply.attribute(FIXED_LENGTH, MULTIPATH);
    if (several != null && several.byteSize() >= NEXT_HOP_LENGTH) {
      linkIndex = Reply.u32(several.asSlice(NEXT_HOP_INDEX_AT), 0);
      MemorySegment attributes = several.asSlice(NEXT_HOP_LENGTH);
      gateway = gateway(Reply.nested(attributes, GATEWAY), Reply.nested(attributes, VIA));
    }
    return new Route(
        Reply.address(reply.attribute(FIXED_LENGTH, DESTINATION)),
        reply.fixed8(PREFIX_LENGTH_AT),
        kind,
        gateway,
        linkIndex,
        Reply.address(reply.attribute(FIXED_LENGTH, PREFERRED_SOURCE)),
        Reply.u32(Reply.nested(reply.attribute(FIXED_LENGTH, METRICS), METRIC_MTU), 0));
  }

  /// The destination of a message about a route or a rule, which have the same place for it; empty
  /// for what is of another family than IP.
  static Optional<Cidr> prefix(Reply reply) {
    if (!reply.hasFixed(FIXED_LENGTH)) {
      return Optional.empty();
    }
    IpAddress any =
        switch (reply.fixed8(0)) {
          case AF_INET -> new Ipv4Address(0);
          case AF_INET6 -> new Ipv6Address(0, 0);
          default -> null;
        };
    IpAddress said = Reply.address(reply.attribute(FIXED_LENGTH, DESTINATION));
    int length = reply.fixed8(PREFIX_LENGTH_AT);
    return any == null || length > any.width() || (said != null && said.width() != any.width())
        ? Optional.empty()
        : Optional.of(Cidr.containing(said == null ? any : said, length));
  }

  /// `via` names a gateway of another family: its family, then its address.
  private static @Nullable IpAddress gateway(
      @Nullable MemorySegment gateway, @Nullable MemorySegment via) {
    if (gateway != null) {
      return Reply.address(gateway);
    }
    return via == null || via.byteSize() < 2 ? null : Reply.address(via.asSlice(2));
  }
}
