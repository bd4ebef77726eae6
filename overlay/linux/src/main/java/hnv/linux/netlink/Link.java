// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import hnv.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/// A network device as the kernel describes it (rtnetlink(7), `RTM_NEWLINK`).
///
/// @param index the device's number in this network namespace
/// @param name at most 15 octets
/// @param mtu octets of the largest IP packet that it carries
/// @param mac link layer address, or null where it is not of 6 octets
/// @param flags IFF_… of netdevice(7)
/// @param kind driver kind such as `veth`, `tun`, `vxlan`; empty for hardware
/// @param lowerIndex index of the device that this one sits on or is paired with, or 0; counted in
///     the peer's namespace where `peerNamespace` is set
/// @param peerNamespace this namespace's id for the one where the lower device is, or -1 for this
///     one
/// @param master index of the bridge or bond that owns it, or 0
/// @param xdp whether an XDP program is attached: it sees frames before anything else does
/// @param transmitDropped frames that were to leave by it and did not: of a TAP, those for which
///     its reader had no room
/// @param queueing its queueing discipline; {@value #NO_QUEUE} where frames leave at once
public record Link(
    int index,
    String name,
    int mtu,
    @Nullable MacAddress mac,
    int flags,
    OperationalState state,
    String kind,
    int lowerIndex,
    int peerNamespace,
    int master,
    boolean xdp,
    long transmitDropped,
    String queueing) {
  /// The queueing discipline of what has no queue, as a veth that nobody has given one.
  public static final String NO_QUEUE = "noqueue";

  static final int IFF_UP = 0x1;
  static final int IFF_NOARP = 0x80;
  static final int IFF_ALLMULTI = 0x200;
  static final int IFF_LOWER_UP = 0x10000;

  // struct ifinfomsg and IFLA_… of linux/if_link.h.
  static final int FIXED_LENGTH = 16;
  static final int INDEX_AT = 4;
  static final int FLAGS_AT = 8;
  static final int CHANGE_AT = 12;
  static final int NAME = 3;
  static final int MTU = 4;
  private static final int QUEUEING = 6;
  static final int QUEUE_LENGTH = 13;
  static final int ALIAS = 20;
  private static final int ADDRESS = 1;
  private static final int LOWER = 5;
  private static final int MASTER = 10;
  private static final int OPERATIONAL_STATE = 16;
  static final int LINK_INFO = 18;
  static final int LINK_INFO_KIND = 1;
  static final int LINK_INFO_DATA = 2;
  // struct rtnl_link_stats64.
  private static final int STATISTICS = 23;
  private static final int TRANSMIT_DROPPED_AT = 56;
  private static final int PEER_NAMESPACE = 37;
  static final int IN_NAMESPACE = 46; // IFLA_TARGET_NETNSID
  private static final int XDP = 43;
  private static final int XDP_ATTACHED = 2;

  /// RFC 2863 §6, ifOperStatus; the order is Linux's.
  public enum OperationalState {
    UNKNOWN,
    NOT_PRESENT,
    DOWN,
    LOWER_LAYER_DOWN,
    TESTING,
    DORMANT,
    UP
  }

  /// Switched on by the administrator.
  public boolean isUp() {
    return (flags & IFF_UP) != 0;
  }

  /// Switched on, and the carrier is there.
  public boolean carriesTraffic() {
    return isUp() && (flags & IFF_LOWER_UP) != 0;
  }

  /// The link of a message, or null where it does not describe one.
  static @Nullable Link parse(Reply reply) {
    if (!reply.hasFixed(FIXED_LENGTH)) {
      return null;
    }
    OperationalState[] states = OperationalState.values();
    int state = Reply.u8(reply.attribute(FIXED_LENGTH, OPERATIONAL_STATE), 0);
    return new Link(
        reply.fixed32(INDEX_AT),
        Reply.text(reply.attribute(FIXED_LENGTH, NAME)),
        Reply.u32(reply.attribute(FIXED_LENGTH, MTU), 0),
        Reply.mac(reply.attribute(FIXED_LENGTH, ADDRESS)),
        reply.fixed32(FLAGS_AT),
        state < states.length ? states[state] : OperationalState.UNKNOWN,
        Reply.text(Reply.nested(reply.attribute(FIXED_LENGTH, LINK_INFO), LINK_INFO_KIND)),
        Reply.u32(reply.attribute(FIXED_LENGTH, LOWER), 0),
        Reply.u32(reply.attribute(FIXED_LENGTH, PEER_NAMESPACE), -1),
        Reply.u32(reply.attribute(FIXED_LENGTH, MASTER), 0),
        Reply.u8(Reply.nested(reply.attribute(FIXED_LENGTH, XDP), XDP_ATTACHED), 0) != 0,
        Reply.u64(reply.attribute(FIXED_LENGTH, STATISTICS), TRANSMIT_DROPPED_AT),
        Reply.text(reply.attribute(FIXED_LENGTH, QUEUEING)));
  }
}
