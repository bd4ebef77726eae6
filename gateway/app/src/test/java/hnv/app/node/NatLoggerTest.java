// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.model.NatLog;
import hnv.wire.Ipv4Address;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
                  new NatLog.Collector(NatLog.Format.IPFIX, at, ipfix.getLocalPort())));
      logger.apply(Optional.of(policy), Map.of(3, "contoso"));
      tell(logger);
      String message = new String(receive(syslog), StandardCharsets.UTF_8);
      for (String word : List.of("gw1", "tenant=\"contoso\"", "10.1.1.12", "203.0.113.65")) {
        assertTrue(message.contains(word), message);
      }
      assertEquals(10, receive(ipfix)[1], "version of IPFIX");
      tell(logger);
      logger.apply(Optional.empty(), Map.of());
      receive(syslog); // What waited was sent.
      tell(logger);
      syslog.setSoTimeout(500);
      assertThrows(SocketTimeoutException.class, () -> receive(syslog));
    }
  }
}
