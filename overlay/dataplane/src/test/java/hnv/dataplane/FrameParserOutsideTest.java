// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static hnv.dataplane.DropReason.GRE_CHECKSUM_INVALID;
import static hnv.dataplane.DropReason.GRE_HEADER_UNSUPPORTED;
import static hnv.dataplane.DropReason.GRE_OUT_OF_SEQUENCE;
import static hnv.dataplane.DropReason.GRE_PEER_UNKNOWN;
import static hnv.dataplane.DropReason.GRE_PROTOCOL_UNSUPPORTED;
import static hnv.dataplane.DropReason.MALFORMED_IPV4;
import static hnv.dataplane.DropReason.MALFORMED_IPV6;
import static hnv.dataplane.DropReason.MALFORMED_OUTER;
import static hnv.dataplane.DropReason.NONE;
import static hnv.dataplane.DropReason.OUTER_FRAGMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Frames of an outside network: plain ones, and GRE (RFC 2784, 2890, 7676) to the end of a tunnel.
class FrameParserOutsideTest {
  private final FramePool pool = new FramePool(1);
  private final Frame frame = TestPacket.udp4().frame(pool);
  private final TunnelEndpoints endpoints = new TunnelEndpoints(16);

  private DropReason parse(byte[] octets) {
    frame.release();
    TestPacket.frame(pool, octets);
    return FrameParser.parseOutside(frame, endpoints);
  }

  private void know(TestGre... tunnels) {
    endpoints.set(Arrays.stream(tunnels).map(TestGre::endpoint).toList());
  }

  private static TestGre withFlags(boolean over6, int flags) {
    TestGre t = over6 ? TestGre.over6() : TestGre.over4();
    t.flags = flags;
    t.key = 0xC0FFEE00;
    t.sequence = 42;
    return t;
  }

  @Test
  void opensEveryHeaderOfBothFamilies() {
    for (int bits = 0; bits < 16; bits++) {
      int flags = ((bits & 1) << 15) | ((bits & 2) << 12) | ((bits & 4) << 10);
      TestGre t = withFlags((bits & 8) != 0, flags);
      know(t);
      for (TestPacket p : new TestPacket[] {TestPacket.udp4(), TestPacket.tcp6()}) {
        assertEquals(NONE, parse(t.wrap(p)));
        assertEquals(Encapsulation.GRE, frame.encapsulation());
        assertEquals(TestGre.CONNECTION, frame.tunnelPort());
        assertEquals(t.ipv6, frame.isOuterIpv6());
        assertEquals(frame.start() + 14, frame.outerL3());
        assertEquals(frame.start() + t.length(), frame.l3());
        assertEquals(frame.l3() - 14, frame.l2());
        assertEquals(p.ipv6 ? 0x86DD : 0x0800, frame.etherType());
        assertEquals(p.ipv6, frame.isIpv6());
        assertEquals(p.protocol, frame.protocol());
        assertEquals(frame.end(), frame.l3() + frame.l3Length());
      }
    }
  }

  @Test
  void leavesOtherFramesPlain() {
    know(TestGre.over4());
    assertEquals(NONE, parse(TestPacket.tcp4().bytes()));
    assertEquals(Encapsulation.NONE, frame.encapsulation());
    TestGre through = TestGre.over4();
    through.destination = new byte[] {(byte) 203, 0, 113, 99};
    assertEquals(NONE, parse(through.wrap(TestPacket.udp4())));
    assertEquals(Encapsulation.NONE, frame.encapsulation());
    assertEquals(47, frame.protocol());
    know();
    assertEquals(NONE, parse(TestGre.over4().wrap(TestPacket.udp4())));
    assertEquals(Encapsulation.NONE, frame.encapsulation());
  }

  @Test
  void doesNotOpenWhatWasSentToAGroup() {
    know(TestGre.over4());
    byte[] octets = TestGre.over4().wrap(TestPacket.udp4());
    octets[0] |= 1;
    assertEquals(NONE, parse(octets));
    assertEquals(Encapsulation.NONE, frame.encapsulation());
  }

  @Test
  void doesNotOpenVxlan() {
    know(TestGre.over4());
    TestTunnel vxlan = TestTunnel.vxlan4();
    vxlan.destination = TestGre.over4().destination;
    assertEquals(NONE, parse(vxlan.wrap(TestPacket.udp4().bytes())));
    assertEquals(Encapsulation.NONE, frame.encapsulation());
  }

