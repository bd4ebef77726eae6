// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.vswitch.PacketContext;

/// What spreads the flows of a tunnel over the paths of the underlay: the UDP source port of VXLAN
/// (RFC 7348 §5: a hash of the inner headers, in 49152…65535) and the FlowID of NVGRE (RFC 7637
/// §3.2: the same for all packets of a flow), which is its low octet.
///
/// FNV-1a with 32 bits over, in this order: source address, destination address (4 or 16 octets
/// each), protocol, source port, destination port (2 octets each, zero where the packet is no TCP
/// or UDP or is a fragment, so that all fragments go the same way); then `h ^= h >>> 16` and
/// `0xC000 | h & 0x3FFF`.
public final class FlowEntropy {
  private static final int OFFSET_BASIS = 0x811C9DC5;
  private static final int PRIME = 0x01000193;

  private FlowEntropy() {}

  /// The entropy of a packet's flow: 0xC000…0xFFFF.
  public static int of(PacketContext packet) {
    int h = OFFSET_BASIS;
    if (packet.isIpv6()) {
      h = octets(h, packet.sourceHigh(), 8);
      h = octets(h, packet.sourceLow(), 8);
      h = octets(h, packet.destinationHigh(), 8);
      h = octets(h, packet.destinationLow(), 8);
    } else {
      h = octets(h, packet.sourceLow(), 4);
      h = octets(h, packet.destinationLow(), 4);
    }
    h = octets(h, packet.protocol(), 1);
    boolean ports = packet.hasPorts() && !packet.frame().isFragment();
    h = octets(h, ports ? packet.sourcePort() : 0, 2);
    h = octets(h, ports ? packet.destinationPort() : 0, 2);
    h ^= h >>> 16;
    return 0xC000 | (h & 0x3FFF);
  }

  private static int octets(int h, long value, int count) {
    int hash = h;
    for (int shift = (count - 1) * 8; shift >= 0; shift -= 8) {
      hash = (hash ^ (int) (value >>> shift & 0xFF)) * PRIME;
    }
    return hash;
  }
}
