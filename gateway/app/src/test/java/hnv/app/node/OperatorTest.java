// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an operator in a hurry does to a host under load: afterwards everything is as it was, and
/// what he did to one tenant did nothing to the other.
@Tag("netns")
final class OperatorTest {
  private static final int PER_SECOND = 2_000;

  @TempDir private Path folder;

  @Test
  void goesOnAfterAllSortsOfDisturbance() throws Exception {
    PolicyText policy = PolicyText.over("VXLAN");
    try (TwoHosts hosts = new TwoHosts(folder, policy);
        NumberedStream red =
            new NumberedStream(hosts.namespaces, "red1", "red2", TwoHosts.SECOND, 7001);
        NumberedStream blue =
            new NumberedStream(hosts.namespaces, "blue1", "blue2", TwoHosts.SECOND, 7001)) {
      red.start(PER_SECOND);
      blue.start(PER_SECOND);
      TwoHosts.await("both pass", () -> red.received() > 100 && blue.received() > 100);
      long lost = blue.sent() - blue.received();
      // Reloads on reloads, of two policies in turns.
      for (int i = 0; i < 20; i++) {
        hosts.reload("host1", i % 2 == 0 ? policy.denyingOut("UDP") : policy);
      }
      long inForce = hosts.change("host1", policy);
      TwoHosts.await("red passes after reloads", () -> red.newestStamp() > inForce);
      // A device that flaps.
      for (int i = 0; i < 5; i++) {
        hosts.namespaces.ip("host1", "link set red down", "link set red up");
      }
      awaitAgain("a flapping device", red);
      // A smaller MTU, and back.
      hosts.namespaces.ip("host1", "link set red mtu 1000", "link set red mtu 1450");
      awaitAgain("another MTU", red);
      // Somebody clears all filters away, and our TAP.
      hosts.namespaces.run("host1", "tc qdisc del dev red clsact");
      awaitAgain("removed filters", red);
      hosts.namespaces.run("host1", "ip link del hnv$(cat /sys/class/net/red/ifindex)");
      awaitAgain("a removed TAP", red);
      blue.stop();
      red.stop();
      TwoHosts.await("the other tenant's packets", () -> blue.sent() - blue.received() <= lost);
      assertEquals(0, blue.twice());
      assertEquals(0, red.twice());
      assertTrue(hosts.receivedByJava("host1", TwoHosts.port("blue")) < blue.sent() / 2);
      hosts.requireWell();
    }
  }

  private static void awaitAgain(String after, NumberedStream stream) throws Exception {
    TimeUnit.MILLISECONDS.sleep(100);
    long since = System.nanoTime();
    TwoHosts.await("red passes after " + after, () -> stream.newestStamp() > since);
  }
}
