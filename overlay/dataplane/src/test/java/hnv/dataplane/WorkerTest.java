// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The Worker stepped by hand, with a clock of the test's.
class WorkerTest {
  /// A port that gives a batch of frames once and keeps count of flushes.
  private static final class FakePort implements Port {
    int waiting;
    int flushes;
    List<Port> borne = List.of();

    @Override
    public List<Port> borne() {
      return borne;
    }

    @Override
    public String name() {
      return "fake";
    }

    @Override
    public PortKind kind() {
      return PortKind.VIRTUAL_MACHINE;
    }

    @Override
    public int number() {
      return 3;
    }

    @Override
    public int mtu() {
      return 1_500;
    }

    @Override
    public int receive(FrameBatch batch) {
      int count = 0;
      while (waiting > 0 && !batch.isFull()) {
        Frame frame = batch.pool().acquire();
        if (frame == null) {
          break;
        }
        frame.setIngressPort(3);
        frame.reset(FramePool.HEADROOM, waiting);
        batch.add(frame);
        waiting--;
        count++;
      }
      return count;
    }

    @Override
    public DropReason transmit(Frame frame) {
      frame.release();
      return DropReason.NONE;
    }

    @Override
    public void flush() {
      flushes++;
    }

    @Override
    public void close() {}
  }

  /// Processes by a function of the frame's length; releases what the function leaves.
  private interface OnFrame {
    void accept(Frame frame);
  }

  private final FramePool pool = new FramePool(100);
  private final FakePort port = new FakePort();
  private final List<Throwable> bugs = new ArrayList<>();
  private final AtomicInteger wakeUps = new AtomicInteger();
  private OnFrame onFrame = Frame::release;
  private final List<Port> drained = new ArrayList<>();
  private int housekeeping;
  private long now = 1_000;

  private final FrameProcessor processor =
      new FrameProcessor() {
        @Override
        public void process(Frame frame, long nowNs) {
          assertEquals(now, nowNs);
          assertEquals(now, frame.receivedNs());
          onFrame.accept(frame);
        }

        @Override
        public void drained(Port of, long nowNs) {
          drained.add(of);
        }

        @Override
        public int housekeep(long nowNs) {
          if (housekeeping < 0) {
            throw new IllegalStateException("a bug in housekeeping");
          }
          return housekeeping;
        }
      };

  private final IdleStrategy idle =
      new IdleStrategy() {
        @Override
        public void idle(int workCount) {}

        @Override
        public void wakeUp() {
          wakeUps.incrementAndGet();
        }
      };

  private final Worker worker = new Worker(processor, pool, () -> now, idle, bugs::add);

  @Test
  void pollsEachPortOncePerCycle() {
    worker.addPort(port);
    port.waiting = 150;
    assertEquals(64, worker.doWork());
    assertEquals(64, worker.doWork());
    assertEquals(22, worker.doWork());
    assertEquals(0, worker.doWork());
    assertEquals(3, port.flushes);
    assertEquals(100, pool.available());
    worker.removePort(port);
    port.waiting = 5;
    assertEquals(0, worker.doWork());
  }

  @Test
  void flushesOtherPortsToo() {
    FakePort other = new FakePort();
    worker.addPort(port);
    worker.addPort(other);
    port.waiting = 1;
    worker.doWork();
    assertEquals(1, other.flushes);
  }

  @Test
  void tellsOfBornePortsThatTheyAreDrainedToo() {
    worker.addPort(port);
    FakePort vlan = new FakePort();
    port.borne = List.of(vlan);
    port.waiting = FrameBatch.CAPACITY + 1;
    worker.doWork();
    assertEquals(List.of(), drained, "more waits");
    worker.doWork();
    assertEquals(List.of(port, vlan), drained);
  }

  @Test
  void addsUpItsWork() {
    worker.addPort(port);
    port.waiting = 2;
    housekeeping = 5;
    CompletableFuture<String> result = worker.submit(() -> "done");
    assertEquals(2 + 1 + 5, worker.doWork());
    assertEquals("done", result.join());
  }

