// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Commands;
import hnv.bench.line.Forwarder;
import hnv.bench.line.Lines;
import hnv.dataplane.Encapsulation;
import java.util.Optional;
import java.util.function.Function;

/// Who is compared with whom: B, ours, stands last.
enum Sides {
  /// With the kernel's bridge and VXLAN device.
  KERNEL("the kernel's bridge and VXLAN device", Lines::kernel, Lines::node),
  /// Established flows in the kernel, with every packet through Java.
  JAVA("every packet through Java", Lines::javaAlone, Lines::node),
  /// NVGRE with VXLAN, this program at both ends.
  NVGRE(
      "the same in VXLAN by this program",
      lines -> lines.twoNodes(Encapsulation.VXLAN),
      lines -> lines.twoNodes(Encapsulation.NVGRE)),
  /// With Open vSwitch in user space.
  OVS("Open vSwitch in user space, AF_XDP ports", Lines::ovs, Lines::node);

  private final String peer;
  private final Function<Lines, Forwarder> a;
  private final Function<Lines, Forwarder> b;

  Sides(String peer, Function<Lines, Forwarder> a, Function<Lines, Forwarder> b) {
    this.peer = peer;
    this.a = a;
    this.b = b;
  }

  /// A, for people.
  String peer() {
    return peer;
  }

  Forwarder a(Lines lines) {
    return a.apply(lines);
  }

  Forwarder b(Lines lines) {
    return b.apply(lines);
  }

  /// What this machine lacks for them; empty where nothing.
  Optional<String> lacking() {
    Optional<String> lacking = Commands.lackingForLines();
    return this == OVS ? lacking.or(Lines::lackingOvs) : lacking;
  }
}
