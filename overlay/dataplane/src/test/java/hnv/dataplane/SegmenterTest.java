// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.VirtioNetHeader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Segments against an oracle that describes each segment and builds it from nothing.
class SegmenterTest {
  private static final int FRAMES = 70;

  private final FramePool pool = new FramePool(FRAMES);
  private final List<byte[]> segments = new ArrayList<>();

  private boolean segment(Frame whole) {
    segments.clear();
    return Segmenter.segment(
        whole,
        pool,
        s -> {
          assertFalse(s.isSuperFrame());
          assertFalse(s.isChecksumPartial());
          assertEquals(s.end(), s.l3() + s.l3Length());
          assertEquals(4, s.ingressPort());
          assertEquals(55, s.receivedNs());
          segments.add(TestPacket.octets(s));
          s.release();
        });
  }

  private static int gsoType(TestPacket p) {
    if (p.protocol == TestPacket.UDP) {
      return VirtioNetHeader.GSO_UDP_L4;
    }
    return p.ipv6 ? VirtioNetHeader.GSO_TCPV6 : VirtioNetHeader.GSO_TCPV4;
  }

  private Frame whole(TestPacket p, TestTunnel tunnel, int gsoSize) {
    byte[] octets = tunnel == null ? p.bytes() : tunnel.wrap(p.bytes());
    Frame frame = TestPacket.frame(pool, octets);
    frame.setIngressPort(4);
    frame.setReceivedNs(55);
    frame.setGso(gsoType(p), gsoSize);
    frame.setTunnelGso(tunnel != null);
    if (p.partial) {
      frame.setPartialChecksum((tunnel == null ? 0 : tunnel.length()) + p.l4(), p.checksumOffset());
    }
    assertEquals(
        DropReason.NONE,
        tunnel == null ? FrameParser.parsePlain(frame) : FrameParser.parseTunnel(frame, 4789));
    return frame;
  }

  /// The segments that RFC 9293 and the kernel's software GSO make of a packet.
  private static List<byte[]> oracle(TestPacket p, TestTunnel tunnel, int gsoSize) {
    List<byte[]> expected = new ArrayList<>();
    for (int from = 0; from < p.payload.length; from += gsoSize) {
      TestPacket s = p.clone();
      s.partial = false;
      s.payload = Arrays.copyOfRange(p.payload, from, Math.min(p.payload.length, from + gsoSize));
      s.id = (p.id + from / gsoSize) & 0xFFFF;
      s.sequence = p.sequence + from;
      if (from + gsoSize < p.payload.length) {
        s.flags &= ~(TestPacket.FIN | TestPacket.PSH);
      }
      if (from > 0) {
        s.flags &= ~TestPacket.CWR;
      }
      expected.add(tunnel == null ? s.bytes() : tunnel.wrap(s.bytes()));
    }
    return expected;
  }

