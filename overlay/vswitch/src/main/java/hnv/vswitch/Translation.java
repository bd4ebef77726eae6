// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.HeaderTransposition;

/// Changes who speaks to whom together with the transposition, so that the next layer sees what the
/// record will do. What stays the same is not made part of the record.
final class Translation {
  private Translation() {}

  static void ipv4Source(PacketIdentity id, HeaderTransposition t, int address) {
    int from = (int) id.sourceLow;
    if (from != address) {
      t.rewriteIpv4Source(from, address);
      id.sourceLow = address & 0xFFFF_FFFFL;
    }
  }

  static void ipv4Destination(PacketIdentity id, HeaderTransposition t, int address) {
    int from = (int) id.destinationLow;
    if (from != address) {
      t.rewriteIpv4Destination(from, address);
      id.destinationLow = address & 0xFFFF_FFFFL;
    }
  }

  static void ipv6Source(PacketIdentity id, HeaderTransposition t, long high, long low) {
    if (id.sourceHigh != high || id.sourceLow != low) {
      t.rewriteIpv6Source(id.sourceHigh, id.sourceLow, high, low);
      id.sourceHigh = high;
      id.sourceLow = low;
    }
  }

  static void ipv6Destination(PacketIdentity id, HeaderTransposition t, long high, long low) {
    if (id.destinationHigh != high || id.destinationLow != low) {
      t.rewriteIpv6Destination(id.destinationHigh, id.destinationLow, high, low);
      id.destinationHigh = high;
      id.destinationLow = low;
    }
  }

  static void sourcePort(PacketIdentity id, HeaderTransposition t, int port) {
    if (id.hasPorts() || id.isQuery()) {
      rewriteSourcePort(id, t, port);
    }
  }

  /// An ICMP query has one identifier; it stands where a source port would.
  static void destinationPort(PacketIdentity id, HeaderTransposition t, int port) {
    if (id.isQuery()) {
      rewriteSourcePort(id, t, port);
    } else if (id.hasPorts() && id.destinationPort != port) {
      t.rewriteDestinationPort(id.destinationPort, port);
      id.destinationPort = port;
    }
  }

  private static void rewriteSourcePort(PacketIdentity id, HeaderTransposition t, int port) {
    if (id.sourcePort != port) {
      t.rewriteSourcePort(id.sourcePort, port);
      id.sourcePort = port;
    }
  }
}
