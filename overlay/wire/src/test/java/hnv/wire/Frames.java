// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

/// Frames recorded between two Linux hosts, each behind the kernel's own VXLAN device with VNI
/// 5001: outer headers of 50 octets (Ethernet 0, IPv4 14, UDP 34, VXLAN 42), inner Ethernet at 50.
final class Frames {
  /// Offset of the inner Ethernet header in every frame here.
  static final int INNER = 50;

  private Frames() {}

  /// ARP, request who-has 10.1.1.12 tell 10.1.1.11
  static final String VXLAN_ARP_REQUEST =
      """
      0200 c0a8 0114 0200 c0a8 010a 0800 4500
      004e ba19 0000 4011 3d17 c0a8 010a c0a8
      0114 ec79 12b5 003a 83ba 0800 0000 0013
      8900 ffff ffff ffff 0015 5d52 e711 0806
      0001 0800 0604 0001 0015 5d52 e711 0a01
      010b 0000 0000 0000 0a01 010c
      """;

  /// ARP, reply 10.1.1.12 is-at 00:15:5d:52:e7:12
  static final String VXLAN_ARP_REPLY =
      """
      0200 c0a8 010a 0200 c0a8 0114 0800 4500
      004e 9fb0 0000 4011 5780 c0a8 0114 c0a8
      010a ec79 12b5 003a 83ba 0800 0000 0013
      8900 0015 5d52 e711 0015 5d52 e712 0806
      0001 0800 0604 0002 0015 5d52 e712 0a01
      010c 0015 5d52 e711 0a01 010b
      """;

  /// 10.1.1.11 > 10.1.1.12: ICMP echo request, id 16506, seq 1
  static final String VXLAN_ECHO_REQUEST =
      """
      0200 c0a8 0114 0200 c0a8 010a 0800 4500
      0086 ba1a 0000 4011 3cde c0a8 010a c0a8
      0114 cf38 12b5 0072 83f2 0800 0000 0013
      8900 0015 5d52 e712 0015 5d52 e711 0800
      4500 0054 31eb 4000 4001 f2a5 0a01 010b
      0a01 010c 0800 5f9a 407a 0001 931b 006b
      0000 0000 fe90 0700 0000 0000 1011 1213
      1415 1617 1819 1a1b 1c1d 1e1f 2021 2223
      2425 2627 2829 2a2b 2c2d 2e2f 3031 3233
      3435 3637
      """;

  /// 10.1.1.12 > 10.1.1.11: ICMP echo reply, id 16506, seq 1
  static final String VXLAN_ECHO_REPLY =
      """
      0200 c0a8 010a 0200 c0a8 0114 0800 4500
      0086 9fb1 0000 4011 5747 c0a8 0114 c0a8
      010a cf38 12b5 0072 83f2 0800 0000 0013
      8900 0015 5d52 e711 0015 5d52 e712 0800
      4500 0054 6e15 0000 4001 f67b 0a01 010c
      0a01 010b 0000 679a 407a 0001 931b 006b
      0000 0000 fe90 0700 0000 0000 1011 1213
      1415 1617 1819 1a1b 1c1d 1e1f 2021 2223
      2425 2627 2829 2a2b 2c2d 2e2f 3031 3233
      3435 3637
      """;

  /// 2001:db8:1::11 > ff02::1:ff00:12: ICMP6, neighbor solicitation, who has 2001:db8:1::12
  static final String VXLAN_NEIGHBOR_SOLICITATION =
      """
      0200 c0a8 0114 0200 c0a8 010a 0800 4500
      007a ba1b 0000 4011 3ce9 c0a8 010a c0a8
      0114 a554 12b5 0066 83e6 0800 0000 0013
      8900 3333 ff00 0012 0015 5d52 e711 86dd
      6000 0000 0020 3aff 2001 0db8 0001 0000
      0000 0000 0000 0011 ff02 0000 0000 0000
      0000 0001 ff00 0012 8700 d97c 0000 0000
      2001 0db8 0001 0000 0000 0000 0000 0012
      0101 0015 5d52 e711
      """;

  /// 2001:db8:1::12 > 2001:db8:1::11: ICMP6, neighbor advertisement, Flags [solicited, override]
  static final String VXLAN_NEIGHBOR_ADVERTISEMENT =
      """
      0200 c0a8 010a 0200 c0a8 0114 0800 4500
      007a 9fb2 0000 4011 5752 c0a8 0114 c0a8
      010a b253 12b5 0066 83e6 0800 0000 0013
      8900 0015 5d52 e711 0015 5d52 e712 86dd
      6000 0000 0020 3aff 2001 0db8 0001 0000
      0000 0000 0000 0012 2001 0db8 0001 0000
      0000 0000 0000 0011 8800 47c6 6000 0000
      2001 0db8 0001 0000 0000 0000 0000 0012
      0201 0015 5d52 e712
      """;

