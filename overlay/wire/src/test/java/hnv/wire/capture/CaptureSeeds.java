// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/// Makes the captures that [CaptureReaderFuzzTest] begins with. They are committed; to make them
/// anew, run [#main] with the folder `src/test/resources/hnv/wire/capture`.
final class CaptureSeeds {
  private static final MemorySegment PACKET = Captures.segment("0102030405");

  private CaptureSeeds() {}

  private static byte[] microseconds() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PcapWriter writer = PcapWriter.to(out)) {
      writer.write(1_000, PACKET, 0, 5);
      writer.write(2_000, PACKET, 1, 3);
    }
    return out.toByteArray();
  }

  private static byte[] nanoseconds() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PcapWriter writer = PcapWriter.nanoseconds(out, LinkType.RAW)) {
      writer.write(1, PACKET, 0, 5, 1_500);
      writer.write(2, PACKET, 0, 0);
    }
    return out.toByteArray();
  }

  private static byte[] interfaces() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PcapngWriter writer = PcapngWriter.to(out)) {
      int first = writer.addInterface("vm1", LinkType.ETHERNET);
      int second = writer.addInterface("vm2", LinkType.RAW);
      writer.write(first, 1, PACKET, 0, 5, "comment");
      writer.write(second, 2, PACKET, 0, 4);
    }
    return out.toByteArray();
  }

  /// What our writer does not write: the other byte order, simple and obsolete packets, units of
  /// time.
  private static byte[] bigEndian() {
    return Captures.octets(
        "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffff ffffffff 0000001c"
            + "00000001 0000002c 0001 0000 00040000"
            + "0009 0001 8a000000 000e 0008 00000000 00000010 0000 0000 0000002c"
            + "00000003 00000014 00000002 abcd0000 00000014"
            + "00000002 00000024 0000 0000 00000000 00000400 00000002 00000002 abcd0000 00000024"
            + "00000bad 00000010 12345678 00000010"
            + "0a0d0d0a 0000001c 1a2b3c4d 0001 0002 ffffffff ffffffff 0000001c"
            + "00000001 00000014 0071 0000 00000000 00000014"
            + "00000006 00000024 00000000 00000000 00000001 00000002 00000009 abcd0000 00000024");
  }

  /// Writes the seeds.
  ///
  /// @param arguments the folder
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0], "CaptureReaderFuzzTestInputs", "read");
    Files.createDirectories(folder);
    Files.write(folder.resolve("microseconds.pcap"), microseconds());
    Files.write(folder.resolve("nanoseconds.pcap"), nanoseconds());
    Files.write(folder.resolve("reversed.pcap"), reversedHeader());
    Files.write(folder.resolve("interfaces.pcapng"), interfaces());
    Files.write(folder.resolve("big-endian.pcapng"), bigEndian());
  }

  private static byte[] reversedHeader() {
    return Captures.octets(
        "a1b23c4d 0002 0004 00000000 00000000 00040000 00000001"
            + "00000001 00000002 00000003 00000040 010203");
  }
}
