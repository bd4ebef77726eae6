// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A limit holds within 5 %, whoever forwards: it is one bucket that Java and the kernel draw from.
/// What is measured is what a machine got on its adapter in so much time, so a busy machine that
/// sends less than the limit makes no test: the sender must have been refused something.
@Tag("netns")
final class MetersTest {
  private static final int LENGTH = 1_200;
  private static final int FRAGMENTED_LENGTH = 2_400;
  private static final int TRIES = 5;
  private static final double TOLERANCE = 0.05;
  private static final long WARM_UP_MS = 300;
  private static final long MEASURE_MS = 700;
  private static final double BUCKET_MS = 100;

  @TempDir private Path folder;

  @Test
  void limitsDatagramsAndStreams() throws Exception {
    PolicyText policy = PolicyText.over("VXLAN");
    try (TwoHosts hosts = new TwoHosts(folder, policy)) {
      hosts.change("host1", policy.limiting(50, 0));
      limits(hosts, 50);
      hosts.change("host1", policy);
      hosts.change("host2", policy.limiting(0, 200));
      limits(hosts, 200);
      hosts.requireWell();
    }
  }

  private static void limits(TwoHosts hosts, int limit) throws Exception {
    limitsDatagrams(hosts, limit, 1, 0);
    limitsDatagrams(hosts, limit, 3, 1);
    limitsStream(hosts, limit);
  }

  /// @param flows that share the meter
  /// @param inJava of them, because their packets are fragmented
  private static void limitsDatagrams(TwoHosts hosts, int limit, int flows, int inJava)
      throws Exception {
    List<DatagramChannel> channels = new ArrayList<>();
    List<DatagramChannel> receivers = new ArrayList<>();
    for (int i = 0; i < flows; i++) {
      int port = 7100 + i;
      receivers.add(
          hosts.namespaces.in(
              "red2", () -> DatagramChannel.open().bind(new InetSocketAddress(port))));
      channels.add(
          hosts.namespaces.in(
              "red1",
              () ->
                  DatagramChannel.open()
                      .bind(new InetSocketAddress(port))
                      .connect(new InetSocketAddress(TwoHosts.SECOND, port))));
    }
    AtomicBoolean ended = new AtomicBoolean();
    Thread flood =
        Thread.ofPlatform().daemon().start(() -> flood(channels, inJava, 2 * limit, ended));
    try {
      TimeUnit.MILLISECONDS.sleep(WARM_UP_MS);
      Rates rates = rates(hosts, "red1", "red2");
      for (int i = 0; i < TRIES && !isWithin(limit, rates); i++) {
        rates = rates(hosts, "red1", "red2");
      }
      assumeTrue(rates.sent >= limit * 1.2, "this machine is too busy to send that much");
      assertEquals(limit, rates.received, limit * TOLERANCE, flows + " flows, Mbit/s");
    } finally {
      ended.set(true);
      flood.join();
      for (DatagramChannel channel : channels) {
        channel.close();
      }
      for (DatagramChannel receiver : receivers) {
        receiver.close();
      }
    }
  }

  private static void limitsStream(TwoHosts hosts, int limit) throws Exception {
    ServerSocketChannel server =
        hosts.namespaces.in(
            "red2", () -> ServerSocketChannel.open().bind(new InetSocketAddress(7002)));
    CompletableFuture<Boolean> read = hosts.namespaces.begin("red2", () -> readAll(server));
    SocketChannel channel =
        hosts.namespaces.in(
            "red1", () -> SocketChannel.open(new InetSocketAddress(TwoHosts.SECOND, 7002)));
    Thread writer = Thread.ofPlatform().daemon().start(() -> write(channel));
    TimeUnit.MILLISECONDS.sleep(WARM_UP_MS);
    Rates rates = rates(hosts, "red1", "red2");
    channel.close();
    writer.join();
    assertTrue(read.get(10, TimeUnit.SECONDS));
    server.close();
    // TCP goes by what is lost, so it may stay below.
    boolean within = isWithin(limit, rates);
    assertTrue(within || rates.received > limit * 0.2, rates + " of " + limit);
  }

  /// Sends in turns by all channels, at some rate that is above the limit.
  private static void flood(
      List<DatagramChannel> channels, int inJava, int mbps, AtomicBoolean ended) {
    ByteBuffer packet = ByteBuffer.allocateDirect(FRAGMENTED_LENGTH);
    long due = System.nanoTime();
    try {
      for (int i = 0; !ended.get(); i = (i + 1) % channels.size()) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        int length = i < inJava ? FRAGMENTED_LENGTH : LENGTH;
        channels.get(i).write(packet.clear().limit(length));
        due += length * 8_000L / mbps;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// In any case no more than the limit and a full bucket, which the sender had saved if something
  /// kept it from sending; without that, what is to be shown.
  private static boolean isWithin(int limit, Rates rates) {
    assertTrue(
        rates.received <= limit * (1 + TOLERANCE + BUCKET_MS / MEASURE_MS), rates + " of " + limit);
    return rates.sent >= limit * 1.2 && Math.abs(rates.received - limit) <= limit * TOLERANCE;
  }

  /// What two machines sent and got, in Mbit/s.
  private record Rates(double sent, double received) {}

  private static Rates rates(TwoHosts hosts, String from, String to) throws Exception {
    TwoHosts.Adapter sent = hosts.adapter(from);
    TwoHosts.Adapter received = hosts.adapter(to);
    long began = System.nanoTime();
    TimeUnit.MILLISECONDS.sleep(MEASURE_MS);
    long sentThen = hosts.adapter(from).octetsOf();
    long receivedThen = hosts.adapter(to).octetsTo();
    long ns = System.nanoTime() - began;
    return new Rates(
        8_000.0 * (sentThen - sent.octetsOf()) / ns,
        8_000.0 * (receivedThen - received.octetsTo()) / ns);
  }

  private static boolean readAll(ServerSocketChannel server) throws IOException {
    try (SocketChannel channel = server.accept()) {
      ByteBuffer piece = ByteBuffer.allocateDirect(1 << 16);
      while (channel.read(piece.clear()) >= 0) {}
      return true;
    }
  }

  private static void write(SocketChannel channel) {
    ByteBuffer piece = ByteBuffer.allocateDirect(1 << 16);
    try {
      while (true) {
        channel.write(piece.clear());
      }
    } catch (IOException e) {
      // Closed, which ends it.
    }
  }
}
