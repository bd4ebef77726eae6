// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Every third-party capture is read with the number of packets that its index names, or refused
/// for a reason. The index was made by tshark.
class CaptureCasesTest {
  private static final Path CASES =
      Path.of(System.getProperty("hnv.root", "../..")).resolve("../shared/cases").normalize();

  /// What must be refused: file, and what the reason must say.
  private static final Map<String, String> REFUSED =
      Map.of(
          "gopacket/pcapgo/tests/be/test901.pcapng", "pcapng version 2.0",
          "gopacket/pcapgo/tests/le/test901.pcapng", "pcapng version 2.0",
          "libpcap/tests/pcap-invalid-version-1.pcap", "pcap version 1.4",
          "libpcap/tests/pcap-invalid-version-2.pcap", "pcap version 2.5",
          "libpcap/tests/pcapng-invalid-vers-1.pcapng", "pcapng version 0.",
          "libpcap/tests/pcapng-invalid-vers-2.pcapng", "pcapng version 1.1",
          "libpcap/tests/shb-option-too-long.pcapng", "begins with a length of 52 and ends with");

  /// Files whose index counts something else than packets, each with the number of packets.
  private static final Map<String, Integer> INDEX_DIFFERS =
      Map.ofEntries(
          // tshark lists custom blocks as records; they hold no packet.
          Map.entry("gopacket/pcapgo/tests/be/test017.pcapng", 0),
          Map.entry("gopacket/pcapgo/tests/be/test018.pcapng", 4),
          Map.entry("gopacket/pcapgo/tests/be/test102.pcapng", 5),
          Map.entry("gopacket/pcapgo/tests/be/test202.pcapng", 8),
          Map.entry("gopacket/pcapgo/tests/le/test017.pcapng", 0),
          Map.entry("gopacket/pcapgo/tests/le/test018.pcapng", 4),
          Map.entry("gopacket/pcapgo/tests/le/test102.pcapng", 5),
          Map.entry("gopacket/pcapgo/tests/le/test202.pcapng", 8),
          // Link types 281 and 284, which tshark did not know; tcpdump reads this many.
          Map.entry("libpcap/tests/filter/brcm-tag-stp.pcap", 4),
          Map.entry("libpcap/tests/filter/brcm-tag.pcap", 15),
          Map.entry("libpcap/tests/filter/dsa.pcap", 8),
          // The index stopped at 2000.
          Map.entry("tcpdump/tests/arp-oobr.pcap", 2282));

  private static int read(Path file) throws IOException {
    int packets = 0;
    try (CaptureReader reader = CaptureReader.open(file)) {
      while (reader.next().isPresent()) {
        packets++;
      }
    }
    return packets;
  }

  @Test
  @Timeout(60)
  void readsOrRefusesEveryThirdPartyCapture() throws IOException {
    Path index = CASES.resolve("INDEX.tsv");
    assumeTrue(Files.exists(index), "there are no third-party captures at " + CASES);
    Map<String, Integer> expected = new LinkedHashMap<>();
    List<String> lines = Files.readAllLines(index, StandardCharsets.UTF_8);
    for (String line : lines.subList(1, lines.size())) {
      String[] columns = line.split("\t", 3);
      if (columns[0].matches(".*\\.(pcap|pcapng|cap)")) {
        expected.put(columns[0], Integer.parseInt(columns[1]));
      }
    }
    expected.putAll(INDEX_DIFFERS);

    Map<String, String> refused = new LinkedHashMap<>();
    long packets = 0;
    for (Map.Entry<String, Integer> entry : expected.entrySet()) {
      String file = entry.getKey();
      try {
        int read = read(CASES.resolve(file));
        packets += read;
        assertEquals(entry.getValue(), read, file);
      } catch (CaptureFormatException e) {
        refused.put(file, e.getMessage());
      }
    }

    System.out.printf(
        "%d third-party captures: %d packets from %d files, %d files refused%n",
        expected.size(), packets, expected.size() - refused.size(), refused.size());
    refused.forEach((file, reason) -> System.out.println("  " + file + ": " + reason));
    assertEquals(REFUSED.keySet(), refused.keySet());
    REFUSED.forEach(
        (file, reason) ->
            assertTrue(String.valueOf(refused.get(file)).contains(reason), refused.get(file)));
  }
}
