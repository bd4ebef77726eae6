// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What `isValid` accepts, every accessor can read: random octets, half of them given a plausible
/// beginning, in segments that end exactly at the limit, so that a read beyond it throws.
class HeaderFuzzTest {
  private static final int ROUNDS = 100_000;
  private static final int LONGEST = 160;

  /// Keeps results alive, so that no accessor is optimised away.
  private long sink;

  @FunctionalInterface
  private interface Reader {
    /// Reads all there is to read behind a valid header at `at`; false if it is not valid.
    boolean read(MemorySegment f, long at, long limit);
  }

  private record Target(String name, String plausible, Reader reader) {}

  private void take(long value) {
    sink = sink * 31 + value;
  }

  private void take(boolean value) {
    take(value ? 1 : 0);
  }

  private boolean ethernet(MemorySegment f, long at, long limit) {
    if (!EthernetHeader.isValid(f, at, limit)) {
      return false;
    }
    take(EthernetHeader.destination(f, at));
    take(EthernetHeader.source(f, at));
    take(EthernetHeader.etherType(f, at));
    return true;
  }

  private boolean vlan(MemorySegment f, long at, long limit) {
    if (!VlanTag.isValid(f, at, limit)) {
      return false;
    }
    take(VlanTag.priority(f, at));
    take(VlanTag.isDropEligible(f, at));
    take(VlanTag.id(f, at));
    take(VlanTag.etherType(f, at));
    return true;
  }

  private boolean arp(MemorySegment f, long at, long limit) {
    if (!ArpPacket.isValid(f, at, limit)) {
      return false;
    }
    take(ArpPacket.operation(f, at));
    take(ArpPacket.senderMac(f, at));
    take(ArpPacket.senderIp(f, at));
    take(ArpPacket.targetMac(f, at));
    take(ArpPacket.targetIp(f, at));
    return true;
  }

  private boolean ipv4(MemorySegment f, long at, long limit) {
    boolean whole = Ipv4Header.isValid(f, at, limit);
    if (!Ipv4Header.isValidQuoted(f, at, limit)) {
      assertTrue(!whole, "a whole packet can be quoted");
      return false;
    }
    take(Ipv4Header.trafficClass(f, at));
    take(Ipv4Header.dscp(f, at));
    take(Ipv4Header.ecn(f, at));
    take(Ipv4Header.id(f, at));
    take(Ipv4Header.fragment(f, at));
    take(Ipv4Header.fragmentOffset(f, at));
    take(Ipv4Header.ttl(f, at));
    take(Ipv4Header.protocol(f, at));
    take(Ipv4Header.isSourceRouted(f, at));
    take(Ipv4Header.source(f, at));
    take(Ipv4Header.destination(f, at));
    take(Ipv4Header.isChecksumValid(f, at));
    take(Ipv4Header.computeChecksum(f, at));
    Ipv4Header.decrementTtl(f, at);
    Ipv4Header.replaceEcn(f, at, Ecn.CE);
    Ipv4Header.writeChecksum(f, at);
    assertTrue(Ipv4Header.isChecksumValid(f, at));
    if (whole) {
      take(InternetChecksum.sum(f, at, Ipv4Header.totalLength(f, at)));
    }
    return whole;
  }

  private boolean ipv6(MemorySegment f, long at, long limit) {
    boolean whole = Ipv6Header.isValid(f, at, limit);
    if (!Ipv6Header.isValidQuoted(f, at, limit)) {
      assertTrue(!whole, "a whole packet can be quoted");
      return false;
    }
    take(Ipv6Header.trafficClass(f, at));
    take(Ipv6Header.flowLabel(f, at));
    take(Ipv6Header.hopLimit(f, at));
    take(Ipv6Header.pseudoHeader(f, at, IpProtocol.TCP, 20));
    Ipv6Header.replaceEcn(f, at, Ecn.CE);
    long walked = Ipv6Extensions.walk(f, at, limit);
    if (walked >= 0) {
      assertTrue(at + Ipv6Extensions.upperLayerOffset(walked) <= limit);
      assertTrue(
          Ipv6Extensions.isLaterFragment(walked)
              || !Ipv6Extensions.isExtension(Ipv6Extensions.protocol(walked)));
      long routing = Ipv6Extensions.find(f, at, limit, IpProtocol.ROUTING);
      assertEquals(Ipv6Extensions.hasRouting(walked), routing != 0);
      take(routing == 0 ? 0 : Ipv6Extensions.segmentsLeft(f, routing));
      if (Ipv6Extensions.hasFragment(walked)) {
        long fragment = at + Ipv6Extensions.fragmentHeaderOffset(walked);
        take(Ipv6FragmentHeader.offset(f, fragment));
        take(Ipv6FragmentHeader.isMoreFragments(f, fragment));
        take(Ipv6FragmentHeader.id(f, fragment));
      }
    }
    return whole;
  }

