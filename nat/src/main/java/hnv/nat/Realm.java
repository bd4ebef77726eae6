// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// Whose tenant-side addresses a number names: a tenant's IPv4 addresses, or its IPv6 hosts, which
/// {@link Ipv6HostTable} numbers. One `int`, so that a key has one field for both.
final class Realm {
  private static final int IPV6 = 1 << 30;

  private Realm() {}

  static int ofIpv4(int tenant) {
    return tenant;
  }

  static int ofIpv6(int tenant) {
    return tenant | IPV6;
  }

  static int tenant(int realm) {
    return realm & ~IPV6;
  }

  static boolean isIpv6(int realm) {
    return (realm & IPV6) != 0;
  }
}
