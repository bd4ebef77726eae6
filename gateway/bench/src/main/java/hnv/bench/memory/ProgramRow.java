// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.app.host.OfflineHost;
import hnv.bench.result.Comparison;
import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.Flow;
import hnv.bench.traffic.MarkedFrame;
import hnv.bench.traffic.TunnelFrame;
import hnv.lab.netns.LabException;
import hnv.linux.LinuxException;
import hnv.linux.bpf.Assembler;
import hnv.linux.bpf.TcProgram;
import hnv.linux.offload.ExitDevice;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the kernel's program takes for a packet (BPF_PROG_TEST_RUN): the flow is one that Java's
/// layers have decided and handed over. Beside it a program that does nothing. Each packet is a
/// call of its own, so that caches are colder than in traffic; the kernel's two looks at its clock
/// are in both.
final class ProgramRow implements Row {
  private static final int LOOPBACK = 1;
  private static final int BLUE_PORT = 1;
  private static final int UNDERLAY_PORT = 0;
  private static final int FRAMES_PER_SECOND = 20_000;
  private static final int LEAST_FRAMES = 500;
  private static final int ROOM = 4_096;
  private static final long ALIVE_NS = 3_600_000_000_000L;
  private static final List<Metric> METRICS =
      List.of(metric("push"), metric("pop"), metric("miss"));

  private final String name;

  ProgramRow(String name) {
    this.name = name;
  }

  private static Metric metric(String what) {
    return new Metric(what, "ns/packet, clock included", false);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return "the kernel's program for a packet: VXLAN push, VXLAN pop, no flow : an empty program";
  }

  @Override
  public Optional<String> lacking() {
    return KernelMaps.lacking();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    try (KernelExecutor kernel = KernelMaps.create(OffloadLimits.MIN_FLOWS);
        TcProgram empty = TcProgram.load("bench_empty", new Assembler().exit(0));
        Arena arena = Arena.ofConfined()) {
      Frames frames = new Frames(arena);
      begin(kernel, frames);
      kernel.putExit(UNDERLAY_PORT, LOOPBACK, 0, ExitDevice.ORDINARY);
      kernel.putExit(BLUE_PORT, LOOPBACK, 0, ExitDevice.ORDINARY);
      Runs nothing = new Runs("empty", kernel, empty, empty, frames, false);
      Runs ours =
          new Runs(
              "hnv",
              kernel,
              kernel.virtualMachineProgram(),
              kernel.underlayProgram(),
              frames,
              true);
      nothing.run(settings.seconds());
      ours.run(settings.seconds());
      return new Turns(name, METRICS, settings, progress)
          .note("median of many single packets; the program's own share is B less A")
          .measure(nothing, ours);
    } catch (LinuxException e) {
      throw new LabException("the kernel's program: " + e.getMessage(), e);
    }
  }

  /// Has Java decide on the flow, both ways, and hand it over.
  private static void begin(KernelExecutor kernel, Frames frames) throws LinuxException {
    MemoryHost memory = new MemoryHost(OfflineHost.Size.SMALL, kernel.arrays(), kernel);
    if (kernel.withdrawChanged(kernel.arrays())) {
      kernel.awaitPrograms();
    }
    kernel.publishChanged(kernel.arrays());
    memory.port(BenchPolicy.BLUE).load(frames.outbound);
    memory.underlay().load(frames.inbound);
    memory.offer(memory.port(BenchPolicy.BLUE), 1);
    memory.work();
    memory.offer(memory.underlay(), 1);
    memory.work();
  }

  /// A packet of the flow each way, and one of no flow.
  private static final class Frames {
    private final Templates outbound = new Templates(2, MarkedFrame.LENGTH);
    private final Templates inbound = new Templates(1, TunnelFrame.LENGTH);
    private final MemorySegment result;

    Frames(Arena arena) {
      new Flow(BenchPolicy.BLUE, 0).writeOutbound(outbound.memory(), 0);
      new Flow(BenchPolicy.BLUE, 1).writeOutbound(outbound.memory(), outbound.at(1));
      new Flow(BenchPolicy.BLUE, 0)
          .writeInbound(
              inbound.memory(), 0, MemoryHost.UNDERLAY_MAC_HERE, MemoryHost.UNDERLAY_MAC_THERE);
      result = arena.allocate(ROOM, 8);
    }

    MemorySegment ofFlow() {
      return outbound.memory().asSlice(0, MarkedFrame.LENGTH);
    }

    MemorySegment ofNoFlow() {
      return outbound.memory().asSlice(outbound.at(1), MarkedFrame.LENGTH);
    }

    MemorySegment inTunnel() {
      return inbound.memory().asSlice(0, TunnelFrame.LENGTH);
    }
  }

  /// @param atMachine program of the machine's port
  /// @param atUnderlay program of the underlay's port
  /// @param forwards whether packets come out changed
  private record Runs(
      String name,
      KernelExecutor kernel,
      TcProgram atMachine,
      TcProgram atUnderlay,
      Frames frames,
      boolean forwards)
      implements Contestant {
    @Override
    public Sample run(double seconds) {
      // Nobody else says that Java is there.
      kernel.alive(System.nanoTime() + ALIVE_NS);
      int count = Math.max(LEAST_FRAMES, (int) (seconds * FRAMES_PER_SECOND));
      try {
        kernel.putPort(LOOPBACK, BLUE_PORT, LOOPBACK);
        double push = time(atMachine, frames.ofFlow(), count);
        double miss = time(atMachine, frames.ofNoFlow(), count);
        List<String> problems = new ArrayList<>();
        atMachine.run(frames.ofFlow(), MemorySegment.NULL, frames.result);
        if (forwards && !isPushed(frames.result)) {
          problems.add("what was pushed is not what was to be");
        }
        kernel.putPort(LOOPBACK, UNDERLAY_PORT, LOOPBACK);
        double pop = time(atUnderlay, frames.inTunnel(), count);
        atUnderlay.run(frames.inTunnel(), MemorySegment.NULL, frames.result);
        if (forwards && !MarkedFrame.isIntact(frames.result, 0)) {
          problems.add("what was popped is not what was sent");
        }
        return new Sample(List.of(push, pop, miss), Map.of(), problems);
      } catch (LinuxException e) {
        throw new LabException("the kernel's program: " + e.getMessage(), e);
      }
    }

    private static boolean isPushed(MemorySegment frame) {
      return TunnelFrame.isFor(
              frame,
              0,
              BenchPolicy.PA_HERE.bits(),
              BenchPolicy.PA_THERE.bits(),
              BenchPolicy.BLUE.vsid())
          && MarkedFrame.isIntact(frame, TunnelFrame.HEADER_LENGTH);
    }

    private double time(TcProgram program, MemorySegment frame, int count) throws LinuxException {
      List<Double> times = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        times.add((double) program.timeNs(frame, frames.result));
      }
      return Math.max(1, Comparison.median(times));
    }
  }
}
