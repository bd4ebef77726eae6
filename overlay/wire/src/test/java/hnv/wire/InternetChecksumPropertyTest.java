// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class InternetChecksumPropertyTest {
  @Property
  void sumOfAWholeIsTheSumOfItsParts(
      @ForAll @Size(max = 100) byte[] octets, @ForAll @IntRange(max = 100) int cut) {
    MemorySegment f = Hex.copyOf(octets);
    int first = Math.min(cut, octets.length);
    int rest = InternetChecksum.sum(f, first, octets.length - first);
    // RFC 1071 §2 (B): a part that starts at an odd offset counts with its octets exchanged.
    int swapped = first % 2 == 0 ? rest : InternetChecksum.swap(rest);
    assertEquals(
        InternetChecksum.sum(f, 0, octets.length),
        InternetChecksum.add(InternetChecksum.sum(f, 0, first), swapped));
  }

  @Property
  void pseudoHeaderOfIpv4IsTheSumOfItsOctets(
      @ForAll int source,
      @ForAll int destination,
      @ForAll @IntRange(max = 255) int protocol,
      @ForAll @IntRange(max = 65_535) int length) {
    MemorySegment f = Hex.unwritten(12);
    Octets.putU32(f, 0, source);
    Octets.putU32(f, 4, destination);
    Octets.putU16(f, 8, protocol);
    Octets.putU16(f, 10, length);
    assertEquals(
        InternetChecksumTest.naiveSum(f, 0, 12),
        InternetChecksum.pseudoHeader(source, destination, protocol, length));
  }

  @Property
  void pseudoHeaderOfIpv6IsTheSumOfItsOctets(
      @ForAll @Size(4) long[] addresses,
      @ForAll @IntRange(max = 255) int protocol,
      @ForAll @IntRange(max = 1 << 20) int length) {
    MemorySegment f = Hex.unwritten(40);
    for (int i = 0; i < 4; i++) {
      Octets.putU64(f, i * 8L, addresses[i]);
    }
    Octets.putU32(f, 32, length);
    Octets.putU32(f, 36, protocol);
    assertEquals(
        InternetChecksumTest.naiveSum(f, 0, 40),
        InternetChecksum.pseudoHeader(
            addresses[0], addresses[1], addresses[2], addresses[3], protocol, length));
  }

  @Property
  void updateEqualsComputingAnew(
      @ForAll @Size(24) byte[] octets,
      @ForAll short word,
      @ForAll int half,
      @ForAll long high,
      @ForAll long low) {
    // Not all zero, as no packet is: there alone do the two zeros of the arithmetic differ.
    octets[23] |= 1;
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

  @Property
  void differenceOfAMacAddressEqualsComputingAnew(
      @ForAll @Size(8) byte[] octets, @ForAll long after) {
    octets[7] |= 1;
    MemorySegment f = Hex.copyOf(octets);
    int checksum = InternetChecksum.checksum(f, 0, 8);
    int difference = InternetChecksum.difference48(Octets.u48(f, 0), after);
    Octets.putU48(f, 0, after);
    assertEquals(InternetChecksum.checksum(f, 0, 8), InternetChecksum.update(checksum, difference));
  }

  @Property
  void partialChecksumFollowsTheAddresses(
      @ForAll @Size(20) byte[] segment, @ForAll int source, @ForAll int translated) {
    int destination = 0x0A01_010C;
    MemorySegment f = Hex.copyOf(segment);
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
