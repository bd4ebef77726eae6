// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Forwarder;
import hnv.bench.line.Inside;
import hnv.bench.line.Lines;
import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Sample;
import hnv.bench.traffic.BenchPolicy;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.wire.Ipv4Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/// A client at one end of a line and an echo at the other, both on the sender's CPU: a 68-octet UDP
/// packet and its answer, one after the other. Of another length than the marked frames, so that
/// their sink lets these pass.
public final class PingPong implements Contestant, AutoCloseable {
  public static final Metric MEDIAN = new Metric("p50", "us there and back", false);
  public static final Metric TAIL = new Metric("p99", "us there and back", false);

  private static final int PORT = 7_007;
  private static final int PAYLOAD = 26;
  private static final int TIMEOUT_MS = 500;
  private static final int MAX_ROUND_TRIPS = 1 << 20;

  private final String name;
  private final End near;
  private final End far;
  private final Runnable before;
  private final Runnable after;
  private final DatagramSocket server;
  private final DatagramSocket client;
  private long sequence;

  /// Where a packet comes from or goes to.
  public record End(Namespace namespace, Ipv4Address address) {}

  /// Opens both ends.
  ///
  /// @param name of what stands between them, for people
  public PingPong(String name, End near, End far) {
    this(name, near, far, () -> {}, () -> {});
  }

  private PingPong(String name, End near, End far, Runnable before, Runnable after) {
    this.name = name;
    this.before = before;
    this.after = after;
    this.near = near;
    this.far = far;
    server = open(far, PORT);
    client = open(near, PORT);
    // Cannot be waited for: it ends when its socket is closed.
    CompletableFuture<Long> unused =
        Inside.begin(far.namespace, Lines.SENDER_CPU, () -> echo(server));
    assert unused != null;
  }

  /// Between the ends of a line.
  static PingPong of(Forwarder forwarder) {
    return new PingPong(
        forwarder.name(),
        new End(forwarder.line().machine(), BenchPolicy.CA_HERE),
        new End(forwarder.line().far(), BenchPolicy.CA_THERE),
        () -> {
          forwarder.wake();
          forwarder.line().steer(false);
        },
        forwarder::rest);
  }

  private static DatagramSocket open(End end, int port) {
    return Inside.call(
        end.namespace, () -> new DatagramSocket(new InetSocketAddress(inet(end.address), port)));
  }

  private static InetAddress inet(Ipv4Address address) {
    try {
      return InetAddress.getByAddress(
          ByteBuffer.allocate(Integer.BYTES).putInt(address.bits()).array());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Cannot happen: four octets.
    }
  }

  private static long echo(DatagramSocket socket) {
    DatagramPacket packet = new DatagramPacket(new byte[PAYLOAD], PAYLOAD);
    long answered = 0;
    while (!socket.isClosed()) {
      try {
        socket.receive(packet);
        socket.send(packet);
        answered++;
      } catch (IOException e) {
        // Closed, or an answer that could not be sent: the client misses it and says so.
      }
    }
    return answered;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Sample run(double seconds) {
    before.run();
    try {
      return onSendersCpu(() -> runHere(seconds));
    } finally {
      after.run();
    }
  }

  private <T> T onSendersCpu(Callable<T> work) {
    return Inside.await(near.namespace, Inside.begin(near.namespace, Lines.SENDER_CPU, work));
  }

  private Sample runHere(double seconds) throws IOException {
    RoundTrips trips = new RoundTrips(MAX_ROUND_TRIPS);
    Exchange exchange = new Exchange(client);
    long limit = (long) (seconds * 1e9);
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < limit && trips.count < MAX_ROUND_TRIPS) {
      exchange.once(trips);
    }
    if (trips.count == 0) {
      throw new LabException("no packet was sent in " + seconds + " s");
    }
    trips.sort();
    return new Sample(
        List.of(trips.percentile(0.5), trips.percentile(0.99)),
        Map.of("us there and back, p99.9", trips.percentile(0.999)),
        trips.problems());
  }

  /// Sends packets of flows that nobody has seen yet.
  ///
  /// @param firstPort source port of the first flow; the next flows have the next ones
  /// @param packets of each flow
  /// @return times of the first packets, of the second packets…; sorted
  List<RoundTrips> newFlows(int firstPort, int flows, int packets) {
    List<RoundTrips> times = new ArrayList<>();
    for (int i = 0; i < packets; i++) {
      times.add(new RoundTrips(flows));
    }
    List<DatagramSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < flows; i++) {
        sockets.add(open(near, firstPort + i));
      }
      onSendersCpu(
          () -> {
            for (DatagramSocket socket : sockets) {
              Exchange exchange = new Exchange(socket);
              for (RoundTrips each : times) {
                exchange.once(each);
              }
            }
            return times;
          });
    } finally {
      sockets.forEach(DatagramSocket::close);
    }
    times.forEach(RoundTrips::sort);
    return times;
  }

  /// A packet and its answer by a socket.
  private final class Exchange {
    private final DatagramSocket socket;
    private final DatagramPacket out =
        new DatagramPacket(new byte[PAYLOAD], PAYLOAD, inet(far.address), PORT);
    private final DatagramPacket in = new DatagramPacket(new byte[PAYLOAD], PAYLOAD);

    Exchange(DatagramSocket socket) throws IOException {
      this.socket = socket;
      socket.setSoTimeout(TIMEOUT_MS);
    }

    void once(RoundTrips trips) throws IOException {
      sequence++;
      ByteBuffer.wrap(out.getData()).putLong(0, sequence).putLong(8, ~sequence);
      long begin = System.nanoTime();
      socket.send(out);
      boolean lost = false;
      try {
        do {
          socket.receive(in);
          // One that was given up comes late.
        } while (ByteBuffer.wrap(in.getData()).getLong(0) < sequence);
      } catch (SocketTimeoutException e) {
        lost = true;
      }
      trips.add(System.nanoTime() - begin);
      if (lost) {
        trips.lost++;
      } else if (!Arrays.equals(in.getData(), out.getData())) {
        trips.wrong++;
      }
    }
  }

  /// Times of packets and their answers.
  static final class RoundTrips {
    private final long[] ns;
    private int count;
    private int lost;
    private int wrong;

    RoundTrips(int atMost) {
      ns = new long[atMost];
    }

    private void add(long time) {
      ns[count++] = time;
    }

    private void sort() {
      Arrays.sort(ns, 0, count);
    }

    /// Microseconds that this part of them took at most; sorted before.
    double percentile(double share) {
      return ns[(int) (count * share)] / 1e3;
    }

    List<String> problems() {
      List<String> problems = new ArrayList<>();
      if (lost > 0) {
        problems.add(lost + " of " + count + " packets had no answer");
      }
      if (wrong > 0) {
        problems.add(wrong + " answers had other contents");
      }
      return problems;
    }
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
