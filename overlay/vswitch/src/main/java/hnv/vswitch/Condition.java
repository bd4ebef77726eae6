// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.List;

/// What a rule asks of a packet, as the layers before have transposed it. For ARP the addresses are
/// those of sender and target.
public sealed interface Condition {
  /// Whether the packet is meant.
  boolean matches(PacketContext packet);

  /// Every packet.
  record Any() implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return true;
    }
  }

  /// The opposite of another condition.
  record Not(Condition condition) implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return !condition.matches(packet);
    }
  }

  /// At least one of several conditions.
  record AnyOf(List<Condition> conditions) implements Condition {
    public AnyOf {
      conditions = List.copyOf(conditions);
    }

    @Override
    public boolean matches(PacketContext packet) {
      for (int i = 0; i < conditions.size(); i++) {
        if (conditions.get(i).matches(packet)) {
          return true;
        }
      }
      return false;
    }
  }

  /// Source MAC (48 bits).
  record SourceMac(long mac) implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return packet.sourceMac() == mac;
    }
  }

  /// Destination MAC (48 bits).
  record DestinationMac(long mac) implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return packet.destinationMac() == mac;
    }
  }

  /// Destination MAC is broadcast or multicast.
  record GroupDestination() implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return ((packet.destinationMac() >>> 40) & 1) != 0;
    }
  }

  /// Inner EtherType.
  record EtherType(int value) implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return packet.etherType() == value;
    }
  }

  /// An 802.1Q or 802.1ad tag is there.
  record VlanTagged() implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return packet.isVlanTagged();
    }
  }

  /// Source address in a prefix; the other family never is.
  record SourceIn(Cidr prefix) implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return contains(prefix, packet, packet.sourceHigh(), packet.sourceLow());
    }
  }

  /// Destination address in a prefix; the other family never is.
  record DestinationIn(Cidr prefix) implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return contains(prefix, packet, packet.destinationHigh(), packet.destinationLow());
    }
  }

  /// Upper-layer protocol of an IPv4 or IPv6 packet.
  record Protocol(int number) implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return packet.isIp() && packet.protocol() == number;
    }
  }

  /// Source port of TCP or UDP, from…to inclusive.
  record SourcePort(int from, int to) implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return packet.hasPorts() && packet.sourcePort() >= from && packet.sourcePort() <= to;
    }
  }

  /// Destination port of TCP or UDP, from…to inclusive.
  record DestinationPort(int from, int to) implements Condition {
    @Override
    public boolean matches(PacketContext packet) {
      return packet.hasPorts()
          && packet.destinationPort() >= from
          && packet.destinationPort() <= to;
    }
  }

  /// Neighbour discovery and router discovery messages (RFC 4861): ICMPv6 types 133 to 137.
  record NeighborDiscovery() implements Condition {
    private static final int ICMPV6 = 58;

    @Override
    public boolean matches(PacketContext packet) {
      int type = packet.destinationPort() >>> 8;
      return packet.isIpv6()
          && packet.protocol() == ICMPV6
          && !packet.isLaterFragment()
          && type >= 133
          && type <= 137;
    }
  }

  private static boolean contains(Cidr prefix, PacketContext packet, long high, long low) {
    return switch (prefix.network()) {
      case Ipv4Address v4 -> {
        int length = prefix.prefixLength();
        int mask = length == 0 ? 0 : -1 << (32 - length);
        yield packet.isIpv4Addressed() && (((int) low ^ v4.bits()) & mask) == 0;
      }
      case Ipv6Address v6 -> {
        if (!packet.isIpv6()) {
          yield false;
        }
        int length = prefix.prefixLength();
        long highMask = length == 0 ? 0 : -1L << Math.max(0, 64 - length);
        long lowMask = length <= 64 ? 0 : -1L << (128 - length);
        yield ((high ^ v6.high()) & highMask) == 0 && ((low ^ v6.low()) & lowMask) == 0;
      }
    };
  }
}
