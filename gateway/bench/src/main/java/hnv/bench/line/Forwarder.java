// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

/// What stands in the middle of a line.
interface Forwarder {
  /// For people, short.
  String name();

  Line line();

  /// Processor time that it has had apart from that of the sender, in nanoseconds.
  long cpuNs();

  /// Packets that it dropped and counted, apart from those that devices counted.
  long drops();
}
