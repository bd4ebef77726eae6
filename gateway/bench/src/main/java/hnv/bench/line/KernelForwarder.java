// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.traffic.BenchPolicy;
import hnv.lab.netns.Namespace;

/// The kernel's own: a bridge with the machine's device and a VXLAN device, every address known
/// beforehand. It has no process: packets are forwarded in soft interrupts.
final class KernelForwarder implements Forwarder {
  private static final String BRIDGE = "bridge";

  private final Line line;

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

  @Override
  public long cpuNs() {
    return 0;
  }

  @Override
  public long drops() {
    return 0;
  }
}
