// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.wire.IpProtocol;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/// What ICMP errors quote, translated: the same octets as if the translated packet had been quoted.
class QuotedPacketTest {
  private final TestNetwork net = new TestNetwork();
  private final PacketContext packet = new PacketContext(net.arrays);

  private Frame frame(byte[] octets) {
    Frame frame = net.frame(octets, A1.port());
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    packet.begin(frame, 5001, null, false, net.now);
    return frame;
  }

  private static byte[] octets(Frame frame) {
    return frame.memory().asSlice(frame.start(), frame.length()).toArray(ValueLayout.JAVA_BYTE);
  }

  private void assertTranslated(boolean six, int protocol) {
    Packet about = Packet.of(A1, A2, six, protocol, 5, protocol == IpProtocol.ICMPV6 ? 128 : 8);
    byte[] before = Packet.error(A2, A1, about).bytes();
    Frame frame = frame(before);
    QuotedPacket quoted = packet.quoted();
    assertNotNull(quoted);
    long high = six ? A9.ipv6().high() : 0;
    long low = six ? A9.ipv6().low() : A9.ipv4().bits() & 0xFFFF_FFFFL;
    quoted.translateSource(high, low, 7);
    assertArrayEquals(before, octets(frame), "not before the end of the walk");
    quoted.write();
    Packet other = Packet.of(A1, A2, six, protocol, 7, protocol == IpProtocol.ICMPV6 ? 128 : 8);
    Packet translated = other.fromAddress(six ? A9.ipv6() : A9.ipv4());
    assertArrayEquals(Packet.error(A2, A1, translated).bytes(), octets(frame));
    // And the other end, back to where it was.
    quoted.translateSource(
        six ? A1.ipv6().high() : 0, six ? A1.ipv6().low() : A1.ipv4().bits() & 0xFFFF_FFFFL, 5);
    quoted.write();
    assertArrayEquals(before, octets(frame));
    frame.release();
  }

  @Test
  void ofBothFamiliesAndEachTransport() {
    assertTranslated(false, IpProtocol.UDP);
    assertTranslated(false, IpProtocol.TCP);
    assertTranslated(false, IpProtocol.ICMP);
    assertTranslated(true, IpProtocol.UDP);
    assertTranslated(true, IpProtocol.TCP);
    assertTranslated(true, IpProtocol.ICMPV6);
    assertTranslated(false, 132);
  }

  @Test
  void ofNoErrorOrTooShortAQuotationIsNothing() {
    Frame plain = frame(Packet.udp(A1, A2, 1, 2).bytes());
    assertNull(packet.quoted());
    plain.release();
    Packet later = Packet.udp(A1, A2, 1, 2).length(64).fragment(9);
    Frame ofALaterFragment = frame(Packet.error(A2, A1, later).bytes());
    assertNull(packet.quoted());
    ofALaterFragment.release();
  }
}
