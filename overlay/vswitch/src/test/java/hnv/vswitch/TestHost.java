// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;

/// A VM of the test network.
///
/// @param port its port on this host, or 0 where it is elsewhere
record TestHost(int port, int tenant, int vsid, long mac, Ipv4Address ipv4, Ipv6Address ipv6) {
  static TestHost of(int port, int tenant, int vsid, int number) {
    return new TestHost(
        port,
        tenant,
        vsid,
        0x0200_0000_0000L | (long) tenant << 8 | number,
        new Ipv4Address(0x0A00_0000 | number),
        new Ipv6Address(0xFD00_0000_0000_0000L, number));
  }
}
