// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// How long a small packet and its answer take: one at a time, there and back.
final class LatencyRow implements Row {
  private static final Metric MEDIAN = new Metric("p50", "us there and back", false);
  private static final Metric TAIL = new Metric("p99", "us there and back", false);
  private static final int PORT = 7_007;
  private static final int PAYLOAD = 22;
  private static final int TIMEOUT_MS = 500;
  private static final int MAX_ROUND_TRIPS = 1 << 20;

  private final String name;
  private final Supplier<Lines> lines;

  LatencyRow(String name, Supplier<Lines> lines) {
    this.name = name;
    this.lines = lines;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return "a 64-octet UDP packet through VXLAN and its answer, on the wire : the kernel's bridge and"
        + " VXLAN device";
  }

  @Override
  public Optional<String> lacking() {
    return LineRows.lacking();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    Lines both = lines.get();
    both.node().pin(true);
    try (PingPong kernel = new PingPong(both.kernel());
        PingPong node = new PingPong(both.node())) {
      progress.say(name, "warming up");
      WarmUp.of(node, both.node(), settings);
      kernel.run(settings.warmUpSeconds() / 3);
      progress.say(name, "trying both ways of the kernel");
      return new Turns(name, List.of(MEDIAN, TAIL), settings, progress)
          .note(both.kernel().choose(kernel, MEDIAN, settings.seconds()))
          .measure(kernel, node);
    }
  }

  /// A client at one end of a line and an echo at the other, both on the sender's CPU.
  private static final class PingPong implements Contestant, AutoCloseable {
    private final Forwarder forwarder;
    private final DatagramSocket server;
    private final DatagramSocket client;
    private long sequence;

    PingPong(Forwarder forwarder) {
      this.forwarder = forwarder;
      Line line = forwarder.line();
      server = open(line.other(), new InetSocketAddress(address(BenchPolicy.CA_THERE), PORT));
      client = open(line.machine(), new InetSocketAddress(address(BenchPolicy.CA_HERE), PORT));
      // Cannot be waited for: it ends when its socket is closed.
      CompletableFuture<Long> unused =
          Inside.begin(line.other(), Lines.SENDER_CPU, () -> echo(server));
      assert unused != null;
    }

    private static DatagramSocket open(Namespace namespace, InetSocketAddress at) {
      return Inside.call(namespace, () -> new DatagramSocket(at));
    }

    private static InetAddress address(Ipv4Address address) {
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
      Namespace machine = forwarder.line().machine();
      return Inside.await(machine, Inside.begin(machine, Lines.SENDER_CPU, () -> runHere(seconds)));
    }

    private Sample runHere(double seconds) throws IOException {
      client.setSoTimeout(TIMEOUT_MS);
      DatagramPacket out =
          new DatagramPacket(new byte[PAYLOAD], PAYLOAD, address(BenchPolicy.CA_THERE), PORT);
      DatagramPacket in = new DatagramPacket(new byte[PAYLOAD], PAYLOAD);
      long[] times = new long[MAX_ROUND_TRIPS];
      int count = 0;
      int lost = 0;
      int wrong = 0;
      long limit = (long) (seconds * 1e9);
      long begin = System.nanoTime();
      long now = begin;
      while (now - begin < limit && count < MAX_ROUND_TRIPS) {
        sequence++;
        ByteBuffer.wrap(out.getData()).putLong(0, sequence).putLong(8, ~sequence);
        client.send(out);
        try {
          client.receive(in);
        } catch (SocketTimeoutException e) {
          lost++;
        }
        long after = System.nanoTime();
        wrong += Arrays.equals(in.getData(), out.getData()) ? 0 : 1;
        times[count++] = after - now;
        now = after;
      }
      List<String> problems = new ArrayList<>();
      if (lost > 0) {
        problems.add(lost + " of " + count + " packets had no answer");
      }
      if (wrong > lost) {
        problems.add((wrong - lost) + " answers had other contents");
      }
      if (count == 0) {
        throw new LabException("no packet was sent in " + seconds + " s");
      }
      Arrays.sort(times, 0, count);
      return new Sample(
          List.of(times[count / 2] / 1e3, times[(int) (count * 0.99)] / 1e3),
          Map.of(
              "us there and back, p99.9", times[(int) (count * 0.999)] / 1e3,
              "round trips/s", count / seconds),
          problems);
    }

    @Override
    public void close() {
      client.close();
      server.close();
    }
  }
}
