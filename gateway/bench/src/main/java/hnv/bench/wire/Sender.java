// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Inside;
import hnv.lab.netns.Namespace;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.traffic.FrameSender;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.function.Supplier;

/// The beginning of a line: sends the same frames round and round, as fast as one processor can.
public final class Sender implements AutoCloseable {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Namespace namespace;
  private final FrameSender frames;

  /// What was sent in one go.
  ///
  /// @param frames that the kernel took
  /// @param elapsedNs by the clock
  /// @param cpuNs of the sending thread; what the kernel forwards on the same processor is in it
  /// @param atEnd what was looked at as soon as the last frame was sent
  public record Burst<T>(long frames, long elapsedNs, long cpuNs, T atEnd) {}

  private Sender(Namespace namespace, FrameSender frames) {
    this.namespace = namespace;
    this.frames = frames;
  }

  /// Sends by a device.
  public static Sender open(Namespace namespace, String device, List<byte[]> frames) {
    return Inside.call(
        namespace,
        () -> {
          try (HostNetwork network = HostNetwork.open()) {
            int index = network.link(device).orElseThrow().index();
            return new Sender(namespace, new FrameSender(index, frames));
          }
        });
  }

  /// Sends for so long.
  ///
  /// @param look taken at the end, by the sending thread
  public <T> Burst<T> send(int cpu, double seconds, Supplier<T> look) {
    return Inside.await(namespace, Inside.begin(namespace, cpu, () -> sendHere(seconds, look)));
  }

  private <T> Burst<T> sendHere(double seconds, Supplier<T> look) throws LinuxException {
    long cpu = THREADS.getCurrentThreadCpuTime();
    long begin = System.nanoTime();
    long limit = (long) (seconds * 1e9);
    long sent = 0;
    while (System.nanoTime() - begin < limit) {
      sent += frames.send();
    }
    long elapsed = System.nanoTime() - begin;
    long spent = THREADS.getCurrentThreadCpuTime() - cpu;
    return new Burst<>(sent, elapsed, spent, look.get());
  }

  @Override
  public void close() {
    frames.close();
  }
}
