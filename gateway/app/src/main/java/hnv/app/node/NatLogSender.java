// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.model.NatLog;
import hnv.nat.log.NatIpfix;
import hnv.nat.log.NatLogQueue;
import hnv.nat.log.NatLogRecord;
import hnv.nat.log.NatSyslog;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/// Sends the events of a {@link NatLogQueue} to collectors, by UDP. Has a thread of its own, which
/// alone reads the queue.
final class NatLogSender implements AutoCloseable {
  private static final long INTERVAL_MS = 200;
  private static final int EVENTS_AT_ONCE = 4_096;
  private static final long CLOSE_S = 5;

  /// The only gateway that sends from this address.
  private static final int OBSERVATION_DOMAIN = 1;

  private final NatLogQueue queue;
  private final List<NatLog.Collector> collectors;
  private final NatSyslog syslog;
  private final NatIpfix ipfix = new NatIpfix(OBSERVATION_DOMAIN, NatIpfix.DEFAULT_MESSAGE_OCTETS);
  private final Consumer<IOException> onFailure;
  private final Thread thread;
  private volatile boolean ended;

  /// @param host name of this gateway in messages
  /// @param tenantName of a slot; any thread
  /// @param onFailure told of what could not be sent
  NatLogSender(
      NatLogQueue queue,
      List<NatLog.Collector> collectors,
      String host,
      IntFunction<String> tenantName,
      Consumer<IOException> onFailure) {
    this.queue = queue;
    this.collectors = List.copyOf(collectors);
    this.onFailure = onFailure;
    syslog = new NatSyslog(host, NatSyslog.EXAMPLE_ENTERPRISE, tenantName);
    thread = Thread.ofPlatform().name("hnv-nat-log").daemon().start(this::run);
  }

  private void run() {
    try (DatagramSocket socket = new DatagramSocket()) {
      boolean last = false;
      while (!last) {
        last = ended;
        if (sendAll(socket) == 0 && !last) {
          TimeUnit.MILLISECONDS.sleep(INTERVAL_MS);
        }
      }
    } catch (SocketException e) {
      onFailure.accept(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int sendAll(DatagramSocket socket) {
    List<NatLogRecord> events = new ArrayList<>();
    queue.drain(events::add, EVENTS_AT_ONCE);
    if (events.isEmpty()) {
      return 0;
    }
    List<byte[]> asSyslog = new ArrayList<>();
    List<byte[]> asIpfix = List.of();
    for (NatLog.Collector collector : collectors) {
      switch (collector.format()) {
        case SYSLOG -> {
          if (asSyslog.isEmpty()) {
            events.forEach(event -> asSyslog.add(syslog.encode(event)));
          }
          send(socket, collector, asSyslog);
        }
        case IPFIX -> {
          if (asIpfix.isEmpty()) {
            asIpfix = ipfix.encode(events, System.currentTimeMillis() / 1_000);
          }
          send(socket, collector, asIpfix);
        }
      }
    }
    return events.size();
  }

  private void send(DatagramSocket socket, NatLog.Collector to, List<byte[]> messages) {
    try {
      InetAddress address = InetAddress.ofLiteral(to.ipAddress().toString());
      InetSocketAddress target = new InetSocketAddress(address, to.port());
      for (byte[] message : messages) {
        socket.send(new DatagramPacket(message, message.length, target));
      }
    } catch (IOException e) {
      onFailure.accept(e);
    }
  }

  /// Sends what waits, and ends.
  @Override
  public void close() {
    ended = true;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_S));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
