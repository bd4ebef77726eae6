// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static hnv.linux.bpf.Register.FP;
import static hnv.linux.bpf.Register.R0;
import static hnv.linux.bpf.Register.R1;
import static hnv.linux.bpf.Register.R2;
import static hnv.linux.bpf.Register.R3;
import static hnv.linux.bpf.Register.R4;
import static hnv.linux.bpf.Register.R6;
import static hnv.linux.bpf.Register.R7;
import static hnv.linux.bpf.Register.R8;
import static hnv.linux.bpf.Register.R9;

import hnv.linux.bpf.Assembler.Width;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;

/// The tc programs of a port. Results are the same numbers at tcx and at clsact with direct action.
public final class TcPrograms {
  /// Not ours: the next program at the hook decides, and in the end the host's stack.
  static final int NEXT = -1;

  /// Goes on its way.
  static final int PASS = 0;

  /// Dropped.
  static final int DROP = 2;

  // struct __sk_buff of linux/bpf.h.
  private static final int SKB_MARK = 8;
  private static final int SKB_VLAN_PRESENT = 20;
  private static final int SKB_INGRESS_IFINDEX = 36;

  // Where the underlay program keeps what it reads, below the frame pointer. The IP header is
  // aligned to 8 octets, as the verifier wants it.
  private static final int ETHER_TYPE = -66;
  private static final int IP = -64;
  private static final int IPV4_KEY = -40;
  private static final int TRANSPORT = -24;
  private static final int VALUE = -8;

  private static final int TRANSPARENT_ETHERNET = 0x6558;
  private static final int FRAGMENT_OFFSET = 0x1FFF;

  private TcPrograms() {}

  /// Sends every frame out by another device.
  public static Assembler redirect(int ifindex) {
    Assembler program = new Assembler();
    appendRedirect(program, ifindex);
    return program;
  }

  /// Drops every frame.
  public static Assembler drop() {
    return new Assembler().exit(DROP);
  }

  /// Goes on as the program in the slot, as long as a process holds the slot. After that, each
  /// frame is the next program's.
  ///
  /// @param slot of {@link BpfMap#slotFor(String, TcProgram)}
  public static Assembler whileHeld(BpfMap slot) {
    return new Assembler().loadMap(R2, slot).move(R3, 0).call(KernelFunction.TAIL_CALL).exit(NEXT);
  }

  /// Passes only frames that entered the host by this device, or that bear this firewall mark. A
  /// frame of the host's own has index 0, one that it forwards the index of where it came in.
  ///
  /// @param mark 0: none
  public static Assembler passOnlyFrom(int ifindex, int mark) {
    Assembler program = new Assembler();
    if (mark != 0) {
      program.load(Width.U32, R2, R1, SKB_MARK).jumpIfEqual(R2, mark, "ours");
    }
    return program
        .load(Width.U32, R2, R1, SKB_INGRESS_IFINDEX)
        .jumpIfEqual(R2, ifindex, "ours")
        .exit(DROP)
        .label("ours")
        .exit(PASS);
  }

  /// Sends our tunnel packets out by another device and leaves all others alone.
  public static Assembler redirectTunnelPackets(UnderlayFilter filter, int ifindex) {
    Assembler program = selectTunnelPackets(filter);
    appendRedirect(program, ifindex);
    return program;
  }

  /// Drops our tunnel packets and leaves all others alone.
  public static Assembler dropTunnelPackets(UnderlayFilter filter) {
    return selectTunnelPackets(filter).exit(DROP);
  }

  private static void appendRedirect(Assembler program, int ifindex) {
    program.move(R1, ifindex).move(R2, 0).call(KernelFunction.REDIRECT).exit();
  }

  /// Ends with {@link #NEXT} for what is not ours; for what is, falls through to what is appended.
  ///
  /// R6 packet, R7 IPv4 header length, R8 IPv4 fragment field, R9 upper-layer protocol. A
  /// VLAN-tagged frame is the host's: the tag is not in the octets but in the metadata here.
  private static Assembler selectTunnelPackets(UnderlayFilter filter) {
    Assembler program =
        new Assembler()
            .move(R6, R1)
            .load(Width.U32, R2, R6, SKB_VLAN_PRESENT)
            .jumpIfNotEqual(R2, 0, "foreign");
    appendRead(program, EthernetHeader.ETHER_TYPE_AT, ETHER_TYPE, 2 + Ipv4Header.MIN_LENGTH);
    program
        .load(Width.U16, R2, FP, ETHER_TYPE)
        .networkOrder16(R2)
        .jumpIfEqual(R2, EthernetHeader.IPV6, "ipv6")
        .jumpIfNotEqual(R2, EthernetHeader.IPV4, "foreign");
    appendIpv4(program, filter);
    appendIpv6(program, filter);
    appendTransport(program, filter);
    appendFragments(program, filter);
    return program.label("foreign").exit(NEXT).label("ours");
  }

