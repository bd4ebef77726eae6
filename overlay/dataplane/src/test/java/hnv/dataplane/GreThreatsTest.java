// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static hnv.dataplane.DropReason.GRE_PEER_UNKNOWN;
import static hnv.dataplane.DropReason.NONE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// What scanners for open tunnels send (CERT VU#199397: CVE-2024-7595, CVE-2025-23018,
/// CVE-2025-23019, CVE-2020-10136), each to an end of a tunnel, by somebody who is not its peer:
/// nothing is opened.
class GreThreatsTest {
  private static final byte[] SCANNER = {(byte) 192, 0, 2, 66};
  private static final byte[] SCANNER6 = Bytes.parse("20010db8000000000000000000000066");

  private final FramePool pool = new FramePool(1);
  private final TunnelEndpoints endpoints = new TunnelEndpoints(4);

  GreThreatsTest() {
    endpoints.set(List.of(TestGre.over4().endpoint(), TestGre.over6().endpoint(8, false)));
  }

  private DropReason parse(byte[] octets, Encapsulation opened) {
    Frame frame = TestPacket.frame(pool, octets);
    DropReason reason = FrameParser.parseOutside(frame, endpoints);
    assertEquals(opened, frame.encapsulation());
    assertArrayEquals(octets, TestPacket.octets(frame), "left as it came");
    frame.release();
    return reason;
  }

  /// Inner packets of the published scans, by name.
  private static Map<String, TestPacket> scans() {
    TestGre to = TestGre.over4();
    Map<String, TestPacket> scans = new LinkedHashMap<>();
    scans.put("standard", icmp(to.destination, SCANNER, 0, 64));
    scans.put("subnet spoof", icmp(neighbour(to.destination), SCANNER, 0, 64));
    scans.put("spoof", icmp(new byte[] {8, 8, 8, 8}, SCANNER, 0, 64));
    scans.put("ping", icmp(SCANNER, to.destination, 8, 64));
    scans.put("TTL=1", icmp(to.destination, SCANNER, 0, 1));
    return scans;
  }

  private static byte[] neighbour(byte[] address) {
    byte[] next = address.clone();
    next[3]++;
    return next;
  }

  private static TestPacket icmp(byte[] source, byte[] destination, int type, int ttl) {
    TestPacket p = TestPacket.icmp4(type);
    p.source = source;
    p.destination = destination;
    p.ttl = ttl;
    return p;
  }

  @Test
  void opensNoGreOfAScanner() {
    List<UnaryOperator<TestGre>> forms =
        List.of(g -> g, g -> g.key(0), g -> g.key(1), TestGre::checksum, g -> g.sequence(1));
    scans()
        .forEach(
            (name, inner) -> {
              for (UnaryOperator<TestGre> form : forms) {
                TestGre scan = form.apply(TestGre.over4());
                scan.source = SCANNER;
                assertEquals(GRE_PEER_UNKNOWN, parse(scan.wrap(inner), Encapsulation.NONE), name);
                TestGre scan6 = form.apply(TestGre.over6());
                scan6.source = SCANNER6;
                assertEquals(GRE_PEER_UNKNOWN, parse(scan6.wrap(inner), Encapsulation.NONE), name);
                assertEquals(
                    GRE_PEER_UNKNOWN,
                    parse(scan6.wrap(TestPacket.icmp6(129)), Encapsulation.NONE),
                    name);
              }
            });
  }

  /// A tunnel's end that speaks for us: nobody may come in by our own address.
  @Test
  void opensNoGreInOurName() {
    TestGre mirrored = TestGre.over4();
    mirrored.source = mirrored.destination;
    assertEquals(GRE_PEER_UNKNOWN, parse(mirrored.wrap(TestPacket.udp4()), Encapsulation.NONE));
    TestGre turned = TestGre.over4();
    byte[] source = turned.source;
    turned.source = turned.destination;
    turned.destination = source;
    assertEquals(NONE, parse(turned.wrap(TestPacket.udp4()), Encapsulation.NONE), "not to us");
  }

  /// IPIP, 6in4, 4in6, IP6IP6 and GUE are packets like any other, whoever sends them.
  @Test
  void opensNoOtherTunnels() {
    for (byte[] source : new byte[][] {SCANNER, TestGre.over4().source}) {
      for (int protocol : new int[] {4, 41, 55, 94, 97, 137}) {
        TestPacket outer = TestPacket.udp4();
        outer.source = source;
        outer.destination = TestGre.over4().destination;
        outer.protocol = protocol;
        outer.payload = innerOf(TestPacket.icmp4(0));
        assertEquals(NONE, parse(outer.bytes(), Encapsulation.NONE), "protocol " + protocol);
      }
    }
    TestPacket six = TestPacket.udp6();
    six.source = TestGre.over6().source;
    six.destination = TestGre.over6().destination;
    six.protocol = 4;
    six.payload = innerOf(TestPacket.icmp4(0));
    assertEquals(NONE, parse(six.bytes(), Encapsulation.NONE));
    for (int port : new int[] {4789, 6080, 6081, 3544}) {
      TestPacket udp = TestPacket.udp4();
      udp.destination = TestGre.over4().destination;
      udp.destinationPort = port;
      udp.payload = innerOf(TestPacket.icmp4(0));
      assertEquals(NONE, parse(udp.bytes(), Encapsulation.NONE), "port " + port);
    }
  }

  private static byte[] innerOf(TestPacket packet) {
    byte[] frame = packet.bytes();
    return Arrays.copyOfRange(frame, 14, frame.length);
  }

  /// The peer itself may nest what he likes: one tunnel is opened, the rest is what it carries.
  @Test
  void opensOneLevelOnly() {
    byte[] packet = innerOf(TestPacket.udp4());
    for (int depth = 1; depth <= 30; depth++) {
      byte[] frame = TestGre.over4().wrap(0x0800, packet);
      Frame parsed = TestPacket.frame(pool, frame);
      assertEquals(NONE, FrameParser.parseOutside(parsed, endpoints));
      assertEquals(Encapsulation.GRE, parsed.encapsulation());
      assertEquals(parsed.start() + 38, parsed.l3(), "depth " + depth);
      assertEquals(depth == 1 ? TestPacket.UDP : 47, parsed.protocol());
      parsed.release();
      packet = Arrays.copyOfRange(frame, 14, frame.length);
    }
  }
}
