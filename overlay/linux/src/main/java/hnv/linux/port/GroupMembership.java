// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Has a device hand on what is sent to any group, for as long as this is open: by a packet socket
/// that gets nothing. The kernel counts who wants it, so the device is as it was when this process
/// has ended in any way. Any thread.
final class GroupMembership implements AutoCloseable {
  // packet(7), linux/if_packet.h.
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW_CLOEXEC = 0x80003;
  private static final int SOL_PACKET = 263;
  private static final int PACKET_ADD_MEMBERSHIP = 1;
  private static final int PACKET_MR_ALLMULTI = 2;
  private static final int MEMBERSHIP_LENGTH = 16;

  private final int fd;

  private GroupMembership(int fd) {
    this.fd = fd;
  }

  /// @throws LinuxException EPERM without CAP_NET_RAW
  static GroupMembership open(int linkIndex) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Libc.errnoBuffer(arena);
      String attempted = "hear all groups by the device with index " + linkIndex;
      int fd = Libc.check(Libc.socket(errno, AF_PACKET, SOCK_RAW_CLOEXEC, 0), errno, attempted);
      MemorySegment all = arena.allocate(MEMBERSHIP_LENGTH, 4);
      all.set(JAVA_INT, 0, linkIndex);
      all.set(JAVA_SHORT, 4, (short) PACKET_MR_ALLMULTI);
      try {
        Libc.check(
            Libc.setsockopt(
                errno, fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, all.address(), MEMBERSHIP_LENGTH),
            errno,
            attempted);
        return new GroupMembership(fd);
      } catch (LinuxException e) {
        Libc.close(fd);
        throw e;
      }
    }
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
