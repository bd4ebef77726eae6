// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Octets;
import hnv.wire.UdpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Fragments by RFC 791: put together again they are the packet, whatever its length, its options
/// and the path's MTU.
class FragmenterTest {
  private static final int L3 = EthernetHeader.LENGTH;
  private static final int FRAMES = 64;

  private final FramePool pool = new FramePool(FRAMES);
  private final List<byte[]> fragments = new ArrayList<>();

  /// A UDP packet with these options (a multiple of 4 octets) and so much payload.
  private static byte[] packet(byte[] options, int payload, int fragment) {
    int header = Ipv4Header.MIN_LENGTH + options.length;
    int udp = UdpHeader.LENGTH + payload;
    MemorySegment f = Arena.ofAuto().allocate(L3 + header + udp);
    EthernetHeader.write(f, 0, 2, 4, EthernetHeader.IPV4);
    Ipv4Header.write(
        f, L3, 0, header + udp, 77, fragment, 64, IpProtocol.UDP, 0x0A000001, 0x0A000002);
    Octets.putU8(f, L3, 0x40 | header / 4);
    MemorySegment.copy(options, 0, f, ValueLayout.JAVA_BYTE, L3 + 20, options.length);
    Ipv4Header.writeChecksum(f, L3);
    for (int i = 0; i < payload; i++) {
      Octets.putU8(f, L3 + header + UdpHeader.LENGTH + i, i * 7);
    }
    UdpHeader.write(f, L3 + header, 1_000, 53, udp, 0);
    UdpHeader.writeChecksum(f, L3 + header, Ipv4Header.pseudoHeader(f, L3, IpProtocol.UDP, udp));
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  private boolean cut(byte[] whole, int mtu) {
    fragments.clear();
    Frame frame = TestPacket.frame(pool, whole);
    frame.setIngressPort(4);
    frame.setReceivedNs(55);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    return Fragmenter.fragment(
        frame,
        mtu,
        pool,
        part -> {
          assertTrue(part.isFragment());
          assertEquals(!fragments.isEmpty(), part.isLaterFragment());
          assertEquals(part.end(), part.l3() + part.l3Length());
          assertEquals(4, part.ingressPort());
          assertEquals(55, part.receivedNs());
          byte[] octets = TestPacket.octets(part);
          fragments.add(octets);
          // The same as if it had come in.
          Frame again = TestPacket.frame(pool, octets);
          assertEquals(DropReason.NONE, FrameParser.parsePlain(again));
          assertEquals(again.l3Length(), part.l3Length());
          assertEquals(again.isLaterFragment(), part.isLaterFragment());
          assertEquals(again.sourcePort(), part.sourcePort());
          assertEquals(again.l4(), part.l4());
          again.release();
          part.release();
        });
  }

  private static MemorySegment segment(byte[] octets) {
    MemorySegment f = Arena.ofAuto().allocate(octets.length);
    MemorySegment.copy(octets, 0, f, ValueLayout.JAVA_BYTE, 0, octets.length);
    return f;
  }

  /// Checks each fragment, and that together they are the packet's payload.
  private void assertWhole(byte[] whole, int mtu) {
    MemorySegment w = segment(whole);
    int at = L3 + Ipv4Header.headerLength(w, L3);
    int first = Ipv4Header.fragmentOffset(w, L3);
    int offset = 0;
    for (int i = 0; i < fragments.size(); i++) {
      MemorySegment f = segment(fragments.get(i));
      boolean last = i == fragments.size() - 1;
      assertTrue(Ipv4Header.isChecksumValid(f, L3));
      assertTrue(Ipv4Header.totalLength(f, L3) <= mtu);
      assertEquals(77, Ipv4Header.id(f, L3));
      assertEquals(first + offset, Ipv4Header.fragmentOffset(f, L3));
      assertEquals(!last || Ipv4Header.isMoreFragments(w, L3), Ipv4Header.isMoreFragments(f, L3));
      int data = L3 + Ipv4Header.headerLength(f, L3);
      int octets = L3 + Ipv4Header.totalLength(f, L3) - data;
      assertTrue(last || octets % 8 == 0);
      assertArrayEquals(
          w.asSlice(at + offset, octets).toArray(ValueLayout.JAVA_BYTE),
          f.asSlice(data, octets).toArray(ValueLayout.JAVA_BYTE));
      offset += octets;
    }
    assertEquals(whole.length - at, offset);
    assertEquals(FRAMES, pool.available());
  }

  @Test
  void areThePacketWhenPutTogether() {
    Random random = new Random(1);
    for (int i = 0; i < 300; i++) {
      byte[] options = new byte[4 * random.nextInt(11)];
      java.util.Arrays.fill(options, (byte) 1);
      int mtu = Fragmenter.MIN_MTU + random.nextInt(1_500);
      byte[] whole = packet(options, mtu + random.nextInt(2_000), 0);
      assertTrue(cut(whole, mtu));
      assertTrue(fragments.size() > 1);
      assertWhole(whole, mtu);
    }
  }

  @Test
  void ofAFragmentContinueIt() {
    byte[] first = packet(new byte[0], 1_392, Ipv4Header.FLAG_MF);
    assertTrue(cut(first, 600));
    assertWhole(first, 600);
    assertEquals(3, fragments.size());
  }

  @Test
  void copyTheOptionsThatAreToBeCopied() {
    // Record route (7) stays in the first; a copied one (0x88, 4 octets) comes along, padded.
    byte[] options = {7, 3, 4, (byte) 0x88, 4, 9, 9, 1};
    byte[] whole = packet(options, 500, 0);
    assertTrue(cut(whole, 300));
    assertWhole(whole, 300);
    MemorySegment first = segment(fragments.get(0));
    assertEquals(28, Ipv4Header.headerLength(first, L3));
    MemorySegment later = segment(fragments.get(1));
    assertEquals(24, Ipv4Header.headerLength(later, L3));
    assertEquals(0x88040909, Octets.u32(later, L3 + 20));
  }

  @Test
  void brokenOptionsEndWhereTheyAreBroken() {
    for (byte[] options :
        new byte[][] {{(byte) 0x88, 0, 1, 1}, {(byte) 0x88, 40, 1, 1}, {1, 1, 1, 9}}) {
      byte[] whole = packet(options, 500, 0);
      assertTrue(cut(whole, 300));
      assertWhole(whole, 300);
    }
  }

  @Test
  void ofATooSmallPathAreOf68Octets() {
    byte[] whole = packet(new byte[0], 200, 0);
    assertTrue(cut(whole, 1));
    assertWhole(whole, Fragmenter.MIN_MTU);
  }

  @Test
  void haveTheChecksumCompleted() {
    byte[] whole = packet(new byte[0], 1_000, 0);
    MemorySegment f = segment(whole);
    int udp = L3 + 20;
    int sum = Ipv4Header.pseudoHeader(f, L3, IpProtocol.UDP, 1_008);
    byte[] partial = whole.clone();
    partial[udp + 6] = (byte) (sum >>> 8);
    partial[udp + 7] = (byte) sum;
    fragments.clear();
    Frame frame = TestPacket.frame(pool, partial);
    frame.setPartialChecksum(udp, UdpHeader.CHECKSUM_AT);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    assertTrue(
        Fragmenter.fragment(
            frame,
            600,
            pool,
            part -> {
              assertFalse(part.isChecksumPartial());
              fragments.add(TestPacket.octets(part));
              part.release();
            }));
    assertWhole(whole, 600);
  }

  @Test
  void areLostWhereThePoolIsEmpty() {
    byte[] whole = packet(new byte[0], 1_000, 0);
    List<Frame> taken = new ArrayList<>();
    while (pool.available() > 2) {
      taken.add(pool.acquire());
    }
    List<Frame> parts = new ArrayList<>();
    Frame frame = TestPacket.frame(pool, whole);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    assertFalse(Fragmenter.fragment(frame, 300, pool, parts::add));
    assertEquals(1, parts.size());
    parts.forEach(Frame::release);
    taken.forEach(Frame::release);
    assertEquals(FRAMES, pool.available());
  }

  @Test
  void areMadeOnlyWhereTheSenderAllowsIt() {
    assertTrue(isFragmentable(packet(new byte[0], 10, 0)));
    assertFalse(isFragmentable(packet(new byte[0], 10, Ipv4Header.FLAG_DF)));
    assertFalse(isFragmentable(TestPacket.udp6().bytes()));
  }

  private boolean isFragmentable(byte[] octets) {
    Frame frame = TestPacket.frame(pool, octets);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    boolean fragmentable = Fragmenter.isFragmentable(frame);
    frame.release();
    return fragmentable;
  }
}
