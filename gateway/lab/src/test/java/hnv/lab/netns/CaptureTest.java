// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hnv.lab.LabRun;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What is counted is what was sent, octet by octet, as tshark reads it.
@Tag("netns")
final class CaptureTest {
  private static final MacAddress SOURCE = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress DESTINATION = MacAddress.parse("02:00:00:00:00:02");
  private static final CraftedFrame FRAME =
      new CraftedFrame(
          SOURCE,
          DESTINATION,
          Ipv4Address.parse("192.0.2.1"),
          Ipv4Address.parse("192.0.2.2"),
          "hello");

  private LabRun lab;
  private Namespace sender;
  private Namespace receiver;

  @BeforeEach
  void connect() throws IOException {
    lab = LabRun.begin("tcpdump", "tshark", "tcpreplay");
    sender = lab.namespace("sender");
    receiver = lab.namespace("receiver");
    for (Namespace each : List.of(sender, receiver)) {
      each.set("net/ipv6/conf/default/disable_ipv6", 1);
    }
    LabRun.connect(sender, receiver);
  }

  @AfterEach
  void remove() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void countsEachFilterInOnePass() {
    try (Capture capture = Capture.start(receiver, "eth0", "many")) {
      capture.awaitReady();
      send(FRAME.octets(), 7);
      send(FRAME.withText("other").octets(), 3);
      capture.awaitText("other", 3, Processes.LIMIT);
      assertEquals(
          List.of(7L, 3L, 10L, 0L),
          capture.count(
              List.of(
                  CraftedFrame.withText("", "hello"),
                  CraftedFrame.withText("", "other"),
                  "udp.dstport == 9 && ip.src == 192.0.2.1",
                  "tcp")));
      assertEquals(10, capture.frames());
    }
  }

  /// tshark gives an empty table for a capture that has no length in time.
  @Test
  void countsOneFrame() {
    try (Capture capture = Capture.start(receiver, "eth0", "one")) {
      capture.awaitReady();
      send(FRAME.octets(), 1);
      capture.awaitText("hello", 1, Processes.LIMIT);
      assertEquals(List.of(1L, 0L), capture.count(List.of("udp", "tcp")));
    }
  }

  @Test
  void countsNothingWhereNothingPassed() {
    try (Capture capture = Capture.start(receiver, "eth0", "none")) {
      capture.awaitReady();
      assertEquals(List.of(0L), capture.count(List.of("frame")));
    }
  }

  @Test
  void refusesFilterThatTsharkDoesNotKnow() {
    try (Capture capture = Capture.start(receiver, "eth0", "wrong")) {
      capture.awaitReady();
      send(FRAME.octets(), 1);
      capture.awaitText("hello", 1, Processes.LIMIT);
      assertThrows(LabException.class, () -> capture.count(List.of("no.such.field == 1")));
    }
  }

  @Test
  void craftsWhatTsharkReads() {
    CraftedFrame.Tunnel vxlan =
        new CraftedFrame.Tunnel(
            SOURCE,
            DESTINATION,
            Ipv4Address.parse("198.51.100.1"),
            Ipv4Address.parse("198.51.100.2"),
            false,
            5001);
    CraftedFrame.Tunnel nvgre =
        new CraftedFrame.Tunnel(SOURCE, DESTINATION, vxlan.from(), vxlan.to(), true, 5001);
    try (Capture capture = Capture.start(receiver, "eth0", "crafted")) {
      capture.awaitReady();
      send(FRAME.withVlan(100).octets(), 1);
      send(vxlan.carry(FRAME), 1);
      send(nvgre.carry(FRAME), 1);
      capture.awaitText("hello", 3, Processes.LIMIT);
      assertEquals(
          List.of(1L, 1L, 1L, 0L, 0L),
          capture.count(
              List.of(
                  "vlan.id == 100 && udp.dstport == 9",
                  "vxlan.vni == 5001 && ip.src#2 == 192.0.2.1 && udp.dstport#2 == 9",
                  "gre.key == 0x00138900 && gre.proto == 0x6558 && ip.src#2 == 192.0.2.1",
                  "_ws.malformed",
                  "ip.checksum.status == \"Bad\" || udp.checksum.status == \"Bad\"")));
    }
  }

  private void send(byte[] frame, int times) {
    Injector.send(sender, "eth0", "sent", Collections.nCopies(times, frame));
  }
}
