// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.linux.Lab;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.wire.InternetChecksum;
import hnv.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Which packets of the underlay are ours and which the host's.
///
///     other                      host
///     e0 ─────────────────────── u ▶ port; 192.168.1.10 and fd00::10 are provider addresses,
///                                          192.168.1.11 is not
@Tag("netns")
final class UnderlayPortTest {
  private static final String PA = "c0a8010a";
  private static final String NO_PA = "c0a8010b";
  private static final String ETHERNET = "020000000010 020000000001";
  private static final String DATA = "0800000000138900" + "00".repeat(40);

  private Lab lab;
  private HostNetwork network;
  private UnderlayFilter filter;
  private DevicePort port;
  private final FrameBatch batch = new FrameBatch(new FramePool(64));

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("host", "other");
    lab.veth("host", "u", "other", "e0");
    lab.ip("host", "link set u address 02:00:00:00:00:10");
    lab.ip("host", "addr add 192.168.1.10/24 dev u");
    lab.ip("host", "addr add 192.168.1.11/24 dev u");
    lab.ip("host", "addr add fd00::10/64 dev u nodad");
    lab.in(
        "host",
        () -> {
          network = HostNetwork.open();
          filter = UnderlayFilter.create(List.of(4789));
          filter.setAddresses(Set.of(IpAddress.parse("192.168.1.10"), IpAddress.parse("fd00::10")));
          port = DevicePort.openUnderlay(network, batch.pool(), "underlay", 0, "u", filter, null);
          return null;
        });
  }

  @AfterEach
  void clear() {
    if (lab != null) {
      if (port != null) {
        port.close();
        filter.close();
        network.close();
      }
      lab.close();
    }
  }

  private static String ipv4(String flags, int protocol, String to, String payload) {
    return ipv4(flags, protocol, to, "", payload);
  }

  private static String ipv4(
      String flags, int protocol, String to, String options, String payload) {
    int header = 20 + options.length() / 2;
    String before =
        "%02x00%04x1234%s40%02x"
            .formatted(0x40 | header / 4, header + payload.length() / 2, flags, protocol);
    String after = "c0a80101" + to + options;
    byte[] octets = HexFormat.of().parseHex(before + "0000" + after);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment f = arena.allocateFrom(ValueLayout.JAVA_BYTE, octets);
      int checksum = InternetChecksum.checksum(f, 0, octets.length);
      return ETHERNET + "0800" + before + "%04x".formatted(checksum) + after + payload;
    }
  }

  private static String udp(int port) {
    return "c350%04x%04x0000".formatted(port, 8 + DATA.length() / 2) + DATA;
  }

  /// Sends a frame and counts what the port gets.
  private int received(String frame) throws Exception {
    PacketSender.send(lab, "other", "e0", frame);
    int count = 0;
    for (int i = 0; i < 8; i++) {
      TimeUnit.MILLISECONDS.sleep(10);
      batch.clear();
      count += port.receive(batch);
      for (int k = 0; k < batch.size(); k++) {
        batch.get(k).release();
      }
    }
    return count;
  }

  private long refusedByHost() throws Exception {
    return lab.counter("host", "Udp", "NoPorts");
  }

  @Test
  void takesVxlanToAProviderAddress() throws Exception {
    assertEquals(1, received(ipv4("4000", 17, PA, udp(4789))));
    assertEquals(0, refusedByHost());
  }

  @Test
  void leavesOtherPortsToTheHost() throws Exception {
    assertEquals(0, received(ipv4("4000", 17, PA, udp(4790))));
    assertEquals(1, refusedByHost());
  }

  @Test
  void leavesOtherAddressesToTheHost() throws Exception {
    assertEquals(0, received(ipv4("4000", 17, NO_PA, udp(4789))));
    assertEquals(1, refusedByHost());
  }

  @Test
  void takesNvgreButNoOtherGre() throws Exception {
    assertEquals(1, received(ipv4("4000", 47, PA, "2000655800138900" + DATA)));
    assertEquals(0, received(ipv4("4000", 47, PA, "20000800001389004500")));
  }

  @Test
  void leavesVlanTaggedFramesToTheHost() throws Exception {
    String tagged = ipv4("4000", 17, PA, udp(4789)).replaceFirst("0800", "8100002a0800");
    assertEquals(0, received(tagged));
  }

  @Test
  void takesPacketsWithIpOptions() throws Exception {
    assertEquals(1, received(ipv4("4000", 17, PA, "01010101", udp(4789))));
    assertEquals(0, refusedByHost());
  }

  @Test
  void takesFragmentsOfTunnelPackets() throws Exception {
    assertEquals(1, received(ipv4("2000", 17, PA, udp(4789))));
    assertEquals(1, received(ipv4("2007", 17, PA, DATA)));
    assertEquals(1, received(ipv4("000d", 17, PA, DATA)));
    assertEquals(0, lab.counter("host", "Ip", "ReasmReqds"));
  }

  @Test
  void leavesOtherFragmentsToTheHost() throws Exception {
    assertEquals(0, received(ipv4("2000", 17, PA, udp(53))));
    assertEquals(0, received(ipv4("0007", 17, PA, DATA)));
    assertEquals(2, lab.counter("host", "Ip", "ReasmReqds"));
  }

  @Test
  void takesVxlanOverIpv6() throws Exception {
    String header = "6000 0000 %04x 11 40".formatted(8 + DATA.length() / 2);
    String addresses = "fd000000000000000000000000000001 fd000000000000000000000000000010";
    assertEquals(1, received(ETHERNET + "86dd" + header + addresses + udp(4789)));
    assertEquals(0, received(ETHERNET + "86dd" + header + addresses + udp(4790)));
  }

  @Test
  void leavesShortAndForeignFramesToTheHost() throws Exception {
    assertEquals(0, received(ETHERNET + "0806" + "00".repeat(46)));
    assertEquals(0, received(ETHERNET + "0800" + "45000014"));
    assertEquals(0, received(ETHERNET + "0800" + "43" + "00".repeat(45)));
  }

  @Test
  void followsAChangeOfAddresses() throws Exception {
    filter.setAddresses(Set.of(IpAddress.parse("192.168.1.11")));
    assertEquals(0, received(ipv4("4000", 17, PA, udp(4789))));
    assertEquals(1, refusedByHost());
    assertEquals(1, received(ipv4("4000", 17, NO_PA, udp(4789))));
    assertEquals(1, refusedByHost());
  }
}