  private boolean udp(MemorySegment f, long at, long limit) {
    if (!UdpHeader.isValid(f, at, limit)) {
      return false;
    }
    take(UdpHeader.sourcePort(f, at));
    take(UdpHeader.destinationPort(f, at));
    take(UdpHeader.isChecksumValid(f, at, 0));
    UdpHeader.writeChecksum(f, at, 0);
    assertTrue(UdpHeader.isChecksumValid(f, at, 0));
    return true;
  }

  private boolean tcp(MemorySegment f, long at, long limit) {
    if (!TcpHeader.isValid(f, at, limit)) {
      return false;
    }
    take(TcpHeader.sourcePort(f, at));
    take(TcpHeader.destinationPort(f, at));
    take(TcpHeader.sequence(f, at));
    take(TcpHeader.acknowledgment(f, at));
    take(TcpHeader.flags(f, at));
    take(TcpHeader.window(f, at));
    take(TcpHeader.urgentPointer(f, at));
    int length = (int) (limit - at);
    TcpHeader.writeChecksum(f, at, length, 0x1234);
    take(TcpHeader.mss(f, at));
    if (TcpHeader.clampMss(f, at, 536)) {
      assertTrue(TcpHeader.isChecksumValid(f, at, length, 0x1234));
    }
    take(TcpHeader.findOption(f, at, 8));
    return true;
  }

  private boolean icmpv4(MemorySegment f, long at, long limit) {
    if (!Icmpv4Header.isValid(f, at, limit)) {
      return false;
    }
    take(Icmpv4Header.type(f, at));
    take(Icmpv4Header.code(f, at));
    take(Icmpv4Header.id(f, at));
    take(Icmpv4Header.sequence(f, at));
    take(Icmpv4Header.nextHopMtu(f, at));
    take(Icmpv4Header.rest(f, at));
    take(Icmpv4Header.pointer(f, at));
    take(Icmpv4Header.quoteLength(f, at));
    take(Icmpv4Header.isChecksumValid(f, at, (int) (limit - at)));
    Icmpv4Header.turnIntoEchoReply(f, at);
    return true;
  }

  private boolean icmpv6(MemorySegment f, long at, long limit) {
    if (NeighborSolicitation.isValid(f, at, limit)) {
      take(NeighborSolicitation.targetHigh(f, at));
      take(NeighborSolicitation.targetLow(f, at));
      take(NeighborSolicitation.sourceMac(f, at, limit));
    }
    if (NeighborAdvertisement.isValid(f, at, limit)) {
      take(NeighborAdvertisement.flags(f, at));
      take(NeighborAdvertisement.targetHigh(f, at));
      take(NeighborAdvertisement.targetLow(f, at));
      take(NeighborAdvertisement.targetMac(f, at, limit));
    }
    if (!Icmpv6Header.isValid(f, at, limit)) {
      return false;
    }
    take(Icmpv6Header.type(f, at));
    take(Icmpv6Header.id(f, at));
    take(Icmpv6Header.sequence(f, at));
    take(Icmpv6Header.mtu(f, at));
    take(Icmpv6Header.quoteLength(f, at));
    Icmpv6Header.turnIntoEchoReply(f, at);
    return true;
  }