  @Test
  void dropsUnknownPeersAndKeys() {
    know(TestGre.over4().key(5));
    assertEquals(NONE, parse(TestGre.over4().key(5).wrap(TestPacket.udp4())));
    assertEquals(GRE_PEER_UNKNOWN, parse(TestGre.over4().key(6).wrap(TestPacket.udp4())));
    assertEquals(GRE_PEER_UNKNOWN, parse(TestGre.over4().wrap(TestPacket.udp4())));
    TestGre stranger = TestGre.over4().key(5);
    stranger.source = new byte[] {(byte) 198, 51, 100, 11};
    assertEquals(GRE_PEER_UNKNOWN, parse(stranger.wrap(TestPacket.udp4())));
    know(TestGre.over4());
    assertEquals(GRE_PEER_UNKNOWN, parse(TestGre.over4().key(0).wrap(TestPacket.udp4())));
  }

  @Test
  void dropsWhatComesByAnotherNetwork() {
    TestGre t = TestGre.over4().key(5);
    endpoints.set(
        List.of(
            new TunnelEndpoints.Endpoint(
                TestGre.address(t.source),
                TestGre.address(t.destination),
                OptionalInt.of(5),
                TestGre.CONNECTION,
                false,
                3)));
    frame.release();
    TestPacket.frame(pool, t.wrap(TestPacket.udp4()));
    frame.setIngressPort(3);
    assertEquals(NONE, FrameParser.parseOutside(frame, endpoints));
    frame.release();
    TestPacket.frame(pool, t.wrap(TestPacket.udp4()));
    frame.setIngressPort(4);
    assertEquals(GRE_PEER_UNKNOWN, FrameParser.parseOutside(frame, endpoints));
  }

  @Test
  void takesNoMappedAddressForAnIpv4Peer() {
    know(TestGre.over4());
    TestGre mapped = TestGre.over6();
    mapped.source = Bytes.parse("00000000000000000000ffffc633640a");
    mapped.destination = Bytes.parse("00000000000000000000ffffcb007114");
    assertEquals(NONE, parse(mapped.wrap(TestPacket.udp4())));
    assertEquals(Encapsulation.NONE, frame.encapsulation(), "not even for us");
  }

  @Test
  void refusesReservedBitsAndVersions() {
    for (int bit = 0; bit < 16; bit++) {
      int flags = 0x8000 >>> bit;
      TestGre t = withFlags(false, flags);
      know(t);
      boolean must = bit == 1 || bit == 4 || bit == 5 || bit >= 13;
      assertEquals(
          must ? GRE_HEADER_UNSUPPORTED : NONE, parse(t.wrap(TestPacket.udp4())), "" + bit);
    }
  }

  @Test
  void verifiesTheChecksum() {
    TestGre t = TestGre.over4().checksum().key(1);
    know(t);
    t.spoilChecksum = true;
    assertEquals(GRE_CHECKSUM_INVALID, parse(t.wrap(TestPacket.udp4())));
    byte[] right = TestGre.over4().checksum().key(1).wrap(TestPacket.udp4());
    right[right.length - 1] ^= 1;
    assertEquals(GRE_CHECKSUM_INVALID, parse(right));
  }

  @Test
  void verifiesTheChecksumOverAnUnfinishedOne() {
    TestGre t = TestGre.over4().checksum();
    know(t);
    for (TestPacket packet : new TestPacket[] {TestPacket.tcp4(), TestPacket.udp6()}) {
      byte[] octets = t.wrap(packet);
      // As the sender's kernel leaves it: the GRE checksum counts on what will be written.
      int transport = t.length() + packet.l4() - 14;
      int pseudo =
          Bytes.pseudoSum(
              packet.source, packet.destination, packet.protocol, octets.length - transport);
      Bytes.put16(octets, transport + packet.checksumOffset(), pseudo);
      frame.release();
      TestPacket.frame(pool, octets);
      frame.setPartialChecksum(transport, packet.checksumOffset());
      assertEquals(NONE, FrameParser.parseOutside(frame, endpoints));
      frame.release();
      octets[transport - 1] ^= 1;
      TestPacket.frame(pool, octets);
      frame.setPartialChecksum(transport, packet.checksumOffset());
      assertEquals(GRE_CHECKSUM_INVALID, FrameParser.parseOutside(frame, endpoints));
    }
  }

