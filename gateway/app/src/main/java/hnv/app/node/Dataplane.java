// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.dataplane.Counters;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FramePool;
import hnv.dataplane.NanoClock;
import hnv.dataplane.Worker;
import hnv.linux.LinuxException;
import hnv.linux.port.HostPort;
import hnv.linux.port.PollIdleStrategy;
import hnv.vswitch.VSwitch;
import hnv.vswitch.VSwitchLimits;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// The virtual switch and the Worker thread that owns it. Others reach it by {@link #ask}; any
/// thread.
final class Dataplane implements AutoCloseable {
  private static final long ANSWER_S = 10;

  private final NanoClock clock = System::nanoTime;
  private final FramePool pool = new FramePool(FramePool.DEFAULT_FRAMES);
  private final VSwitch vswitch;
  private final PollIdleStrategy idle;
  private final Worker worker;
  private final Thread thread;

  /// @param onBug told of what a frame or a command threw
  /// @param onEnd told of what ended the Worker, which nothing should
  Dataplane(int vxlanPort, Consumer<Throwable> onBug, Consumer<Throwable> onEnd)
      throws LinuxException {
    vswitch =
        new VSwitch(
            FlowArrays.ofDefaultSize(),
            pool,
            new Counters(),
            VSwitchLimits.DEFAULT,
            new SecureRandom().nextLong());
    vswitch.setVxlanPort(vxlanPort);
    idle = new PollIdleStrategy(clock, PollIdleStrategy.DEFAULT_SPIN_NS);
    worker = new Worker(vswitch, pool, clock, idle, onBug);
    thread = Thread.ofPlatform().name("hnv-worker").unstarted(worker);
    thread.setUncaughtExceptionHandler((t, e) -> onEnd.accept(e));
  }

  void start() {
    thread.start();
  }

  /// The pool that ports fill frames from. For opening ports; the frames are the Worker's.
  FramePool pool() {
    return pool;
  }

  /// Has the Worker do something with the switch, and waits for the result.
  ///
  /// @throws Failure where it does not answer in time
  <T> T ask(Question<T> question) throws Failure {
    try {
      Callable<T> command = () -> question.of(vswitch, clock.nanoTime());
      return worker.submit(command).get(ANSWER_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("interrupted while waiting for the Worker", e);
    } catch (TimeoutException e) {
      throw new Failure("the Worker did not answer within " + ANSWER_S + " s", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException bug) {
        throw bug;
      }
      throw new Failure("the Worker refused: " + e.getCause(), e);
    }
  }

  /// Something to do with the switch, on the Worker's thread.
  @FunctionalInterface
  interface Question<T> {
    /// Does it.
    T of(VSwitch vswitch, long nowNs);
  }

  /// Polls a port from now on.
  void attach(HostPort port) throws Failure, LinuxException {
    ask(
        (vswitch, nowNs) -> {
          vswitch.attach(port);
          worker.addPort(port);
          return port.number();
        });
    idle.watch(port);
  }

  /// Stops polling a port; the caller may close it when this returns.
  void detach(HostPort port) throws Failure {
    ask(
        (vswitch, nowNs) -> {
          worker.removePort(port);
          vswitch.detach(port);
          return port.number();
        });
  }

  /// Ends the Worker after its current cycle and waits for it.
  @Override
  public void close() {
    worker.stop();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(ANSWER_S));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    idle.close();
  }
}
