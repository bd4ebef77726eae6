// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.wire.capture.CaptureReader;
import hnv.wire.capture.CapturedPacket;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Headers in third-party captures, against what tshark and tcpdump say of them.
class HeaderCasesTest {
  private static final Path CASES =
      Path.of(System.getProperty("hnv.root", "../..")).resolve("../shared/cases").normalize();

  private static final int IP = EthernetHeader.LENGTH;

  private static List<MemorySegment> frames(String file) throws IOException {
    Path path = CASES.resolve(file);
    assumeTrue(Files.exists(path), "there is no third-party capture " + path);
    List<MemorySegment> frames = new ArrayList<>();
    try (CaptureReader reader = CaptureReader.open(path)) {
      Optional<CapturedPacket> packet = reader.next();
      while (packet.isPresent()) {
        frames.add(Hex.copyOf(packet.get().octets().toArray(ValueLayout.JAVA_BYTE)));
        packet = reader.next();
      }
    }
    assertTrue(!frames.isEmpty());
    return frames;
  }

  @Test
  void readsNvgre() throws IOException {
    // tshark: GRE key 0x12345602, that is VSID 0x123456 and FlowID 2.
    for (MemorySegment f : frames("packetnet/Test/CaptureFiles/gre_nvgre.pcap")) {
      assertTrue(Ipv4Header.isValid(f, IP, f.byteSize()));
      assertEquals(IpProtocol.GRE, Ipv4Header.protocol(f, IP));
      long gre = IP + Ipv4Header.headerLength(f, IP);
      assertTrue(NvgreHeader.isValid(f, gre, f.byteSize()));
      assertEquals(0x123456, NvgreHeader.vsid(f, gre));
      assertEquals(2, NvgreHeader.flowId(f, gre));
      long inner = gre + NvgreHeader.LENGTH;
      assertTrue(EthernetHeader.isValid(f, inner, f.byteSize()));
      assertEquals(EthernetHeader.IPV4, EthernetHeader.etherType(f, inner));
      assertTrue(Ipv4Header.isValid(f, inner + EthernetHeader.LENGTH, f.byteSize()));
    }
  }

  @Test
  void readsVxlan() throws IOException {
    // tshark: VNI 100 in all ten, IPv4 inside eight and ARP inside two.
    int ipv4 = 0;
    int arp = 0;
    for (MemorySegment f : frames("tcpdump/tests/vxlan.pcap")) {
      assertTrue(Ipv4Header.isValid(f, IP, f.byteSize()));
      assertTrue(Ipv4Header.isChecksumValid(f, IP));
      long udp = IP + Ipv4Header.headerLength(f, IP);
      assertTrue(UdpHeader.isValid(f, udp, f.byteSize()));
      assertEquals(VxlanHeader.UDP_PORT, UdpHeader.destinationPort(f, udp));
      long vxlan = udp + UdpHeader.LENGTH;
      assertTrue(VxlanHeader.isValid(f, vxlan, f.byteSize()));
      assertEquals(100, VxlanHeader.vni(f, vxlan));
      long inner = vxlan + VxlanHeader.LENGTH;
      long packet = inner + EthernetHeader.LENGTH;
      if (EthernetHeader.etherType(f, inner) == EthernetHeader.ARP) {
        assertTrue(ArpPacket.isValid(f, packet, f.byteSize()));
        arp++;
      } else {
        assertTrue(Ipv4Header.isValid(f, packet, f.byteSize()));
        assertTrue(Ipv4Header.isChecksumValid(f, packet));
        ipv4++;
      }
    }
    assertEquals(8, ipv4);
    assertEquals(2, arp);
  }
}