  /// The kernel's own GRE leaves the checksum of its header to the device (`gre_build_header`): on
  /// a veth the field is zero, and what is unfinished begins at the header.
  @Test
  void takesTheKernelsUnfinishedChecksum() {
    for (TestGre t : new TestGre[] {TestGre.over4().checksum(), TestGre.over6().checksum()}) {
      know(t);
      byte[] octets = t.wrap(TestPacket.tcp4());
      int gre = 14 + (t.ipv6 ? 40 : 20);
      Bytes.put16(octets, gre + 4, 0);
      assertEquals(GRE_CHECKSUM_INVALID, parse(octets));
      frame.release();
      TestPacket.frame(pool, octets);
      frame.setPartialChecksum(gre, 4);
      assertEquals(NONE, FrameParser.parseOutside(frame, endpoints));
      assertFalse(frame.isChecksumPartial(), "what is inside is complete");
    }
  }

  @Test
  void dropsWhatIsNotIp() {
    for (int type : new int[] {0x6558, 0x0806, 0x8847, 0x880B, 0x8100}) {
      TestGre t = TestGre.over4().type(type);
      know(t);
      assertEquals(GRE_PROTOCOL_UNSUPPORTED, parse(t.wrap(TestPacket.udp4())));
    }
  }

  @Test
  void handsOnAnswersToKeepalives() {
    TestGre t = TestGre.over4();
    know(t);
    assertEquals(NONE, parse(t.wrap(0, new byte[0])));
    assertEquals(Encapsulation.GRE, frame.encapsulation());
    assertEquals(0, frame.etherType());
    assertEquals(0, frame.l3Length());
  }

  @Test
  void dropsOuterFragments() {
    for (int fragment : new int[] {0x2000, 0x0001, 0x2001}) {
      TestGre t = TestGre.over4();
      t.fragment = fragment;
      know(t);
      assertEquals(OUTER_FRAGMENT, parse(t.wrap(TestPacket.udp4())));
    }
    TestGre t = TestGre.over6();
    t.extension = 44;
    know(t);
    assertEquals(OUTER_FRAGMENT, parse(t.wrap(TestPacket.udp4())));
    t.extension = 60;
    assertEquals(NONE, parse(t.wrap(TestPacket.udp4())), "destination options");
  }

  @Test
  void dropsWhatIsCutShort() {
    TestGre t = TestGre.over4().key(9).sequence(1);
    know(t);
    byte[] whole = t.wrap(TestPacket.udp4());
    for (int left = 34; left < whole.length; left++) {
      byte[] cut = Arrays.copyOf(whole, left);
      Bytes.put16(cut, 16, left - 14);
      Bytes.put16(cut, 24, 0);
      Bytes.put16(cut, 24, ~Bytes.naiveSum(cut, 14, 34, 0));
      DropReason reason = parse(cut);
      if (left < 38) {
        assertEquals(MALFORMED_OUTER, reason);
      } else if (left < 46) {
        assertEquals(GRE_HEADER_UNSUPPORTED, reason);
      } else {
        assertEquals(MALFORMED_IPV4, reason, "" + left);
      }
    }
    assertEquals(MALFORMED_IPV6, parse(t.wrap(0x86DD, new byte[39])));
  }

  @Test
  void dropsWhatIsOutOfSequence() {
    TestGre t = TestGre.over4();
    TestGre other = TestGre.over4().key(1);
    endpoints.set(List.of(t.endpoint(7, true), other.endpoint(8, false)));
    assertEquals(NONE, receive(t.sequence(0xFFFF_FFFE)));
    assertEquals(GRE_OUT_OF_SEQUENCE, receive(t));
    assertEquals(NONE, receive(t.sequence(0)));
    assertEquals(NONE, receive(t.sequence(0x7FFF_FFFF)), "2^31 - 1 further is later");
    assertEquals(GRE_OUT_OF_SEQUENCE, receive(t.sequence(0)));
    assertEquals(GRE_OUT_OF_SEQUENCE, receive(t.sequence(0xFFFF_FFFF)), "2^31 back");
    assertEquals(NONE, receive(TestGre.over4()), "without number, in between");
    assertEquals(GRE_OUT_OF_SEQUENCE, receive(t.sequence(0x7FFF_FFFF)), "which changes nothing");
    assertEquals(NONE, parse(TestGre.over4().wrap(0, new byte[0])));
    assertEquals(NONE, endpoints.receive(frame), "the answer to a keepalive");
    assertEquals(NONE, receive(other.sequence(3)));
    assertEquals(NONE, receive(other.sequence(2)), "nobody asked for order");
    endpoints.set(List.of(t.endpoint(7, true)));
    assertEquals(GRE_OUT_OF_SEQUENCE, receive(t.sequence(5)), "kept by a change of others");
    endpoints.forgetSequence(7);
    assertEquals(NONE, receive(t.sequence(5)));
  }

