// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Commands;
import hnv.bench.line.Forwarder;
import hnv.bench.line.Lines;
import hnv.dataplane.Encapsulation;
import java.util.Optional;

/// Who is compared with whom: B, ours, stands last.
enum Sides {
  /// With the kernel's bridge and VXLAN device.
  KERNEL("the kernel's bridge and VXLAN device"),
  /// Established flows in the kernel, with every packet through Java.
  JAVA("every packet through Java"),
  /// NVGRE with VXLAN, this program at both ends.
  NVGRE("the same in VXLAN by this program"),
  /// With Open vSwitch in user space.
  OVS("Open vSwitch in user space, AF_XDP ports");

  private final String peer;

  Sides(String peer) {
    this.peer = peer;
  }

  /// A, for people.
  String peer() {
    return peer;
  }

  Forwarder a(Lines lines) {
    return switch (this) {
      case KERNEL -> lines.kernel();
      case JAVA -> lines.javaAlone();
      case NVGRE -> lines.twoNodes(Encapsulation.VXLAN);
      case OVS -> lines.ovs();
    };
  }

  Forwarder b(Lines lines) {
    return this == NVGRE ? lines.twoNodes(Encapsulation.NVGRE) : lines.node();
  }

  /// What this machine lacks for them; empty where nothing.
  Optional<String> lacking(Lines lines) {
    Optional<String> lacking = Commands.lackingForLines();
    return switch (this) {
      case KERNEL, NVGRE -> lacking;
      case JAVA ->
          lines.isOffloading() ? lacking : Optional.of("without offload both sides are the same");
      case OVS -> lacking.or(Lines::lackingOvs);
    };
  }
}
