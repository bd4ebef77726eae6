// SPDX-License-Identifier: Apache-2.0
package hnv.nat.v6;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.capture.CaptureReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Packets that another translator's tests send and expect: through translations and back they must
/// be the packets that they were.
class ThirdPartyPacketsTest {
  private static final Path CASES =
      Path.of(System.getProperty("hnv.root", ".."))
          .resolve("../shared/cases/snabb-lwaftr")
          .normalize();

  /// The IPv4 packets with right header checksums, of all captures.
  private static List<MemorySegment> packets() throws IOException {
    assumeTrue(Files.isDirectory(CASES), "there are no third-party captures at " + CASES);
    List<Path> files;
    try (Stream<Path> walk = Files.walk(CASES)) {
      files = walk.filter(f -> f.toString().endsWith(".pcap")).sorted().toList();
    }
    List<MemorySegment> packets = new ArrayList<>();
    for (Path file : files) {
      try (CaptureReader reader = CaptureReader.open(file)) {
        for (var next = reader.next(); next.isPresent(); next = reader.next()) {
          MemorySegment octets = next.get().octets();
          MemorySegment f = Packets.allocate(octets.byteSize());
          f.copyFrom(octets);
          int at = EthernetHeader.LENGTH;
          if (f.byteSize() > at
              && Ipv4Header.isValid(f, at, f.byteSize())
              && Ipv4Header.isChecksumValid(f, at)) {
            packets.add(f.asSlice(at, Ipv4Header.totalLength(f, at)));
          }
        }
      }
    }
    return packets;
  }

  @Test
  void packetsComeBackFromIpv6AsTheyWere() throws IOException {
    MemorySegment to = Packets.allocate(70_000);
    MemorySegment back = Packets.allocate(70_000);
    int translated = 0;
    for (MemorySegment p : packets()) {
      int source = Ipv4Header.source(p, 0);
      int destination = Ipv4Header.destination(p, 0);
      Prefix64 prefix = Prefix64.WELL_KNOWN;
      int id = Icmpv4Header.id(p, Ipv4Header.headerLength(p, 0));
      boolean isIcmp = Ipv4Header.protocol(p, 0) == IpProtocol.ICMP;
      int port = isIcmp ? id : Ends4.SAME_PORT;
      Ends6 six =
          new Ends6()
              .source(prefix.embedHigh(source), prefix.embedLow(source), port)
              .destination(prefix.embedHigh(destination), prefix.embedLow(destination), port);
      int octets = ToIpv6.translate(p, 0, p.byteSize(), to, 0, 70_000, six, six, 1_500, 1_500);
      boolean isError =
          isIcmp && Icmpv4Header.isError(Icmpv4Header.type(p, Ipv4Header.headerLength(p, 0)));
      if (octets < 0 || isError) {
        continue;
      }
      Ends4 four = new Ends4().set(source, port, destination, port);
      int length =
          ToIpv4.translate(
              to, 0, octets, back, 0, 70_000, four, four, Ipv4Header.id(p, 0), 1_500, 1_500);
      // DF is not carried through IPv6; the rest is.
      Ipv4Header.setFragment(back, 0, Ipv4Header.fragment(p, 0));
      Ipv4Header.writeChecksum(back, 0);
      assertEquals(p.byteSize(), length);
      assertEquals(-1, p.mismatch(back.asSlice(0, length)), "first octet that differs");
      translated++;
    }
    assertTrue(translated > 40, "packets in the captures: " + translated);
  }
}
