// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import hnv.wire.IpAddress;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// An IP address on a device of the host.
///
/// @param linkIndex the device
/// @param address the host's own address
/// @param prefixLength bits of the on-link network
public record InterfaceAddress(int linkIndex, IpAddress address, int prefixLength) {
  // struct ifaddrmsg and IFA_… of linux/if_addr.h.
  static final int FIXED_LENGTH = 8;
  private static final int PREFIX_LENGTH_AT = 1;
  private static final int INDEX_AT = 4;
  private static final int ADDRESS = 1;
  private static final int LOCAL = 2;

  static @Nullable InterfaceAddress parse(Reply reply) {
    if (!reply.hasFixed(FIXED_LENGTH)) {
      return null;
    }
    // On a point-to-point device ADDRESS is the other side's.
    MemorySegment local = reply.attribute(FIXED_LENGTH, LOCAL);
    IpAddress address =
        Reply.address(local != null ? local : reply.attribute(FIXED_LENGTH, ADDRESS));
    return address == null
        ? null
        : new InterfaceAddress(reply.fixed32(INDEX_AT), address, reply.fixed8(PREFIX_LENGTH_AT));
  }
}
