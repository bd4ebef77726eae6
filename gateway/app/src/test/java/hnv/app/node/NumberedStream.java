// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// UDP packets from one machine to another, each with its number and the time when it was sent, and
/// what arrived of them. Both ends in this process, so that they have one clock.
final class NumberedStream implements AutoCloseable {
  static final int LENGTH = 64;
  private static final int NUMBERS = 1 << 24;
  private static final int BUFFER = 8 << 20;

  private final DatagramChannel from;
  private final DatagramChannel to;
  private final CompletableFuture<Void> receiver;
  private final BitSet seen = new BitSet();
  private volatile CompletableFuture<Void> sender = CompletableFuture.completedFuture(null);
  private volatile boolean sending;
  private final Namespaces namespaces;
  private final String receiverIn;
  private final int receiverPort;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong twice = new AtomicLong();
  private final AtomicLong late = new AtomicLong();
  private volatile long maxLateness;
  private volatile long newestStamp = Long.MIN_VALUE;

  /// @param port UDP port of the receiver, and the sender's
  NumberedStream(
      Namespaces namespaces, String fromMachine, String toMachine, String address, int port)
      throws Exception {
    this.namespaces = namespaces;
    receiverIn = toMachine;
    receiverPort = port;
    to =
        namespaces.in(
            toMachine,
            () ->
                DatagramChannel.open()
                    .setOption(StandardSocketOptions.SO_RCVBUF, BUFFER)
                    .bind(new InetSocketAddress(port)));
    from =
        namespaces.in(
            fromMachine,
            () ->
                DatagramChannel.open()
                    .bind(new InetSocketAddress(port))
                    .connect(new InetSocketAddress(address, port)));
    receiver = namespaces.begin(toMachine, this::receive);
  }

  /// Packets that the receiver's own socket had no room for, since the machine had no time for it:
  /// they had arrived.
  long refusedBySocket() throws Exception {
    return namespaces.in(
        receiverIn,
        () ->
            Files.readAllLines(Path.of("/proc/thread-self/net/udp")).stream()
                .map(line -> line.strip().split("\\s+", -1))
                .filter(cells -> cells[1].endsWith(":%04X".formatted(receiverPort)))
                .mapToLong(cells -> Long.parseLong(cells[cells.length - 1]))
                .sum());
  }

  private Void receive() throws IOException {
    ByteBuffer packet = ByteBuffer.allocateDirect(LENGTH);
    long expected = 0;
    try {
      while (true) {
        to.receive(packet.clear());
        int number = (int) packet.getLong(0);
        twice.addAndGet(seen.get(number) ? 1 : 0);
        seen.set(number);
        if (number < expected) {
          late.incrementAndGet();
          maxLateness = Math.max(maxLateness, expected - number);
        }
        expected = Math.max(expected, number + 1);
        newestStamp = Math.max(newestStamp, packet.getLong(8));
        received.incrementAndGet();
      }
    } catch (ClosedChannelException e) {
      return null;
    }
  }

  /// Sends in the background until {@link #stop}.
  ///
  /// @param perSecond 0: as fast as it goes
  NumberedStream start(int perSecond) {
    sending = true;
    sender = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                send(perSecond, Long.MAX_VALUE);
                sender.complete(null);
              } catch (IOException | RuntimeException e) {
                sender.completeExceptionally(e);
              }
            });
    return this;
  }

  /// Sends so many in the calling thread.
  void sendNow(int perSecond, long count) throws IOException {
    sending = true;
    send(perSecond, count);
  }

  private void send(int perSecond, long count) throws IOException {
    ByteBuffer packet = ByteBuffer.allocateDirect(LENGTH);
    long begin = System.nanoTime();
    for (long i = 0; sending && i < count && sent.get() < NUMBERS; i++) {
      if (perSecond > 0) {
        long due = begin + i * 1_000_000_000L / perSecond;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
      }
      packet.clear().putLong(0, sent.get()).putLong(8, System.nanoTime());
      try {
        from.write(packet);
        sent.incrementAndGet();
      } catch (PortUnreachableException e) {
        // Of an earlier one.
      }
    }
  }

  void stop() {
    sending = false;
    sender.orTimeout(20, TimeUnit.SECONDS).join();
  }

  long sent() {
    return sent.get();
  }

  long received() {
    return received.get();
  }

  long twice() {
    return twice.get();
  }

  /// Packets that arrived behind one with a greater number.
  long late() {
    return late.get();
  }

  /// By how many numbers at most.
  long maxLateness() {
    return maxLateness;
  }

  /// When the newest that has arrived was sent, {@link System#nanoTime}.
  long newestStamp() {
    return newestStamp;
  }

  @Override
  public void close() throws IOException {
    sending = false;
    from.close();
    to.close();
    receiver.orTimeout(20, TimeUnit.SECONDS).join();
  }
}
