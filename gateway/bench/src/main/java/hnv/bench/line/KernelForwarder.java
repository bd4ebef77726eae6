// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.result.Contestant;
import hnv.bench.result.Figures;
import hnv.bench.result.Metric;
import hnv.bench.traffic.BenchPolicy;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The kernel's own: a bridge with the machine's device and a VXLAN device, every address known
/// beforehand.
///
/// Packets are forwarded by whoever sends them, on the sender's processor, unless receive packet
/// steering hands them to another. Which is better depends on the machine, so that {@link #choose}
/// tries both.
final class KernelForwarder implements Forwarder {
  private static final String BRIDGE = "bridge";

  /// Microseconds of a unit of /proc/stat, USER_HZ = 100.
  private static final long TICK_NS = 10_000_000L;

  /// Which number of a line of /proc/stat is the time in soft interrupts, the name counted.
  private static final int SOFT_INTERRUPTS = 7;

  private final Line line;
  private boolean steered;

  KernelForwarder(Line line) {
    this.line = line;
    Namespace host = line.host();
    host.ip(
        Line.vxlan(BenchPolicy.PA_HERE, BenchPolicy.PA_THERE),
        "link add %s type bridge mcast_snooping 0".formatted(BRIDGE),
        "link set %s master %s".formatted(Line.VXLAN, BRIDGE),
        "link set %s master %s".formatted(Line.VM, BRIDGE),
        "link set %s up".formatted(Line.VXLAN),
        "link set %s up".formatted(Line.VM),
        "link set %s up".formatted(BRIDGE));
    know(BenchPolicy.MAC_THERE.toString(), Line.VXLAN);
    know(BenchPolicy.MAC_HERE.toString(), Line.VM);
  }

  private void know(String mac, String device) {
    Namespace host = line.host();
    host.run("bridge", "fdb", "replace", mac, "dev", device, "master", "static").require();
  }

  @Override
  public String name() {
    return "kernel";
  }

  @Override
  public Line line() {
    return line;
  }

  /// Zero where the sender forwards: it is the sender's time.
  @Override
  public long cpuNs() {
    return steered ? softInterruptsNs() : 0;
  }

  @Override
  public long drops() {
    return 0;
  }

  /// Tries both ways, twice in turns, and stays with the better.
  ///
  /// @param metric that of the first value of a run
  /// @return what was found, for the reader
  String choose(Contestant contestant, Metric metric, double seconds) {
    double direct = 0;
    double handedOver = 0;
    for (int i = 0; i < 2; i++) {
      steer(false);
      direct = better(metric, direct, contestant.run(seconds).values().getFirst());
      steer(true);
      handedOver = better(metric, handedOver, contestant.run(seconds).values().getFirst());
    }
    boolean steering = better(metric, direct, handedOver) != direct;
    steer(steering);
    return "kernel forwards %s (tried: %s on the sender's CPU, %s %s by RPS on CPU %d)"
        .formatted(
            steering ? "by receive packet steering" : "on the sender's CPU",
            Figures.of(direct),
            Figures.of(handedOver),
            metric.unit(),
            Lines.FORWARDER_CPU);
  }

  private static double better(Metric metric, double one, double other) {
    if (one == 0) {
      return other;
    }
    return metric.moreIsBetter() ? Math.max(one, other) : Math.min(one, other);
  }

  private void steer(boolean on) {
    steered = on;
    String mask = on ? Integer.toHexString(1 << Lines.FORWARDER_CPU) : "0";
    line.host()
        .run(
            "sh",
            "-c",
            "for f in /sys/class/net/*/queues/rx-*/rps_cpus; do echo " + mask + " >$f; done")
        .require();
  }

  private static long softInterruptsNs() {
    try {
      return Files.readAllLines(Path.of("/proc/stat")).stream()
          .filter(text -> text.startsWith("cpu" + Lines.FORWARDER_CPU + " "))
          .mapToLong(text -> Long.parseLong(text.split(" ", -1)[SOFT_INTERRUPTS]) * TICK_NS)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new LabException("cannot read /proc/stat", e);
    }
  }
}
