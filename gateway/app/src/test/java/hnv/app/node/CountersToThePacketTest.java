// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.vswitch.FlowView;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What Java and the kernel count together is what machines sent and received, to the packet: small
/// ones and super-frames, from a veth and from a TAP, in both directions. What was sent is known
/// from the machines' own kernel.
@Tag("netns")
final class CountersToThePacketTest {
  private static final int PACKETS = 3_000;
  private static final int PER_SECOND = 5_000;
  private static final int OCTETS = 4_000_000;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"VXLAN", "NVGRE"})
  void countsWhatWasSent(String encapsulation) throws Exception {
    try (TwoHosts hosts = new TwoHosts(folder, PolicyText.over(encapsulation), "red2")) {
      numbered(hosts, "red1", "red2", TwoHosts.SECOND);
      numbered(hosts, "red2", "red1", TwoHosts.FIRST);
      transfer(hosts, "red1", "red2", TwoHosts.SECOND);
      transfer(hosts, "red2", "red1", TwoHosts.FIRST);
      TimeUnit.MILLISECONDS.sleep(300); // Last acknowledgements.
      Counters.Snapshot red1 = hosts.counters("host1", TwoHosts.port("red"));
      Counters.Snapshot red2 = hosts.counters("host2", TwoHosts.port("red"));
      Counters.Snapshot wire1 = hosts.counters("host1", TwoHosts.UNDERLAY);
      Counters.Snapshot wire2 = hosts.counters("host2", TwoHosts.UNDERLAY);
      for (Counters.Snapshot each : new Counters.Snapshot[] {red1, red2, wire1, wire2}) {
        assertEquals(Map.of(), each.drops());
      }
      assertEquals(sent(hosts, "red1"), red1.receivedPackets(), "sent by red1");
      assertEquals(sent(hosts, "red2"), red2.receivedPackets(), "sent by red2");
      assertEquals(
          hosts.adapter("red1"), new TwoHosts.Adapter(red1.sentOctets(), red1.receivedOctets()));
      assertEquals(
          hosts.adapter("red2"), new TwoHosts.Adapter(red2.sentOctets(), red2.receivedOctets()));
      // An ARP request each is answered here and does not go on.
      assertEquals(red1.receivedPackets() - 1, wire1.sentPackets(), "on the wire");
      assertEquals(wire1.sentPackets(), wire2.receivedPackets(), "over the wire");
      assertEquals(wire2.receivedPackets(), red2.sentPackets() - 1, "to red2");
      assertEquals(red2.receivedPackets() - 1, wire2.sentPackets(), "on the wire back");
      assertEquals(wire2.sentPackets(), wire1.receivedPackets(), "over the wire back");
      assertEquals(wire1.receivedPackets(), red1.sentPackets() - 1, "to red1");
      assertEquals(wire1.sentPackets(), hosts.metered("host1", true), "metered on its way out");
      assertEquals(wire1.receivedPackets(), hosts.metered("host1", false), "metered on its way in");
      // Super-frames out of a tunnel go to a TAP by Java; others by the kernel.
      assertTrue(
          hosts.receivedByJava("host1", TwoHosts.port("red")) < red1.receivedPackets() / 2,
          "the kernel forwarded");
      for (String host : new String[] {"host1", "host2"}) {
        assertEquals(
            PACKETS,
            hosts.flows(host, "red").stream()
                .filter(flow -> flow.protocol() == 17 && flow.packets() > 0)
                .mapToLong(FlowView::packets)
                .max()
                .orElseThrow(),
            "flow on " + host);
      }
    }
  }

  @Test
  void countsDropsByReason() throws Exception {
    PolicyText allowing = PolicyText.over("VXLAN");
    try (TwoHosts hosts = new TwoHosts(folder, allowing)) {
      numbered(hosts, "red1", "red2", TwoHosts.SECOND);
      hosts.change("host1", allowing.denyingOut("UDP"));
      refused(hosts, "host1", TwoHosts.port("red"));
      hosts.change("host1", allowing);
      hosts.change("host2", allowing.denyingIn("UDP"));
      refused(hosts, "host2", TwoHosts.UNDERLAY);
    }
  }

  private static void refused(TwoHosts hosts, String host, int port) throws Exception {
    Counters.Snapshot before = hosts.counters(host, port);
    try (NumberedStream stream =
        new NumberedStream(hosts.namespaces, "red1", "red2", TwoHosts.SECOND, 7001)) {
      stream.sendNow(PER_SECOND, PACKETS);
      TwoHosts.await(
          "all are counted",
          () -> hosts.counters(host, port).receivedPackets() - before.receivedPackets() >= PACKETS);
      Counters.Snapshot after = hosts.counters(host, port);
      assertEquals(PACKETS, after.receivedPackets() - before.receivedPackets());
      assertEquals(Map.of(DropReason.ACL_DENIED, (long) PACKETS), after.drops());
      assertEquals(0, stream.received());
    }
  }

  /// Frames that a machine sent, each segment of a super-frame one: what its TCP and UDP say, and
  /// one ARP request.
  private static long sent(TwoHosts hosts, String machine) throws Exception {
    return hosts.snmp(machine, "Tcp", "OutSegs")
        + hosts.snmp(machine, "Tcp", "RetransSegs")
        + hosts.snmp(machine, "Udp", "OutDatagrams")
        + 1;
  }

  private static void numbered(TwoHosts hosts, String from, String to, String address)
      throws Exception {
    try (NumberedStream stream = new NumberedStream(hosts.namespaces, from, to, address, 7001)) {
      stream.sendNow(PER_SECOND, PACKETS);
      TwoHosts.await("all packets", () -> stream.received() == PACKETS);
    }
  }

  private static void transfer(TwoHosts hosts, String from, String to, String address)
      throws Exception {
    ServerSocketChannel server =
        hosts.namespaces.in(to, () -> ServerSocketChannel.open().bind(new InetSocketAddress(7002)));
    CompletableFuture<Long> received = hosts.namespaces.begin(to, () -> readAll(server));
    hosts.namespaces.in(
        from,
        () -> {
          try (SocketChannel channel = SocketChannel.open(new InetSocketAddress(address, 7002))) {
            ByteBuffer octets = ByteBuffer.allocateDirect(OCTETS);
            while (octets.hasRemaining()) {
              channel.write(octets);
            }
          }
          return true;
        });
    assertEquals(OCTETS, received.get(20, TimeUnit.SECONDS));
    server.close();
  }

  private static long readAll(ServerSocketChannel server) throws IOException {
    try (SocketChannel channel = server.accept()) {
      ByteBuffer piece = ByteBuffer.allocateDirect(1 << 16);
      long octets = 0;
      for (int read = channel.read(piece); read >= 0; read = channel.read(piece.clear())) {
        octets += read;
      }
      return octets;
    }
  }
}
