// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.linux.LinuxException;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.PortCounters;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who watches which port. Whoever does has to say so again and again: a watcher that was killed is
/// forgotten with its lease, before another device can have the index of his. Any thread.
final class Captures {
  /// Until a watcher that says nothing any more is forgotten.
  static final Duration LEASE = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(Captures.class);

  /// What copies frames.
  interface Copier {
    void startCapture(int port, int captureIndex) throws LinuxException;

    void stopCapture(int port) throws LinuxException;

    PortCounters portCounters(int port) throws LinuxException;
  }

  /// By the kernel's executor.
  static Captures of(KernelExecutor executor) {
    return new Captures(
        new Copier() {
          @Override
          public void startCapture(int port, int captureIndex) throws LinuxException {
            executor.startCapture(port, captureIndex);
          }

          @Override
          public void stopCapture(int port) throws LinuxException {
            executor.stopCapture(port);
          }

          @Override
          public PortCounters portCounters(int port) throws LinuxException {
            return executor.portCounters(port);
          }
        },
        LEASE);
  }

  /// What the kernel counted at a port.
  PortCounters counters(int port) throws LinuxException {
    return copier.portCounters(port);
  }

  /// Who watches a port, until when unless he says so again.
  private static final class Watch {
    final int captureIndex;
    long until;

    Watch(int captureIndex) {
      this.captureIndex = captureIndex;
    }
  }

  private final Copier copier;
  private final Duration lease;
  private final Map<Integer, Watch> watches = new HashMap<>();

  Captures(Copier copier, Duration lease) {
    this.copier = copier;
    this.lease = lease;
  }

  /// Has copies of a port's frames sent to a device, or goes on with it.
  ///
  /// @throws Failure where somebody else watches the port
  synchronized void watch(int port, int captureIndex) throws Failure, LinuxException {
    Watch watch = watches.get(port);
    if (watch != null && watch.captureIndex != captureIndex) {
      throw new Failure("the port is being captured already");
    }
    if (watch == null) {
      watch = new Watch(captureIndex);
      copier.startCapture(port, captureIndex);
      watches.put(port, watch);
      Watch begun = watch;
      Thread.ofVirtual().name("hnv-capture").start(() -> expire(port, begun));
    }
    watch.until = System.nanoTime() + lease.toNanos();
  }

  /// Ends it; nothing happens where it has ended.
  synchronized void end(int port, int captureIndex) throws LinuxException {
    Watch watch = watches.get(port);
    if (watch != null && watch.captureIndex == captureIndex) {
      watches.remove(port);
      copier.stopCapture(port);
    }
  }

  private void expire(int port, Watch watch) {
    try {
      for (long left = left(port, watch); left > 0; left = left(port, watch)) {
        TimeUnit.NANOSECONDS.sleep(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Nanoseconds until the lease is over; where it is, it is ended.
  private synchronized long left(int port, Watch watch) {
    if (watches.get(port) != watch) {
      return 0;
    }
    long left = watch.until - System.nanoTime();
    if (left <= 0) {
      watches.remove(port);
      try {
        copier.stopCapture(port);
        LOG.info("port {}: who captured it has gone", port);
      } catch (LinuxException e) {
        LOG.warn("port {}: its capture cannot be ended: {}", port, e.getMessage());
      }
    }
    return left;
  }
}
