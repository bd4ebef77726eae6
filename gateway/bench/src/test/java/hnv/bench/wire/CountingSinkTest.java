// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.Flow;
import hnv.bench.traffic.TunnelFrame;
import hnv.lab.netns.Processes;
import hnv.lab.netns.Watchdog;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The sink at the end of a line tells whole packets from others. What it counts is sent
/// straight at it, by the link between two hosts.
@Tag("netns")
final class CountingSinkTest {
  private static final int HEADERS = TunnelFrame.HEADER_LENGTH;

  private final String run = Watchdog.newRun();
  private @Nullable Watchdog watchdog;

  @BeforeEach
  void watch() {
    assumeTrue(Commands.lackingForLines().isEmpty(), () -> Commands.lackingForLines().orElse(""));
    watchdog = Watchdog.watch(run);
  }

  @AfterEach
  void remove() {
    if (watchdog != null) {
      watchdog.close();
    }
  }

  private static byte[] tunnelFrame() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(TunnelFrame.LENGTH, 8);
      new Flow(BenchPolicy.BLUE, 5)
          .writeInbound(frame, 0, Line.UNDERLAY_MAC_THERE.bits(), Line.UNDERLAY_MAC_HERE.bits());
      return frame.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static byte[] changed(byte[] frame, int at) {
    byte[] other = frame.clone();
    other[at] ^= 1;
    return other;
  }

  @Test
  void countsWholePacketsAndDamagedOnesApart() throws Exception {
    Path logs = Files.createDirectories(Watchdog.folder(run).resolve("logs"));
    Line line = Line.lay(new Processes(run, logs), "sink");
    byte[] whole = tunnelFrame();
    List<byte[]> frames = new ArrayList<>(Collections.nCopies(50, whole));
    frames.addAll(Collections.nCopies(6, changed(whole, HEADERS + 60)));
    frames.addAll(Collections.nCopies(4, changed(whole, HEADERS + 13 + 20)));
    frames.addAll(Collections.nCopies(2, changed(whole, TunnelFrame.VXLAN_AT + 6)));
    // Not for the sink: another port, another EtherType.
    frames.add(changed(whole, TunnelFrame.UDP_AT + 3));
    frames.add(changed(whole, 13));
    try (CountingSink sink = CountingSink.open(line.other(), Line.DEVICE, HEADERS);
        Sender sender = Sender.open(line.host(), Line.DEVICE, frames)) {
      Sender.Burst<CountingSink.Counts> burst = sender.send(0.05, sink::counts);
      long rounds = burst.frames() / frames.size();
      assertEquals(0, burst.frames() % frames.size(), "whole rounds");
      CountingSink.Counts counts = sink.counts();
      assertEquals(50 * rounds, counts.intact());
      assertEquals(12 * rounds, counts.damaged());
    }
  }
}
