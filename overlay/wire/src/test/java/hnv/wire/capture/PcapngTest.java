// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PcapngTest {
  /// All in network byte order.
  private static final String SECTION =
      "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffff ffffffff 0000001c";

  private static final String ETHERNET = "00000001 00000014 0001 0000 00040000 00000014";

  /// Two octets of 60 at 0x1_0000_0002 µs on interface 0.
  private static final String ENHANCED =
      "00000006 00000024 00000000 00000001 00000002 00000002 0000003c abcd0000 00000024";

  private static List<CapturedPacket> read(String... blocks) throws IOException {
    return Captures.read(Captures.octets(String.join("", blocks)));
  }

  private static CaptureFormatException refusal(String... blocks) {
    return assertThrows(CaptureFormatException.class, () -> read(blocks));
  }

  /// A block of this type and body, whose length is a multiple of four.
  private static String block(int type, String body) {
    String octets = body.replaceAll("\\s", "");
    int length = octets.length() / 2 + 12;
    return "%08x%08x%s%08x".formatted(type, length, octets, length);
  }

  @Test
  void readsAnEnhancedPacket() throws IOException {
    CapturedPacket packet = read(SECTION, ETHERNET, ENHANCED).getFirst();
    assertEquals(0x1_0000_0002L * 1_000, packet.timestampNs());
    assertEquals(LinkType.ETHERNET, packet.linkType());
    assertEquals(0, packet.interfaceId());
    assertEquals(60, packet.originalLength());
    assertEquals("abcd", Captures.hex(packet.octets()));
  }

  @Test
  void readsLittleEndianSections() throws IOException {
    String section = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffff ffffffff 1c000000";
    String description = "01000000 14000000 0100 0000 00000400 14000000";
    // Reversing each four octets moves the two captured octets behind their padding.
    String packet = Captures.reversed(ENHANCED).replace("0000cdab", "abcd0000");
    CapturedPacket read = read(section, description, packet).getFirst();
    assertEquals(0x1_0000_0002L * 1_000, read.timestampNs());
    assertEquals(60, read.originalLength());
    assertEquals("abcd", Captures.hex(read.octets()));
  }

  @Test
  void everySectionHasInterfacesAndAByteOrderOfItsOwn() throws IOException {
    String little = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffff ffffffff 1c000000";
    String raw = "01000000 14000000 6500 0000 00000400 14000000";
    String packet = Captures.reversed(ENHANCED).replace("0000cdab", "abcd0000");
    List<CapturedPacket> packets =
        read(SECTION, ETHERNET, ENHANCED, little, raw, packet, SECTION, ETHERNET, ENHANCED);
    assertEquals(
        List.of(LinkType.ETHERNET, LinkType.RAW, LinkType.ETHERNET),
        packets.stream().map(CapturedPacket::linkType).toList());
    assertTrue(
        refusal(SECTION, ETHERNET, ENHANCED, SECTION, ENHANCED)
            .getMessage()
            .contains("a packet of interface 0 in a section of 0 interfaces"));
  }

  @Test
  void readsSimplePackets() throws IOException {
    // Five octets on the wire and captured.
    String whole = block(3, "00000005 0102030405 000000");
    // A snap length of four cuts the next.
    String four = "00000001 00000014 0001 0000 00000004 00000014";
    CapturedPacket packet = read(SECTION, ETHERNET, whole).getFirst();
    assertEquals("0102030405", Captures.hex(packet.octets()));
    assertEquals(0, packet.timestampNs());
    CapturedPacket cut = read(SECTION, four, whole).getFirst();
    assertEquals("01020304", Captures.hex(cut.octets()));
    assertEquals(5, cut.originalLength());
    assertTrue(
        refusal(SECTION, whole).getMessage().contains("interface 0 in a section of 0"),
        "a simple packet needs an interface");
  }

  @Test
  void readsObsoletePacketBlocks() throws IOException {
    String obsolete = block(2, "0001 ffff 00000000 00000007 00000002 00000002 abcd0000");
    CapturedPacket packet = read(SECTION, ETHERNET, ETHERNET, obsolete).getFirst();
    assertEquals(1, packet.interfaceId());
    assertEquals(7_000, packet.timestampNs());
    assertEquals("abcd", Captures.hex(packet.octets()));
  }

  @Test
  void passesOverBlocksThatItDoesNotKnow() throws IOException {
    String names = block(4, "00000000");
    String custom = block(0x0BAD, "00007ed9 01020304");
    String empty = block(0x7FFF_FFFF, "");
    assertEquals(1, read(SECTION, names, ETHERNET, custom, ENHANCED, empty).size());
  }

  @Test
  void passesOverOptionsOfPackets() throws IOException {
    String commented =
        block(
            6,
            "00000000 00000000 00000001 00000001 00000001 ff000000"
                + "0001 0003 616263 00 0000 0000");
    assertEquals("ff", Captures.hex(read(SECTION, ETHERNET, commented).getFirst().octets()));
  }

  @ParameterizedTest
  @CsvSource({
    // if_tsresol, units, nanoseconds
    "00, 2, 2000000000",
    "03, 5, 5000000",
    "06, 1, 1000",
    "09, 1, 1",
    "0c, 123456, 123",
    "1c, 1, 0",
    "7f, 9223372036854775807, 0",
    "80, 3, 3000000000",
    "8a, 512, 500000000",
    "a0, 4294967297, 1000000000",
    "bf, 9223372036854775807, 999999999",
    "c0, 9223372036854775807, 499999999",
    "ff, 9223372036854775807, 0",
    "00, 9223372036854775807, 9223372036854775807",
    "80, 9223372036854775807, 9223372036854775807",
    "81, 9223372036854775807, 9223372036854775807"
  })
  void convertsTimesOfEveryResolution(String resolution, long units, long ns) throws IOException {
    String description = block(1, "0001 0000 00000000 0009 0001" + resolution + "000000 0000 0000");
    String packet = block(6, "00000000 %016x 00000000 00000000".formatted(units));
    assertEquals(ns, read(SECTION, description, packet).getFirst().timestampNs());
  }

  @ParameterizedTest
  @CsvSource({
    "5, 5000001000",
    "-5, -4999999000",
    "9223372036854775807, 9223372036000001000",
    "-9223372036854775808, -9223372035999999000"
  })
  void addsTheOffsetOfAnInterface(long seconds, long ns) throws IOException {
    String description =
        block(1, "0001 0000 00000000 000e 0008 %016x 0000 0000".formatted(seconds));
    String packet = block(6, "00000000 0000000000000001 00000000 00000000");
    assertEquals(ns, read(SECTION, description, packet).getFirst().timestampNs());
  }

  @Test
  void clampsTimesThatDoNotFit() {
    assertEquals(Long.MAX_VALUE, TimestampUnit.of(9, 1).toNs(Long.MAX_VALUE));
    assertEquals(Long.MAX_VALUE, TimestampUnit.of(6, 0).toNs(-1));
    assertEquals(Long.MAX_VALUE, TimestampUnit.of(9, 0).toNs(-1));
    assertEquals(1_844_674_407_370_955_161L, TimestampUnit.of(10, 0).toNs(-1));
    assertEquals(Long.MAX_VALUE, TimestampUnit.of(0x80, 0).toNs(-1));
    assertEquals(Long.MAX_VALUE, TimestampUnit.of(0x82, 0).toNs(1L << 63));
  }

  @Test
  void optionsOfOddLengthsKeepTheirDefaults() throws IOException {
    // if_name of three octets, if_tsresol of two: the latter means nothing.
    String description =
        block(1, "0001 0000 00000000 0002 0003 616263 00 0009 0002 0900 0000 0000 0000");
    String packet = block(6, "00000000 0000000000000001 00000000 00000000");
    assertEquals(1_000, read(SECTION, description, packet).getFirst().timestampNs());
  }

  @Test
  void refusesBrokenLengths() {
    assertTrue(
        refusal(SECTION, "00000005 0000000b 00000000")
            .getMessage()
            .contains("a block length of 11"));
    assertTrue(refusal(SECTION, "00000005 00000008").getMessage().contains("a block length of 8"));
    assertTrue(refusal(SECTION, "00000005 0000000e").getMessage().contains("multiple of 4"));
    assertTrue(
        refusal(SECTION, "00000005 00000010 00000000 0000000c")
            .getMessage()
            .contains("begins with a length of 16 and ends with 12"));
    assertTrue(
        refusal("0a0d0d0a 00000018 1a2b3c4d 0001 0000 ffffffff 00000018")
            .getMessage()
            .contains("a section header of 12 octets does not fit its block, which has 8 left"));
    assertTrue(
        refusal("0a0d0d0a 0000000c 1a2b3c4d").getMessage().contains("does not fit its block"));
    assertTrue(refusal(SECTION, block(1, "0001 0000")).getMessage().contains("does not fit"));
    assertTrue(refusal(SECTION, ETHERNET, block(6, "00000000")).getMessage().contains("fit"));
    assertTrue(refusal(SECTION, ETHERNET, block(3, "")).getMessage().contains("fit"));
    assertTrue(
        refusal(SECTION, block(1, "0001 0000 00000000 0002 00ff 61626300"))
            .getMessage()
            .contains("an option of 256 octets does not fit its block"));
  }

  @Test
  void boundsTheLengthOfABlock() {
    long bound = PcapngReader.MAX_BLOCK;
    assertTrue(
        refusal(SECTION, "00000005 %08x".formatted(bound)).getMessage().contains("the file ends"));
    assertTrue(
        refusal(SECTION, "00000005 %08x".formatted(bound + 4)).getMessage().contains("16777220"));
    assertTrue(refusal(SECTION, "00000005 fffffffc").getMessage().contains("4294967292"));
  }

  @Test
  void refusesPacketsThatDoNotFitTheirBlock() {
    String packet = block(6, "00000000 00000000 00000001 00000005 0000003c abcd0000");
    assertTrue(
        refusal(SECTION, ETHERNET, packet)
            .getMessage()
            .contains("a packet of 5 octets does not fit its block, which has 4 left"));
    String huge = block(6, "00000000 00000000 00000001 ffffffff ffffffff");
    assertTrue(refusal(SECTION, ETHERNET, huge).getMessage().contains("4294967295"));
  }

  @Test
  void boundsTheLengthOfAPacket() throws IOException {
    int bound = CaptureReader.MAX_PACKET;
    String fields = "00000000 00000000 00000001 %08x %08x";
    String longest = block(6, fields.formatted(bound, bound) + "00".repeat(bound));
    assertEquals(bound, read(SECTION, ETHERNET, longest).getFirst().capturedLength());
    String longer = block(6, fields.formatted(bound + 1, bound + 1) + "00".repeat(bound + 4));
    assertTrue(refusal(SECTION, ETHERNET, longer).getMessage().contains("longer than 262144"));
  }

  @Test
  void boundsTheInterfacesOfASection() throws IOException {
    String most = ETHERNET.repeat(PcapngReader.MAX_INTERFACES);
    assertEquals(1, read(SECTION, most, ENHANCED).size());
    assertTrue(refusal(SECTION, most, ETHERNET).getMessage().contains("more than 1024 interfaces"));
  }

  @Test
  void refusesOtherVersionsAndMagics() throws IOException {
    assertEquals(1, read(SECTION.replace("0001 0000", "0001 0002"), ETHERNET, ENHANCED).size());
    assertTrue(
        refusal(SECTION.replace("0001 0000", "0001 0001")).getMessage().contains("version 1.1"));
    assertTrue(
        refusal(SECTION.replace("0001 0000", "0002 0000")).getMessage().contains("version 2.0"));
    CaptureFormatException e = refusal(SECTION.replace("1a2b3c4d", "1a2b3c4e"));
    assertEquals(8, e.offset());
    assertTrue(e.getMessage().contains("0x1a2b3c4e is not the byte-order magic"));
  }

  @Test
  void refusesAFileThatEndsAnywhereButAtABlock() {
    byte[] whole = Captures.octets(SECTION + ETHERNET + ENHANCED);
    for (int length = 4; length < whole.length; length++) {
      if (length == 28 || length == 48) {
        continue;
      }
      byte[] cut = Arrays.copyOf(whole, length);
      CaptureFormatException e =
          assertThrows(CaptureFormatException.class, () -> Captures.read(cut), "at " + length);
      assertEquals(length, e.offset(), e.getMessage());
    }
  }

  @Test
  void writesTheSameOctetsEverywhere() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PcapngWriter writer = PcapngWriter.to(out)) {
      int port = writer.addInterface("vm1", LinkType.ETHERNET);
      writer.write(port, 0x1_0000_0002L, Captures.segment("00abcd"), 1, 2, "why?");
    }
    assertArrayEquals(
        Captures.octets(
            "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffff ffffffff 1c000000"
                + "01000000 28000000 0100 0000 00000400"
                + "0200 0300 766d3100 0900 0100 09000000 0000 0000 28000000"
                + "06000000 30000000 00000000 01000000 02000000 02000000 02000000 abcd0000"
                + "0100 0400 7768793f 0000 0000 30000000"),
        out.toByteArray());
  }

  @Test
  void readsBackWhatItWrites(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("all.pcapng");
    try (PcapngWriter writer = PcapngWriter.create(file)) {
      int first = writer.addInterface("vm1", LinkType.ETHERNET);
      int second = writer.addInterface("underlay", LinkType.IPV4);
      writer.write(second, 1_700_000_000_123_456_789L, Captures.segment("0102030405"), 0, 5);
      writer.write(first, -1, MemorySegment.NULL, 0, 0);
      writer.flush();
    }
    try (CaptureReader reader = CaptureReader.open(file)) {
      CapturedPacket packet = reader.next().orElseThrow();
      assertEquals(1_700_000_000_123_456_789L, packet.timestampNs());
      assertEquals(1, packet.interfaceId());
      assertEquals(LinkType.IPV4, packet.linkType());
      assertEquals("0102030405", Captures.hex(packet.octets()));
      assertEquals(0, reader.next().orElseThrow().timestampNs());
      assertTrue(reader.next().isEmpty());
    }
  }

  @Test
  void cutsLongTextsBetweenCharacters() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String comment = "x" + "ü".repeat(PcapngWriter.MAX_TEXT);
    try (PcapngWriter writer = PcapngWriter.to(out)) {
      writer.write(
          writer.addInterface("p", LinkType.ETHERNET), 0, MemorySegment.NULL, 0, 0, comment);
    }
    assertEquals(1, Captures.read(out.toByteArray()).size());
    // One octet of the bound stays unused: the option is 0x0fff octets long, then padding.
    String written = HexFormat.of().formatHex(out.toByteArray());
    String text = "78" + "c3bc".repeat((PcapngWriter.MAX_TEXT - 1) / 2);
    assertTrue(written.contains("0100" + "ff0f" + text + "00" + "00000000"));
  }

  @Test
  void refusesToWriteToUnknownInterfaces() throws IOException {
    try (PcapngWriter writer = PcapngWriter.to(new ByteArrayOutputStream())) {
      assertThrows(
          IllegalArgumentException.class, () -> writer.write(0, 0, MemorySegment.NULL, 0, 0));
      for (int i = 0; i < PcapngReader.MAX_INTERFACES; i++) {
        assertEquals(i, writer.addInterface("p", LinkType.ETHERNET));
      }
      assertThrows(IllegalStateException.class, () -> writer.addInterface("p", LinkType.ETHERNET));
    }
  }
}
