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
final class PingPong implements Contestant, AutoCloseable {
  static final Metric MEDIAN = new Metric("p50", "us there and back", false);
  static final Metric TAIL = new Metric("p99", "us there and back", false);

  private static final int PORT = 7_007;
  private static final int PAYLOAD = 26;
  private static final int TIMEOUT_MS = 500;
  private static final int MAX_ROUND_TRIPS = 1 << 20;

  private final Forwarder forwarder;
  private final DatagramSocket server;
  private final DatagramSocket client;
  private long sequence;

  PingPong(Forwarder forwarder) {
    this.forwarder = forwarder;
    Namespace far = forwarder.line().far();
    server = open(far, BenchPolicy.CA_THERE, PORT);
    client = open(forwarder.line().machine(), BenchPolicy.CA_HERE, PORT);
    // Cannot be waited for: it ends when its socket is closed.
    CompletableFuture<Long> unused = Inside.begin(far, Lines.SENDER_CPU, () -> echo(server));
    assert unused != null;
  }

  private static DatagramSocket open(Namespace namespace, Ipv4Address address, int port) {
    return Inside.call(
        namespace, () -> new DatagramSocket(new InetSocketAddress(inet(address), port)));
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
    return forwarder.name();
  }

  @Override
  public Sample run(double seconds) {
    forwarder.wake();
    forwarder.line().steer(false);
    try {
      return onSendersCpu(() -> runHere(seconds));
    } finally {
      forwarder.rest();
    }
  }

  private <T> T onSendersCpu(Callable<T> work) {
    Namespace machine = forwarder.line().machine();
    return Inside.await(machine, Inside.begin(machine, Lines.SENDER_CPU, work));
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
    Namespace machine = forwarder.line().machine();
    List<DatagramSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < flows; i++) {
        sockets.add(open(machine, BenchPolicy.CA_HERE, firstPort + i));
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
        new DatagramPacket(new byte[PAYLOAD], PAYLOAD, inet(BenchPolicy.CA_THERE), PORT);
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
        socket.receive(in);
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
