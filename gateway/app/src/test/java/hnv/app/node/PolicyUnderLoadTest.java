// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.cli.Failure;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Once a policy is said to be in force, no packet sent after that passes under the one before,
/// though its flow runs in the kernel at full rate; and no packet of another tenant is lost.
@Tag("netns")
final class PolicyUnderLoadTest {
  private static final int ROUNDS = 5;
  private static final int OTHERS_PER_SECOND = 5_000;
  private static final long AFTER_MS = 20;

  @TempDir private Path folder;

  /// What changes, and where.
  enum Change {
    DENIED_BY_SENDER("host1") {
      @Override
      PolicyText of(PolicyText policy) {
        return policy.denyingOut("UDP");
      }
    },
    DENIED_BY_RECEIVER("host2") {
      @Override
      PolicyText of(PolicyText policy) {
        return policy.denyingIn("UDP");
      }
    },
    MOVED("host1") {
      @Override
      PolicyText of(PolicyText policy) {
        return policy.withRed2At("host3");
      }
    },
    GONE_FROM_SENDER("host1") {
      @Override
      PolicyText of(PolicyText policy) {
        return policy.withoutRed2();
      }
    },
    GONE_FROM_RECEIVER("host2") {
      @Override
      PolicyText of(PolicyText policy) {
        return policy.withoutRed2();
      }
    };

    private final String host;

    Change(String host) {
      this.host = host;
    }

    abstract PolicyText of(PolicyText policy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"VXLAN", "NVGRE"})
  void nothingPassesUnderTheOldPolicy(String encapsulation) throws Exception {
    PolicyText before = PolicyText.over(encapsulation);
    try (TwoHosts hosts = new TwoHosts(folder, before);
        NumberedStream red =
            new NumberedStream(hosts.namespaces, "red1", "red2", TwoHosts.SECOND, 7001);
        NumberedStream blue =
            new NumberedStream(hosts.namespaces, "blue1", "blue2", TwoHosts.SECOND, 7001)) {
      blue.start(OTHERS_PER_SECOND);
      red.start(0);
      awaitKernel(hosts, blue, TwoHosts.port("blue"));
      // What is lost until the neighbours know each other is lost.
      long lost = blue.sent() - blue.received();
      for (int round = 0; round < ROUNDS; round++) {
        for (Change change : Change.values()) {
          awaitKernel(hosts, red, TwoHosts.port("red"));
          long inForce = hosts.change(change.host, change.of(before));
          TimeUnit.MILLISECONDS.sleep(AFTER_MS);
          long after = red.newestStamp() - inForce;
          assertTrue(after < 0, () -> change + ": sent " + after + " ns after, and arrived");
          long allowed = hosts.change(change.host, before);
          TwoHosts.await("packets pass again", () -> red.newestStamp() > allowed);
        }
      }
      red.stop();
      blue.stop();
      TwoHosts.await(
          "all packets of the other tenant",
          () -> blue.sent() - blue.received() - blue.refusedBySocket() <= lost);
      hosts.requireWell();
    }
  }

  /// Waits until packets of a stream arrive that Java has seen on neither host.
  private static void awaitKernel(TwoHosts hosts, NumberedStream stream, int port)
      throws Exception {
    TwoHosts.await(
        "the kernel forwards",
        () -> {
          long java = byJava(hosts, port);
          long arrived = stream.received();
          TimeUnit.MILLISECONDS.sleep(2);
          return stream.received() > arrived + 2 && byJava(hosts, port) == java;
        });
  }

  /// Packets that came in by a machine's port here, and left by one there.
  private static long byJava(TwoHosts hosts, int port) throws Failure {
    return hosts.receivedByJava("host1", port) + hosts.sentByJava("host2", port);
  }
}
