// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.dataplane.Frame;
import hnv.dataplane.FrameProcessor;
import hnv.dataplane.Port;
import hnv.linux.offload.KernelExecutor;
import hnv.vswitch.VSwitch;
import java.util.function.LongToIntFunction;
import org.jspecify.annotations.Nullable;

/// What the Worker does: the switch, what stands beside it, and word to the kernel that the Worker
/// is well, since one that hangs looks after no flow, so that the kernel sends everything up to it.
/// Owned by the Worker.
final class Duties implements FrameProcessor {
  /// How long the kernel goes on by itself. The Worker sleeps for a tenth of a second at most.
  private static final long ALIVE_NS = 2_000_000_000L;

  /// How often it is told: seldom, since each packet in the kernel reads where it is written.
  private static final long TELL_NS = 500_000_000L;

  private final VSwitch vswitch;
  private final @Nullable KernelExecutor executor;
  private LongToIntFunction beside = nowNs -> 0;
  private long nextNs = Long.MIN_VALUE;

  /// @param executor the kernel's; null: Java alone
  Duties(VSwitch vswitch, @Nullable KernelExecutor executor) {
    this.vswitch = vswitch;
    this.executor = executor;
  }

  /// Something else to be done between packets, which takes the time and returns what it did.
  /// Before the Worker starts.
  void add(LongToIntFunction other) {
    LongToIntFunction before = beside;
    beside = nowNs -> before.applyAsInt(nowNs) + other.applyAsInt(nowNs);
  }

  @Override
  public void process(Frame frame, long nowNs) {
    vswitch.process(frame, nowNs);
  }

  @Override
  public void drained(Port port, long nowNs) {
    vswitch.drained(port, nowNs);
  }

  @Override
  public int housekeep(long nowNs) {
    if (executor != null && nowNs >= nextNs) {
      nextNs = nowNs + TELL_NS;
      executor.alive(nowNs + ALIVE_NS);
    }
    return vswitch.housekeep(nowNs) + beside.applyAsInt(nowNs);
  }
}