  private boolean gre(MemorySegment f, long at, long limit) {
    if (NvgreHeader.isValid(f, at, limit)) {
      assertTrue(GreHeader.isValid(f, at, limit), "NVGRE is GRE");
      take(NvgreHeader.vsid(f, at));
      take(NvgreHeader.flowId(f, at));
    }
    if (!GreHeader.isValid(f, at, limit)) {
      return false;
    }
    take(GreHeader.protocolType(f, at));
    if (GreHeader.hasKey(f, at)) {
      take(GreHeader.key(f, at));
    }
    if (GreHeader.hasSequence(f, at)) {
      take(GreHeader.sequence(f, at));
    }
    take(GreHeader.isChecksumValid(f, at, (int) (limit - at)));
    return true;
  }

  private boolean vxlan(MemorySegment f, long at, long limit) {
    if (!VxlanHeader.isValid(f, at, limit)) {
      return false;
    }
    take(VxlanHeader.vni(f, at));
    return true;
  }

  private boolean virtio(MemorySegment f, long at, long limit) {
    if (!VirtioNetHeader.isValid(f, at, limit, VirtioNetHeader.LENGTH_TUNNEL)) {
      return false;
    }
    take(VirtioNetHeader.headerLength(f, at));
    take(VirtioNetHeader.gsoSize(f, at));
    take(VirtioNetHeader.numBuffers(f, at));
    if ((VirtioNetHeader.flags(f, at) & VirtioNetHeader.NEEDS_CHECKSUM) != 0) {
      long frame = at + VirtioNetHeader.LENGTH_TUNNEL;
      long start = frame + VirtioNetHeader.checksumStart(f, at);
      InternetChecksum.completePartial(
          f, start, start + VirtioNetHeader.checksumOffset(f, at), limit);
    }
    return true;
  }

  @Test
  void readsWhateverIsValidWithoutLeavingTheOctets() {
    List<Target> targets =
        List.of(
            new Target("Ethernet", "0200 0000 0001 0200 0000 0002 0800", this::ethernet),
            new Target("VLAN", "002a 0800", this::vlan),
            new Target("ARP", "0001 0800 0604 0001", this::arp),
            new Target("IPv4", "4600 0040", this::ipv4),
            new Target("IPv6", "6000 0000 0020 2c40", this::ipv6),
            new Target("UDP", "1234 12b5 0020", this::udp),
            new Target(
                "TCP",
                "1234 0050 0000 0001 0000 0000 8002 ffff 0000 0000 0103 0307 0204",
                this::tcp),
            new Target("ICMP", "0800", this::icmpv4),
            new Target(
                "ICMPv6",
                "8700 0000 0000 0000 2001 0db8 0000 0000 0000 0000 0000 0001 0101",
                this::icmpv6),
            new Target("GRE", "b000 6558", this::gre),
            new Target("NVGRE", "2000 6558", this::gre),
            new Target("VXLAN", "0800", this::vxlan),
            new Target("virtio-net", "0101 0000 0001 1000 0200", this::virtio));
    Random random = new Random(0x484E56);
    List<String> never = new ArrayList<>();
    for (Target target : targets) {
      byte[] start = HexFormat.of().parseHex(target.plausible.replace(" ", ""));
      int valid = 0;
      for (int round = 0; round < ROUNDS; round++) {
        byte[] octets = new byte[random.nextInt(LONGEST)];
        random.nextBytes(octets);
        int at = octets.length == 0 ? 0 : random.nextInt(Math.min(octets.length, 8));
        if (random.nextBoolean()) {
          int copied = Math.min(start.length, octets.length - at);
          System.arraycopy(start, 0, octets, at, Math.max(copied, 0));
        }
        MemorySegment f = SCRATCH.asSlice(LONGEST - octets.length, octets.length);
        MemorySegment.copy(octets, 0, f, ValueLayout.JAVA_BYTE, 0, octets.length);
        if (target.reader.read(f, at, octets.length)) {
          valid++;
        }
      }
      if (valid == 0) {
        never.add(target.name);
      }
    }
    assertTrue(never.isEmpty(), () -> "never valid, so never read: " + never);
  }

  private static final MemorySegment SCRATCH = Hex.unwritten(LONGEST);
}
