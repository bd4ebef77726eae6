// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

/// What the octets of a captured packet begin with (tcpdump.org LINKTYPE registry; the numbers are
/// the same in pcap and pcapng). A reader reports any number; which ones to accept is the caller's
/// choice.
public final class LinkType {
  /// BSD loopback: four octets of address family in the order of the machine, then IP.
  public static final int NULL = 0;

  public static final int ETHERNET = 1;

  /// IPv4 or IPv6, told apart by the version field.
  public static final int RAW = 101;

  /// OpenBSD loopback: as [#NULL] in network byte order.
  public static final int LOOP = 108;

  /// Linux "cooked" capture.
  public static final int LINUX_SLL = 113;

  public static final int IPV4 = 228;
  public static final int IPV6 = 229;

  private LinkType() {}
}
