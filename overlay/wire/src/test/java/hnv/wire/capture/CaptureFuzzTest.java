// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Any octets end in packets or in a [CaptureFormatException]; nothing else is thrown, nothing
/// hangs.
class CaptureFuzzTest {
  private static final int ROUNDS = 30_000;

  private static List<byte[]> seeds() throws IOException {
    ByteArrayOutputStream pcap = new ByteArrayOutputStream();
    try (PcapWriter writer = PcapWriter.to(pcap)) {
      for (int i = 0; i < 3; i++) {
        writer.write(i, Captures.segment("0102030405"), 0, 5);
      }
    }
    ByteArrayOutputStream pcapng = new ByteArrayOutputStream();
    try (PcapngWriter writer = PcapngWriter.to(pcapng)) {
      int first = writer.addInterface("vm1", LinkType.ETHERNET);
      int second = writer.addInterface("vm2", LinkType.RAW);
      writer.write(first, 1, Captures.segment("0102030405"), 0, 5, "comment");
      writer.write(second, 2, Captures.segment("0102030405"), 0, 5);
    }
    byte[] big =
        Captures.octets(
            "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffff ffffffff 0000001c"
                + "00000001 00000020 0001 0000 00040000 0009 0001 0a000000 0000 0000 00000020"
                + "00000003 00000014 00000002 abcd0000 00000014"
                + "00000002 00000020 0000 0000 00000000 00000001 00000000 00000000 00000020");
    return List.of(pcap.toByteArray(), pcapng.toByteArray(), big);
  }

  @Test
  @Timeout(60)
  void damagedFilesEndInPacketsOrAReason() throws IOException {
    Random random = new Random(0xCAFE);
    int read = 0;
    int refused = 0;
    for (byte[] seed : seeds()) {
      assertTrue(!Captures.read(seed).isEmpty(), "the seed itself is good");
      for (int round = 0; round < ROUNDS; round++) {
        byte[] file = seed.clone();
        for (int damage = random.nextInt(4); damage >= 0; damage--) {
          int at = random.nextInt(file.length);
          switch (random.nextInt(4)) {
            case 0 -> file[at] = (byte) random.nextInt();
            case 1 -> file[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> file[at] = (byte) 0xFF;
            default -> file = Arrays.copyOf(file, at + 1);
          }
        }
        try {
          Captures.read(file);
          read++;
        } catch (CaptureFormatException e) {
          assertTrue(e.offset() >= 0 && e.offset() <= file.length, e.getMessage());
          refused++;
        }
      }
    }
    assertTrue(read > ROUNDS / 10, "some damage is harmless: " + read);
    assertTrue(refused > ROUNDS / 10, "some damage is found: " + refused);
  }
}
