// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.DropReason;
import hnv.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A translation by a fixed rule: machine 10.0.0.9 of tenant n is 203.0.113.n outside, and ports
/// and identifiers are 10,000 more there. What it keeps of a connection is a number.
final class ToyNat implements ConnectionBindings {
  static final int SHIFT = 10_000;
  private static final int PUBLIC = Ipv4Address.parse("203.0.113.0").bits();
  private static final int INSIDE = TestHost.of(0, 0, 0, 9).ipv4().bits();

  /// Bindings that live, with the packets observed: 'f' forward, 'r' reverse.
  final Map<Integer, StringBuilder> live = new HashMap<>();

  final List<Integer> ended = new ArrayList<>();
  final Map<Integer, long[]> seen = new HashMap<>();

  /// Whether packets to the outside that have none are bound.
  boolean binds = true;

  /// Whether those that have one are bound anew.
  boolean bindsAlways;

  /// What a layer behind the translation says; NONE for nothing.
  DropReason verdict = DropReason.NONE;

  /// Whether packets from outside are that are a first SYN.
  boolean bindsInbound;

  long timeoutNs = 300_000_000_000L;
  private int last;

  /// Destination of a packet that came from outside; its tenant, or 0.
  int toTenant(PacketContext packet) {
    int tenant = (int) packet.destinationLow() - PUBLIC;
    if (tenant < 1 || tenant > 2) {
      return 0;
    }
    QuotedPacket quoted = packet.quoted();
    if (quoted != null) {
      quoted.translateSource(0, INSIDE, quoted.sourcePort() - SHIFT);
      packet.translateDestination(INSIDE, 0);
    } else {
      packet.translateDestination(INSIDE, portOfDestination(packet) - SHIFT);
      if (bindsInbound && packet.frame().tcpFlags() == Packet.SYN) {
        bind(packet);
      }
    }
    return tenant;
  }

  private static int portOfDestination(PacketContext packet) {
    return packet.hasPorts() ? packet.destinationPort() : packet.sourcePort();
  }

  void toOutside(PacketContext packet, int tenant) {
    QuotedPacket quoted = packet.quoted();
    if (quoted != null) {
      int port = quoted.protocol() == 1 ? quoted.sourcePort() : quoted.destinationPort();
      quoted.translateDestination(0, (PUBLIC + tenant) & 0xFFFF_FFFFL, port + SHIFT);
      packet.translateSource(PUBLIC + tenant, 0);
      return;
    }
    packet.translateSource(PUBLIC + tenant, packet.sourcePort() + SHIFT);
    if (binds && !packet.isDryRun() && (bindsAlways || packet.binding() == NO_BINDING)) {
      bind(packet);
    }
  }

  private void bind(PacketContext packet) {
    last++;
    live.put(last, new StringBuilder());
    packet.bind(last);
  }

  /// Tenant of a packet that is for a public address of ours, translated by then; else 0.
  int turnsBack(PacketContext packet) {
    return toTenant(packet);
  }

  @Override
  public void ended(int binding) {
    if (live.remove(binding) == null) {
      throw new IllegalStateException("ended twice: " + binding);
    }
    ended.add(binding);
  }

  @Override
  public long timeoutNs(int binding, long nowNs) {
    return timeoutNs;
  }

  @Override
  public void observed(int binding, boolean forward, int tcpFlags, long nowNs) {
    live.get(binding).append(forward ? 'f' : 'r');
  }

  @Override
  public void seen(int binding, long forwardLastSeenNs, long reverseLastSeenNs) {
    seen.put(binding, new long[] {forwardLastSeenNs, reverseLastSeenNs});
  }
}
