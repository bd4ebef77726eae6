// SPDX-License-Identifier: Apache-2.0
package hnv.app.trace;

import hnv.dataplane.Encapsulation;
import hnv.wire.EthernetHeader;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.NvgreHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Outer headers with every field decided.
///
/// @param source outer source address, of the family of `destination`
/// @param vni VNI of VXLAN, VSID of NVGRE
record OuterText(Encapsulation encapsulation, IpAddress source, IpAddress destination, int vni) {
  private static final int SOURCE_PORT = 0xC000;
  private static final int TTL = 64;

  // The underlay's MAC addresses are nobody's concern here.
  private static final long SOURCE_MAC = 0x02_00_00_00_00_02L;
  private static final long DESTINATION_MAC = 0x02_00_00_00_00_01L;

  /// The whole packet: these headers, and an inner frame.
  byte[] around(byte[] inner, int vxlanPort) {
    boolean vxlan = encapsulation == Encapsulation.VXLAN;
    boolean ipv6 = source instanceof Ipv6Address;
    int ip = ipv6 ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH;
    int tunnel = vxlan ? UdpHeader.LENGTH + VxlanHeader.LENGTH : NvgreHeader.LENGTH;
    int l3 = EthernetHeader.LENGTH;
    int at = l3 + ip;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment f = arena.allocate(at + tunnel + inner.length, 8);
      EthernetHeader.write(
          f, 0, DESTINATION_MAC, SOURCE_MAC, ipv6 ? EthernetHeader.IPV6 : EthernetHeader.IPV4);
      int protocol = vxlan ? IpProtocol.UDP : IpProtocol.GRE;
      int payload = tunnel + inner.length;
      if (source instanceof Ipv6Address from && destination instanceof Ipv6Address to) {
        Ipv6Header.write(
            f, l3, 0, 0, payload, protocol, TTL, from.high(), from.low(), to.high(), to.low());
      } else if (source instanceof Ipv4Address(int from)
          && destination instanceof Ipv4Address(int to)) {
        Ipv4Header.write(f, l3, 0, ip + payload, 0, Ipv4Header.FLAG_DF, TTL, protocol, from, to);
      }
      if (vxlan) {
        UdpHeader.write(f, at, SOURCE_PORT, vxlanPort, payload, 0);
        VxlanHeader.write(f, at + UdpHeader.LENGTH, vni);
      } else {
        NvgreHeader.write(f, at, vni, 0);
      }
      MemorySegment.copy(inner, 0, f, ValueLayout.JAVA_BYTE, at + tunnel, inner.length);
      return f.toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
