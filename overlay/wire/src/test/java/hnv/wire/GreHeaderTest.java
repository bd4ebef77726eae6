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

class GreHeaderTest {
  private static final int ALL =
      GreHeader.CHECKSUM_PRESENT | GreHeader.KEY_PRESENT | GreHeader.SEQUENCE_PRESENT;

  @Test
  void deconstructsAllFields() {
    MemorySegment f = Hex.segment("b000 0800 1234 0000 dead beef 0000 0007");
    assertTrue(GreHeader.isValid(f, 0, 16));
    assertEquals(0xB000, GreHeader.flags(f, 0));
    assertEquals(0, GreHeader.version(f, 0));
    assertEquals(EthernetHeader.IPV4, GreHeader.protocolType(f, 0));
    assertEquals(16, GreHeader.headerLength(f, 0));
    assertTrue(GreHeader.hasChecksum(f, 0));
    assertTrue(GreHeader.hasKey(f, 0));
    assertTrue(GreHeader.hasSequence(f, 0));
    assertEquals(0x1234, GreHeader.checksum(f, 0));
    assertEquals(0xDEAD_BEEF, GreHeader.key(f, 0));
    assertEquals(7, GreHeader.sequence(f, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "0x0000, 4, 0000 0800",
    "0x8000, 8, 8000 0800 0000 0000",
    "0x2000, 8, 2000 0800 dead beef",
    "0x1000, 8, 1000 0800 0000 0007",
    "0xA000, 12, a000 0800 0000 0000 dead beef",
    "0x9000, 12, 9000 0800 0000 0000 0000 0007",
    "0x3000, 12, 3000 0800 dead beef 0000 0007",
    "0xB000, 16, b000 0800 0000 0000 dead beef 0000 0007"
  })
  void constructsEveryOctetOfEveryForm(String flags, int length, String octets) {
    int present = Integer.decode(flags);
    assertEquals(length, GreHeader.lengthOf(present));
    MemorySegment f = Hex.unwritten(length);
    GreHeader.write(f, 0, present, EthernetHeader.IPV4, 0xDEAD_BEEF, 7);
    assertEquals(octets, Hex.of(f));
    assertTrue(GreHeader.isValid(f, 0, length));
    assertFalse(GreHeader.isValid(f, 0, length - 1));
    assertEquals(length, GreHeader.headerLength(f, 0));
    if (GreHeader.hasKey(f, 0)) {
      assertEquals(0xDEAD_BEEF, GreHeader.key(f, 0));
    }
    if (GreHeader.hasSequence(f, 0)) {
      assertEquals(7, GreHeader.sequence(f, 0));
    }
  }

  @Test
  void refusesImpossibleLengths() {
    assertFalse(GreHeader.isValid(Hex.segment("0000 08"), 0, 3));
    assertFalse(GreHeader.isValid(Hex.segment("2000 0800 0000 00"), 0, 7));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x4000, 0x0800, 0x0400})
  void discardsReservedBitsOneToFive(int bit) {
    // RFC 2784 §2.1, less the bits that RFC 2890 uses.
    MemorySegment f = Hex.segment("0000 0800");
    Octets.putU16(f, 0, bit);
    assertFalse(GreHeader.isValid(f, 0, 4));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010, 0x0008})
  void ignoresReservedBitsSixToTwelve(int bit) {
    MemorySegment f = Hex.segment("0000 0800");
    Octets.putU16(f, 0, bit);
    assertTrue(GreHeader.isValid(f, 0, 4));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void refusesOtherVersions(int version) {
    MemorySegment f = Hex.segment("0000 0800");
    Octets.putU16(f, 0, version);
    assertFalse(GreHeader.isValid(f, 0, 4));
  }

  @Test
  void writesNoFlagItDoesNotKnow() {
    MemorySegment f = Hex.unwritten(16);
    GreHeader.write(f, 0, 0xFFFF, EthernetHeader.IPV6, 1, 2);
    assertEquals(ALL, GreHeader.flags(f, 0));
    assertTrue(GreHeader.isValid(f, 0, 16));
  }

  @Test
  void checksumCoversHeaderAndPayload() {
    MemorySegment f = Hex.segment("8000 0800 a5a5 0000 4500 0014 00");
    GreHeader.writeChecksum(f, 0, 13);
    assertTrue(GreHeader.isChecksumValid(f, 0, 13));
    Octets.putU8(f, 12, 1);
    assertFalse(GreHeader.isChecksumValid(f, 0, 13));
    Octets.putU8(f, 12, 0);
    Octets.putU16(f, GreHeader.CHECKSUM_AT, 0);
    assertFalse(GreHeader.isChecksumValid(f, 0, 13), "zero is no exemption where C is set");
  }

  @Test
  void withoutChecksumThereIsNothingToVerify() {
    assertTrue(GreHeader.isChecksumValid(Hex.segment("2000 6558 dead beef"), 0, 8));
  }
}
