// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.model.NatLog;
import hnv.nat.log.NatLogQueue;
import hnv.wire.Ipv4Address;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class NatLoggerTest {
  private static byte[] receive(DatagramSocket socket) throws Exception {
    DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
    socket.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  private static void tell(NatLogger logger) {
    int inside = Ipv4Address.parse("10.1.1.12").bits();
    int address = Ipv4Address.parse("203.0.113.65").bits();
    logger.blockTaken(3, 0, inside, address, 1_024, 1_279, System.nanoTime());
  }

  @Test
  void countsWhatIsLostAndWhatCannotBeSent() throws Exception {
    NatLogQueue queue = new NatLogQueue(NatLogQueue.Choice.BLOCKS, 4, 0);
    for (int i = 0; i < 10; i++) {
      queue.blockTaken(3, 0, 1, 2, 1_024, 1_279, System.nanoTime());
    }
    // Nobody may send to the broadcast address without having asked for it.
    Ipv4Address broadcast = Ipv4Address.parse("255.255.255.255");
    List<NatLog.Collector> collectors =
        List.of(new NatLog.Collector(NatLog.Format.SYSLOG, broadcast, 9));
    AtomicInteger failures = new AtomicInteger();
    NatLogSender sender =
        new NatLogSender(
            queue,
            new NatLog(NatLog.Events.BLOCKS, collectors),
            "gw1",
            slot -> "t",
            e -> failures.incrementAndGet());
    sender.close();
    NatLogSender.Sent sent = sender.sent().getFirst();
    assertEquals(6, sender.lost());
    assertEquals(4, sent.messages() + sent.errors());
    assertEquals(failures.get(), sent.errors());
    assertEquals(sent.errors() == 0, sent.lastError().isEmpty());
  }

  @Test
  void sendsTemplatesBeforeThereIsAnythingToTell() throws Exception {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    try (DatagramSocket ipfix = new DatagramSocket(0, loopback);
        NatLogger logger = new NatLogger("gw1", new BugLog())) {
      ipfix.setSoTimeout(10_000);
      NatLog.Collector collector =
          new NatLog.Collector(
              NatLog.Format.IPFIX, Ipv4Address.parse("127.0.0.1"), ipfix.getLocalPort());
      logger.apply(
          Optional.of(new NatLog(NatLog.Events.BLOCKS, List.of(collector))), Map.of(3, "contoso"));
      byte[] message = receive(ipfix);
      assertEquals(2, message[17], "a template set comes first");
      assertEquals(message.length - 16, ((message[18] & 0xFF) << 8) | (message[19] & 0xFF));
    }
  }

  @Test
  void tellsCollectorsInTheirForm() throws Exception {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    try (DatagramSocket syslog = new DatagramSocket(0, loopback);
        DatagramSocket ipfix = new DatagramSocket(0, loopback);
        NatLogger logger = new NatLogger("gw1", new BugLog())) {
      syslog.setSoTimeout(10_000);
      ipfix.setSoTimeout(10_000);
      tell(logger); // To nobody yet.
      Ipv4Address at = Ipv4Address.parse("127.0.0.1");
      NatLog policy =
          new NatLog(
              NatLog.Events.BLOCKS,
              List.of(
                  new NatLog.Collector(NatLog.Format.SYSLOG, at, syslog.getLocalPort()),
                  new NatLog.Collector(NatLog.Format.IPFIX, at, ipfix.getLocalPort())),
              4_711,
              60);
      logger.apply(Optional.of(policy), Map.of(3, "contoso"));
      tell(logger);
      String message = new String(receive(syslog), StandardCharsets.UTF_8);
      for (String word :
          List.of("gw1", "[nat@4711 ", "tenant=\"contoso\"", "10.1.1.12", "203.0.113.65")) {
        assertTrue(message.contains(word), message);
      }
      assertEquals(10, receive(ipfix)[1], "version of IPFIX");
      NatLogSender sender = Objects.requireNonNull(logger.sender());
      tell(logger);
      logger.apply(Optional.empty(), Map.of());
      receive(syslog); // What waited was sent.
      for (NatLogSender.Sent sent : sender.sent()) {
        assertTrue(sent.messages() >= 2, sent::toString);
        assertTrue(sent.octets() > 200, sent::toString);
        assertEquals(0, sent.errors());
      }
      assertEquals(0, sender.lost());
      assertNull(logger.sender());
      tell(logger);
      syslog.setSoTimeout(500);
      assertThrows(SocketTimeoutException.class, () -> receive(syslog));
    }
  }
}
