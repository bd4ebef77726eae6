// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.cli.Failure;
import hnv.linux.offload.PortCounters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// A port is watched by one, as long as he says so.
final class CapturesTest {
  private final BlockingQueue<String> done = new LinkedBlockingQueue<>();

  private final Captures.Copier copier =
      new Captures.Copier() {
        @Override
        public void startCapture(int port, int captureIndex) {
          done.add("start " + port + " " + captureIndex);
        }

        @Override
        public void stopCapture(int port) {
          done.add("stop " + port);
        }

        @Override
        public PortCounters portCounters(int port) {
          return new PortCounters(0, 0, 0, 0, port, 0, Map.of());
        }
      };

  private List<String> done() {
    List<String> all = new ArrayList<>();
    done.drainTo(all);
    return all;
  }

  @Test
  void startsOnceAndEndsOnce() throws Exception {
    Captures captures = new Captures(copier, Captures.LEASE);
    captures.watch(3, 7);
    captures.watch(3, 7);
    assertEquals(List.of("start 3 7"), done());
    captures.end(3, 7);
    captures.end(3, 7);
    assertEquals(List.of("stop 3"), done());
    assertEquals(3, captures.counters(3).captured());
  }

  @Test
  void refusesASecondWatcherOfAPort() throws Exception {
    Captures captures = new Captures(copier, Captures.LEASE);
    captures.watch(3, 7);
    assertThrows(Failure.class, () -> captures.watch(3, 8));
    captures.end(3, 8);
    captures.watch(4, 8);
    assertEquals(List.of("start 3 7", "start 4 8"), done());
    captures.end(3, 7);
    captures.watch(3, 8);
    assertEquals(List.of("stop 3", "start 3 8"), done());
  }

  @Test
  void forgetsAWatcherThatSaysNothingAnyMore() throws Exception {
    Captures captures = new Captures(copier, Duration.ofMillis(200));
    long before = System.nanoTime();
    captures.watch(3, 7);
    assertEquals("start 3 7", done.poll(10, TimeUnit.SECONDS));
    assertEquals("stop 3", done.poll(10, TimeUnit.SECONDS));
    assertTrue(System.nanoTime() - before >= 200_000_000L);
    captures.watch(3, 9);
    assertEquals(List.of("start 3 9"), done());
  }
}
