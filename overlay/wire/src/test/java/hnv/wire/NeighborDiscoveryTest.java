// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class NeighborDiscoveryTest {
  private static final long IP = Frames.INNER + 14;
  private static final long AT = IP + Ipv6Header.LENGTH;
  private static final long HIGH = 0x2001_0DB8_0001_0000L;
  private static final String TARGET = "2001 0db8 0001 0000 0000 0000 0000 0012";

  private static int pseudo(MemorySegment f) {
    return Ipv6Header.pseudoHeader(f, IP, IpProtocol.ICMPV6, 32);
  }

  @Test
  void deconstructsASolicitation() {
    MemorySegment f = Hex.segment(Frames.VXLAN_NEIGHBOR_SOLICITATION);
    assertTrue(NeighborSolicitation.isValid(f, AT, f.byteSize()));
    assertEquals(HIGH, NeighborSolicitation.targetHigh(f, AT));
    assertEquals(0x12, NeighborSolicitation.targetLow(f, AT));
    assertEquals(0x0015_5D52_E711L, NeighborSolicitation.sourceMac(f, AT, f.byteSize()));
    assertFalse(NeighborAdvertisement.isValid(f, AT, f.byteSize()), "another type");
  }

  @Test
  void emitsTheSolicitationThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_NEIGHBOR_SOLICITATION);
    String expected = Hex.of(f);
    f.asSlice(AT).fill((byte) 0xA5);
    NeighborSolicitation.write(f, AT, HIGH, 0x12, 0x0015_5D52_E711L, pseudo(f));
    assertEquals(expected, Hex.of(f));
  }

  @Test
  void deconstructsAnAdvertisement() {
    MemorySegment f = Hex.segment(Frames.VXLAN_NEIGHBOR_ADVERTISEMENT);
    assertTrue(NeighborAdvertisement.isValid(f, AT, f.byteSize()));
    assertEquals(
        NeighborAdvertisement.SOLICITED | NeighborAdvertisement.OVERRIDE,
        NeighborAdvertisement.flags(f, AT));
    assertEquals(HIGH, NeighborAdvertisement.targetHigh(f, AT));
    assertEquals(0x12, NeighborAdvertisement.targetLow(f, AT));
    assertEquals(0x0015_5D52_E712L, NeighborAdvertisement.targetMac(f, AT, f.byteSize()));
    assertFalse(NeighborSolicitation.isValid(f, AT, f.byteSize()), "another type");
  }

  @Test
  void emitsTheAdvertisementThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_NEIGHBOR_ADVERTISEMENT);
    String expected = Hex.of(f);
    f.asSlice(AT).fill((byte) 0xA5);
    int flags = NeighborAdvertisement.SOLICITED | NeighborAdvertisement.OVERRIDE;
    NeighborAdvertisement.write(f, AT, flags, HIGH, 0x12, 0x0015_5D52_E712L, pseudo(f));
    assertEquals(expected, Hex.of(f));
  }

  @Test
  void solicitationOfDuplicateAddressDetectionHasNoSourceMac() {
    MemorySegment f = Hex.segment("8700 0000 0000 0000" + TARGET);
    assertTrue(NeighborSolicitation.isValid(f, 0, 24));
    assertEquals(NeighborOptions.NONE, NeighborSolicitation.sourceMac(f, 0, 24));
  }

  @Test
  void findsTheAddressBehindOtherOptions() {
    // A nonce of eight octets (RFC 3971), then the source link-layer address.
    MemorySegment f =
        Hex.segment("8700 0000 0000 0000" + TARGET + "0e01 1122 3344 5566 0101 0015 5d52 e711");
    assertTrue(NeighborSolicitation.isValid(f, 0, 40));
    assertEquals(0x0015_5D52_E711L, NeighborSolicitation.sourceMac(f, 0, 40));
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f =
        Hex.segment("8800 0000 4000 0000" + TARGET + "0201 0015 5d52 e712 0000 0000 0000 0000");
    assertTrue(NeighborAdvertisement.isValid(f, 0, 24));
    assertTrue(NeighborAdvertisement.isValid(f, 0, 32));
    assertFalse(NeighborAdvertisement.isValid(f, 0, 23));
    assertFalse(NeighborAdvertisement.isValid(f, 0, 25), "an option needs eight octets");
    assertFalse(NeighborAdvertisement.isValid(f, 0, 31), "option cut off");
    assertFalse(NeighborAdvertisement.isValid(f, 0, 40), "an option of length zero");
  }

  @Test
  void refusesMulticastTargetsAndOtherCodes() {
    MemorySegment multicast = Hex.segment("8700 0000 0000 0000 ff02" + "00".repeat(14));
    assertFalse(NeighborSolicitation.isValid(multicast, 0, 24));
    MemorySegment code = Hex.segment("8801 0000 0000 0000" + TARGET);
    assertFalse(NeighborAdvertisement.isValid(code, 0, 24));
  }

  @Test
  void boundsTheNumberOfOptions() {
    String option = "0e01 0000 0000 0000";
    MemorySegment atTheBound = Hex.segment(option.repeat(NeighborOptions.MAX_OPTIONS));
    assertTrue(NeighborOptions.isValid(atTheBound, 0, atTheBound.byteSize()));
    MemorySegment beyond = Hex.segment(option.repeat(NeighborOptions.MAX_OPTIONS + 1));
    assertFalse(NeighborOptions.isValid(beyond, 0, beyond.byteSize()));
  }

  @Test
  void ignoresReservedBitsOfTheFlags() {
    MemorySegment f = Hex.segment("8800 0000 3fff ffff" + TARGET);
    assertTrue(NeighborAdvertisement.isValid(f, 0, 24));
    assertEquals(NeighborAdvertisement.OVERRIDE, NeighborAdvertisement.flags(f, 0));
  }
}
