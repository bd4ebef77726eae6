// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.Cidr;
import org.junit.jupiter.api.Test;

class TwiceNatTest {
  private static final Cidr SAME = Cidr.parse("10.1.0.0/16");
  private static final TwiceNat NAT =
      new TwiceNat(SAME, Cidr.parse("172.21.0.0/16"), SAME, Cidr.parse("172.20.0.0/16"));

  @Test
  void joinsTwoNetworksOfTheSameAddresses() {
    int source = address("10.1.0.5");
    int destination = address("172.20.0.7");
    assertTrue(NAT.isOutbound(source, destination));
    int outSource = NAT.outboundSource(source);
    int outDestination = NAT.outboundDestination(destination);
    assertEquals("172.21.0.5", NatLab.text(outSource));
    assertEquals("10.1.0.7", NatLab.text(outDestination));
    // The answer.
    assertTrue(NAT.reversed().isOutbound(outDestination, outSource));
    assertEquals(destination, NAT.reversed().outboundSource(outDestination));
    assertEquals(source, NAT.reversed().outboundDestination(outSource));
  }

  @Test
  void leavesOthersAlone() {
    assertFalse(NAT.isOutbound(address("10.2.0.5"), address("172.20.0.7")));
    assertFalse(NAT.isOutbound(address("10.1.0.5"), address("172.21.0.7")));
    assertFalse(NAT.reversed().isOutbound(address("10.2.0.5"), address("172.21.0.7")));
    assertFalse(NAT.reversed().isOutbound(address("10.1.0.5"), address("172.20.0.7")));
  }

  @Test
  void refusesPrefixesThatCannotBe() {
    Cidr seen = Cidr.parse("172.20.0.0/16");
    assertThrows(
        IllegalArgumentException.class,
        () -> new TwiceNat(SAME, Cidr.parse("172.21.0.0/24"), SAME, seen));
    assertThrows(
        IllegalArgumentException.class,
        () -> new TwiceNat(SAME, seen, SAME, Cidr.parse("10.1.0.0/16")));
    assertThrows(IllegalArgumentException.class, () -> new TwiceNat(SAME, SAME, SAME, seen));
    assertThrows(
        IllegalArgumentException.class,
        () -> new TwiceNat(SAME, Cidr.parse("2001::/16"), SAME, seen));
  }
}
