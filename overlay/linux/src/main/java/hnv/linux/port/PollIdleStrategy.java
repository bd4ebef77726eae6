// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.IdleStrategy;
import hnv.dataplane.NanoClock;
import hnv.linux.LinuxException;
import hnv.linux.libc.Epoll;

/// Waits first by looking again (a frame that follows soon is met awake), then asleep in the kernel
/// until a port has a frame or someone calls {@link #wakeUp}. {@link #idle} belongs to the Worker's
/// thread; the rest to any.
public final class PollIdleStrategy implements IdleStrategy, AutoCloseable {
  /// How long to look again unless said otherwise. Longer costs a core and wins little: waking up
  /// takes some 20 us.
  public static final long DEFAULT_SPIN_NS = 30_000;

  /// A sleep ends after this even if nothing happens, for background work such as ageing.
  public static final int MAX_SLEEP_MS = 100;

  private final NanoClock clock;
  private final long spinNs;
  private final Epoll epoll;
  private long idleSinceNs;
  private boolean idling;

  /// A strategy without ports.
  ///
  /// @param spinNs nanoseconds to look again before sleeping; 0 sleeps at once
  public PollIdleStrategy(NanoClock clock, long spinNs) throws LinuxException {
    this.clock = clock;
    this.spinNs = spinNs;
    this.epoll = new Epoll();
  }

  /// A frame at this port ends a sleep. A port that is closed is forgotten by itself.
  public void watch(HostPort port) throws LinuxException {
    epoll.watch(port.descriptor());
  }

  @Override
  public void idle(int workCount) {
    if (workCount > 0) {
      idling = false;
      return;
    }
    long now = clock.nanoTime();
    if (!idling) {
      idling = true;
      idleSinceNs = now;
    }
    if (now - idleSinceNs < spinNs) {
      Thread.onSpinWait();
      return;
    }
    epoll.await(MAX_SLEEP_MS);
    idling = false;
  }

  @Override
  public void wakeUp() {
    epoll.wakeUp();
  }

  @Override
  public void close() {
    epoll.close();
  }
}