  /// 2001:db8:1::11 > 2001:db8:1::12: ICMP6, echo request, id 16507, seq 1
  static final String VXLAN_ECHO_REQUEST_V6 =
      """
      0200 c0a8 0114 0200 c0a8 010a 0800 4500
      009a ba1c 0000 4011 3cc8 c0a8 010a c0a8
      0114 a259 12b5 0086 8406 0800 0000 0013
      8900 0015 5d52 e712 0015 5d52 e711 86dd
      6009 88c6 0040 3a40 2001 0db8 0001 0000
      0000 0000 0000 0011 2001 0db8 0001 0000
      0000 0000 0000 0012 8000 dd74 407b 0001
      931b 006b 0000 0000 aca3 0700 0000 0000
      1011 1213 1415 1617 1819 1a1b 1c1d 1e1f
      2021 2223 2425 2627 2829 2a2b 2c2d 2e2f
      3031 3233 3435 3637
      """;

  /// 2001:db8:1::12 > 2001:db8:1::11: ICMP6, echo reply, id 16507, seq 1
  static final String VXLAN_ECHO_REPLY_V6 =
      """
      0200 c0a8 010a 0200 c0a8 0114 0800 4500
      009a 9fb3 0000 4011 5731 c0a8 0114 c0a8
      010a d372 12b5 0086 8406 0800 0000 0013
      8900 0015 5d52 e711 0015 5d52 e712 86dd
      600a c3fb 0040 3a40 2001 0db8 0001 0000
      0000 0000 0000 0012 2001 0db8 0001 0000
      0000 0000 0000 0011 8100 dc74 407b 0001
      931b 006b 0000 0000 aca3 0700 0000 0000
      1011 1213 1415 1617 1819 1a1b 1c1d 1e1f
      2021 2223 2425 2627 2829 2a2b 2c2d 2e2f
      3031 3233 3435 3637
      """;

  /// 10.1.1.11.48476 > 10.1.1.12.80: Flags [S], options [mss 1410,sackOK,TS,nop,wscale 10]
  static final String VXLAN_SYN =
      """
      0200 c0a8 0114 0200 c0a8 010a 0800 4500
      006e ba8b 0000 4011 3c85 c0a8 010a c0a8
      0114 9a86 12b5 005a 83da 0800 0000 0013
      8900 0015 5d52 e712 0015 5d52 e711 0800
      4500 003c f827 4000 4006 2c7c 0a01 010b
      0a01 010c bd5c 0050 a7be 66c1 0000 0000
      a002 fd5c b9e3 0000 0204 0582 0402 080a
      4f37 5f72 0000 0000 0103 030a
      """;

  /// 10.1.1.11.38628 > 10.1.1.12.9: UDP, length 5
  static final String VXLAN_UDP =
      """
      0200 c0a8 0114 0200 c0a8 010a 0800 4500
      0053 ba8f 0000 4011 3c9c c0a8 010a c0a8
      0114 b1af 12b5 003f 83bf 0800 0000 0013
      8900 0015 5d52 e712 0015 5d52 e711 0800
      4500 0021 ed14 4000 4011 379f 0a01 010b
      0a01 010c 96e4 0009 000d 0efc 6865 6c6c
      6f
      """;

  /// 10.1.1.12 > 10.1.1.11: ICMP 10.1.1.12 udp port 9 unreachable, length 41
  static final String VXLAN_PORT_UNREACHABLE =
      """
      0200 c0a8 010a 0200 c0a8 0114 0800 4500
      006f a039 0000 4011 56d6 c0a8 0114 c0a8
      010a cf38 12b5 005b 83db 0800 0000 0013
      8900 0015 5d52 e711 0015 5d52 e712 0800
      45c0 003d 6eb1 0000 4001 f536 0a01 010c
      0a01 010b 0303 1334 0000 0000 4500 0021
      ed14 4000 4011 379f 0a01 010b 0a01 010c
      96e4 0009 000d 0efc 6865 6c6c 6f
      """;

  /// :: > ff02::16: HBH, ICMP6, multicast listener report v2
  static final String VXLAN_LISTENER_REPORT =
      """
      0200 c0a8 0114 0200 c0a8 010a 0800 4500
      0092 b904 0000 4011 3de8 c0a8 010a c0a8
      0114 a20c 12b5 007e 83fe 0800 0000 0013
      8900 3333 0000 0016 0015 5d52 e711 86dd
      6000 0000 0038 0001 0000 0000 0000 0000
      0000 0000 0000 0000 ff02 0000 0000 0000
      0000 0000 0000 0016 3a00 0502 0000 0100
      8f00 85fb 0000 0002 0400 0000 ff02 0000
      0000 0000 0000 0001 ff52 e711 0400 0000
      ff02 0000 0000 0000 0000 0001 ff00 0011
      """;
}
