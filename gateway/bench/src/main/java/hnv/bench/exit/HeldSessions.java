// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.ExitGateway;
import hnv.bench.line.ExitLine;
import hnv.bench.line.Inside;
import hnv.bench.line.Lines;
import hnv.lab.netns.Deadline;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.traffic.FrameSender;
import hnv.wire.Ipv4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Sessions of machines behind the client: as many of each, to one service. Each exchange sends
/// a packet of every session and has it answered by the server's sink; the first begins them.
final class HeldSessions {
  /// Packets on their way at a time.
  static final int WINDOW = 1_024;

  /// Sessions of one machine at most, a multiple of {@link FrameSender#BATCH}.
  static final int MOST_OF_A_MACHINE = ExitFrames.MAX_FLOWS / FrameSender.BATCH * FrameSender.BATCH;

  /// Another of each first machine, so that one public address has ports enough (a port may be used
  /// for several destinations, which the kernel does).
  private static final int FIRST_SERVICE = 7_300;

  private static final int SERVICES = 20_000;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /// No progress for so long: what is on its way is lost.
  private static final long STALLED_NS = 5_000_000_000L;

  private static final long PAUSE_NS = 20_000;

  private final ExitGateway gateway;
  private final int firstMachine;
  private final int machines;
  private final int sessions;

  /// @param firstMachine 0…; the machines after it are 10.8.0.0 and this
  /// @param sessions of each machine, a multiple of {@link FrameSender#BATCH}
  HeldSessions(ExitGateway gateway, int firstMachine, int machines, int sessions) {
    this.gateway = gateway;
    this.firstMachine = firstMachine;
    this.machines = machines;
    this.sessions = sessions;
  }

  /// What an exchange gave.
  record Exchange(long sent, long arrived, long elapsedNs, List<String> problems) {}

  private Ipv4Address machine(int index) {
    return new Ipv4Address(
        ((Ipv4Address) ExitLine.BEHIND_CLIENT.network()).bits() + firstMachine + index + 1);
  }

  /// Told of what has been done so far.
  interface Watcher {
    /// After a machine.
    ///
    /// @param answered sessions of all until now
    /// @param elapsedNs in which packets were on their way
    void seen(long answered, long elapsedNs);
  }

  /// A packet and an answer of each session. Ends early where one has no answer.
  Exchange exchange() {
    return exchange((answered, elapsedNs) -> {});
  }

  /// As {@link #exchange()}.
  ///
  /// @param watcher told how far it is
  Exchange exchange(Watcher watcher) {
    ExitLine line = gateway.line();
    List<String> problems = new ArrayList<>();
    long sent = 0;
    long arrived = 0;
    long elapsed = 0;
    try (TranslatedSink there =
        TranslatedSink.open(line.server(), TranslatedSink.Expected.atServerFromAnywhere())) {
      for (int i = 0; i < machines && problems.isEmpty(); i++) {
        Ipv4Address machine = machine(i);
        int service = FIRST_SERVICE + firstMachine % SERVICES;
        List<byte[]> frames = ExitFrames.outbound(line, machine, service, sessions);
        try (TranslatedSink here =
                TranslatedSink.open(line.client(), TranslatedSink.Expected.at(line, machine));
            FrameSender sender = Inside.call(line.client(), () -> sender(frames))) {
          Exchange one =
              Inside.await(
                  line.client(),
                  Inside.begin(line.client(), Lines.SENDER_CPU, () -> exchange(sender, here)));
          sent += one.sent;
          arrived += one.arrived;
          elapsed += one.elapsedNs;
          problems.addAll(one.problems);
          watcher.seen(arrived, elapsed);
        }
      }
      if (there.counts().damaged() > 0) {
        problems.add(there.counts().damaged() + " packets came to the server otherwise than sent");
      }
    }
    return new Exchange(sent, arrived, elapsed, problems);
  }

  private static FrameSender sender(List<byte[]> frames) throws LinuxException {
    try (HostNetwork network = HostNetwork.open()) {
      return new FrameSender(network.link(ExitLine.DEVICE).orElseThrow().index(), frames);
    }
  }

  private Exchange exchange(FrameSender sender, TranslatedSink here) throws LinuxException {
    Deadline deadline = Deadline.in(LIMIT);
    long begin = System.nanoTime();
    long progress = begin;
    long sent = 0;
    long arrived = 0;
    while (arrived < sessions && !deadline.isOver() && System.nanoTime() - progress < STALLED_NS) {
      long now = here.counts().all();
      progress = now > arrived ? System.nanoTime() : progress;
      arrived = now;
      if (sent < sessions && sent - arrived < WINDOW) {
        sent += sender.send();
      } else {
        // What forwards on this CPU as a thread of the kernel's shall have it.
        LockSupport.parkNanos(PAUSE_NS);
      }
    }
    long elapsed = System.nanoTime() - begin;
    List<String> problems = new ArrayList<>();
    TranslatedSink.Counts counts = here.counts();
    if (counts.intact() != sessions || counts.damaged() != 0) {
      problems.add(
          "%d sessions: %d answers arrived, %d of them not as they should be"
              .formatted(sessions, counts.all(), counts.damaged()));
    }
    return new Exchange(sent, counts.intact(), elapsed, problems);
  }
}
