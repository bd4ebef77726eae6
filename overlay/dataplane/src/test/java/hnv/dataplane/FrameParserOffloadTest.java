// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static hnv.dataplane.DropReason.MALFORMED_TRANSPORT;
import static hnv.dataplane.DropReason.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.VirtioNetHeader;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// What comes with a frame beside its octets, super-frames and partial checksums: a VM says it,
/// too.
class FrameParserOffloadTest {
  private static final byte[] ARP =
      Bytes.parse(
          "FFFFFFFFFFFF 020000000001 0806 0001 0800 06 04 0001"
              + "020000000001 0A000001 000000000000 0A000002");

  private final FramePool pool = new FramePool(1);
  private final Frame frame = TestPacket.udp4().frame(pool);

  private DropReason parseGso(TestPacket packet, int type, int size) {
    frame.release();
    Frame same = packet.frame(pool);
    same.setGso(type, size);
    return FrameParser.parsePlain(same);
  }

  @Test
  void letsSuperFramesIn() {
    TestPacket p = TestPacket.tcp4().payload(60_000);
    assertEquals(NONE, parseGso(p, VirtioNetHeader.GSO_TCPV4, 1_400));
    assertEquals(4_000, frame.sourcePort());
    assertEquals(43, frame.packetCount());
    assertEquals(NONE, parseGso(TestPacket.tcp6().payload(1), VirtioNetHeader.GSO_TCPV6, 1_400));
    assertEquals(1, frame.packetCount());
    assertEquals(
        NONE, parseGso(TestPacket.udp4().payload(3_000), VirtioNetHeader.GSO_UDP_L4, 1_000));
    assertEquals(3, frame.packetCount());
  }

  @Test
  void refusesSegmentsOfNoOctets() {
    TestPacket p = TestPacket.tcp4().payload(3_000);
    assertEquals(DropReason.GSO_SIZE_REFUSED, parseGso(p, VirtioNetHeader.GSO_TCPV4, 0));
  }

  /// Every later stage reads the headers that the type speaks of.
  @Test
  void refusesSuperFramesWhoseTypeTheirHeadersBelie() {
    int tcp4 = VirtioNetHeader.GSO_TCPV4;
    int tcp6 = VirtioNetHeader.GSO_TCPV6;
    int udp = VirtioNetHeader.GSO_UDP_L4;
    TestPacket[] packets = {
      TestPacket.tcp4(),
      TestPacket.tcp6(),
      TestPacket.udp4(),
      TestPacket.udp6(),
      TestPacket.icmp4(8),
      TestPacket.icmp6(128)
    };
    int[][] allowed = {{tcp4}, {tcp6}, {udp}, {udp}, {}, {}};
    for (int i = 0; i < packets.length; i++) {
      for (int type : new int[] {tcp4, tcp6, udp, VirtioNetHeader.GSO_UDP}) {
        int wanted = type;
        boolean right = Arrays.stream(allowed[i]).anyMatch(a -> a == wanted);
        assertEquals(
            right ? NONE : MALFORMED_TRANSPORT,
            parseGso(packets[i].payload(2_000), type, 1_000),
            "packet " + i + " as GSO type " + type);
      }
    }
    TestPacket fragment = TestPacket.tcp4().payload(2_000);
    fragment.moreFragments = true;
    assertEquals(MALFORMED_TRANSPORT, parseGso(fragment, tcp4, 1_000));
    frame.release();
    TestPacket.frame(pool, ARP).setGso(tcp4, 1_000);
    assertEquals(MALFORMED_TRANSPORT, FrameParser.parsePlain(frame));
  }

  /// Whoever completes the checksum writes where the sender said; that must be the checksum of TCP
  /// or UDP, or a VM could have an address overwritten behind all checks.
  @Test
  void refusesAPartialChecksumInAnotherPlace() {
    for (TestPacket p :
        new TestPacket[] {
          TestPacket.tcp4(), TestPacket.udp4(), TestPacket.tcp6(), TestPacket.udp6()
        }) {
      p.partial = true;
      frame.release();
      p.frame(pool);
      assertEquals(NONE, FrameParser.parsePlain(frame));
      assertTrue(frame.isChecksumPartial());
      frame.setPartialChecksum(p.l4() - 2, p.checksumOffset());
      assertEquals(MALFORMED_TRANSPORT, FrameParser.parsePlain(frame));
      frame.setPartialChecksum(p.l4(), p.checksumOffset() + 2);
      assertEquals(MALFORMED_TRANSPORT, FrameParser.parsePlain(frame));
      frame.setPartialChecksum(0, 6);
      assertEquals(MALFORMED_TRANSPORT, FrameParser.parsePlain(frame), "the source MAC");
    }
    // A tunnel that the guest makes: UDP, and a checksum in its payload.
    TestPacket nested = TestPacket.udp4().payload(100);
    frame.release();
    nested.frame(pool).setPartialChecksum(nested.l4() + 8 + 30, 16);
    assertEquals(NONE, FrameParser.parsePlain(frame));
    frame.setPartialChecksum(nested.l4() + 8 + 30, 69);
    assertEquals(MALFORMED_TRANSPORT, FrameParser.parsePlain(frame), "beyond the packet");
    TestPacket later = TestPacket.tcp4().payload(64);
    later.fragmentOffset = 64;
    frame.release();
    later.frame(pool).setPartialChecksum(34, 16);
    assertEquals(MALFORMED_TRANSPORT, FrameParser.parsePlain(frame), "a fragment has none");
  }
}
