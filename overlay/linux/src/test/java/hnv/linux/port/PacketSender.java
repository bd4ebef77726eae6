// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hnv.linux.Lab;
import hnv.linux.libc.Libc;
import hnv.linux.netlink.HostNetwork;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/// Puts octets on a wire as they are, by a packet socket.
final class PacketSender {
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;

  private PacketSender() {}

  /// Sends one frame.
  ///
  /// @param hex the octets, spaces allowed
  static void send(Lab lab, String namespace, String device, String hex) throws Exception {
    byte[] octets = HexFormat.of().parseHex(hex.replace(" ", ""));
    lab.in(
        namespace,
        () -> {
          try (HostNetwork network = HostNetwork.open();
              Arena arena = Arena.ofConfined()) {
            MemorySegment errno = Libc.errnoBuffer(arena);
            int fd = Libc.check(Libc.socket(errno, AF_PACKET, SOCK_RAW, 0), errno, "socket");
            MemorySegment address = arena.allocate(20, 4);
            address.set(JAVA_SHORT, 0, (short) AF_PACKET);
            address.set(JAVA_INT, 4, network.link(device).orElseThrow().index());
            Libc.check(Libc.bind(errno, fd, address.address(), 20), errno, "bind");
            MemorySegment frame = arena.allocate(octets.length);
            frame.copyFrom(MemorySegment.ofArray(octets));
            Libc.check(Libc.send(errno, fd, frame.address(), octets.length, 0), errno, "send");
            Libc.close(fd);
            return null;
          }
        });
  }
}
