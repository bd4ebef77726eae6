// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.cli.Refusal;
import hnv.linux.LinuxException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// The thread that owns policy, ports and ways of a node. Tasks run one after the other; one that
/// throws what it should not ends the periodic ones of its kind. Any thread may give tasks.
final class ControlThread implements AutoCloseable {
  private static final long CLOSE_S = 10;

  private final ScheduledThreadPoolExecutor executor =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("hnv-control").factory());

  ControlThread() {
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
  }

  /// Runs something and waits for it. Other threads.
  <T> T call(Callable<T> task) throws Failure, Refusal {
    try {
      return executor.submit(task).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("interrupted", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Failure failure -> throw failure;
        case Refusal refusal -> throw refusal;
        case LinuxException linux -> throw new Failure(String.valueOf(linux.getMessage()), e);
        case RuntimeException bug -> throw bug;
        case null, default -> throw new Failure("failed: " + e.getCause(), e);
      }
    }
  }

  /// Runs something as soon as the thread is free.
  void execute(Runnable task) {
    executor.execute(task);
  }

  /// Runs something after a while.
  void after(long ms, Runnable task) {
    var _ = executor.schedule(task, ms, TimeUnit.MILLISECONDS);
  }

  /// Runs something again and again, each time so long after the last.
  void every(long ms, Runnable task) {
    var _ = executor.scheduleWithFixedDelay(task, ms, ms, TimeUnit.MILLISECONDS);
  }

  /// Takes no more tasks, and waits for the one that runs.
  @Override
  public void close() {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(CLOSE_S, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
