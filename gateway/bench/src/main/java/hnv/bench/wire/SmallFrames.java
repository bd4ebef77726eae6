// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Line;
import hnv.bench.line.Way;
import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.Flow;
import hnv.bench.traffic.MarkedFrame;
import hnv.bench.traffic.TunnelFrame;
import hnv.dataplane.Encapsulation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// The packets of the rows of small packets, one of each flow of the first tenant, as they are put
/// on the wire.
final class SmallFrames {
  /// Flows.
  static final int FLOWS = 256;

  private SmallFrames() {}

  /// As the sender of that way sends them.
  static List<byte[]> of(Way way, Encapsulation encapsulation) {
    return way == Way.ENCAPSULATE ? outbound(0, FLOWS) : inbound(encapsulation, 0, FLOWS);
  }

  /// What the machine here sends.
  static List<byte[]> outbound(int first, int count) {
    List<byte[]> frames = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(MarkedFrame.LENGTH, 8);
      for (int i = first; i < first + count; i++) {
        new Flow(BenchPolicy.BLUE, i).writeOutbound(frame, 0);
        frames.add(frame.toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return frames;
  }

  /// What the other host sends.
  static List<byte[]> inbound(Encapsulation encapsulation, int first, int count) {
    List<byte[]> frames = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(TunnelFrame.lengthOf(encapsulation), 8);
      for (int i = first; i < first + count; i++) {
        new Flow(BenchPolicy.BLUE, i)
            .writeInbound(
                encapsulation,
                frame,
                0,
                Line.UNDERLAY_MAC_HERE.bits(),
                Line.UNDERLAY_MAC_THERE.bits());
        frames.add(frame.toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return frames;
  }
}
