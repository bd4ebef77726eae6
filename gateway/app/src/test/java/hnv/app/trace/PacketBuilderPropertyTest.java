// SPDX-License-Identifier: Apache-2.0
package hnv.app.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.cli.Refusal;
import hnv.app.json.Json;
import hnv.app.json.JsonReader;
import hnv.app.json.JsonReader.MalformedJson;
import hnv.app.json.JsonWriter;
import hnv.app.policy.PolicyCompiler;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.overlay.OverlayNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What comes by the admin socket is anything whatsoever.
final class PacketBuilderPropertyTest {
  private static final OverlayNetwork NETWORK = network();

  private static OverlayNetwork network() {
    try {
      byte[] document = Files.readAllBytes(Path.of("src/test/resources/replay/vxlan/policy.json"));
      return PolicyCompiler.compile(((Parsed.Accepted) PolicyDocuments.parse(document)).policy());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final int TRIES = 20_000;

  private static final List<String> ADDRESSES =
      List.of(
          "",
          "10.1.1.11",
          "10.1.1.12",
          "10.1.2.22",
          "10.1.1.255",
          "255.255.255.255",
          "fd00:5001::12",
          "fd00:5001::1",
          "ff02::1",
          "224.0.0.1",
          "0.0.0.0",
          "10.1",
          "x");
  private static final List<Long> NUMBERS =
      List.of(-1L, -1L, -1L, 0L, 1L, 64L, 255L, 5001L, 65_535L, Long.MIN_VALUE, Long.MAX_VALUE);
  private static final List<String> PROTOCOLS =
      List.of("", "tcp", "udp", "icmp", "arp", "nd", "0", "58", "1", "255", "256", "y");
  private static final List<String> MACS = List.of("", "", "00:15:5d:01:01:12", "zz");
  private static final List<String> PORTS = List.of("contoso-sql", "underlay", "UNDERLAY", "", "x");
  private static final List<String> KINDS = List.of("", "", "vxlan", "nvgre", "gre");

  private final Random random = new Random(7_348);

  private <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private Json.Members packet() {
    return Json.object()
        .put("port", any(PORTS))
        .put("source", any(ADDRESSES))
        .put("destination", any(ADDRESSES))
        .put("outerSource", any(ADDRESSES))
        .put("outerDestination", any(ADDRESSES))
        .put("sourcePort", any(NUMBERS))
        .put("destinationPort", any(NUMBERS))
        .put("vlan", any(NUMBERS))
        .put("ttl", any(NUMBERS))
        .put("size", any(NUMBERS))
        .put("vni", any(NUMBERS))
        .put("protocol", any(PROTOCOLS))
        .put("sourceMac", any(MACS))
        .put("encapsulation", any(KINDS));
  }

  @Test
  void buildsAFrameOrSaysEveryOptionThatIsWrong() {
    int built = 0;
    for (int i = 0; i < TRIES; i++) {
      Json.Members packet = packet();
      try {
        byte[] octets =
            new PacketBuilder(NETWORK, "host1", 4_789).build(DescribedPacket.fromJson(packet));
        assertTrue(octets.length >= 14, () -> "built too little of " + packet);
        built++;
      } catch (Refusal e) {
        assertFalse(e.problems().isEmpty());
        e.problems().forEach(problem -> assertTrue(problem.startsWith("--"), problem));
      }
    }
    assertTrue(built > 20, "only " + built + " of " + TRIES + " were built");
  }

  @Test
  void keepsADescriptionOnItsWayThroughTheSocket() throws MalformedJson {
    for (int i = 0; i < TRIES; i++) {
      DescribedPacket described = DescribedPacket.fromJson(packet());
      Json sent = JsonReader.read(JsonWriter.line(described.toJson()));
      assertEquals(described, DescribedPacket.fromJson((Json.Members) sent));
    }
  }

  @Test
  void readsAnyTextAsJsonOrRefusesIt() {
    String alphabet = "{}[]\",:0123456789.eE+-truefalsn \\u\n\u0000\uD800\u00e4";
    for (int i = 0; i < TRIES; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(24); length > 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        JsonReader.read(text.toString());
      } catch (MalformedJson e) {
        assertFalse(String.valueOf(e.getMessage()).isEmpty());
      }
    }
  }
}
