// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;

/// Any octets end in packets or in a [CaptureFormatException], and what was read is read again the
/// same when it has been written. [CaptureSeeds] makes the inputs to begin with.
@Tag("jazzer")
class CaptureReaderFuzzTest {
  /// The shortest record, an empty packet in pcap.
  private static final int SHORTEST_RECORD = 16;

  @FuzzTest
  void read(byte[] file) throws IOException {
    List<CapturedPacket> packets = new ArrayList<>();
    long octets = 0;
    try (CaptureReader reader = CaptureReader.open(new ByteArrayInputStream(file))) {
      for (var next = reader.next(); next.isPresent(); next = reader.next()) {
        packets.add(next.get());
        octets += next.get().capturedLength();
      }
    } catch (CaptureFormatException e) {
      assertTrue(e.offset() >= 0 && e.offset() <= file.length, e.getMessage());
    }
    long least = octets + (long) packets.size() * SHORTEST_RECORD;
    assertTrue(least <= file.length, "more packets than the file has room for");
    for (CapturedPacket packet : packets) {
      assertTrue(packet.capturedLength() <= CaptureReader.MAX_PACKET);
      assertTrue(packet.originalLength() >= 0);
    }
    assertSame(packets, rewritten(packets));
  }

  private static List<CapturedPacket> rewritten(List<CapturedPacket> packets) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PcapngWriter writer = PcapngWriter.to(out)) {
      writer.addInterface("any", LinkType.ETHERNET);
      for (CapturedPacket packet : packets) {
        MemorySegment octets = packet.octets();
        writer.write(0, packet.timestampNs(), octets, 0, packet.capturedLength());
      }
    }
    return Captures.read(out.toByteArray());
  }

  private static void assertSame(List<CapturedPacket> expected, List<CapturedPacket> found) {
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(
          Math.max(0, expected.get(i).timestampNs()), found.get(i).timestampNs(), "packet " + i);
      assertEquals(-1, expected.get(i).octets().mismatch(found.get(i).octets()), "packet " + i);
    }
  }
}
