// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.FramePool;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import hnv.linux.netlink.HostNetwork;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where copies of a watched port's frames go ({@link
/// hnv.linux.offload.KernelExecutor#startCapture}): a TAP that holds some hundred frames until they
/// are read, and loses, counted, what comes meanwhile. Super-frames come whole, partial checksums
/// as they are. The device goes with the process. One thread.
public final class CaptureTap implements AutoCloseable {
  private static final int MAX_FRAME = 65_536;

  /// Of a line of `/proc/net/dev`, behind the name.
  private static final int TRANSMIT_DROPPED = 11;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment errno = Libc.errnoBuffer(arena);
  private final MemorySegment buffer = arena.allocate(Tap.HEADER_LENGTH + MAX_FRAME, 8);
  private final Tap tap;
  private int index;

  private CaptureTap(Tap tap) {
    this.tap = tap;
  }

  /// Makes the device in the namespace of the calling thread and switches it on.
  ///
  /// @param name at most 15 octets
  /// @param alias what an administrator reads of it
  /// @throws LinuxException EPERM without CAP_NET_ADMIN, EBUSY where a device has the name
  public static CaptureTap open(String name, String alias) throws LinuxException {
    CaptureTap made = new CaptureTap(Tap.open(name, new FramePool(1)));
    try (HostNetwork network = HostNetwork.open()) {
      made.index =
          network
              .link(name)
              .orElseThrow(() -> new LinuxException("find the device " + name, Errno.ENODEV))
              .index();
      PortGuard.setIpv6Disabled(name, true);
      network.setNoArp(made.index, true);
      network.setMtu(made.index, Tap.MAX_MTU);
      network.setAlias(made.index, alias);
      network.setUp(made.index, true);
      return made;
    } catch (LinuxException e) {
      made.close();
      throw e;
    }
  }

  /// Index of the device.
  public int index() {
    return index;
  }

  /// The next frame that waits, or null. Its memory is used again by the next call.
  public @Nullable MemorySegment read() {
    long octets = Libc.read(errno, tap.fd, buffer.address(), buffer.byteSize());
    return octets <= Tap.HEADER_LENGTH
        ? null
        : buffer.asSlice(Tap.HEADER_LENGTH, octets - Tap.HEADER_LENGTH);
  }

  /// Frames that came while there was no room.
  public long lost() throws LinuxException {
    Path file = Path.of("/proc/thread-self/net/dev");
    try {
      for (String line : Files.readAllLines(file)) {
        String text = line.strip();
        if (text.startsWith(tap.name() + ":")) {
          List<String> numbers =
              List.of(text.substring(tap.name().length() + 1).strip().split(" +", -1));
          return Long.parseLong(numbers.get(TRANSMIT_DROPPED));
        }
      }
    } catch (IOException e) {
      throw new LinuxException("read " + file, Errno.EIO, String.valueOf(e.getMessage()));
    }
    throw new LinuxException("read the counters of " + tap.name(), Errno.ENODEV);
  }

  @Override
  public void close() {
    tap.close();
    arena.close();
  }
}
