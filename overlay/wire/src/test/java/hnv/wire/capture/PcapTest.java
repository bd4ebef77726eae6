// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapTest {
  /// Version 2.4, snap length 65535, Ethernet.
  private static final String HEADER_REST = "0002 0004 00000000 00000000 0000ffff 00000001";

  /// 4 octets captured of 60, at 1 s and 7 units.
  private static final String PACKET = "00000001 00000007 00000004 0000003c deadbeef";

  private static final String BIG = "a1b2c3d4" + HEADER_REST + PACKET;

  /// The same in little-endian order.
  private static final String LITTLE =
      "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000"
          + "01000000 07000000 04000000 3c000000 deadbeef";

  private static CapturedPacket only(String hex) throws IOException {
    List<CapturedPacket> packets = Captures.read(Captures.octets(hex));
    assertEquals(1, packets.size());
    return packets.getFirst();
  }

  private static CaptureFormatException refusal(String hex) {
    return assertThrows(CaptureFormatException.class, () -> Captures.read(Captures.octets(hex)));
  }

  @Test
  void readsBothByteOrders() throws IOException {
    for (String file : List.of(BIG, LITTLE)) {
      CapturedPacket packet = only(file);
      assertEquals(1_000_007_000L, packet.timestampNs());
      assertEquals(LinkType.ETHERNET, packet.linkType());
      assertEquals(0, packet.interfaceId());
      assertEquals(4, packet.capturedLength());
      assertEquals(60, packet.originalLength());
      assertTrue(packet.isCutOff());
      assertEquals("deadbeef", Captures.hex(packet.octets()));
      assertTrue(packet.octets().isReadOnly());
    }
  }

  @Test
  void readsNanoseconds() throws IOException {
    assertEquals(1_000_000_007L, only("a1b23c4d" + HEADER_REST + PACKET).timestampNs());
    assertEquals(1_000_000_007L, only(LITTLE.replace("d4c3b2a1", "4d3cb2a1")).timestampNs());
  }

  @Test
  void readsTimesBeyond2038() throws IOException {
    CapturedPacket packet = only(BIG.replace("00000001 00000007", "ffffffff 00000007"));
    assertEquals(4_294_967_295_000_007_000L, packet.timestampNs());
  }

  @Test
  void reportsLinkTypesWithoutTheirFcsBits() throws IOException {
    assertEquals(
        LinkType.IPV6, only(BIG.replace("0000ffff 00000001", "0000ffff 240000e5")).linkType());
  }

  @Test
  void readsAFileWithoutPackets() throws IOException {
    assertEquals(List.of(), Captures.read(Captures.octets("a1b2c3d4" + HEADER_REST)));
  }

  @Test
  void refusesWhatIsNoCapture() {
    assertTrue(refusal("").getMessage().contains("the file ends within the magic number"));
    assertTrue(refusal("a1b2c3").getMessage().contains("the file ends"));
    CaptureFormatException snoop = refusal("736e6f6f 70000000");
    assertEquals(0, snoop.offset());
    assertTrue(snoop.getMessage().contains("0x736e6f6f is neither"), snoop.getMessage());
  }

  @Test
  void refusesAFileThatEndsWithinAHeaderOrAPacket() {
    byte[] whole = Captures.octets(BIG);
    for (int length = 4; length < whole.length; length++) {
      if (length == 24) {
        continue;
      }
      byte[] cut = Arrays.copyOf(whole, length);
      CaptureFormatException e =
          assertThrows(CaptureFormatException.class, () -> Captures.read(cut));
      assertEquals(length, e.offset(), e.getMessage());
    }
  }

  @Test
  void boundsTheLengthOfAPacket() throws IOException {
    String header = "a1b2c3d4" + HEADER_REST + "00000001 00000007";
    String longest = header + "00040000 00040000" + "00".repeat(CaptureReader.MAX_PACKET);
    assertEquals(CaptureReader.MAX_PACKET, only(longest).capturedLength());
    CaptureFormatException e = refusal(header + "00040001 00040001");
    assertEquals(32, e.offset());
    assertTrue(e.getMessage().contains("262145 octets is longer than 262144"), e.getMessage());
    refusal(header + "ffffffff ffffffff");
  }

  @Test
  void writesTheSameOctetsEverywhere() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PcapWriter writer = PcapWriter.to(out)) {
      writer.write(1_000_007_999L, Captures.segment("00deadbeef"), 1, 4);
    }
    assertArrayEquals(
        Captures.octets(
            "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000"
                + "01000000 07000000 04000000 04000000 deadbeef"),
        out.toByteArray());
  }

  @Test
  void writesNanosecondsAndCutOffPackets() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PcapWriter writer = PcapWriter.nanoseconds(out, LinkType.RAW)) {
      writer.write(1_000_000_007L, Captures.segment("deadbeef"), 0, 4, 60);
    }
    List<CapturedPacket> packets = Captures.read(out.toByteArray());
    assertEquals(1, packets.size());
    CapturedPacket packet = packets.getFirst();
    assertEquals(1_000_000_007L, packet.timestampNs());
    assertEquals(LinkType.RAW, packet.linkType());
    assertEquals(60, packet.originalLength());
  }

  @Test
  void writesTimesBeyondTheFormatAsItsNearestEnd() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PcapWriter writer = PcapWriter.nanoseconds(out, LinkType.ETHERNET)) {
      writer.write(-1, MemorySegment.NULL, 0, 0);
      writer.write(Long.MAX_VALUE, MemorySegment.NULL, 0, 0);
    }
    List<CapturedPacket> packets = Captures.read(out.toByteArray());
    assertEquals(0, packets.getFirst().timestampNs());
    assertEquals(4_294_967_295_999_999_999L, packets.getLast().timestampNs());
    assertFalse(packets.getFirst().isCutOff());
  }

  @Test
  void refusesToWriteWhatNoReaderTakes() throws IOException {
    try (PcapWriter writer = PcapWriter.to(new ByteArrayOutputStream())) {
      MemorySegment f = MemorySegment.ofArray(new byte[CaptureReader.MAX_PACKET + 1]);
      writer.write(0, f, 0, CaptureReader.MAX_PACKET);
      assertThrows(
          IllegalArgumentException.class,
          () -> writer.write(0, f, 0, CaptureReader.MAX_PACKET + 1));
      assertThrows(IllegalArgumentException.class, () -> writer.write(0, f, 0, 60, 59));
    }
  }

  @Test
  void createsAFile(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("port.pcap");
    try (PcapWriter writer = PcapWriter.create(file)) {
      writer.write(5_000, Captures.segment("0102"), 0, 2);
      writer.flush();
      assertEquals(24 + 16 + 2, Files.size(file));
    }
    try (CaptureReader reader = CaptureReader.open(file)) {
      assertEquals(5_000, reader.next().orElseThrow().timestampNs());
      assertTrue(reader.next().isEmpty());
      assertTrue(reader.next().isEmpty(), "the end stays the end");
    }
  }
}
