// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.CraftedFrame;
import hnv.model.Encapsulation;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;

/// How the encapsulation in use looks to tshark.
record Tunnels(Encapsulation encapsulation) {
  static final Tunnels VXLAN = new Tunnels(Encapsulation.VXLAN);
  static final Tunnels NVGRE = new Tunnels(Encapsulation.NVGRE);

  /// Lets tunnel packets pass.
  String any() {
    return switch (encapsulation) {
      case VXLAN -> "vxlan";
      case NVGRE -> "gre.proto == 0x6558";
    };
  }

  /// Lets tunnel packets of a virtual subnet pass.
  String of(int vsid) {
    return switch (encapsulation) {
      case VXLAN -> "vxlan.vni == " + vsid;
      // RFC 7637 §3.2: the key is the VSID in 24 bits and the FlowID in 8.
      case NVGRE -> "gre.key & 0xffffff00 == 0x%08x".formatted(vsid << 8);
    };
  }

  /// Lets tunnel packets of no other than these virtual subnets pass.
  String ofOtherThan(int... vsids) {
    StringBuilder filter = new StringBuilder(any());
    for (int vsid : vsids) {
      filter.append(" && !(").append(of(vsid)).append(')');
    }
    return filter.toString();
  }

  /// Lets tunnel packets pass whose outer headers are as the RFC wants them.
  String wellFormed() {
    String outer = "ip.flags.df#1 == 1 && ip.ttl#1 > 0 && !_ws.malformed";
    return switch (encapsulation) {
      // RFC 7348 §5: port 4789, I flag set and no other, source port 49152..65535, checksum zero.
      case VXLAN ->
          outer
              + " && udp.dstport#1 == 4789 && udp.srcport#1 >= 49152 && udp.checksum#1 == 0"
              + " && vxlan.flag_i == 1 && vxlan.flags_reserved == 0 && vxlan.gbp == 0"
              + " && vxlan.flag_g == 0 && vxlan.flag_d == 0 && vxlan.flag_a == 0"
              + " && vxlan.reserved8 == 0";
      // RFC 7637 §3.2: K set, C and S clear.
      case NVGRE ->
          outer
              + " && ip.proto#1 == 47 && gre.flags_and_version == 0x2000"
              + " && gre.proto == 0x6558";
    };
  }

  /// The field that carries a flow's entropy.
  String entropyField() {
    return switch (encapsulation) {
      case VXLAN -> "udp.srcport";
      case NVGRE -> "gre.key";
    };
  }

  /// In words, for a figure.
  String name(int vsid) {
    return switch (encapsulation) {
      case VXLAN -> "VXLAN VNI " + vsid;
      case NVGRE -> "GRE key 0x%06x..".formatted(vsid);
    };
  }

  CraftedFrame.Tunnel craft(
      MacAddress source, MacAddress destination, Ipv4Address from, Ipv4Address to, int vsid) {
    return new CraftedFrame.Tunnel(
        source, destination, from, to, encapsulation == Encapsulation.NVGRE, vsid);
  }
}
