// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Counters;
import hnv.linux.offload.MissLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A stream that begins at full rate moves into the kernel while packets of it wait for Java: those
/// are overtaken, which is counted; beyond that only what waits in the wire's own queue. What finds
/// no room to wait is counted too.
@Tag("netns")
final class OrderTest {
  private static final int STREAMS = 8;
  private static final int MS = 150;

  @TempDir private Path folder;

  @Test
  void countsEachDatagramThatIsOvertakenOrLost() throws Exception {
    try (TwoHosts hosts = new TwoHosts(folder, PolicyText.over("VXLAN"))) {
      long sent = 0;
      long received = 0;
      int wireQueue = queueOfAVeth();
      for (int i = 0; i < STREAMS; i++) {
        try (NumberedStream stream =
            new NumberedStream(hosts.namespaces, "red1", "red2", TwoHosts.SECOND, 7200 + i)) {
          long before = overtaken(hosts);
          stream.start(0);
          TimeUnit.MILLISECONDS.sleep(MS);
          stream.stop();
          sent += stream.sent();
          awaitCounters(hosts, sent);
          assertEquals(0, stream.twice());
          long overtaken = overtaken(hosts) - before;
          assertTrue(
              stream.late() <= overtaken + wireQueue,
              () -> stream.late() + " late, but " + overtaken + " counted");
          // What waited for Java on two hosts.
          assertTrue(overtaken <= 2 * MissLimits.DEFAULT_BURST, () -> overtaken + " overtaken");
          received += stream.received();
        }
      }
      assertTrue(
          hosts.receivedByJava("host1", TwoHosts.port("red")) < received / 2,
          "the kernel forwarded");
    }
  }

  /// Frames that may wait behind a veth pair, on each CPU for itself: what Java has sent on one can
  /// be overtaken there by what the kernel forwards on another, which nobody counts. A network card
  /// has no such place. With all on one CPU no frame was late that was not counted.
  private static int queueOfAVeth() throws IOException {
    // By lines: a file of sysctl gives its first read all that it has, and the next one nothing.
    Path file = Path.of("/proc/sys/net/core/netdev_max_backlog");
    return Integer.parseInt(Files.readAllLines(file).getFirst().strip());
  }

  private static long overtaken(TwoHosts hosts) throws Exception {
    return hosts.overtaken("host1") + hosts.overtaken("host2");
  }

  /// Each packet, and an ARP request, has come in by one port and left by the other or been
  /// dropped.
  private static void awaitCounters(TwoHosts hosts, long sent) throws Exception {
    int red = TwoHosts.port("red");
    TwoHosts.await(
        "counters",
        () -> {
          Counters.Snapshot in = hosts.counters("host1", red);
          Counters.Snapshot out = hosts.counters("host1", TwoHosts.UNDERLAY);
          return in.receivedPackets() == sent + 1 && out.sentPackets() == sent - dropped(in);
        });
    long wire = hosts.counters("host1", TwoHosts.UNDERLAY).sentPackets();
    TwoHosts.await(
        "counters",
        () -> {
          Counters.Snapshot in = hosts.counters("host2", TwoHosts.UNDERLAY);
          return in.receivedPackets() == wire
              && hosts.counters("host2", red).sentPackets() == wire - dropped(in);
        });
  }

  private static long dropped(Counters.Snapshot of) {
    return of.drops().values().stream().mapToLong(Long::longValue).sum();
  }
}
