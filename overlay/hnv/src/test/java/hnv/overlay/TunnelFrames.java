// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Encapsulation;
import hnv.vswitch.VSwitch;
import hnv.wire.EthernetHeader;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.NvgreHeader;
import hnv.wire.ProviderAddress;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Frames of the underlay, as any host may send them, and what is in those that ours send.
final class TunnelFrames {
  private static final int IP = EthernetHeader.LENGTH;
  private static final int L4 = IP + Ipv4Header.MIN_LENGTH;
  private static final int VXLAN = L4 + UdpHeader.LENGTH;

  private TunnelFrames() {}

  /// A frame in a tunnel.
  static byte[] of(Encapsulation encapsulation, int vsid, String from, String to, byte[] inner) {
    boolean vxlan = encapsulation == Encapsulation.VXLAN;
    int innerAt = vxlan ? VXLAN + VxlanHeader.LENGTH : L4 + NvgreHeader.LENGTH;
    MemorySegment f = Arena.ofAuto().allocate(innerAt + inner.length);
    EthernetHeader.write(f, 0, mac(to), mac(from), EthernetHeader.IPV4);
    Ipv4Header.write(
        f,
        IP,
        0,
        innerAt - IP + inner.length,
        9,
        Ipv4Header.FLAG_DF,
        64,
        vxlan ? IpProtocol.UDP : IpProtocol.GRE,
        Ipv4Address.parse(from).bits(),
        Ipv4Address.parse(to).bits());
    Ipv4Header.writeChecksum(f, IP);
    if (vxlan) {
      int length = innerAt - L4 + inner.length;
      UdpHeader.write(f, L4, 0xC000, VSwitch.DEFAULT_VXLAN_PORT, length, 0);
      VxlanHeader.write(f, VXLAN, vsid);
    } else {
      NvgreHeader.write(f, L4, vsid, 0);
    }
    MemorySegment.copy(inner, 0, f, ValueLayout.JAVA_BYTE, innerAt, inner.length);
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  private static long mac(String address) {
    return TestHost.macOf(new ProviderAddress(IpAddress.parse(address))).bits();
  }

  /// What stands in the outer headers of a frame.
  record Tunnelled(
      Encapsulation encapsulation, int vsid, String from, String to, MemorySegment inner) {
    long innerDestinationMac() {
      return EthernetHeader.destination(inner, 0);
    }
  }

  static Tunnelled read(byte[] frame) {
    MemorySegment f = Packets.segment(frame);
    boolean vxlan = Ipv4Header.protocol(f, IP) == IpProtocol.UDP;
    int innerAt = vxlan ? VXLAN + VxlanHeader.LENGTH : L4 + NvgreHeader.LENGTH;
    return new Tunnelled(
        vxlan ? Encapsulation.VXLAN : Encapsulation.NVGRE,
        vxlan ? VxlanHeader.vni(f, VXLAN) : NvgreHeader.vsid(f, L4),
        new Ipv4Address(Ipv4Header.source(f, IP)).toString(),
        new Ipv4Address(Ipv4Header.destination(f, IP)).toString(),
        f.asSlice(innerAt));
  }
}
