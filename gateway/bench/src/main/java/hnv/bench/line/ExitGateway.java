// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

/// What stands in the middle of an {@link ExitLine}. It translates the tenant's packets to {@link
/// ExitLine#PUBLIC}.
public interface ExitGateway {
  /// For people, short.
  String name();

  ExitLine line();

  /// Processor time of its own processes, in nanoseconds. What the kernel does in soft interrupts
  /// is not in it.
  long cpuNs();

  /// Packets that it dropped and counted, apart from those that devices counted.
  long drops();

  /// Keeps its processes on the forwarder's CPU, or lets them run on all.
  default void pin(boolean pinned) {}
}
