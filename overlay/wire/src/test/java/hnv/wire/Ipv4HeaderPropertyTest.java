// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Ipv4HeaderPropertyTest {
  private static final int ROUNDS = 4_000;

  @Test
  void decrementingTheTtlKeepsTheChecksumRight() {
    Random random = new Random(791);
    MemorySegment f = Hex.unwritten(20);
    for (int round = 0; round < ROUNDS; round++) {
      int ttl = 1 + random.nextInt(255);
      int protocol = random.nextInt(256);
      int id = random.nextInt(0x1_0000);
      int source = random.nextInt();
      Ipv4Header.write(f, 0, 0, 20, id, 0, ttl, protocol, source, 0x0A01_010C);
      Ipv4Header.decrementTtl(f, 0);
      assertEquals(ttl - 1, Ipv4Header.ttl(f, 0));
      assertEquals(protocol, Ipv4Header.protocol(f, 0));
      assertEquals(Ipv4Header.computeChecksum(f, 0), Ipv4Header.checksum(f, 0));
    }
  }

  @Test
  void replacingTheEcnFieldKeepsTheChecksumRight() {
    MemorySegment f = Hex.unwritten(20);
    for (int trafficClass = 0; trafficClass < 256; trafficClass++) {
      for (int ecn = 0; ecn < 4; ecn++) {
        Ipv4Header.write(f, 0, trafficClass, 20, 7, 0, 64, IpProtocol.UDP, 1, 2);
        Ipv4Header.replaceEcn(f, 0, ecn);
        assertEquals(trafficClass >>> 2, Ipv4Header.dscp(f, 0));
        assertEquals(ecn, Ipv4Header.ecn(f, 0));
        assertEquals(Ipv4Header.computeChecksum(f, 0), Ipv4Header.checksum(f, 0));
      }
    }
  }
}
