// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class Ipv4HeaderPropertyTest {
  @Property
  void decrementingTheTtlKeepsTheChecksumRight(
      @ForAll @IntRange(min = 1, max = 255) int ttl,
      @ForAll @IntRange(max = 255) int protocol,
      @ForAll @IntRange(max = 0xFFFF) int id,
      @ForAll int source) {
    MemorySegment f = Hex.unwritten(20);
    Ipv4Header.write(f, 0, 0, 20, id, 0, ttl, protocol, source, 0x0A01_010C);
    Ipv4Header.decrementTtl(f, 0);
    assertEquals(ttl - 1, Ipv4Header.ttl(f, 0));
    assertEquals(protocol, Ipv4Header.protocol(f, 0));
    assertEquals(Ipv4Header.computeChecksum(f, 0), Ipv4Header.checksum(f, 0));
  }

  @Property
  void replacingTheEcnFieldKeepsTheChecksumRight(
      @ForAll @IntRange(max = 255) int trafficClass, @ForAll @IntRange(max = 3) int ecn) {
    MemorySegment f = Hex.unwritten(20);
    Ipv4Header.write(f, 0, trafficClass, 20, 7, 0, 64, IpProtocol.UDP, 1, 2);
    Ipv4Header.replaceEcn(f, 0, ecn);
    assertEquals(trafficClass >>> 2, Ipv4Header.dscp(f, 0));
    assertEquals(ecn, Ipv4Header.ecn(f, 0));
    assertEquals(Ipv4Header.computeChecksum(f, 0), Ipv4Header.checksum(f, 0));
  }
}
