// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What a frame meets on its way from one end of a veth pair to the other.
public final class VethPair {
  private static final String KIND = "veth";

  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 0x80002;

  // linux/sockios.h, struct ifreq of linux/if.h, struct ethtool_value of linux/ethtool.h.
  private static final long SIOCETHTOOL = 0x8946;
  private static final int REQUEST_LENGTH = 40;
  private static final int POINTER_AT = 16;
  private static final int ETHTOOL_GTXCSUM = 0x16;
  private static final int ETHTOOL_GTSO = 0x1E;

  private VethPair() {}

  /// Whether the other end is in another namespace of this machine.
  public static boolean leavesNamespace(Link link) {
    return link.kind().equals(KIND) && link.peerNamespace() >= 0;
  }

  /// Whether a frame that is put in at the other end, in another namespace, is the one that would
  /// have come there: this end has no queue, the kernel neither completes a checksum nor cuts a
  /// super-frame for it, and there is no XDP program at the other end, which would not see it.
  ///
  /// @return false as well where that cannot be told
  public static boolean isTransparent(HostNetwork network, Link link) {
    if (!leavesNamespace(link) || !link.queueing().equals(Link.NO_QUEUE)) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      return network.peer(link).filter(peer -> !peer.xdp()).isPresent() && takesAll(arena, link);
    } catch (LinuxException e) {
      return false;
    }
  }

  /// Whether the device takes unfinished checksums and super-frames, as far as the kernel knows.
  private static boolean takesAll(Arena arena, Link link) throws LinuxException {
    MemorySegment errno = Libc.errnoBuffer(arena);
    String attempted = "ask for the offloads of " + link.name();
    int socket = Libc.check(Libc.socket(errno, AF_INET, SOCK_DGRAM_CLOEXEC, 0), errno, attempted);
    try {
      MemorySegment request = arena.allocate(REQUEST_LENGTH, 8);
      MemorySegment value = arena.allocate(2L * Integer.BYTES, 8);
      request.setString(0, link.name());
      request.set(JAVA_LONG, POINTER_AT, value.address());
      boolean all = true;
      for (int question : new int[] {ETHTOOL_GTXCSUM, ETHTOOL_GTSO}) {
        value.set(JAVA_INT, 0, question);
        Libc.check(Libc.ioctl(errno, socket, SIOCETHTOOL, request.address()), errno, attempted);
        all &= value.get(JAVA_INT, Integer.BYTES) != 0;
      }
      return all;
    } finally {
      Libc.close(socket);
    }
  }
}
