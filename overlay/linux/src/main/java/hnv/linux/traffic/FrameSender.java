// SPDX-License-Identifier: Apache-2.0
package hnv.linux.traffic;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Sends the same frames from a device, round and round, as fast as it is asked to: a packet socket
/// (packet(7)) past the queueing discipline, {@value #BATCH} frames to a system call. Opened in the
/// namespace of the calling thread; then owned by one thread, any.
public final class FrameSender implements AutoCloseable {
  /// Frames of one system call.
  public static final int BATCH = 64;

  /// Frames in a round at most.
  public static final int MAX_FRAMES = 65_536;

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW_CLOEXEC = 0x80003;
  private static final int SOL_PACKET = 263;
  private static final int PACKET_QDISC_BYPASS = 20;
  private static final int SOCKADDR_LL_LENGTH = 20;
  private static final int MMSGHDR_LENGTH = 64;
  private static final int MSG_IOV_AT = 16;
  private static final int MSG_IOVLEN_AT = 24;
  private static final int IOVEC_LENGTH = 16;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment errno = Libc.errnoBuffer(arena);
  private final MemorySegment messages;
  private final MemorySegment[] octets;
  private final int count;
  private final int fd;
  private int next;

  /// @param linkIndex the device that the frames leave by
  /// @param frames in this order, a multiple of {@link #BATCH}
  /// @throws LinuxException EPERM without CAP_NET_RAW
  public FrameSender(int linkIndex, List<byte[]> frames) throws LinuxException {
    count = frames.size();
    if (count == 0 || count % BATCH != 0 || count > MAX_FRAMES) {
      throw new IllegalArgumentException(
          "frames: a multiple of " + BATCH + " up to " + MAX_FRAMES + ", not " + count);
    }
    octets = new MemorySegment[count];
    messages = arena.allocate((long) count * MMSGHDR_LENGTH, 8);
    MemorySegment vectors = arena.allocate((long) count * IOVEC_LENGTH, 8);
    for (int i = 0; i < count; i++) {
      byte[] given = frames.get(i);
      MemorySegment frame = arena.allocate(given.length, 64);
      frame.copyFrom(MemorySegment.ofArray(given));
      octets[i] = frame;
      long vector = (long) i * IOVEC_LENGTH;
      vectors.set(JAVA_LONG, vector, frame.address());
      vectors.set(JAVA_LONG, vector + 8, given.length);
      long message = (long) i * MMSGHDR_LENGTH;
      messages.set(JAVA_LONG, message + MSG_IOV_AT, vectors.address() + vector);
      messages.set(JAVA_LONG, message + MSG_IOVLEN_AT, 1);
    }
    fd = open(linkIndex);
  }

  private int open(int linkIndex) throws LinuxException {
    String attempted = "open a packet socket on the device with index " + linkIndex;
    int socket = Libc.check(Libc.socket(errno, AF_PACKET, SOCK_RAW_CLOEXEC, 0), errno, attempted);
    try {
      MemorySegment one = arena.allocateFrom(JAVA_INT, 1);
      Libc.check(
          Libc.setsockopt(errno, socket, SOL_PACKET, PACKET_QDISC_BYPASS, one.address(), 4),
          errno,
          attempted);
      // Protocol 0: it sends and receives nothing.
      MemorySegment address = arena.allocate(SOCKADDR_LL_LENGTH, 4);
      address.set(JAVA_SHORT, 0, (short) AF_PACKET);
      address.set(JAVA_INT, 4, linkIndex);
      Libc.check(Libc.bind(errno, socket, address.address(), SOCKADDR_LL_LENGTH), errno, attempted);
      return socket;
    } catch (LinuxException e) {
      Libc.close(socket);
      throw e;
    }
  }

  /// A frame, to be changed between two calls of {@link #send}.
  ///
  /// @param index 0…frames − 1
  public MemorySegment frame(int index) {
    return octets[index];
  }

  /// Sends the next frames, up to the end of the batch. What the kernel did not take is sent by the
  /// next call.
  ///
  /// @return frames that the kernel took, 0…{@link #BATCH}: all of these, or all of those until one
  ///     for which there was no room
  /// @throws LinuxException where the device is down or gone
  public int send() throws LinuxException {
    int wanted = BATCH - next % BATCH;
    long from = messages.address() + (long) next * MMSGHDR_LENGTH;
    int sent = Libc.sendmmsg(errno, fd, from, wanted, 0);
    if (sent < 0) {
      int error = Libc.errno(errno);
      if (error == Errno.ENOBUFS || error == Errno.EAGAIN || error == Errno.EINTR) {
        return 0;
      }
      throw new LinuxException("send frames", error);
    }
    next += sent;
    if (next == count) {
      next = 0;
    }
    return sent;
  }

  @Override
  public void close() {
    Libc.close(fd);
    arena.close();
  }
}
