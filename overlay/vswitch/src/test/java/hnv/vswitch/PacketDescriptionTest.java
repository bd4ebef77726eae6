// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PacketDescriptionTest {
  private static final String MACS = "02:00:00:00:01:01 > 02:00:00:00:01:02 ";

  private final TestNetwork net = new TestNetwork();

  private void assertDescribed(String expected, byte[] octets, boolean tunnel) {
    Frame frame = net.frame(octets, 1);
    assertEquals(
        DropReason.NONE,
        tunnel ? FrameParser.parseTunnel(frame, 4789) : FrameParser.parsePlain(frame));
    assertEquals(expected, PacketDescription.of(frame));
    frame.release();
  }

  private void assertDescribed(String expected, Packet packet) {
    assertDescribed(MACS + expected, packet.bytes(), false);
  }

  @Test
  void saysAddressesPortsAndLength() {
    assertDescribed("10.0.0.1 > 10.0.0.2 UDP 1 > 2, length 60", Packet.udp(A1, A2, 1, 2));
    assertDescribed(
        "fd00::1 > fd00::2 TCP 1 > 65535 flags 0x12, length 92",
        Packet.tcp6(A1, A2, 1, 65_535, Packet.SYN | Packet.ACK));
    assertDescribed(
        "10.0.0.1 > 10.0.0.2 ICMP type 8 code 0, length 60", Packet.ping(A1, A2, 7, false));
    assertDescribed(
        "fd00::1 > fd00::2 ICMPv6 type 129 code 0, length 80", Packet.ping6(A1, A2, 7, true));
    assertDescribed(
        "10.0.0.1 > 10.0.0.2 protocol 132, length 60", Packet.of(A1, A2, false, 132, 0, 0));
    assertDescribed(
        "10.0.0.1 > 10.0.0.2 UDP later fragment, length 84",
        Packet.udp(A1, A2, 1, 2).length(64).fragment(9));
    assertDescribed(
        "tagged 10.0.0.1 > 10.0.0.2 UDP 1 > 2, length 60", Packet.udp(A1, A2, 1, 2).withVlanTag());
  }

  @Test
  void saysTheTunnel() {
    byte[] inner = Packet.udp(A1, A2, 1, 2).bytes();
    String said = " 5001 192.168.1.20 > 192.168.1.10 | " + MACS;
    said += "10.0.0.1 > 10.0.0.2 UDP 1 > 2, length 60";
    for (boolean vxlan : new boolean[] {true, false}) {
      byte[] outer = Packet.tunnel(inner, vxlan, 5001, TestNetwork.THERE, TestNetwork.HERE);
      assertDescribed((vxlan ? "VXLAN" : "NVGRE") + said, outer, true);
    }
  }

  @Test
  void saysWhatIsNotIp() {
    String arp = "ffffffffffff 020000000101 0806 0001 0800 06 04 000%d 020000000101 0a000001";
    arp = arp.replace(" ", "") + "0000000000000a000002";
    String macs = "02:00:00:00:01:01 > ff:ff:ff:ff:ff:ff ";
    assertDescribed(
        macs + "ARP who has 10.0.0.2 tell 10.0.0.1",
        HexFormat.of().parseHex(arp.formatted(1)),
        false);
    assertDescribed(
        macs + "ARP reply 10.0.0.2 tell 10.0.0.1",
        HexFormat.of().parseHex(arp.formatted(2)),
        false);
    assertDescribed(
        "02:00:00:00:01:01 > ff:ff:ff:ff:ff:ff EtherType 0x88cc",
        HexFormat.of().parseHex("ffffffffffff02000000010188cc"),
        false);
  }
}