  private void assertSegments(TestPacket p, TestTunnel tunnel, int gsoSize, String what) {
    List<byte[]> expected = oracle(p, tunnel, gsoSize);
    assertTrue(segment(whole(p, tunnel, gsoSize)), what);
    assertEquals(expected.size(), segments.size(), what);
    int shift = tunnel == null ? 0 : tunnel.length();
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), segments.get(i), what + ", segment " + i);
      TestPacket.assertChecksums(segments.get(i), shift + p.l3(), shift + p.l4(), p.protocol);
    }
    assertEquals(FRAMES, pool.available(), what);
  }

  @Test
  void cutsAsTheOracleBuilds() {
    Random random = new Random(20_26);
    for (int i = 0; i < 400; i++) {
      TestPacket p = TestPacket.random(random);
      p.protocol = random.nextBoolean() ? TestPacket.TCP : TestPacket.UDP;
      p.partial = random.nextBoolean();
      p.noUdpChecksum = false;
      int gsoSize = 256 + random.nextInt(1_200);
      p.payload(1 + random.nextInt(9_000));
      TestTunnel tunnel = random.nextInt(3) == 0 ? null : TestTunnel.random(random);
      assertSegments(p, tunnel, gsoSize, "frame " + i);
    }
  }

  @Test
  void cutsTheLongestFrame() {
    TestPacket p = TestPacket.tcp4().payload(65_535 - 40);
    p.partial = true;
    assertSegments(p, null, 1_448, "65,535 octets");
    assertEquals(46, segments.size());
  }

  @Test
  void cutsExactMultiples() {
    assertSegments(TestPacket.tcp6().payload(3_000), null, 1_000, "3 x 1000");
    assertEquals(3, segments.size());
    assertSegments(TestPacket.tcp6().payload(3_001), null, 1_000, "3 x 1000 + 1");
    assertEquals(4, segments.size());
    assertSegments(TestPacket.tcp6().payload(1_000), null, 1_000, "1 x 1000");
    assertEquals(1, segments.size());
  }

  /// FIN and PSH speak of the end of the data; CWR answers one ECE (RFC 3168 §6.1.2).
  @Test
  void putsFlagsWhereTheyBelong() {
    TestPacket p = TestPacket.tcp4().payload(3_000);
    p.flags = TestPacket.FIN | TestPacket.PSH | TestPacket.ACK | TestPacket.CWR | TestPacket.ECE;
    assertTrue(segment(whole(p, null, 1_000)));
    int at = p.l4() + 13;
    int always = TestPacket.ACK | TestPacket.ECE;
    assertEquals(always | TestPacket.CWR, segments.get(0)[at] & 0xFF);
    assertEquals(always, segments.get(1)[at] & 0xFF);
    assertEquals(always | TestPacket.FIN | TestPacket.PSH, segments.get(2)[at] & 0xFF);
  }

  @Test
  void countsIdentificationAndSequenceAroundZero() {
    TestPacket p = TestPacket.tcp4().payload(3_000);
    p.id = 0xFFFF;
    p.sequence = -1_000;
    assertSegments(p, null, 1_000, "wraps");
    assertEquals(0x0001, Bytes.u16(segments.get(2), 18));
    assertEquals(1_000, Bytes.u32(segments.get(2), p.l4() + 4));
  }

  /// The sender announced a super-frame and sent one segment without data: it is still a packet.
  @Test
  void keepsAFrameWithoutPayload() {
    TestPacket p = TestPacket.tcp4().payload(0);
    assertTrue(segment(whole(p, null, 1_000)));
    assertEquals(1, segments.size());
    assertArrayEquals(p.bytes(), segments.get(0));
    assertEquals(FRAMES, pool.available());
  }

  /// A checksum of the outer UDP held for the whole and would be wrong in each segment; zero says
  /// that there is none (RFC 7348 §5, RFC 6935).
  @Test
  void leavesNoStaleOuterChecksum() {
    TestTunnel t = TestTunnel.vxlan4();
    t.udpChecksum = 0x1234;
    assertTrue(segment(whole(TestPacket.tcp4().payload(3_000), t, 1_000)));
    for (byte[] s : segments) {
      assertEquals(0, Bytes.u16(s, t.l4() + 6));
    }
  }

  @Test
  void saysWhenThePoolRanEmpty() {
    FramePool small = new FramePool(3);
    TestPacket p = TestPacket.tcp4().payload(5_000);
    Frame frame = p.frame(small);
    frame.setGso(VirtioNetHeader.GSO_TCPV4, 1_000);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    List<Frame> kept = new ArrayList<>();
    assertFalse(Segmenter.segment(frame, small, kept::add));
    assertEquals(2, kept.size());
    assertEquals(1, small.available(), "the whole has been released");
    kept.forEach(Frame::release);
    assertEquals(3, small.available());
  }

  @Test
  void completesAPartialChecksum() {
    Random random = new Random(5);
    for (int i = 0; i < 2_000; i++) {
      TestPacket p = TestPacket.random(random);
      p.protocol = random.nextBoolean() ? TestPacket.TCP : TestPacket.UDP;
      p.noUdpChecksum = false;
      p.partial = true;
      Frame frame = p.frame(pool);
      assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
      Segmenter.completeChecksum(frame);
      assertFalse(frame.isChecksumPartial());
      TestPacket.assertChecksums(TestPacket.octets(frame), p.l3(), p.l4(), p.protocol);
      byte[] once = TestPacket.octets(frame);
      Segmenter.completeChecksum(frame);
      assertArrayEquals(once, TestPacket.octets(frame), "twice is once");
      frame.release();
    }
  }

  @Test
  void completesAPartialChecksumInATunnel() {
    TestPacket p = TestPacket.tcp6();
    p.partial = true;
    TestTunnel t = TestTunnel.nvgre4();
    Frame frame = TestPacket.frame(pool, t.wrap(p.bytes()));
    frame.setPartialChecksum(t.length() + p.l4(), p.checksumOffset());
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789));
    Segmenter.completeChecksum(frame);
    p.partial = false;
    assertArrayEquals(t.wrap(p.bytes()), TestPacket.octets(frame));
    frame.release();
  }
}
