// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.bench.line.Commands;
import hnv.bench.line.Line;
import hnv.bench.line.Lines;
import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.Flow;
import hnv.bench.traffic.MarkedFrame;
import hnv.bench.traffic.TunnelFrame;
import hnv.dataplane.Encapsulation;
import hnv.wire.NvgreHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The sink at the end of a line tells whole packets from others. What it counts is sent
/// straight at it, by the link between two hosts.
@Tag("netns")
final class CountingSinkTest {
  private static byte[] frame(Encapsulation encapsulation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(TunnelFrame.lengthOf(encapsulation), 8);
      new Flow(BenchPolicy.BLUE, 5)
          .writeInbound(
              encapsulation,
              frame,
              0,
              Line.UNDERLAY_MAC_THERE.bits(),
              Line.UNDERLAY_MAC_HERE.bits());
      return frame.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static byte[] changed(byte[] frame, int at) {
    byte[] other = frame.clone();
    other[at] ^= 1;
    return other;
  }

  @ParameterizedTest
  @EnumSource(value = Encapsulation.class, mode = EnumSource.Mode.EXCLUDE, names = "GRE")
  void countsWholePacketsAndDamagedOnesApart(Encapsulation encapsulation) {
    assumeTrue(Commands.lackingForLines().isEmpty(), () -> Commands.lackingForLines().orElse(""));
    byte[] whole = frame(encapsulation);
    int inner = TunnelFrame.headerLength(encapsulation);
    List<byte[]> damaged = new ArrayList<>();
    List<byte[]> foreign = new ArrayList<>();
    damaged.addAll(Collections.nCopies(6, changed(whole, inner + MarkedFrame.MARK_AT)));
    damaged.addAll(Collections.nCopies(4, changed(whole, inner + 33)));
    switch (encapsulation) {
      case NONE -> {}
      case VXLAN -> {
        damaged.add(changed(whole, TunnelFrame.VXLAN_AT + VxlanHeader.VNI_AT));
        foreign.add(changed(whole, TunnelFrame.UDP_AT + UdpHeader.DESTINATION_PORT_AT));
        foreign.add(changed(whole, 13));
      }
      case NVGRE -> {
        damaged.add(changed(whole, TunnelFrame.GRE_AT + NvgreHeader.VSID_AT + 2));
        foreign.add(changed(whole, TunnelFrame.GRE_AT + NvgreHeader.PROTOCOL_TYPE_AT));
        foreign.add(changed(whole, 13));
      }
      case GRE -> throw new IllegalArgumentException("no virtual subnet's frame is in GRE");
    }
    List<byte[]> frames = new ArrayList<>(damaged);
    frames.addAll(foreign);
    int intact = 64 - frames.size();
    frames.addAll(Collections.nCopies(intact, whole));
    try (Lines lines = new Lines(true)) {
      Line line = lines.direct();
      try (CountingSink sink = CountingSink.open(line.other(), Line.DEVICE, encapsulation);
          Sender sender = Sender.open(line.host(), Line.DEVICE, frames)) {
        Sender.Burst<CountingSink.Counts> burst = sender.send(Lines.SENDER_CPU, 0.05, sink::counts);
        long rounds = burst.frames() / frames.size();
        assertTrue(rounds > 0, "whole rounds");
        assertEquals(0, burst.frames() % frames.size(), "whole rounds");
        CountingSink.Counts counts = sink.counts();
        assertEquals(intact * rounds, counts.intact());
        assertEquals(damaged.size() * rounds, counts.damaged());
      }
    }
  }
}
