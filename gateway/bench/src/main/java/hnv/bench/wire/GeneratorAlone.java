// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.CpuTime;
import hnv.bench.line.Line;
import hnv.bench.line.Lines;
import hnv.bench.line.Way;
import hnv.dataplane.Encapsulation;
import hnv.lab.netns.LabException;

/// What sending and counting the packets of a row costs by itself: the same frames by the same
/// sender over one link, straight into the same sink. What a row's packets cost beyond that is the
/// forwarder's, and one more link's.
///
/// @param direct a line with nothing in the middle
record GeneratorAlone(Line direct, Way way, Encapsulation encapsulation) {
  /// Nanoseconds of processor time for each packet.
  double nsPerPacket(double seconds) {
    boolean outbound = way == Way.ENCAPSULATE;
    try (CountingSink sink =
            CountingSink.open(
                direct.host(),
                outbound ? Line.VM : Line.DEVICE,
                outbound ? Encapsulation.NONE : encapsulation);
        Sender sender =
            Sender.open(
                outbound ? direct.machine() : direct.other(),
                Line.DEVICE,
                SmallFrames.of(way, encapsulation))) {
      long kernelBefore = CpuTime.ofSoftInterruptThreads();
      Sender.Burst<CountingSink.Counts> burst =
          sender.send(Lines.SENDER_CPU, seconds, sink::counts);
      long cpu = burst.cpuNs() + CpuTime.ofSoftInterruptThreads() - kernelBefore;
      if (burst.atEnd().intact() < burst.frames() / 2) {
        throw new LabException(
            "the generator alone: %d of %d packets arrived"
                .formatted(burst.atEnd().intact(), burst.frames()));
      }
      return (double) cpu / burst.frames();
    }
  }
}
