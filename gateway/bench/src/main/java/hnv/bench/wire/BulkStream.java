// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Forwarder;
import hnv.bench.line.Inside;
import hnv.bench.line.Line;
import hnv.bench.line.Lines;
import hnv.bench.line.Way;
import hnv.bench.result.Contestant;
import hnv.bench.result.Sample;
import hnv.bench.traffic.BenchPolicy;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import hnv.lab.traffic.BulkTransfer;
import hnv.wire.Ipv4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One TCP stream from one end of a line to the other, by iperf3.
final class BulkStream implements Contestant, AutoCloseable {
  private static final Duration START = Duration.ofSeconds(10);

  private final Forwarder forwarder;
  private final Namespace from;
  private final Namespace to;
  private final Ipv4Address address;
  private final int clientCpu;
  private final boolean mtuSize;
  private final RunningProcess server;

  /// @param row names the server's log
  /// @param pinned client on the sender's CPU and server on the other; otherwise where they like
  /// @param mtuSize whether packets between the hosts are of MTU size, as from a NIC
  BulkStream(Forwarder forwarder, Way way, String row, boolean pinned, boolean mtuSize) {
    this.forwarder = forwarder;
    this.mtuSize = mtuSize;
    Line line = forwarder.line();
    from = line.from(way);
    to = line.to(way);
    address = way == Way.ENCAPSULATE ? BenchPolicy.CA_THERE : BenchPolicy.CA_HERE;
    clientCpu = pinned ? Lines.SENDER_CPU : Inside.ANY_CPU;
    int serverCpu = pinned ? Lines.FORWARDER_CPU : Inside.ANY_CPU;
    if (mtuSize) {
      MtuWire.begin(line);
    }
    String log = forwarder.name().replace(' ', '-') + "-" + row;
    // A process begins on the CPUs of the thread that starts it.
    server = Inside.await(to, Inside.begin(to, serverCpu, () -> BulkTransfer.serve(to, log)));
    server.awaitOutput("Server listening", START);
  }

  @Override
  public String name() {
    return forwarder.name();
  }

  /// What is wrong with octets that went this way.
  Optional<String> contents() {
    forwarder.wake();
    try {
      return ContentTransfer.check(from, to, address).map(text -> forwarder.name() + ": " + text);
    } finally {
      forwarder.rest();
    }
  }

  @Override
  public Sample run(double seconds) {
    Duration length = Duration.ofSeconds(Math.max(1, Math.round(seconds)));
    forwarder.wake();
    forwarder.line().steer(false);
    Line line = forwarder.line();
    MtuWire.Sent before = MtuWire.sent(line.other(), Line.DEVICE);
    MtuWire.Sent toMachineBefore = MtuWire.sent(line.host(), Line.VM);
    try {
      BulkTransfer transfer =
          Inside.await(
              from,
              Inside.begin(
                  from,
                  clientCpu,
                  () -> BulkTransfer.measure(from, address, Duration.ZERO, length)));
      double size = MtuWire.sent(line.other(), Line.DEVICE).since(before).octetsPerPacket();
      double toMachine =
          MtuWire.sent(line.host(), Line.VM).since(toMachineBefore).octetsPerPacket();
      List<String> problems = new ArrayList<>();
      if (mtuSize && size > MtuWire.LARGEST) {
        problems.add("packets of %.0f octets between the hosts".formatted(size));
      }
      return new Sample(
          List.of(transfer.bitsPerSecond() / 1e9),
          Map.of(
              "TCP segments sent again",
              (double) transfer.retransmits(),
              "octets of a packet that the other host sends",
              size,
              "octets of a packet that the machine receives",
              toMachine),
          problems);
    } finally {
      forwarder.rest();
    }
  }

  @Override
  public void close() {
    server.close();
    if (mtuSize) {
      MtuWire.end(forwarder.line());
    }
  }
}