  @Test
  void believesAPeerThatBeginsAnew() {
    TestGre t = TestGre.over4();
    know(t);
    endpoints.set(List.of(t.endpoint(7, true)));
    assertEquals(NONE, receive(t.sequence(5_000_000)));
    for (int i = 0; i < TunnelEndpoints.NEW_BEGINNING - 1; i++) {
      assertEquals(GRE_OUT_OF_SEQUENCE, receive(t.sequence(i)), "" + i);
    }
    assertEquals(NONE, receive(t.sequence(TunnelEndpoints.NEW_BEGINNING - 1)));
    assertEquals(NONE, receive(t.sequence(TunnelEndpoints.NEW_BEGINNING)));
    assertEquals(GRE_OUT_OF_SEQUENCE, receive(t.sequence(1)));
  }

  @Test
  void doesNotTakeStragglersForANewBeginning() {
    TestGre t = TestGre.over4();
    know(t);
    endpoints.set(List.of(t.endpoint(7, true)));
    assertEquals(NONE, receive(t.sequence(1_000)));
    // The same again and again, every second one, and ones with what is in order between them.
    for (int i = 0; i < 100; i++) {
      assertEquals(GRE_OUT_OF_SEQUENCE, receive(t.sequence(17)));
      assertEquals(GRE_OUT_OF_SEQUENCE, receive(t.sequence(100 + 2 * i)));
    }
    for (int i = 0; i < 100; i++) {
      if (i % (TunnelEndpoints.NEW_BEGINNING - 1) == 0) {
        assertEquals(NONE, receive(t.sequence(2_000 + i)));
      }
      assertEquals(GRE_OUT_OF_SEQUENCE, receive(t.sequence(500 + i)));
    }
  }

  private DropReason receive(TestGre packet) {
    DropReason reason = parse(packet.wrap(TestPacket.udp4()));
    return reason == NONE ? endpoints.receive(frame) : reason;
  }

  @Test
  void givesEachTunnelAContextAndNoMac() {
    know(TestGre.over4());
    assertEquals(NONE, parse(TestGre.over4().wrap(TestPacket.udp4())));
    int context = FlowKey.greContext(frame.tunnelPort());
    MemorySegment segment = Arena.ofAuto().allocate(FlowKey.IPV4_LENGTH, 8);
    FlowKey.write(frame, context, segment, 0);
    assertEquals(Encapsulation.GRE, FlowKey.encapsulation(FlowKey.context(segment, 0)));
    assertEquals(TestGre.CONNECTION, FlowKey.contextValue(FlowKey.context(segment, 0)));
    assertEquals(0, FlowKey.destinationMac(segment, 0).bits());
    assertNotEquals(FlowKey.portContext(TestGre.CONNECTION), context);
    assertEquals(Encapsulation.NONE, FlowKey.encapsulation(FlowKey.portContext(3)));
    for (Encapsulation e : List.of(Encapsulation.VXLAN, Encapsulation.NVGRE)) {
      assertEquals(e, FlowKey.encapsulation(FlowKey.tunnelContext(e, 0xFFFFFF)));
    }
  }

  @Test
  void acceptsNothingThatLeavesTheFrame() {
    know(TestGre.over4(), TestGre.over6().key(1), TestGre.over4().checksum().key(2).sequence(3));
    FramePool one = new FramePool(1);
    Random random = new Random(20261120);
    TestGre[] seeds = {TestGre.over4(), TestGre.over6().key(1), TestGre.over4().key(2).sequence(3)};
    int opened = 0;
    for (int i = 0; i < 60_000; i++) {
      byte[] octets = seeds[i % seeds.length].wrap(TestPacket.random(random));
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        octets[12 + random.nextInt(octets.length - 12)] = (byte) random.nextInt(256);
      }
      ParserContract.repairIpv4Checksums(octets);
      Frame at = ParserContract.atTheEndOfItsSlot(one, octets);
      if (FrameParser.parseOutside(at, endpoints) == NONE) {
        boolean gre = at.encapsulation() == Encapsulation.GRE;
        opened += gre ? 1 : 0;
        if (at.etherType() != 0) {
          ParserContract.assertInside(at, false, "frame " + i);
        }
      }
      at.release();
    }
    assertNotEquals(0, opened);
  }
}
