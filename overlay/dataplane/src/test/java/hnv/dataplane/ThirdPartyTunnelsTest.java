// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.wire.EthernetHeader;
import hnv.wire.MacAddress;
import hnv.wire.NvgreHeader;
import hnv.wire.capture.CaptureReader;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Tunnel packets that nobody here made are read as others read them: tcpdump's own text beside its
/// captures, and what tshark says of the rest.
class ThirdPartyTunnelsTest {
  private static final Path CASES =
      Path.of(System.getProperty("hnv.root", "../..")).resolve("../shared/cases").normalize();

  private static final Pattern OUTER =
      Pattern.compile("VXLAN, flags \\[I\\] \\(0x08\\), vni (\\d+)");
  private static final Pattern INNER =
      Pattern.compile("^(\\S{17}) > (\\S{17}), ethertype \\S+ \\(0x(\\w{4})\\), length (\\d+):");

  private final FramePool pool = new FramePool(1);

  private static List<byte[]> packets(String file) throws IOException {
    Path path = CASES.resolve(file);
    assumeTrue(Files.exists(path), "there is no third-party capture " + path);
    List<byte[]> packets = new ArrayList<>();
    try (CaptureReader reader = CaptureReader.open(path)) {
      for (var next = reader.next(); next.isPresent(); next = reader.next()) {
        packets.add(next.get().octets().toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return packets;
  }

  private Frame parsed(byte[] octets, int udpPort) {
    Frame frame = TestPacket.frame(pool, octets);
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, udpPort));
    return frame;
  }

  private static String source(Frame frame) {
    return new MacAddress(EthernetHeader.source(frame.memory(), frame.l2())).toString();
  }

  private static String destination(Frame frame) {
    return new MacAddress(EthernetHeader.destination(frame.memory(), frame.l2())).toString();
  }

  @ParameterizedTest
  @CsvSource({"vxlan, 4789", "vxlan_port_8472, 8472"})
  void readsVxlanAsTcpdumpDoes(String name, int udpPort) throws IOException {
    List<byte[]> packets = packets("tcpdump/tests/" + name + ".pcap");
    Path text = CASES.resolve("tcpdump/tests/" + name + ".out");
    List<String> lines = Files.readAllLines(text, StandardCharsets.UTF_8);
    assertEquals(2 * packets.size(), lines.size());
    for (int i = 0; i < packets.size(); i++) {
      Matcher outer = OUTER.matcher(lines.get(2 * i));
      Matcher inner = INNER.matcher(lines.get(2 * i + 1));
      assertTrue(outer.find() && inner.find(), lines.get(2 * i));
      Frame frame = parsed(packets.get(i), udpPort);
      assertEquals(Encapsulation.VXLAN, frame.encapsulation());
      assertEquals(Integer.parseInt(outer.group(1)), frame.tunnelVsid());
      assertEquals(inner.group(1), source(frame));
      assertEquals(inner.group(2), destination(frame));
      assertEquals(Integer.parseInt(inner.group(3), 16), frame.etherType());
      assertEquals(Integer.parseInt(inner.group(4)), frame.end() - frame.l2());
      frame.release();
    }
  }

  /// File, outer IPv6, UDP port, VNI, inner IPv6, inner TCP ports, all by tshark.
  @ParameterizedTest
  @CsvSource({
    "tcpdump/tests/gso-ipv4-vxlan-ipv4.pcap, false, 4789, 5001, false, 37099, 41547",
    "tcpdump/tests/gso-ipv4-vxlan-ipv6.pcap, false, 4789, 5001, true, 44479, 40145",
    "tcpdump/tests/gso-ipv6-vxlan-ipv4.pcap, true, 4789, 5001, false, 34737, 42261",
    "tcpdump/tests/gso-ipv6-vxlan-ipv6.pcap, true, 4789, 5001, true, 43583, 44175",
    "packetnet/Test/CaptureFiles/vxlan.pcap, false, 4789, 1193046, false, 1001, 1002",
    "packetnet/Test/CaptureFiles/vxlan_custom_port.pcap, false, 65530, 1193046, false, 1001, 1002"
  })
  void readsVxlanAsTsharkDoes(
      String file, boolean outerIpv6, int udpPort, int vni, boolean ipv6, int from, int to)
      throws IOException {
    Frame frame = parsed(checksummed(packets(file).getFirst()), udpPort);
    assertEquals(Encapsulation.VXLAN, frame.encapsulation());
    assertEquals(outerIpv6, frame.isOuterIpv6());
    assertEquals(vni, frame.tunnelVsid());
    assertEquals(ipv6, frame.isIpv6());
    assertEquals(TestPacket.TCP, frame.protocol());
    assertEquals(from, frame.sourcePort());
    assertEquals(to, frame.destinationPort());
  }

  /// The one capture of NVGRE: VSID 0x123456, FlowID 0x02.
  @Test
  void readsNvgreAsTsharkDoes() throws IOException {
    byte[] octets = packets("packetnet/Test/CaptureFiles/gre_nvgre.pcap").getFirst();
    Frame frame = parsed(checksummed(octets), 4_789);
    assertEquals(Encapsulation.NVGRE, frame.encapsulation());
    assertEquals(0x123456, frame.tunnelVsid());
    assertEquals(0x02, NvgreHeader.flowId(frame.memory(), (long) frame.l2() - NvgreHeader.LENGTH));
    assertEquals("aa:bb:00:00:10:01", source(frame));
    assertEquals("aa:bb:00:00:10:02", destination(frame));
    assertEquals(TestPacket.TCP, frame.protocol());
    assertEquals(1_001, frame.sourcePort());
    assertEquals(1_002, frame.destinationPort());
  }

  /// As it is, that capture is refused: its header checksums are zero, left to the sender's card.
  @Test
  void refusesHeaderChecksumsThatWereNeverMade() throws IOException {
    byte[] octets = packets("packetnet/Test/CaptureFiles/gre_nvgre.pcap").getFirst();
    Frame frame = TestPacket.frame(pool, octets);
    assertEquals(DropReason.IPV4_CHECKSUM_INVALID, FrameParser.parseTunnel(frame, 4_789));
  }

  @Test
  void refusesVxlanGpe() throws IOException {
    for (byte[] octets : packets("tcpdump/tests/nsh-over-vxlan-gpe.pcap")) {
      Frame frame = TestPacket.frame(pool, octets);
      assertEquals(DropReason.NOT_A_TUNNEL_PACKET, FrameParser.parseTunnel(frame, 4_789));
      frame.release();
    }
  }

  private static byte[] checksummed(byte[] octets) {
    byte[] copy = octets.clone();
    ParserContract.repairIpv4Checksums(copy);
    return copy;
  }
}
