// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/// An entry of the host's neighbour table: ARP for IPv4, neighbour discovery for IPv6.
///
/// @param linkIndex the device
/// @param mac link layer address, or null while it is not known
/// @param state NUD_… bits of rtnetlink(7)
public record Neighbor(int linkIndex, IpAddress address, @Nullable MacAddress mac, int state) {
  static final int PERMANENT = 0x80;
  private static final int REACHABLE = 0x02;
  private static final int STALE = 0x04;
  private static final int DELAY = 0x08;
  private static final int PROBE = 0x10;
  private static final int FAILED = 0x20;
  private static final int NO_ARP = 0x40;
  private static final int VALID = REACHABLE | STALE | DELAY | PROBE | NO_ARP | PERMANENT;

  // struct ndmsg and NDA_… of linux/neighbour.h.
  static final int FIXED_LENGTH = 12;
  static final int INDEX_AT = 4;
  static final int STATE_AT = 8;
  static final int FLAGS_AT = 10;
  static final int DESTINATION = 1;
  static final int LINK_LAYER_ADDRESS = 2;
  static final int EXTENDED_FLAGS = 15;
  static final int USE = 0x01;
  static final int EXTENDED_MANAGED = 0x01;

  /// Packets may be sent to {@link #mac} now; what is stale is still right until proved wrong.
  public boolean isUsable() {
    return mac != null && (state & VALID) != 0;
  }

  /// It was asked for and did not answer.
  public boolean hasFailed() {
    return (state & FAILED) != 0;
  }

  /// Set by the administrator: never resolved, never ages.
  public boolean isPermanent() {
    return (state & (PERMANENT | NO_ARP)) != 0;
  }

  static @Nullable Neighbor parse(Reply reply) {
    if (!reply.hasFixed(FIXED_LENGTH)) {
      return null;
    }
    IpAddress address = Reply.address(reply.attribute(FIXED_LENGTH, DESTINATION));
    return address == null
        ? null
        : new Neighbor(
            reply.fixed32(INDEX_AT),
            address,
            Reply.mac(reply.attribute(FIXED_LENGTH, LINK_LAYER_ADDRESS)),
            reply.fixed16(STATE_AT));
  }
}
