// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.dataplane.Encapsulation;

/// What stands in the middle of a line.
public interface Forwarder {
  /// For people, short.
  String name();

  Line line();

  /// How packets travel to the other host.
  default Encapsulation encapsulation() {
    return Encapsulation.VXLAN;
  }

  /// Processor time of its own processes, in nanoseconds. What the kernel does in soft interrupts
  /// is not in it, but for those that a process of its own causes.
  long cpuNs();

  /// Packets that it dropped and counted, apart from those that devices counted.
  long drops();

  /// Whether every packet that it drops is counted somewhere.
  default boolean countsItsDrops() {
    return true;
  }

  /// Keeps its processes on the forwarder's CPU, or lets them run on all.
  default void pin(boolean pinned) {}

  /// Called before a run; what spins even without packets begins to.
  default void wake() {}

  /// Called after a run, so that the other side has the machine for itself.
  default void rest() {}
}
