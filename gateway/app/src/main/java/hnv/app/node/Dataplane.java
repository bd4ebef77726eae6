// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.dataplane.Counters;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FramePool;
import hnv.dataplane.NanoClock;
import hnv.dataplane.TunnelEndpoints;
import hnv.dataplane.Worker;
import hnv.linux.LinuxException;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.linux.port.HostPort;
import hnv.linux.port.PollIdleStrategy;
import hnv.linux.port.VlanPort;
import hnv.vswitch.VPort;
import hnv.vswitch.VSwitch;
import hnv.vswitch.VSwitchLimits;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongToIntFunction;
import org.jspecify.annotations.Nullable;

/// The virtual switch and the Worker thread that owns it. Others reach it by {@link #ask}; any
/// thread.
final class Dataplane implements AutoCloseable {
  private static final long ANSWER_S = 10;

  /// Times that a change is put in force before it is a bug that it is not: once, and once more
  /// where something else changed meanwhile.
  private static final int MAX_ROUNDS = 3;

  /// Duty cycles after the Worker's end, to pass on what waits: some thousand frames.
  private static final int LAST_CYCLES = 64;

  private final NanoClock clock = System::nanoTime;
  private final FramePool pool = new FramePool(FramePool.DEFAULT_FRAMES);
  private final VSwitch vswitch;
  private final @Nullable KernelExecutor executor;
  private final Duties duties;
  private final PollIdleStrategy idle;
  private final Worker worker;
  private final Thread thread;

  /// @param limits sizes of the switch's tables
  /// @param offload the kernel's executor of flows; null: Java alone
  /// @param arrays the tables beside the flows where Java is alone
  /// @param onBug told of what a frame or a command threw
  /// @param onEnd told of what ended the Worker, which nothing should
  Dataplane(
      int vxlanPort,
      VSwitchLimits limits,
      @Nullable KernelOffload offload,
      FlowArrays arrays,
      Consumer<Throwable> onBug,
      Consumer<Throwable> onEnd)
      throws LinuxException {
    executor = offload == null ? null : offload.executor();
    vswitch =
        new VSwitch(
            executor == null ? arrays : executor.arrays(),
            pool,
            new Counters(),
            limits,
            new SecureRandom().nextLong());
    vswitch.setVxlanPort(vxlanPort);
    if (executor != null) {
      vswitch.offloadTo(executor);
    }
    idle = new PollIdleStrategy(clock, PollIdleStrategy.DEFAULT_SPIN_NS);
    duties = new Duties(vswitch, executor);
    worker = new Worker(duties, pool, clock, idle, onBug);
    thread = Thread.ofPlatform().name("hnv-worker").unstarted(worker);
    thread.setUncaughtExceptionHandler((t, e) -> onEnd.accept(e));
  }

  /// The Worker does this, too, between packets. Before {@link #start}.
  void add(LongToIntFunction duty) {
    duties.add(duty);
  }

  void start() {
    thread.start();
  }

  /// How much the kernel has room for; null where it executes no flows.
  @Nullable OffloadLimits offloadLimits() {
    return executor == null ? null : executor.limits();
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

  /// Has the Worker change what the switch goes by, and waits until no packet is forwarded by what
  /// was before, by Java or by the kernel. One thread, which is not the Worker's.
  ///
  /// @throws Failure where it does not answer in time
  /// @throws LinuxException where the kernel refuses: it goes by nothing that has changed, and Java
  ///     forwards that
  void change(Change change) throws Failure, LinuxException {
    Owners owners =
        ask(
            (vswitch, nowNs) -> {
              change.applyTo(vswitch, nowNs);
              if (executor != null) {
                executor.withdrawChanged(vswitch.arrays());
              }
              return Owners.of(vswitch);
            });
    if (executor == null) {
      return;
    }
    executor.misses().setSubnets(owners.ofSubnets);
    executor.misses().setTunnels(owners.ofTunnels);
    for (int round = 0; round < MAX_ROUNDS; round++) {
      // Also where nothing was withdrawn: a program may be at work that has read an old epoch.
      executor.awaitPrograms();
      boolean published =
          ask(
              (vswitch, nowNs) -> {
                boolean all = executor.publishChanged(vswitch.arrays());
                return all || !executor.withdrawChanged(vswitch.arrays());
              });
      if (published) {
        return;
      }
    }
    throw new IllegalStateException("next hops change while they are put in force");
  }

  /// Slots of the tenants whose frames come in tunnels: by VSID, and by the port of a connection.
  private record Owners(Map<Integer, Integer> ofSubnets, Map<Integer, Integer> ofTunnels) {
    static Owners of(VSwitch vswitch) {
      Map<Integer, Integer> ofTunnels = new HashMap<>();
      for (TunnelEndpoints.Endpoint end : vswitch.arrays().endpoints().all()) {
        VPort port = vswitch.state().port(end.port());
        if (port != null && port.tenant() != VPort.NO_TENANT) {
          ofTunnels.put(end.port(), port.tenant());
        }
      }
      return new Owners(vswitch.state().tenantsByVsid(), ofTunnels);
    }
  }

  /// A change of what the switch goes by, on the Worker's thread.
  @FunctionalInterface
  interface Change {
    /// Puts it in force.
    void applyTo(VSwitch vswitch, long nowNs);
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

  /// Has a VLAN's frames come by the port of its device, which is attached.
  void attach(VlanPort port) throws Failure {
    ask(
        (vswitch, nowNs) -> {
          vswitch.attach(port);
          port.device().bear(port);
          return port.number();
        });
  }

  /// Takes {@link #attach(VlanPort)} back.
  void detach(VlanPort port) throws Failure {
    ask(
        (vswitch, nowNs) -> {
          port.device().unbear(port);
          vswitch.detach(port);
          return port.number();
        });
  }

  /// The switch, for who owns it while no Worker runs: before {@link #start}, after {@link #end}.
  VSwitch vswitch() {
    return vswitch;
  }

  /// Ends the Worker and has the frames that wait pass. Ports are as they were.
  void end() {
    stop();
    for (int cycle = 0; cycle < LAST_CYCLES && worker.doWork() > 0; cycle++) {
      // Until all ports have been read empty, or more comes than ever ends.
    }
  }

  /// Ends the Worker after its current cycle and waits for it.
  @Override
  public void close() {
    stop();
    idle.close();
  }

  private void stop() {
    worker.stop();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(ANSWER_S));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
