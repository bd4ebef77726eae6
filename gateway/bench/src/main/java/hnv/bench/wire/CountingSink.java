// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import static hnv.linux.bpf.Register.FP;
import static hnv.linux.bpf.Register.R0;
import static hnv.linux.bpf.Register.R1;
import static hnv.linux.bpf.Register.R2;
import static hnv.linux.bpf.Register.R3;
import static hnv.linux.bpf.Register.R4;
import static hnv.linux.bpf.Register.R6;
import static hnv.linux.bpf.Register.R7;
import static hnv.linux.bpf.Register.R8;

import hnv.bench.line.Inside;
import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.MarkedFrame;
import hnv.bench.traffic.TunnelFrame;
import hnv.dataplane.Encapsulation;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.linux.LinuxException;
import hnv.linux.bpf.Assembler;
import hnv.linux.bpf.Assembler.Width;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.KernelFunction;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcxLink;
import hnv.linux.netlink.HostNetwork;
import hnv.wire.EthernetHeader;
import hnv.wire.GreHeader;
import hnv.wire.NvgreHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The end of a line: a tc program at a device's ingress, which looks into each packet, counts
/// it and drops it. It costs the same whoever forwarded, and nothing of it is ours to tune.
///
/// Packets of another length, and such as are no tunnel packets where those are expected, go on to
/// the stack. A packet counts as *damaged* where its mark is not that of its octets, or its virtual
/// subnet is another.
final class CountingSink implements AutoCloseable {
  private static final int NEXT = -1;
  private static final int DROP = 2;

  /// Offset in `struct __sk_buff` of linux/bpf.h.
  private static final int SKB_LENGTH = 0;

  // The stack, below the frame pointer: the inner frame, aligned to 8 octets; the outer headers
  // before it; the key of the map.
  private static final int INNER = -MarkedFrame.LENGTH;
  private static final int KEY = -128;

  // The map's only value.
  private static final int INTACT = 0;
  private static final int DAMAGED = 8;
  private static final int COUNTS_LENGTH = 16;

  private final BpfMap counts;
  private final TcxLink link;
  private final MemorySegment key = Arena.ofAuto().allocate(Integer.BYTES, 8);
  private final MemorySegment value = Arena.ofAuto().allocate(COUNTS_LENGTH, 8);

  /// What has arrived.
  record Counts(long intact, long damaged) {
    long all() {
      return intact + damaged;
    }

    Counts since(Counts before) {
      return new Counts(intact - before.intact, damaged - before.damaged);
    }
  }

  private CountingSink(BpfMap counts, TcxLink link) {
    this.counts = counts;
    this.link = link;
  }

  /// Counts what comes in by a device.
  ///
  /// @param encapsulation how it travels there
  static CountingSink open(Namespace namespace, String device, Encapsulation encapsulation) {
    return Inside.call(
        namespace,
        () -> {
          BpfMap counts = BpfMap.array("bench_counts", COUNTS_LENGTH, 1);
          try (HostNetwork network = HostNetwork.open();
              TcProgram program = TcProgram.load("bench_sink", program(counts, encapsulation))) {
            int index = network.link(device).orElseThrow().index();
            return new CountingSink(counts, TcxLink.ingress(program, index));
          } catch (LinuxException e) {
            counts.close();
            throw e;
          }
        });
  }

  /// What has arrived until now.
  synchronized Counts counts() {
    try {
      counts.get(key, value);
    } catch (LinuxException e) {
      throw new LabException("cannot read the counts", e);
    }
    return new Counts(
        value.get(ValueLayout.JAVA_LONG, INTACT), value.get(ValueLayout.JAVA_LONG, DAMAGED));
  }

  @Override
  public void close() {
    link.close();
    counts.close();
  }

  /// R6 packet, R7 mark, R8 zero where all is well.
  static Assembler program(BpfMap counts, Encapsulation encapsulation) {
    int innerAt = TunnelFrame.headerLength(encapsulation);
    int from = INNER - innerAt;
    Assembler program =
        new Assembler()
            .move(R6, R1)
            .load(Width.U32, R2, R6, SKB_LENGTH)
            .jumpIfNotEqual(R2, innerAt + MarkedFrame.LENGTH, "foreign")
            .move(R2, 0)
            .move(R3, FP)
            .add(R3, from)
            .move(R4, innerAt + MarkedFrame.LENGTH)
            .call(KernelFunction.LOAD_OCTETS)
            .jumpIfNotZero64(R0, "foreign")
            .move(R8, 0);
    switch (encapsulation) {
      case NONE -> {}
      case VXLAN -> appendVxlanChecks(program, from);
      case NVGRE -> appendNvgreChecks(program, from);
      case GRE -> throw new IllegalArgumentException("no virtual subnet's frame is in GRE");
    }
    appendMark(program);
    return program
        .store(Width.U32, FP, KEY, 0)
        .loadMap(R1, counts)
        .move(R2, FP)
        .add(R2, KEY)
        .call(KernelFunction.MAP_LOOKUP)
        .jumpIfZero64(R0, "foreign")
        .move(R2, 1)
        .jumpIfNotZero64(R8, "damaged")
        .atomicAdd(R0, INTACT, R2)
        .exit(DROP)
        .label("damaged")
        .atomicAdd(R0, DAMAGED, R2)
        .exit(DROP)
        .label("foreign")
        .exit(NEXT);
  }

  private static void appendVxlanChecks(Assembler program, int from) {
    expect(program, from + EthernetHeader.ETHER_TYPE_AT, EthernetHeader.IPV4);
    expect(
        program, from + TunnelFrame.UDP_AT + UdpHeader.DESTINATION_PORT_AT, VxlanHeader.UDP_PORT);
    appendSubnetCheck(program, from + TunnelFrame.VXLAN_AT + VxlanHeader.VNI_AT);
  }

  private static void appendNvgreChecks(Assembler program, int from) {
    expect(program, from + EthernetHeader.ETHER_TYPE_AT, EthernetHeader.IPV4);
    int gre = from + TunnelFrame.GRE_AT;
    expect(program, gre + NvgreHeader.FLAGS_AT, GreHeader.KEY_PRESENT);
    expect(program, gre + NvgreHeader.PROTOCOL_TYPE_AT, EthernetHeader.TEB);
    appendSubnetCheck(program, gre + NvgreHeader.VSID_AT);
  }

  private static void expect(Assembler program, int at, int value) {
    program.load(Width.U16, R2, FP, at).networkOrder16(R2).jumpIfNotEqual(R2, value, "foreign");
  }

  /// Three octets, one by one: the stack is aligned for that.
  private static void appendSubnetCheck(Assembler program, int at) {
    for (int i = 0; i < 3; i++) {
      int octet = BenchPolicy.BLUE.vsid() >>> (16 - 8 * i) & 0xFF;
      program.load(Width.U8, R2, FP, at + i).move(R3, octet).exclusiveOr(R2, R3).or(R8, R2);
    }
  }

  private static void appendMark(Assembler program) {
    program.move(R7, 0);
    for (int word = 0; word < MarkedFrame.MARK_AT; word += Long.BYTES) {
      program
          .move(R2, R7)
          .shiftLeft(R2, MarkedFrame.FACTOR_SHIFT)
          .add(R7, R2)
          .load(Width.U64, R2, FP, INNER + word)
          .add(R7, R2);
    }
    program.load(Width.U64, R2, FP, INNER + MarkedFrame.MARK_AT).exclusiveOr(R7, R2).or(R8, R7);
  }
}
