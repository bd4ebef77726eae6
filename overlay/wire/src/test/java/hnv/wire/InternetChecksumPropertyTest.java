// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The arithmetic against computing anew, over random octets of a fixed seed.
class InternetChecksumPropertyTest {
  private static final int ROUNDS = 4_000;

  /// The words that carries and the two zeros of the arithmetic come from are not left to chance.
  private static final long[] CORNERS = {0, -1, 0x8000_0000_0000_0000L, 0xFFFF, 0xFFFF_0000L, 1};

  private final Random random = new Random(1071);

  private long word() {
    return random.nextInt(4) == 0 ? CORNERS[random.nextInt(CORNERS.length)] : random.nextLong();
  }

  private byte[] octets(int length) {
    byte[] octets = new byte[length];
    switch (random.nextInt(8)) {
      case 0 -> {} // zeros
      case 1 -> Arrays.fill(octets, (byte) 0xFF);
      default -> random.nextBytes(octets);
    }
    return octets;
  }

  @Test
  void sumOfAWholeIsTheSumOfItsParts() {
    for (int round = 0; round < ROUNDS; round++) {
      byte[] octets = octets(random.nextInt(101));
      int first = random.nextInt(octets.length + 1);
      MemorySegment f = Hex.copyOf(octets);
      int rest = InternetChecksum.sum(f, first, octets.length - first);
      // RFC 1071 §2 (B): a part that starts at an odd offset counts with its octets exchanged.
      int swapped = first % 2 == 0 ? rest : InternetChecksum.swap(rest);
      assertEquals(
          InternetChecksum.sum(f, 0, octets.length),
          InternetChecksum.add(InternetChecksum.sum(f, 0, first), swapped));
    }
  }

  @Test
  void pseudoHeaderOfIpv4IsTheSumOfItsOctets() {
    MemorySegment f = Hex.unwritten(12);
    for (int round = 0; round < ROUNDS; round++) {
      int source = (int) word();
      int destination = (int) word();
      int protocol = random.nextInt(256);
      int length = (int) word() & 0xFFFF;
      Octets.putU32(f, 0, source);
      Octets.putU32(f, 4, destination);
      Octets.putU16(f, 8, protocol);
      Octets.putU16(f, 10, length);
      assertEquals(
          InternetChecksumTest.naiveSum(f, 0, 12),
          InternetChecksum.pseudoHeader(source, destination, protocol, length));
    }
  }

  @Test
  void pseudoHeaderOfIpv6IsTheSumOfItsOctets() {
    MemorySegment f = Hex.unwritten(40);
    for (int round = 0; round < ROUNDS; round++) {
      long[] addresses = new long[4];
      for (int i = 0; i < 4; i++) {
        addresses[i] = word();
        Octets.putU64(f, i * 8L, addresses[i]);
      }
      int protocol = random.nextInt(256);
      int length = random.nextInt((1 << 20) + 1);
      Octets.putU32(f, 32, length);
      Octets.putU32(f, 36, protocol);
      assertEquals(
          InternetChecksumTest.naiveSum(f, 0, 40),
          InternetChecksum.pseudoHeader(
              addresses[0], addresses[1], addresses[2], addresses[3], protocol, length));
    }
  }

  @Test
  void updateEqualsComputingAnew() {
    for (int round = 0; round < ROUNDS; round++) {
      byte[] octets = octets(24);
      // Not all zero, as no packet is: there alone do the two zeros of the arithmetic differ.
      octets[23] |= 1;
      int word = (int) word() & 0xFFFF;
      int half = (int) word();
      long high = word();
      long low = word();
      MemorySegment f = Hex.copyOf(octets);
      int checksum = InternetChecksum.checksum(f, 0, 24);

      int difference16 = InternetChecksum.difference16(Octets.u16(f, 0), word);
      int difference32 = InternetChecksum.difference32(Octets.u32(f, 2), half);
      int difference128 =
          InternetChecksum.difference128(Octets.u64(f, 6), Octets.u64(f, 14), high, low);
      Octets.putU16(f, 0, word);
      Octets.putU32(f, 2, half);
      Octets.putU64(f, 6, high);
      Octets.putU64(f, 14, low);
      int difference =
          InternetChecksum.add(InternetChecksum.add(difference16, difference32), difference128);

      assertEquals(
          InternetChecksum.checksum(f, 0, 24), InternetChecksum.update(checksum, difference));
    }
  }

  @Test
  void differenceOfAMacAddressEqualsComputingAnew() {
    for (int round = 0; round < ROUNDS; round++) {
      byte[] octets = octets(8);
      octets[7] |= 1;
      long after = word();
      MemorySegment f = Hex.copyOf(octets);
      int checksum = InternetChecksum.checksum(f, 0, 8);
      int difference = InternetChecksum.difference48(Octets.u48(f, 0), after);
      Octets.putU48(f, 0, after);
      assertEquals(
          InternetChecksum.checksum(f, 0, 8), InternetChecksum.update(checksum, difference));
    }
  }

  @Test
  void partialChecksumFollowsTheAddresses() {
    for (int round = 0; round < ROUNDS; round++) {
      int source = (int) word();
      int translated = (int) word();
      int destination = 0x0A01_010C;
      MemorySegment f = Hex.copyOf(octets(20));
      int before = InternetChecksum.pseudoHeader(source, destination, IpProtocol.TCP, 20);
      int after = InternetChecksum.pseudoHeader(translated, destination, IpProtocol.TCP, 20);
      TcpHeader.writeChecksum(f, 0, 20, after);
      int expected = TcpHeader.checksum(f, 0);

      int difference = InternetChecksum.difference32(source, translated);
      TcpHeader.setChecksum(f, 0, InternetChecksum.updatePartial(before, difference));
      InternetChecksum.completePartial(f, 0, TcpHeader.CHECKSUM_AT, 20);

      assertEquals(expected == 0 ? 0xFFFF : expected, TcpHeader.checksum(f, 0));
    }
  }
}