  @Test
  void runsOneCommandPerCycle() {
    List<Integer> order = new ArrayList<>();
    List<CompletableFuture<Boolean>> results = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int number = i;
      results.add(worker.submit(() -> order.add(number)));
    }
    assertEquals(3, wakeUps.get());
    worker.doWork();
    assertEquals(List.of(0), order);
    worker.doWork();
    worker.doWork();
    assertEquals(List.of(0, 1, 2), order);
    results.forEach(result -> assertTrue(result.join()));
  }

  @Test
  void refusesTheCommandBeyondTheBound() {
    List<CompletableFuture<Integer>> accepted = new ArrayList<>();
    for (int i = 0; i < Worker.COMMAND_CAPACITY; i++) {
      int number = i;
      accepted.add(worker.submit(() -> number));
    }
    assertEquals(1_024, Worker.COMMAND_CAPACITY);
    CompletableFuture<Integer> refused = worker.submit(() -> -1);
    assertTrue(refused.isCompletedExceptionally());
    CompletionException e = assertThrows(CompletionException.class, refused::join);
    assertInstanceOf(IllegalStateException.class, e.getCause());
    for (int i = 0; i < Worker.COMMAND_CAPACITY; i++) {
      assertFalse(accepted.get(i).isDone());
      worker.doWork();
      assertEquals(i, accepted.get(i).join());
    }
    // Room again.
    CompletableFuture<Integer> later = worker.submit(() -> 7);
    worker.doWork();
    assertEquals(7, later.join());
  }

  @Test
  void tellsTheSubmitterOfAFailedCommand() {
    CompletableFuture<Object> result =
        worker.submit(
            () -> {
              throw new IllegalArgumentException("no such port");
            });
    assertEquals(1, worker.doWork());
    CompletionException e = assertThrows(CompletionException.class, result::join);
    assertEquals("no such port", e.getCause().getMessage());
  }

  /// "A bug … costs that frame and nothing else": the others are processed, and its slot comes
  /// back.
  @Test
  void survivesABugInTheProcessor() {
    worker.addPort(port);
    List<Integer> processed = new ArrayList<>();
    onFrame =
        frame -> {
          if (frame.length() % 2 == 0) {
            throw new IllegalStateException("bug " + frame.length());
          }
          processed.add(frame.length());
          frame.release();
        };
    for (int round = 0; round < 100; round++) {
      port.waiting = 10;
      assertEquals(10, worker.doWork());
    }
    assertEquals(500, bugs.size());
    assertEquals("bug 10", bugs.get(0).getMessage());
    assertEquals(500, processed.size());
    assertEquals(100, pool.available());
  }

  @Test
  void survivesABugBehindTheRelease() {
    worker.addPort(port);
    onFrame =
        frame -> {
          frame.release();
          throw new IllegalStateException("too late");
        };
    port.waiting = 10;
    assertEquals(10, worker.doWork());
    assertEquals(10, bugs.size());
    assertEquals(100, pool.available());
  }

  /// A frame that a port holds until its flush is the port's.
  @Test
  void leavesToThePortWhatWasHandedOver() {
    worker.addPort(port);
    List<Frame> held = new ArrayList<>();
    onFrame =
        frame -> {
          frame.handOver();
          held.add(frame);
          throw new IllegalStateException("behind transmit");
        };
    port.waiting = 2;
    worker.doWork();
    assertEquals(98, pool.available());
    held.forEach(Frame::release);
    assertEquals(100, pool.available());
  }

  @Test
  void survivesABugInHousekeeping() {
    worker.addPort(port);
    housekeeping = -1;
    port.waiting = 1;
    assertEquals(1, worker.doWork());
    assertEquals(1, bugs.size());
  }

  @Test
  void runsUntilStopped() throws InterruptedException {
    Thread thread = new Thread(worker, "worker of the test");
    CountDownLatch ran = new CountDownLatch(1);
    thread.start();
    CompletableFuture<Boolean> result =
        worker.submit(
            () -> {
              ran.countDown();
              return Boolean.TRUE;
            });
    assertTrue(ran.await(5, TimeUnit.SECONDS));
    assertTrue(result.join());
    worker.stop();
    thread.join(5_000);
    assertFalse(thread.isAlive());
  }
}