  private static void appendIpv4(Assembler program, UnderlayFilter filter) {
    program
        .load(Width.U8, R7, FP, IP + Ipv4Header.VERSION_AT)
        .and(R7, 0x0F)
        .shiftLeft(R7, 2)
        .jumpIfLess(R7, Ipv4Header.MIN_LENGTH, "foreign")
        // Destination, mapped into IPv6: 0:0:0:0:0:ffff:a.b.c.d.
        .store(Width.U64, FP, IPV4_KEY, 0)
        .store(Width.U16, FP, IPV4_KEY + 8, 0)
        .store(Width.U16, FP, IPV4_KEY + 10, 0xFFFF)
        .load(Width.U32, R2, FP, IP + Ipv4Header.DESTINATION_AT)
        .store(Width.U32, FP, IPV4_KEY + 12, R2);
    appendLookUp(program, filter.addresses(), IPV4_KEY);
    program
        .jumpIfZero64(R0, "foreign")
        .load(Width.U8, R9, FP, IP + Ipv4Header.PROTOCOL_AT)
        .load(Width.U16, R8, FP, IP + Ipv4Header.FRAGMENT_AT)
        .networkOrder16(R8)
        .jumpIfAnyBit(R8, FRAGMENT_OFFSET, "later fragment")
        .move(R2, R7)
        .add(R2, EthernetHeader.LENGTH)
        .move(R1, R6)
        .move(R3, FP)
        .add(R3, TRANSPORT)
        .move(R4, 4)
        .call(KernelFunction.LOAD_OCTETS)
        .jumpIfNotZero64(R0, "foreign")
        .jump("transport");
  }

  /// The destination address lies aligned in what was read and is itself the key. Packets with
  /// extension headers are the host's.
  private static void appendIpv6(Assembler program, UnderlayFilter filter) {
    program.label("ipv6");
    appendRead(program, EthernetHeader.LENGTH, IP, Ipv6Header.LENGTH + 8);
    program.load(Width.U8, R9, FP, IP + Ipv6Header.NEXT_HEADER_AT).move(R8, 0);
    appendLookUp(program, filter.addresses(), IP + Ipv6Header.DESTINATION_AT);
    program.jumpIfZero64(R0, "foreign");
  }

  /// UDP's destination port and GRE's protocol lie at the same place.
  private static void appendTransport(Assembler program, UnderlayFilter filter) {
    program
        .label("transport")
        .load(Width.U16, R2, FP, TRANSPORT + 2)
        .networkOrder16(R2)
        .jumpIfEqual(R9, IpProtocol.UDP, "udp")
        .jumpIfNotEqual(R9, IpProtocol.GRE, "foreign")
        .jumpIfEqual(R2, TRANSPARENT_ETHERNET, "tunnel packet")
        .jump("foreign")
        .label("udp");
    for (int port : filter.udpPorts()) {
      program.jumpIfEqual(R2, port, "tunnel packet");
    }
    program.jump("foreign");
  }

  /// A first fragment announces the others, which have no ports.
  private static void appendFragments(Assembler program, UnderlayFilter filter) {
    program
        .label("tunnel packet")
        .jumpIfAnyBit(R8, Ipv4Header.FLAG_MF, "first fragment")
        .jump("ours")
        .label("first fragment");
    appendFragmentKey(program);
    program
        .store(Width.U32, FP, VALUE, 0)
        .loadMap(R1, filter.fragments())
        .move(R2, FP)
        .add(R2, IPV4_KEY)
        .move(R3, FP)
        .add(R3, VALUE)
        .move(R4, 0)
        .call(KernelFunction.MAP_UPDATE)
        .jump("ours")
        .label("later fragment");
    appendFragmentKey(program);
    appendLookUp(program, filter.fragments(), IPV4_KEY);
    program.jumpIfNotZero64(R0, "ours");
  }

  private static void appendFragmentKey(Assembler program) {
    program
        .load(Width.U32, R2, FP, IP + Ipv4Header.SOURCE_AT)
        .store(Width.U32, FP, IPV4_KEY, R2)
        .load(Width.U32, R2, FP, IP + Ipv4Header.DESTINATION_AT)
        .store(Width.U32, FP, IPV4_KEY + 4, R2)
        .load(Width.U16, R2, FP, IP + Ipv4Header.ID_AT)
        .store(Width.U16, FP, IPV4_KEY + 8, R2)
        .store(Width.U8, FP, IPV4_KEY + 10, R9)
        .store(Width.U8, FP, IPV4_KEY + 11, 0);
  }

  private static void appendRead(Assembler program, int from, int to, int length) {
    program
        .move(R1, R6)
        .move(R2, from)
        .move(R3, FP)
        .add(R3, to)
        .move(R4, length)
        .call(KernelFunction.LOAD_OCTETS)
        .jumpIfNotZero64(R0, "foreign");
  }

  private static void appendLookUp(Assembler program, BpfMap map, int key) {
    program.loadMap(R1, map).move(R2, FP).add(R2, key).call(KernelFunction.MAP_LOOKUP);
  }
}
