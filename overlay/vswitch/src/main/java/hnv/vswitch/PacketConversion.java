// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Fragmenter;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import org.jspecify.annotations.Nullable;

/// Whether a packet leaves as one of the other version of IP. From where a layer says so, the next
/// ones see it as that; its octets stay as received until the end of the walk, so that whoever
/// answers it quotes what came. A packet that comes to be of its own version again is an ordinary
/// one, with other addresses. Part of a {@link PacketContext}.
public final class PacketConversion {
  private final PacketContext packet;
  private @Nullable PacketConverter converter;

  PacketConversion(PacketContext packet) {
    this.packet = packet;
  }

  void clear() {
    converter = null;
  }

  /// Whether the packet leaves as one of the other version.
  public boolean isDue() {
    return converter != null && packet.frame().isIpv6() != packet.isIpv6();
  }

  PacketConverter converter() {
    if (converter == null) {
      throw new IllegalStateException("no conversion");
    }
    return converter;
  }

  /// Octets by which the packet will be longer than it came; negative: shorter.
  public int growth() {
    return isDue() ? converter().growth(packet.frame()) : 0;
  }

  /// The longest packet, as it would come, that a path of `mtu` octets carries.
  public int mtuAsReceived(int mtu) {
    // What is left out once, such as options, need not be there the next time.
    return mtu - Math.max(growth(), Ipv4Header.MIN_LENGTH - Ipv6Header.LENGTH);
  }

  boolean isFragmentable() {
    return isDue()
        ? converter().isFragmentable(packet.frame())
        : Fragmenter.isFragmentable(packet.frame());
  }

  /// The packet is an IPv4 packet from here on. Of an ICMP query the source's port is the
  /// identifier; of protocols without ports neither is looked at.
  public void toIpv4(
      PacketConverter by, int source, int sourcePort, int destination, int destinationPort) {
    converter = by;
    become(
        false,
        0,
        Integer.toUnsignedLong(source),
        sourcePort,
        0,
        Integer.toUnsignedLong(destination),
        destinationPort);
  }

  /// The packet is an IPv6 packet from here on; see {@link #toIpv4}.
  public void toIpv6(
      PacketConverter by,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {
    converter = by;
    become(
        true, sourceHigh, sourceLow, sourcePort, destinationHigh, destinationLow, destinationPort);
  }

  private void become(
      boolean ipv6,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {
    PacketIdentity id = packet.identity();
    packet.transposition().forgetTranslation();
    if (packet.frame().isIpv6() == ipv6) {
      // There and back again: what is left of it is an edit of what came.
      id.copy(packet.received());
      int destinationOrId = id.isQuery() ? sourcePort : destinationPort;
      if (ipv6) {
        packet.translateSource(sourceHigh, sourceLow, sourcePort);
        packet.translateDestination(destinationHigh, destinationLow, destinationOrId);
      } else {
        packet.translateSource((int) sourceLow, sourcePort);
        packet.translateDestination((int) destinationLow, destinationOrId);
      }
      return;
    }
    id.changeVersion();
    id.sourceHigh = sourceHigh;
    id.sourceLow = sourceLow;
    id.destinationHigh = destinationHigh;
    id.destinationLow = destinationLow;
    if (id.hasPorts() || id.isQuery()) {
      id.sourcePort = sourcePort;
    }
    if (id.hasPorts()) {
      id.destinationPort = destinationPort;
    }
  }
}
