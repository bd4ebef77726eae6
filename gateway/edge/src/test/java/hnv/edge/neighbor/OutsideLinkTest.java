// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import org.junit.jupiter.api.Test;

class OutsideLinkTest {
  private final OutsideLink link = TableLab.link(MacAddress.parse("34:56:78:9a:bc:de"));

  @Test
  void derivesTheLinkLocalAddressFromTheMac() {
    // The example of RFC 4291 appendix A.
    assertEquals(IpAddress.parse("fe80::3656:78ff:fe9a:bcde"), link.linkLocal());
    assertEquals(
        IpAddress.parse("fe80::fdff:ffff:feff:ffff"), OutsideLink.linkLocal(MacAddress.BROADCAST));
  }

  @Test
  void knowsItsOwnAddresses() {
    assertTrue(link.isOwn(IpAddress.parse("192.0.2.1")));
    assertTrue(link.isOwn(IpAddress.parse("2001:db8::1")));
    assertTrue(link.isOwn(link.linkLocal()));
    assertFalse(link.isOwn(IpAddress.parse("192.0.2.100")), "a public address");
  }

  @Test
  void knowsWhoCanBeOnTheLink() {
    assertTrue(link.isOnLink(IpAddress.parse("192.0.2.77")));
    assertTrue(link.isOnLink(IpAddress.parse("2001:db8::77")));
    assertTrue(link.isOnLink(IpAddress.parse("fe80::77")));
    assertFalse(link.isOnLink(IpAddress.parse("192.0.2.1")), "ourselves");
    assertFalse(link.isOnLink(IpAddress.parse("192.0.2.101")), "a public address of ours");
    assertFalse(link.isOnLink(IpAddress.parse("192.0.2.255")), "broadcast");
    assertFalse(link.isOnLink(IpAddress.parse("192.0.3.1")), "elsewhere");
    assertFalse(link.isOnLink(IpAddress.parse("ff02::1")), "many");
    assertFalse(link.isOnLink(IpAddress.parse("2001:db8:1::1")), "elsewhere");
  }
}
