// SPDX-License-Identifier: Apache-2.0
package hnv.app.host;

import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.util.Map;

/// The MAC addresses of provider addresses where no real underlay can be asked: a rule by which
/// anybody can compute them, and exceptions.
///
///     a.b.c.d                  02:00:aa:bb:cc:dd   the four octets in hexadecimal
///     IPv6, last 4 octets      02:06:ww:xx:yy:zz   ww xx yy zz
public final class UnderlayAddresses {
  private static final long IPV4_PREFIX = 0x0200L << 32;
  private static final long IPV6_PREFIX = 0x0206L << 32;

  private final Map<ProviderAddress, MacAddress> exceptions;

  /// @param exceptions addresses whose MAC is not that of the rule
  public UnderlayAddresses(Map<ProviderAddress, MacAddress> exceptions) {
    this.exceptions = Map.copyOf(exceptions);
  }

  /// The MAC address of a provider address, our own or another host's.
  public MacAddress macOf(ProviderAddress address) {
    MacAddress exception = exceptions.get(address);
    if (exception != null) {
      return exception;
    }
    return switch (address.address()) {
      case Ipv4Address v4 -> new MacAddress(IPV4_PREFIX | (v4.bits() & 0xFFFF_FFFFL));
      case Ipv6Address v6 -> new MacAddress(IPV6_PREFIX | (v6.low() & 0xFFFF_FFFFL));
    };
  }
}
