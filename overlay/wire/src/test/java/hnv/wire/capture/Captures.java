// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Reads captures out of octets, for tests.
final class Captures {
  private Captures() {}

  static byte[] octets(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }

  /// Digits of `hex` with each group of four octets reversed: the same file in the other byte
  /// order, where the file holds nothing but fields of four octets.
  static String reversed(String hex) {
    byte[] octets = octets(hex);
    byte[] result = new byte[octets.length];
    for (int i = 0; i < octets.length; i++) {
      result[i] = octets[(i & ~3) + 3 - (i & 3)];
    }
    return HexFormat.of().formatHex(result);
  }

  static List<CapturedPacket> read(byte[] file) throws IOException {
    List<CapturedPacket> packets = new ArrayList<>();
    try (CaptureReader reader = CaptureReader.open(new ByteArrayInputStream(file))) {
      reader.next().ifPresent(packets::add);
      while (!packets.isEmpty()) {
        int before = packets.size();
        reader.next().ifPresent(packets::add);
        if (packets.size() == before) {
          break;
        }
      }
    }
    return packets;
  }

  static String hex(MemorySegment octets) {
    return HexFormat.of().formatHex(octets.toArray(ValueLayout.JAVA_BYTE));
  }

  static MemorySegment segment(String hex) {
    return MemorySegment.ofArray(octets(hex));
  }
}
