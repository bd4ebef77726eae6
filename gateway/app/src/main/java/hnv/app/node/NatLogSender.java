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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends the events of a {@link NatLogQueue} to collectors, by UDP. Has a thread of its own, which
/// alone reads the queue.
final class NatLogSender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NatLogSender.class);

  private static final long INTERVAL_MS = 200;
  private static final long TOLD_EVERY_MS = 60_000;
  private static final int EVENTS_AT_ONCE = 4_096;
  private static final long CLOSE_S = 5;

  /// The only gateway that sends from this address.
  private static final int OBSERVATION_DOMAIN = 1;

  private final NatLogQueue queue;
  private final List<Outlet> outlets;
  private final NatSyslog syslog;
  private final NatIpfix ipfix;
  private final Consumer<IOException> onFailure;
  private final Thread thread;
  private volatile boolean ended;
  private long toldLost;
  private long nextTellMs;

  /// A collector, and what became of what it was to be sent. Counted by the sender's thread.
  private static final class Outlet {
    final NatLog.Collector collector;
    volatile long messages;
    volatile long octets;
    volatile long errors;
    volatile String lastError = "";

    Outlet(NatLog.Collector collector) {
      this.collector = collector;
    }
  }

  /// What became of what a collector was to be sent.
  ///
  /// @param errors messages that could not be sent, and are gone
  /// @param lastError why the last of them could not
  record Sent(
      NatLog.Collector collector, long messages, long octets, long errors, String lastError) {}

  /// @param host name of this gateway in messages
  /// @param tenantName of a slot; any thread
  /// @param onFailure told of what could not be sent
  NatLogSender(
      NatLogQueue queue,
      NatLog policy,
      String host,
      IntFunction<String> tenantName,
      Consumer<IOException> onFailure) {
    this.queue = queue;
    outlets = policy.collectors().stream().map(Outlet::new).toList();
    ipfix =
        new NatIpfix(OBSERVATION_DOMAIN, NatIpfix.DEFAULT_MESSAGE_OCTETS, policy.templateSeconds());
    this.onFailure = onFailure;
    syslog = new NatSyslog(host, policy.enterpriseNumber(), tenantName);
    thread = Thread.ofPlatform().name("hnv-nat-log").daemon().start(this::run);
  }

  private void run() {
    try (DatagramSocket socket = new DatagramSocket()) {
      boolean last = false;
      while (!last) {
        last = ended;
        int sent = sendAll(socket);
        tellLost();
        if (sent == 0 && !last) {
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
    if (has(NatLog.Format.SYSLOG)) {
      List<byte[]> messages = events.stream().map(syslog::encode).toList();
      send(socket, NatLog.Format.SYSLOG, messages);
    }
    if (has(NatLog.Format.IPFIX)) {
      long now = System.currentTimeMillis() / 1_000;
      List<byte[]> messages = events.isEmpty() ? ipfix.templates(now) : ipfix.encode(events, now);
      send(socket, NatLog.Format.IPFIX, messages);
    }
    return events.size();
  }

  private boolean has(NatLog.Format format) {
    return outlets.stream().anyMatch(outlet -> outlet.collector.format() == format);
  }

  private void send(DatagramSocket socket, NatLog.Format format, List<byte[]> messages) {
    for (Outlet outlet : outlets) {
      if (outlet.collector.format() == format) {
        messages.forEach(message -> send(socket, outlet, message));
      }
    }
  }

  // One thread writes the counters: nobody adds in between.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  private void send(DatagramSocket socket, Outlet to, byte[] message) {
    try {
      InetAddress address = InetAddress.ofLiteral(to.collector.ipAddress().toString());
      InetSocketAddress target = new InetSocketAddress(address, to.collector.port());
      socket.send(new DatagramPacket(message, message.length, target));
      to.messages++;
      to.octets += message.length;
    } catch (IOException e) {
      to.errors++;
      to.lastError = String.valueOf(e.getMessage());
      onFailure.accept(e);
    }
  }

  /// What the queue had no room for is told, once a minute while it goes on.
  private void tellLost() {
    long lost = queue.lost();
    long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    if (lost > toldLost && (toldLost == 0 || nowMs - nextTellMs >= 0)) {
      LOG.warn("{} events of translation found the queue of their log full", lost - toldLost);
      toldLost = lost;
      nextTellMs = nowMs + TOLD_EVERY_MS;
    }
  }

  /// Events that found the queue full. Any thread.
  long lost() {
    return queue.lost();
  }

  /// What each collector was sent. Any thread.
  List<Sent> sent() {
    return outlets.stream()
        .map(
            outlet ->
                new Sent(
                    outlet.collector,
                    outlet.messages,
                    outlet.octets,
                    outlet.errors,
                    outlet.lastError))
        .toList();
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
