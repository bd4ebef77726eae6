// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.Port;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// A Worker reduced to what these tests need: asks a function where each frame goes.
final class Switch implements AutoCloseable {
  static final int DROP = -1;

  final FramePool pool = new FramePool(256);
  private final FrameBatch batch = new FrameBatch(pool);
  private final List<HostPort> ports = new ArrayList<>();
  private final PollIdleStrategy idle;
  private final ToIntFunction<Frame> forward;
  private volatile boolean running = true;
  final AtomicLong superFrames = new AtomicLong();
  final AtomicLong tunnelSuperFrames = new AtomicLong();
  volatile DropReason lastFailure = DropReason.NONE;

  /// @param forward number of the port to send the frame out by, or {@link #DROP}
  Switch(ToIntFunction<Frame> forward) throws Exception {
    this.idle = new PollIdleStrategy(System::nanoTime, PollIdleStrategy.DEFAULT_SPIN_NS);
    this.forward = forward;
  }

  void add(HostPort port) throws Exception {
    ports.add(port);
    idle.watch(port);
  }

  List<HostPort> ports() {
    return ports;
  }

  void run() {
    while (running) {
      int work = 0;
      for (Port port : ports) {
        batch.clear();
        int received = port.receive(batch);
        work += received;
        for (int i = 0; i < received; i++) {
          forward(batch.get(i));
        }
      }
      idle.idle(work);
    }
    ports.forEach(HostPort::close);
    idle.close();
  }

  private void forward(Frame frame) {
    if (frame.isSuperFrame()) {
      superFrames.incrementAndGet();
      tunnelSuperFrames.addAndGet(frame.isTunnelGso() ? 1 : 0);
    }
    int to = forward.applyAsInt(frame);
    if (to == DROP) {
      frame.release();
      return;
    }
    Port exit = port(to);
    if (exit == null) {
      frame.release();
      return;
    }
    DropReason reason = exit.transmit(frame);
    if (reason != DropReason.NONE) {
      lastFailure = reason;
    }
  }

  private @Nullable Port port(int number) {
    for (HostPort port : ports) {
      if (port.number() == number) {
        return port;
      }
      for (Port vlan : port.borne()) {
        if (vlan.number() == number) {
          return vlan;
        }
      }
    }
    return null;
  }

  @Override
  public void close() {
    running = false;
    idle.wakeUp();
  }
}
