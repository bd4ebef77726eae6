// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class UdpHeaderTest {
  /// 10.1.1.11:38628 > 10.1.1.12:9, "hello".
  private static final String DATAGRAM = "96e4 0009 000d 0efc 6865 6c6c 6f";

  private static final int PSEUDO =
      InternetChecksum.pseudoHeader(0x0A01_010B, 0x0A01_010C, IpProtocol.UDP, 13);

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(DATAGRAM);
    assertTrue(UdpHeader.isValid(f, 0, 13));
    assertEquals(38_628, UdpHeader.sourcePort(f, 0));
    assertEquals(9, UdpHeader.destinationPort(f, 0));
    assertEquals(13, UdpHeader.length(f, 0));
    assertEquals(0x0EFC, UdpHeader.checksum(f, 0));
    assertTrue(UdpHeader.isChecksumValid(f, 0, PSEUDO));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(UdpHeader.LENGTH);
    UdpHeader.write(f, 0, 38_628, 9, 13, 0x0EFC);
    assertEquals("96e4 0009 000d 0efc", Hex.of(f));
  }

  @Test
  void setsOneFieldAtATime() {
    MemorySegment f = Hex.segment("96e4 0009 000d 0efc");
    UdpHeader.setSourcePort(f, 0, 1);
    UdpHeader.setDestinationPort(f, 0, 65_535);
    UdpHeader.setLength(f, 0, 8);
    UdpHeader.setChecksum(f, 0, 0);
    assertEquals("0001 ffff 0008 0000", Hex.of(f));
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f = Hex.segment(DATAGRAM);
    assertFalse(UdpHeader.isValid(f, 0, 7), "header cut off");
    assertFalse(UdpHeader.isValid(f, 0, 12), "data cut off");
    UdpHeader.setLength(f, 0, 7);
    assertFalse(UdpHeader.isValid(f, 0, 13), "length below the header");
    UdpHeader.setLength(f, 0, 0);
    assertFalse(UdpHeader.isValid(f, 0, 13), "no jumbograms");
    UdpHeader.setLength(f, 0, 8);
    assertTrue(UdpHeader.isValid(f, 0, 13), "octets behind the datagram");
  }

  @Test
  void zeroChecksumSaysThatThereIsNone() {
    MemorySegment f = Hex.segment(DATAGRAM);
    UdpHeader.setChecksum(f, 0, 0);
    assertTrue(UdpHeader.isChecksumValid(f, 0, PSEUDO));
  }

  @Test
  void wrongChecksumIsNotValid() {
    MemorySegment f = Hex.segment(DATAGRAM);
    Octets.putU8(f, 12, 'O');
    assertFalse(UdpHeader.isChecksumValid(f, 0, PSEUDO));
  }

  @Test
  void computedZeroIsSentAsAllOnes() {
    // Data chosen so that the sum of everything is 0xffff.
    MemorySegment f = Hex.segment("0000 0000 000a 0000 0000");
    int pseudo = InternetChecksum.pseudoHeader(0, 0, IpProtocol.UDP, 10);
    Octets.putU16(f, 8, 0xFFFF - InternetChecksum.add(pseudo, 10));
    UdpHeader.writeChecksum(f, 0, pseudo);
    assertEquals(0xFFFF, UdpHeader.checksum(f, 0));
    assertTrue(UdpHeader.isChecksumValid(f, 0, pseudo));
  }

  @Test
  void emitsTheChecksumThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_UDP);
    long ip = Frames.INNER + 14;
    long at = ip + 20;
    assertTrue(UdpHeader.isValid(f, at, f.byteSize()));
    UdpHeader.setChecksum(f, at, 0xA5A5);
    UdpHeader.writeChecksum(
        f, at, Ipv4Header.pseudoHeader(f, ip, IpProtocol.UDP, UdpHeader.length(f, at)));
    assertEquals(Hex.of(Hex.segment(Frames.VXLAN_UDP)), Hex.of(f));
  }
}
