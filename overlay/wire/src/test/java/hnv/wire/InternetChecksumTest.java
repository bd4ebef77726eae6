// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {
  private static final int UDP_AT = 34;

  /// The definition, word by word (RFC 1071 §1): what the fast sum must agree with.
  static int naiveSum(MemorySegment f, long at, long length) {
    long sum = 0;
    for (long i = 0; i < length; i++) {
      int octet = Octets.u8(f, at + i);
      sum += i % 2 == 0 ? octet << 8 : octet;
    }
    while (sum > 0xFFFF) {
      sum = (sum >>> 16) + (sum & 0xFFFF);
    }
    return (int) sum;
  }

  @Test
  void sumsTheExampleOfRfc1071() {
    // RFC 1071 §3: 00 01 f2 03 f4 f5 f6 f7 gives ddf2.
    assertEquals(0xDDF2, InternetChecksum.sum(Hex.segment("0001 f203 f4f5 f6f7"), 0, 8));
  }

  @Test
  void sumOfNothingIsZero() {
    assertEquals(0, InternetChecksum.sum(Hex.segment("ffff"), 1, 0));
    assertEquals(0xFFFF, InternetChecksum.checksum(Hex.segment("ffff"), 1, 0));
  }

  @Test
  void oddOctetCountsAsHighHalf() {
    assertEquals(0x0100, InternetChecksum.sum(Hex.segment("01"), 0, 1));
    assertEquals(0x0402, InternetChecksum.sum(Hex.segment("0102 03"), 0, 3));
  }

  @Test
  void agreesWithTheDefinitionAtEveryLengthAndAlignment() {
    Random random = new Random(1071);
    byte[] octets = new byte[160];
    for (int round = 0; round < 20; round++) {
      random.nextBytes(octets);
      MemorySegment f = Hex.copyOf(octets);
      for (int at = 0; at < 9; at++) {
        for (int length = 0; length <= octets.length - at; length++) {
          assertEquals(
              naiveSum(f, at, length),
              InternetChecksum.sum(f, at, length),
              "at " + at + " length " + length);
        }
      }
    }
  }

  @Test
  void losesNoCarryInASuperFrameOfOnes() {
    MemorySegment f = Hex.unwritten(65_535);
    f.fill((byte) 0xFF);
    assertEquals(0xFFFF, InternetChecksum.sum(f, 0, 65_534));
    assertEquals(naiveSum(f, 1, 65_533), InternetChecksum.sum(f, 1, 65_533));
  }

  @Test
  void updateGivesZeroInTheExampleOfRfc1624() {
    // RFC 1624 §4: HC = 0xDD2F, m = 0x5555, m' = 0x3285 gives 0x0000, where RFC 1141 gave 0xFFFF.
    int difference = InternetChecksum.difference16(0x5555, 0x3285);
    assertEquals(0x0000, InternetChecksum.update(0xDD2F, difference));
  }

  @Test
  void updateByNoChangeKeepsTheChecksum() {
    for (int checksum : new int[] {0x0000, 0x0001, 0x8000, 0xFFFE}) {
      assertEquals(checksum, InternetChecksum.update(checksum, 0));
      int same = InternetChecksum.difference32(0x0A01_010B, 0x0A01_010B);
      assertEquals(checksum, InternetChecksum.update(checksum, same));
    }
  }

  @Test
  void udpWithoutChecksumStaysWithout() {
    assertEquals(0, InternetChecksum.updateUdp(0, 0x1234));
  }

  @Test
  void udpChecksumThatBecomesZeroIsSentAsAllOnes() {
    int difference = InternetChecksum.difference16(0x5555, 0x3285);
    assertEquals(0xFFFF, InternetChecksum.updateUdp(0xDD2F, difference));
  }

  @Test
  void completesThePartialChecksumThatTheKernelLeft() {
    // tshark of this frame: "Checksum: 0x83da incorrect, should be 0xc2cf".
    MemorySegment f = Hex.segment(Frames.VXLAN_SYN);
    assertEquals(
        0x83DA,
        Ipv4Header.pseudoHeader(f, 14, IpProtocol.UDP, UdpHeader.length(f, UDP_AT)),
        "the field holds the pseudo header's sum");
    InternetChecksum.completePartial(f, UDP_AT, UDP_AT + UdpHeader.CHECKSUM_AT, f.byteSize());
    assertEquals(0xC2CF, UdpHeader.checksum(f, UDP_AT));
  }

  @Test
  void nativeOrderIsWhatThisMachineWouldSum() {
    MemorySegment f = Hex.segment("0102");
    int summed = Short.toUnsignedInt(f.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0));
    assertEquals(summed, InternetChecksum.toNativeOrder(InternetChecksum.sum(f, 0, 2)));
  }
}
