// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcpHeaderTest {
  private static final int SOURCE = 0x0A01_010B;
  private static final int DESTINATION = 0x0A01_010C;
  private static final String HEADER = "bd5c 0050 a7be 1f01 0102 0304 5012 fd5c 1234 0005";

  /// A SYN with these options, padded to whole words, and a right checksum.
  private static MemorySegment syn(String options) {
    String octets = options.replaceAll("\\s", "");
    int length = TcpHeader.MIN_LENGTH + octets.length() / 2;
    assertEquals(0, length % 4, "options must fill whole words");
    MemorySegment f = Hex.segment("00".repeat(TcpHeader.MIN_LENGTH) + octets);
    TcpHeader.write(f, 0, 48_476, 80, 0xA7BE_1F01, 0, TcpHeader.SYN, 64_860);
    Octets.putU8(f, TcpHeader.DATA_OFFSET_AT, (length / 4) << 4);
    TcpHeader.writeChecksum(f, 0, length, pseudo(length));
    return f;
  }

  private static int pseudo(int length) {
    return InternetChecksum.pseudoHeader(SOURCE, DESTINATION, IpProtocol.TCP, length);
  }

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(HEADER);
    assertTrue(TcpHeader.isValid(f, 0, 20));
    assertEquals(48_476, TcpHeader.sourcePort(f, 0));
    assertEquals(80, TcpHeader.destinationPort(f, 0));
    assertEquals(0xA7BE_1F01, TcpHeader.sequence(f, 0));
    assertEquals(0x0102_0304, TcpHeader.acknowledgment(f, 0));
    assertEquals(20, TcpHeader.headerLength(f, 0));
    assertEquals(TcpHeader.SYN | TcpHeader.ACK, TcpHeader.flags(f, 0));
    assertTrue(TcpHeader.isSyn(f, 0));
    assertEquals(0xFD5C, TcpHeader.window(f, 0));
    assertEquals(0x1234, TcpHeader.checksum(f, 0));
    assertEquals(5, TcpHeader.urgentPointer(f, 0));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(TcpHeader.MIN_LENGTH);
    TcpHeader.write(
        f, 0, 48_476, 80, 0xA7BE_1F01, 0x0102_0304, TcpHeader.SYN | TcpHeader.ACK, 0xFD5C);
    assertEquals("bd5c 0050 a7be 1f01 0102 0304 5012 fd5c 0000 0000", Hex.of(f));
  }

  @Test
  void lengthensTheHeaderByAnMssOption() {
    MemorySegment f = Hex.unwritten(TcpHeader.MIN_LENGTH + TcpHeader.MSS_OPTION_LENGTH);
    TcpHeader.write(f, 0, 48_476, 80, 0xA7BE_1F01, 0, TcpHeader.SYN, 0xFD5C);
    TcpHeader.writeMssOption(f, 0, 1_460);
    assertEquals("bd5c 0050 a7be 1f01 0000 0000 6002 fd5c 0000 0000 0204 05b4", Hex.of(f));
    assertTrue(TcpHeader.isValid(f, 0, 24));
  }

  @Test
  void setsOneFieldAtATime() {
    MemorySegment f = Hex.segment(HEADER);
    TcpHeader.setSourcePort(f, 0, 1);
    TcpHeader.setDestinationPort(f, 0, 65_535);
    TcpHeader.setChecksum(f, 0, 0xFFFE);
    assertEquals("0001 ffff a7be 1f01 0102 0304 5012 fd5c fffe 0005", Hex.of(f));
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f = Hex.segment(HEADER + "00000000");
    assertFalse(TcpHeader.isValid(f, 0, 19), "header cut off");
    Octets.putU8(f, TcpHeader.DATA_OFFSET_AT, 0x40);
    assertFalse(TcpHeader.isValid(f, 0, 24), "data offset below five");
    Octets.putU8(f, TcpHeader.DATA_OFFSET_AT, 0x60);
    assertTrue(TcpHeader.isValid(f, 0, 24));
    assertFalse(TcpHeader.isValid(f, 0, 23), "options cut off");
  }

  @Test
  void zeroChecksumIsNotAnExemption() {
    MemorySegment f = syn("0204 0582");
    TcpHeader.setChecksum(f, 0, 0);
    assertFalse(TcpHeader.isChecksumValid(f, 0, 24, pseudo(24)));
  }

  @Test
  void parsesARealFrame() {
    MemorySegment f = Hex.segment(Frames.VXLAN_SYN);
    long ip = Frames.INNER + 14;
    long at = ip + 20;
    assertTrue(TcpHeader.isValid(f, at, f.byteSize()));
    assertEquals(40, TcpHeader.headerLength(f, at));
    assertEquals(TcpHeader.SYN, TcpHeader.flags(f, at));
    assertEquals(64_860, TcpHeader.window(f, at));
    assertEquals(1410, TcpHeader.mss(f, at));
    assertTrue(
        TcpHeader.isChecksumValid(f, at, 40, Ipv4Header.pseudoHeader(f, ip, IpProtocol.TCP, 40)));
  }

  @Test
  void emitsTheChecksumThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_SYN);
    long ip = Frames.INNER + 14;
    TcpHeader.setChecksum(f, ip + 20, 0xA5A5);
    TcpHeader.writeChecksum(f, ip + 20, 40, Ipv4Header.pseudoHeader(f, ip, IpProtocol.TCP, 40));
    assertEquals(Hex.of(Hex.segment(Frames.VXLAN_SYN)), Hex.of(f));
  }

  @Test
  void findsAnOptionBehindOthers() {
    // SACK permitted, timestamps, NOP, window scale 7, MSS 1460.
    MemorySegment f = syn("0402 080a 0000 0001 0000 0000 01 0303 07 0204 05b4");
    assertEquals(20 + 16, TcpHeader.findOption(f, 0, TcpHeader.OPTION_MSS));
    assertEquals(20 + 2, TcpHeader.findOption(f, 0, 8));
    assertEquals(TcpHeader.NONE, TcpHeader.findOption(f, 0, 5));
    assertEquals(1460, TcpHeader.mss(f, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000 0000", // end of list
        "0002 0405 b400 0000", // behind the end of list
        "0300 0204", // an option of length 0 must not make the walk hang
        "0301 0204", // nor one of length 1
        "0305 0204", // an option that ends behind the header
        "0101 0102", // the kind is the last octet
        "0203 b401" // MSS of a wrong length
      })
  void findsNoMssInBrokenOptions(String options) {
    assertEquals(0, TcpHeader.mss(syn(options), 0));
    assertFalse(TcpHeader.clampMss(syn(options), 0, 1));
  }

  @Test
  void walksFortyOctetsOfNops() {
    assertEquals(TcpHeader.NONE, TcpHeader.findOption(syn("01".repeat(40)), 0, 2));
  }

  @ParameterizedTest
  @CsvSource({
    "0204 05b4, 1410",
    "0204 ffff, 0",
    "0101 0204 05b4 0101, 536",
    "01 0204 05b4 010101, 1410", // odd offset: the value straddles two words of the sum
    "030307 0204 05b4 01, 1234",
    "01 0204 ffff 010101, 1",
    "01 0204 0100 010101, 255"
  })
  void clampsTheMssAndItsChecksum(String options, int highest) {
    MemorySegment f = syn(options);
    int length = (int) f.byteSize();
    assertTrue(TcpHeader.clampMss(f, 0, highest));
    int mss = Octets.u16(f, TcpHeader.findOption(f, 0, TcpHeader.OPTION_MSS) + 2);
    assertEquals(highest, mss);
    int updated = TcpHeader.checksum(f, 0);
    TcpHeader.writeChecksum(f, 0, length, pseudo(length));
    assertEquals(TcpHeader.checksum(f, 0), updated);
  }

  @ParameterizedTest
  @CsvSource({"0204 05b4, 1410", "01 0204 05b4 010101, 1410"})
  void clampsTheMssUnderAPartialChecksum(String options, int highest) {
    MemorySegment f = syn(options);
    int length = (int) f.byteSize();
    TcpHeader.setChecksum(f, 0, pseudo(length));
    assertTrue(TcpHeader.clampMssPartial(f, 0, highest));
    assertEquals(pseudo(length), TcpHeader.checksum(f, 0), "the field must stay");
    assertEquals(highest, TcpHeader.mss(f, 0));
    InternetChecksum.completePartial(f, 0, TcpHeader.CHECKSUM_AT, length);
    assertTrue(TcpHeader.isChecksumValid(f, 0, length, pseudo(length)));
  }

  @Test
  void leavesASmallerMssAlone() {
    MemorySegment f = syn("0204 0218");
    String before = Hex.of(f);
    assertFalse(TcpHeader.clampMss(f, 0, 536));
    assertFalse(TcpHeader.clampMssPartial(f, 0, 1410));
    assertEquals(before, Hex.of(f));
  }

  @Test
  void clampsOnlySegmentsWithSyn() {
    MemorySegment f = syn("0204 05b4");
    Octets.putU8(f, TcpHeader.FLAGS_AT, TcpHeader.ACK);
    assertFalse(TcpHeader.clampMss(f, 0, 536));
    Octets.putU8(f, TcpHeader.FLAGS_AT, TcpHeader.SYN | TcpHeader.ACK);
    assertTrue(TcpHeader.clampMss(f, 0, 536));
  }
}
