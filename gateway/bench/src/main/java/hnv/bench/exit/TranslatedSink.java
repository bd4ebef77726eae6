// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import static hnv.linux.bpf.Register.FP;
import static hnv.linux.bpf.Register.R0;
import static hnv.linux.bpf.Register.R1;
import static hnv.linux.bpf.Register.R2;
import static hnv.linux.bpf.Register.R3;
import static hnv.linux.bpf.Register.R4;
import static hnv.linux.bpf.Register.R5;
import static hnv.linux.bpf.Register.R6;
import static hnv.linux.bpf.Register.R7;
import static hnv.linux.bpf.Register.R8;

import hnv.bench.line.ExitLine;
import hnv.bench.line.Inside;
import hnv.bench.traffic.TranslatedFrame;
import hnv.bench.traffic.TunnelFrame;
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
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The end of a line with a translation in it: a tc program at a device's ingress, which looks into
/// each {@link TranslatedFrame}, counts it, and drops it or sends it back. It costs the same
/// whoever translated.
///
/// A packet counts as *damaged* where an address, the destination port, the TTL, the virtual
/// subnet, a checksum or the mark is wrong. Packets of another length go on to the stack.
final class TranslatedSink implements AutoCloseable {
  private static final int NEXT = -1;
  private static final int DROP = 2;
  private static final int REDIRECT = 7;

  /// Offset in `struct __sk_buff` of linux/bpf.h.
  private static final int SKB_LENGTH = 0;

  // The stack, below the frame pointer: the frame, its network header aligned to 2 octets; the key.
  private static final int FRAME = -TranslatedFrame.LENGTH;
  private static final int KEY = -128;

  private static final int IP = FRAME + EthernetHeader.LENGTH;
  private static final int UDP = IP + Ipv4Header.MIN_LENGTH;
  private static final int UDP_LENGTH = -UDP;

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

  /// What arrives at an end.
  ///
  /// @param from IPv4 address as a bit pattern; 0: any
  /// @param portAt where the frame says its destination port
  /// @param vsid in VXLAN in this virtual subnet, or in GRE with this key; 0: without a tunnel
  /// @param gre whether the tunnel is GRE
  /// @param answer whether it is sent back
  record Expected(int from, int to, int portAt, int vsid, boolean gre, boolean answer) {
    /// At the server, from a public address.
    static Expected atServer(Ipv4Address from) {
      return new Expected(
          from.bits(), ExitLine.SERVER.bits(), TranslatedFrame.PORT_THERE_AT, 0, false, false);
    }

    /// At the server, which answers, from any public address.
    static Expected atServerFromAnywhere() {
      return new Expected(0, ExitLine.SERVER.bits(), TranslatedFrame.PORT_THERE_AT, 0, false, true);
    }

    /// At the client.
    static Expected atClient(ExitLine line) {
      return at(line, line.clientAddress());
    }

    /// At the client, for itself or a machine behind it.
    static Expected at(ExitLine line, Ipv4Address machine) {
      return new Expected(
          ExitLine.SERVER.bits(),
          machine.bits(),
          TranslatedFrame.PORT_HERE_AT,
          line.access() == ExitLine.Access.VXLAN ? ExitLine.MACHINE_VSID : 0,
          false,
          false);
    }

    /// At the branch, from the client, in a tunnel.
    static Expected atBranch(ExitLine line, boolean gre) {
      return new Expected(
          line.clientAddress().bits(),
          ExitLine.BRANCH.bits(),
          TranslatedFrame.PORT_THERE_AT,
          ExitLine.BRANCH_KEY,
          gre,
          false);
    }

    /// At the client, from the branch.
    static Expected fromBranch(ExitLine line) {
      return new Expected(
          ExitLine.BRANCH.bits(),
          line.clientAddress().bits(),
          TranslatedFrame.PORT_HERE_AT,
          0,
          false,
          false);
    }

    private int outerLength() {
      if (vsid == 0) {
        return 0;
      }
      return gre ? TunnelFrame.GRE_HEADER_LENGTH : TunnelFrame.HEADER_LENGTH;
    }
  }

  private TranslatedSink(BpfMap counts, TcxLink link) {
    this.counts = counts;
    this.link = link;
  }

