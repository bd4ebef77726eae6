// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.VirtioNetHeader;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FramePoolTest {
  @Test
  void answersNullWhenEmptyAndCounts() {
    FramePool pool = new FramePool(3);
    List<Frame> taken = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      assertEquals(3 - i, pool.available());
      Frame frame = pool.acquire();
      assertNotNull(frame);
      assertFalse(taken.contains(frame), "given twice");
      taken.add(frame);
    }
    assertEquals(0, pool.exhausted());
    assertNull(pool.acquire());
    assertNull(pool.acquire());
    assertEquals(2, pool.exhausted());
    taken.get(1).release();
    assertNotNull(pool.acquire());
    assertEquals(2, pool.exhausted());
  }

  @Test
  void refusesASecondRelease() {
    FramePool pool = new FramePool(3);
    Frame frame = pool.acquire();
    Frame other = pool.acquire();
    assertNotNull(frame);
    assertNotNull(other);
    frame.release();
    // While another frame is out there would be room for it: two owners of one slot.
    assertThrows(IllegalStateException.class, frame::release);
    other.release();
    assertThrows(IllegalStateException.class, other::release);
    assertEquals(3, pool.available());
    assertNotSame(pool.acquire(), pool.acquire());
  }

  @Test
  void givesFramesOutClean() {
    FramePool pool = new FramePool(1);
    Frame frame = TestPacket.tcp4().frame(pool);
    frame.setGso(VirtioNetHeader.GSO_TCPV4, 1_000);
    frame.setPartialChecksum(34, 16);
    frame.setChecksumValid();
    frame.setTunnelGso(true);
    frame.release();
    Frame again = pool.acquire();
    assertNotNull(again);
    assertEquals(FramePool.HEADROOM, again.start());
    assertEquals(0, again.length());
    assertFalse(again.isSuperFrame());
    assertFalse(again.isChecksumPartial());
    assertFalse(again.isChecksumValid());
    assertFalse(again.isTunnelGso());
    assertEquals(Encapsulation.NONE, again.encapsulation());
  }

  @Test
  void givesEachFrameItsOwnSlot() {
    FramePool pool = new FramePool(2);
    Frame a = pool.acquire();
    Frame b = pool.acquire();
    assertNotNull(a);
    assertNotNull(b);
    assertEquals(FramePool.SLOT_LENGTH, a.memory().byteSize());
    a.memory().fill((byte) 1);
    b.memory().fill((byte) 2);
    assertEquals(1, a.memory().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0));
    assertEquals(
        1, a.memory().get(java.lang.foreign.ValueLayout.JAVA_BYTE, FramePool.SLOT_LENGTH - 1));
    assertTrue(a.memory().isNative());
    assertTrue(FramePool.HEADROOM + FramePool.MAX_FRAME_LENGTH <= FramePool.SLOT_LENGTH);
  }

  @Test
  void refusesImpossibleSizes() {
    assertThrows(IllegalArgumentException.class, () -> new FramePool(0));
    assertThrows(IllegalArgumentException.class, () -> new FramePool(65_537));
  }

  @Test
  void refusesBoundsOutsideTheSlot() {
    Frame frame = new FramePool(1).acquire();
    assertNotNull(frame);
    assertThrows(IllegalArgumentException.class, () -> frame.reset(-1, 10));
    assertThrows(IllegalArgumentException.class, () -> frame.reset(0, -1));
    assertThrows(IllegalArgumentException.class, () -> frame.reset(1, FramePool.SLOT_LENGTH));
    assertThrows(
        IllegalArgumentException.class, () -> frame.reset(Integer.MAX_VALUE, Integer.MAX_VALUE));
    frame.reset(0, FramePool.SLOT_LENGTH);
  }

  /// Every field of the original, those that will be added included.
  @Test
  void copiesAllOfAFrame() throws IllegalAccessException {
    FramePool pool = new FramePool(3);
    TestTunnel tunnel = TestTunnel.of(Encapsulation.NVGRE, true);
    TestPacket inner = TestPacket.tcp6().payload(3_000);
    Frame frame = TestPacket.frame(pool, tunnel.wrap(inner.bytes()));
    frame.setIngressPort(7);
    frame.setReceivedNs(8);
    frame.setGso(VirtioNetHeader.GSO_TCPV6, 1_000);
    frame.setTunnelGso(true);
    frame.setPartialChecksum(tunnel.length() + inner.l4(), 16);
    frame.setChecksumValid();
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789));
    Frame copy = frame.copy();
    assertNotNull(copy);
    assertArrayEquals(TestPacket.octets(frame), TestPacket.octets(copy));
    for (Field field : Frame.class.getDeclaredFields()) {
      if (!Modifier.isFinal(field.getModifiers())) {
        field.setAccessible(true);
        assertEquals(field.get(frame), field.get(copy), field.getName());
      }
    }
    // A copy shares nothing.
    copy.memory().fill((byte) 0);
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, 4789));
    copy.release();
    assertNotNull(frame.copy());
    assertNotNull(pool.acquire());
    assertNull(frame.copy());
  }

  // ---- counters and reasons ----

  @Test
  void countsByPortAndReason() {
    Counters counters = new Counters();
    counters.received(1, 45, 65_000);
    counters.received(1, 1, 60);
    counters.sent(2, 3, 4_000);
    counters.dropped(1, DropReason.ACL_DENIED, 2);
    counters.dropped(1, DropReason.ACL_DENIED, 1);
    counters.dropped(2, DropReason.ROUTER_NOT_ADDRESSED, 5);
    Counters.Snapshot one = counters.snapshot(1);
    assertEquals(46, one.receivedPackets());
    assertEquals(65_060, one.receivedOctets());
    assertEquals(0, one.sentPackets());
    assertEquals(java.util.Map.of(DropReason.ACL_DENIED, 3L), one.drops());
    Counters.Snapshot two = counters.snapshot(2);
    assertEquals(3, two.sentPackets());
    assertEquals(4_000, two.sentOctets());
    assertEquals(5, counters.drops(2, DropReason.ROUTER_NOT_ADDRESSED));
    assertEquals(0, counters.drops(3, DropReason.MALFORMED_ETHERNET), "the neighbour's");
    counters.clear(1);
    assertEquals(new Counters.Snapshot(0, 0, 0, 0, java.util.Map.of()), counters.snapshot(1));
    assertEquals(two, counters.snapshot(2));
  }

  @Test
  void countsEveryReasonAtTheLastPort() {
    Counters counters = new Counters();
    int last = Counters.MAX_PORTS - 1;
    for (DropReason reason : DropReason.values()) {
      counters.dropped(last, reason, reason.number() + 1);
    }
    for (DropReason reason : DropReason.values()) {
      assertEquals(reason.number() + 1, counters.drops(last, reason));
      assertEquals(0, counters.drops(last - 1, reason));
    }
  }

  /// The numbers are public API.
  @Test
  void givesEveryReasonItsOwnNumber() {
    Set<Integer> numbers = new java.util.HashSet<>();
    for (DropReason reason : DropReason.values()) {
      assertTrue(numbers.add(reason.number()), reason + " has the number of another");
      assertTrue(reason.number() >= 0 && reason.number() < DropReason.NUMBERS);
      assertFalse(reason.text().isBlank());
    }
    assertEquals(0, DropReason.NONE.number());
    assertEquals(8, DropReason.MALFORMED_ICMP.number());
    assertEquals(26, DropReason.ECN_CE_ON_NOT_ECT.number());
    assertEquals(57, DropReason.SAME_PORT.number());
    assertEquals(72, DropReason.FRAGMENT_WITHOUT_FIRST.number());
    assertEquals(84, DropReason.GSO_SIZE_REFUSED.number());
    assertEquals(93, DropReason.TRANSMIT_FAILED.number());
    assertEquals(105, DropReason.ROUTER_NOT_ADDRESSED.number());
  }
}
