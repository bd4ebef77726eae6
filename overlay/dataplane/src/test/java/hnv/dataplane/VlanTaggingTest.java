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

class VlanTaggingTest {
  private final FramePool pool = new FramePool(64);

  private static byte[] tagged(byte[] plain, int control) {
    byte[] tagged = new byte[plain.length + 4];
    System.arraycopy(plain, 0, tagged, 0, 12);
    tagged[12] = (byte) 0x81;
    tagged[14] = (byte) (control >>> 8);
    tagged[15] = (byte) control;
    System.arraycopy(plain, 12, tagged, 16, plain.length - 12);
    return tagged;
  }

  @Test
  void stripsWhatItInserts() {
    Random random = new Random(3);
    for (int i = 0; i < 1_000; i++) {
      byte[] plain = TestPacket.random(random).bytes();
      int id = 1 + random.nextInt(VlanTagging.MAX_ID);
      Frame frame = TestPacket.frame(pool, plain);
      assertEquals(VlanTagging.UNTAGGED, VlanTagging.id(frame));
      assertTrue(VlanTagging.insert(frame, id));
      assertEquals(id, VlanTagging.id(frame));
      assertArrayEquals(tagged(plain, id), TestPacket.octets(frame));
      VlanTagging.strip(frame);
      assertArrayEquals(plain, TestPacket.octets(frame));
      frame.release();
    }
  }

  @Test
  void readsTheIdAndNotThePriority() {
    byte[] plain = TestPacket.udp4().bytes();
    assertEquals(77, VlanTagging.id(TestPacket.frame(pool, tagged(plain, 0xE04D))));
    assertEquals(
        VlanTagging.PRIORITY_ONLY, VlanTagging.id(TestPacket.frame(pool, tagged(plain, 0xE000))));
  }

  @Test
  void findsNoTagInWhatIsCutShort() {
    byte[] tagged = tagged(TestPacket.udp4().bytes(), 77);
    for (int length = 0; length < 18; length++) {
      Frame frame = TestPacket.frame(pool, Arrays.copyOf(tagged, length));
      assertEquals(VlanTagging.UNTAGGED, VlanTagging.id(frame));
      frame.release();
    }
    // A service tag is another thing.
    tagged[12] = (byte) 0x88;
    tagged[13] = (byte) 0xA8;
    assertEquals(VlanTagging.UNTAGGED, VlanTagging.id(TestPacket.frame(pool, tagged)));
  }

  @Test
  void movesThePlaceOfAPartialChecksum() {
    TestPacket packet = TestPacket.tcp4();
    byte[] plain = packet.bytes();
    Frame frame = TestPacket.frame(pool, plain);
    frame.setPartialChecksum(packet.l4(), packet.checksumOffset());
    frame.setGso(VirtioNetHeader.GSO_TCPV4, 1_000);
    VlanTagging.insert(frame, 5);
    assertTrue(frame.isChecksumPartial());
    assertEquals(packet.l4() + 4, frame.checksumStart());
    VlanTagging.strip(frame);
    assertTrue(frame.isChecksumPartial());
    assertEquals(packet.l4(), frame.checksumStart());
    assertTrue(frame.isSuperFrame());
  }

  @Test
  void leavesSegmentsTagged() {
    TestPacket packet = TestPacket.tcp4();
    packet.payload(3_000);
    byte[] plain = packet.bytes();
    Frame frame = TestPacket.frame(pool, plain);
    frame.setGso(VirtioNetHeader.GSO_TCPV4, 1_000);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    List<byte[]> expected = new ArrayList<>();
    Segmenter.segment(
        frame.copy(),
        pool,
        s -> {
          expected.add(tagged(TestPacket.octets(s), 9));
          s.release();
        });
    VlanTagging.insert(frame, 9);
    List<byte[]> segments = new ArrayList<>();
    Segmenter.segment(
        frame,
        pool,
        s -> {
          segments.add(TestPacket.octets(s));
          s.release();
        });
    assertEquals(3, segments.size());
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(expected.get(i), segments.get(i));
    }
  }

  @Test
  void refusesWhereThereIsNoRoom() {
    Frame frame = pool.acquire();
    frame.reset(3, 60);
    assertFalse(VlanTagging.insert(frame, 9));
    assertEquals(3, frame.start());
  }
}
