// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// Runs to completion on one thread: receive, process, transmit, then a command, then background
/// work. Everything that the dataplane owns is touched by this thread only; other threads send
/// commands. Without a thread of its own ({@link #doWork} called by a test or by replay) it is
/// deterministic.
public final class Worker implements Runnable {
  /// Commands that may wait.
  public static final int COMMAND_CAPACITY = 1_024;

  private final FrameProcessor processor;
  private final FrameBatch batch;
  private final NanoClock clock;
  private final IdleStrategy idle;
  private final Consumer<Throwable> onBug;
  private final ArrayBlockingQueue<Runnable> commands = new ArrayBlockingQueue<>(COMMAND_CAPACITY);
  private final List<Port> ports = new ArrayList<>();
  private volatile boolean running = true;

  /// @param onBug told of an unchecked exception from processing a frame or from background work: a
  ///     bug, which costs that frame and nothing else; what a command throws its submitter hears
  public Worker(
      FrameProcessor processor,
      FramePool pool,
      NanoClock clock,
      IdleStrategy idle,
      Consumer<Throwable> onBug) {
    this.processor = processor;
    this.batch = new FrameBatch(pool);
    this.clock = clock;
    this.idle = idle;
    this.onBug = onBug;
  }

  /// Polls this port from now on. Worker thread only.
  public void addPort(Port port) {
    ports.add(port);
  }

  /// Stops polling the port. Worker thread only; closing it is the caller's.
  public void removePort(Port port) {
    ports.remove(port);
  }

  /// Ports that are polled. Worker thread only.
  public List<Port> ports() {
    return ports;
  }

  /// Has the Worker run `command` between two batches. Any thread.
  ///
  /// @return completed with the command's result, or exceptionally with what it threw, or at once
  ///     with {@link IllegalStateException} when {@link #COMMAND_CAPACITY} commands wait already
  public <T> CompletableFuture<T> submit(Callable<T> command) {
    CompletableFuture<T> result = new CompletableFuture<>();
    boolean accepted =
        commands.offer(
            () -> {
              try {
                result.complete(command.call());
              } catch (Exception e) {
                result.completeExceptionally(e);
              }
            });
    if (accepted) {
      idle.wakeUp();
    } else {
      result.completeExceptionally(
          new IllegalStateException("more than " + COMMAND_CAPACITY + " commands wait"));
    }
    return result;
  }

  /// One duty cycle: a batch from each port, one command, some background work.
  ///
  /// @return frames, commands and units of background work done
  public int doWork() {
    long now = clock.nanoTime();
    int work = 0;
    for (int i = 0; i < ports.size(); i++) {
      work += poll(ports.get(i), now);
    }
    if (work > 0) {
      for (int i = 0; i < ports.size(); i++) {
        ports.get(i).flush();
      }
    }
    Runnable command = commands.poll();
    if (command != null) {
      command.run();
      work++;
    }
    return work + housekeep(now);
  }

  private int housekeep(long now) {
    try {
      return processor.housekeep(now);
    } catch (RuntimeException bug) {
      onBug.accept(bug);
      return 0;
    }
  }

  private int poll(Port port, long now) {
    batch.clear();
    int received = port.receive(batch);
    for (int i = 0; i < received; i++) {
      Frame frame = batch.get(i);
      frame.setReceivedNs(now);
      try {
        processor.process(frame, now);
      } catch (RuntimeException bug) {
        onBug.accept(bug);
        frame.reclaim();
      }
    }
    if (received < FrameBatch.CAPACITY) {
      processor.drained(port, now);
      List<? extends Port> borne = port.borne();
      for (int i = 0; i < borne.size(); i++) {
        processor.drained(borne.get(i), now);
      }
    }
    return received;
  }

  /// Duty cycles until {@link #stop}.
  @Override
  public void run() {
    while (running) {
      idle.idle(doWork());
    }
  }

  /// Ends {@link #run} after the current cycle. Any thread.
  public void stop() {
    running = false;
    idle.wakeUp();
  }
}