  /// Counts what comes in by {@link ExitLine#DEVICE}.
  static TranslatedSink open(Namespace namespace, Expected expected) {
    return Inside.call(
        namespace,
        () -> {
          BpfMap counts = BpfMap.array("exit_counts", COUNTS_LENGTH, 1);
          try (HostNetwork network = HostNetwork.open()) {
            int index = network.link(ExitLine.DEVICE).orElseThrow().index();
            try (TcProgram program =
                TcProgram.load("exit_sink", program(counts, expected, index))) {
              return new TranslatedSink(counts, TcxLink.ingress(program, index));
            }
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

  /// R6 packet, R7 sums, R8 zero where all is well.
  static Assembler program(BpfMap counts, Expected expected, int device) {
    int outer = expected.outerLength();
    Assembler program =
        new Assembler()
            .move(R6, R1)
            .load(Width.U32, R2, R6, SKB_LENGTH)
            .jumpIfNotEqual(R2, outer + TranslatedFrame.LENGTH, "foreign")
            .move(R2, 0)
            .move(R3, FP)
            .add(R3, FRAME - outer)
            .move(R4, outer + TranslatedFrame.LENGTH)
            .call(KernelFunction.LOAD_OCTETS)
            .jumpIfNotZero64(R0, "foreign")
            .move(R8, 0);
    if (outer > 0) {
      expectTunnel(program, FRAME - outer, expected);
    }
    if (!expected.gre) {
      expect(program, FRAME + EthernetHeader.ETHER_TYPE_AT, EthernetHeader.IPV4);
    }
    if (expected.from != 0) {
      checkOctets(program, IP + Ipv4Header.SOURCE_AT, expected.from, 4);
    }
    checkOctets(program, IP + Ipv4Header.DESTINATION_AT, expected.to, 4);
    checkOctets(program, IP + Ipv4Header.TTL_AT, TranslatedFrame.TTL - 1, 1);
    program
        .load(Width.U16, R2, FP, UDP + UdpHeader.DESTINATION_PORT_AT)
        .load(Width.U16, R3, FP, FRAME + expected.portAt)
        .exclusiveOr(R2, R3)
        .or(R8, R2);
    checkSums(program);
    checkMark(program);
    count(program, counts);
    if (expected.answer) {
      answer(program, device);
    } else {
      program.exit(DROP);
    }
    return program
        .label("damaged")
        .atomicAdd(R0, DAMAGED, R2)
        .exit(DROP)
        .label("foreign")
        .exit(NEXT);
  }

  /// The tunnel's key must be right, or the packet is damaged; what is no such tunnel is foreign.
  private static void expectTunnel(Assembler program, int from, Expected expected) {
    expect(program, from + EthernetHeader.ETHER_TYPE_AT, EthernetHeader.IPV4);
    if (expected.gre) {
      int gre = from + TunnelFrame.GRE_AT;
      expect(program, gre, GreHeader.KEY_PRESENT);
      expect(program, gre + Short.BYTES, EthernetHeader.IPV4);
      checkOctets(program, gre + Integer.BYTES, expected.vsid, 4);
    } else {
      expect(
          program, from + TunnelFrame.UDP_AT + UdpHeader.DESTINATION_PORT_AT, VxlanHeader.UDP_PORT);
      checkOctets(program, from + TunnelFrame.VXLAN_AT + VxlanHeader.VNI_AT, expected.vsid, 3);
    }
  }

  private static void expect(Assembler program, int at, int value) {
    program.load(Width.U16, R2, FP, at).networkOrder16(R2).jumpIfNotEqual(R2, value, "foreign");
  }

  /// Octets one by one: the stack is aligned for that.
  private static void checkOctets(Assembler program, int at, int value, int count) {
    for (int i = 0; i < count; i++) {
      int octet = value >>> (8 * (count - 1 - i)) & 0xFF;
      program.load(Width.U8, R2, FP, at + i).move(R3, octet).exclusiveOr(R2, R3).or(R8, R2);
    }
  }

  /// The sum of all words, the checksum's own among them, is all ones (RFC 1071 §1). Octets may be
  /// summed in either order (§2 B).
  private static void checkSums(Assembler program) {
    program.move(R7, 0);
    addWords(program, IP, Ipv4Header.MIN_LENGTH);
    foldAndCheck(program);
    program.move(R7, swapped(IpProtocol.UDP) + swapped(UDP_LENGTH));
    addWords(program, IP + Ipv4Header.SOURCE_AT, 8);
    addWords(program, UDP, UDP_LENGTH);
    foldAndCheck(program);
    // Zero would be no checksum at all.
    program
        .load(Width.U16, R2, FP, UDP + UdpHeader.CHECKSUM_AT)
        .jumpIfNotEqual(R2, 0, "has a checksum")
        .move(R8, 1)
        .label("has a checksum");
  }

  private static int swapped(int word) {
    return Short.toUnsignedInt(Short.reverseBytes((short) word));
  }

  private static void addWords(Assembler program, int at, int octets) {
    for (int i = 0; i < octets; i += 2) {
      program.load(Width.U16, R2, FP, at + i).add(R7, R2);
    }
  }

  private static void foldAndCheck(Assembler program) {
    for (int i = 0; i < 2; i++) {
      program.move(R2, R7).shiftRight(R2, 16).and(R7, 0xFFFF).add(R7, R2);
    }
    program.move(R2, 0xFFFF).exclusiveOr(R2, R7).or(R8, R2);
  }

  private static void checkMark(Assembler program) {
    program
        .load(Width.U16, R7, FP, FRAME + TranslatedFrame.PORT_HERE_AT)
        .shiftLeft(R7, 16)
        .load(Width.U16, R2, FP, FRAME + TranslatedFrame.PORT_THERE_AT)
        .or(R7, R2)
        .load(Width.U64, R2, FP, FRAME + TranslatedFrame.NUMBER_AT)
        .add(R7, R2)
        .shiftLeft(R2, TranslatedFrame.FACTOR_SHIFT)
        .add(R7, R2)
        .load(Width.U64, R2, FP, FRAME + TranslatedFrame.MARK_AT)
        .exclusiveOr(R7, R2)
        .or(R8, R7);
  }

  /// Leaves the value in R0 and one in R2.
  private static void count(Assembler program, BpfMap counts) {
    program
        .store(Width.U32, FP, KEY, 0)
        .loadMap(R1, counts)
        .move(R2, FP)
        .add(R2, KEY)
        .call(KernelFunction.MAP_LOOKUP)
        .jumpIfZero64(R0, "foreign")
        .move(R2, 1)
        .jumpIfNotZero64(R8, "damaged")
        .atomicAdd(R0, INTACT, R2);
  }

  /// The ends change places, which leaves both checksums as they are, and the TTL begins anew.
  private static void answer(Assembler program, int device) {
    for (int i = 0; i < 6; i += 2) {
      swap(
          program, FRAME + EthernetHeader.DESTINATION_AT + i, FRAME + EthernetHeader.SOURCE_AT + i);
    }
    for (int i = 0; i < 4; i += 2) {
      swap(program, IP + Ipv4Header.SOURCE_AT + i, IP + Ipv4Header.DESTINATION_AT + i);
    }
    swap(program, UDP + UdpHeader.SOURCE_PORT_AT, UDP + UdpHeader.DESTINATION_PORT_AT);
    // Up by one, and the sum by as much: the checksum, in network order, down by one in its first
    // octet, with the carry that this may give at its end.
    program
        .store(Width.U8, FP, IP + Ipv4Header.TTL_AT, TranslatedFrame.TTL)
        .load(Width.U16, R2, FP, IP + Ipv4Header.CHECKSUM_AT)
        .networkOrder16(R2)
        .add(R2, 0xFFFF - 0x100)
        .move(R3, R2)
        .shiftRight(R3, 16)
        .and(R2, 0xFFFF)
        .add(R2, R3)
        .networkOrder16(R2)
        .store(Width.U16, FP, IP + Ipv4Header.CHECKSUM_AT, R2)
        .move(R1, R6)
        .move(R2, 0)
        .move(R3, FP)
        .add(R3, FRAME)
        .move(R4, TranslatedFrame.LENGTH)
        .move(R5, 0)
        .call(KernelFunction.STORE_OCTETS)
        .jumpIfNotZero64(R0, "foreign")
        .move(R1, device)
        .move(R2, 0)
        .call(KernelFunction.REDIRECT)
        .exit(REDIRECT);
  }

  private static void swap(Assembler program, int one, int other) {
    program
        .load(Width.U16, R2, FP, one)
        .load(Width.U16, R3, FP, other)
        .store(Width.U16, FP, one, R3)
        .store(Width.U16, FP, other, R2);
  }
}
