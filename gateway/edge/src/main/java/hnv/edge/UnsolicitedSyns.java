// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.nat.NatEngine;
import hnv.vswitch.PacketContext;
import hnv.vswitch.VSwitch;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;

/// SYNs from outside that nobody asked for. Their senders hear that nobody is there no sooner than
/// 6 s later, and not at all if the tenant has begun the same connection by then: so two hosts
/// behind translators can open one at the same time (RFC 5382 REQ-4). Bounded: what finds no room
/// is never answered. Owned by the Worker.
final class UnsolicitedSyns {
  /// SYNs that wait unless said otherwise.
  static final int DEFAULT_CAPACITY = 256;

  /// "At least 6 seconds".
  static final long WAIT_NS = 6_000_000_000L;

  private static final int TTL = 64;

  /// Octets behind the quoted IP header: a TCP header, which has its port and its number in the
  /// first eight.
  private static final int QUOTED_OCTETS = 20;

  private final FramePool pool;
  private final NatEngine nat;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private int capacity = DEFAULT_CAPACITY;

  /// @param quote the SYN's IP header and the beginning of its TCP header
  private record Waiting(
      EdgePort port,
      long toMac,
      int remote,
      int remotePort,
      int address,
      int addressPort,
      MemorySegment quote,
      long dueNs) {
    boolean isSame(int network, int from, int fromPort, int to, int toPort) {
      return port.network() == network
          && remote == from
          && remotePort == fromPort
          && address == to
          && addressPort == toPort;
    }
  }

  UnsolicitedSyns(FramePool pool, NatEngine nat) {
    this.pool = pool;
    this.nat = nat;
  }

  /// As many wait from now on; 0: none is answered.
  void setCapacity(int most) {
    capacity = most;
    while (waiting.size() > most) {
      waiting.removeLast();
    }
  }

  /// SYNs that wait now.
  int size() {
    return waiting.size();
  }

  /// A packet from an outside network has no session and cannot begin one.
  void note(PacketContext packet, EdgePort port) {
    Frame frame = packet.frame();
    int flags = frame.tcpFlags();
    if (packet.isDryRun()
        || waiting.size() >= capacity
        || packet.protocol() != IpProtocol.TCP
        || (flags & (TcpHeader.SYN | TcpHeader.ACK | TcpHeader.RST)) != TcpHeader.SYN
        || packet.isGroupAddressed()
        || !nat.isPublic(port.network(), (int) packet.destinationLow())) {
      return;
    }
    int remote = (int) packet.sourceLow();
    int address = (int) packet.destinationLow();
    Ipv4Address sender = new Ipv4Address(remote);
    if (!sender.isUnicast() || sender.isLoopback() || isKnown(packet, port, remote, address)) {
      return;
    }
    MemorySegment f = frame.memory();
    int octets = Math.min(Ipv4Header.headerLength(f, frame.l3()) + QUOTED_OCTETS, frame.l3Length());
    waiting.add(
        new Waiting(
            port,
            EthernetHeader.source(f, frame.l2()),
            remote,
            packet.sourcePort(),
            address,
            packet.destinationPort(),
            MemorySegment.ofArray(f.asSlice(frame.l3(), octets).toArray(ValueLayout.JAVA_BYTE)),
            packet.nowNs() + WAIT_NS));
  }

  /// One that is sent again waits once.
  private boolean isKnown(PacketContext packet, EdgePort port, int remote, int address) {
    for (Waiting each : waiting) {
      if (each.isSame(
          port.network(), remote, packet.sourcePort(), address, packet.destinationPort())) {
        return true;
      }
    }
    return false;
  }

  /// Answers those that have waited long enough.
  ///
  /// @return how many have
  int housekeep(EdgeState state, VSwitch vswitch, long nowNs) {
    int done = 0;
    for (Waiting first = waiting.peek();
        first != null && first.dueNs() - nowNs <= 0;
        first = waiting.peek()) {
      waiting.remove();
      done++;
      EdgePort port = state.port(first.port().number());
      if (port != null && port.equals(first.port()) && !isBegun(first)) {
        answer(first, vswitch, nowNs);
      }
    }
    return done;
  }

  private boolean isBegun(Waiting syn) {
    int session =
        nat.findOutside(
            syn.port().network(),
            IpProtocol.TCP,
            syn.remote(),
            syn.remotePort(),
            syn.address(),
            syn.addressPort());
    return session != 0;
  }

  private void answer(Waiting syn, VSwitch vswitch, long nowNs) {
    if (!(syn.port().own(false) instanceof Ipv4Address from)
        || vswitch.port(syn.port().number()) == null
        || !syn.port().answers().admit(nowNs)) {
      return;
    }
    Frame frame = pool.acquire();
    if (frame == null) {
      return;
    }
    MemorySegment f = frame.memory();
    int start = FramePool.HEADROOM;
    int ip = start + EthernetHeader.LENGTH;
    int icmp = ip + Ipv4Header.MIN_LENGTH;
    int quote = (int) syn.quote().byteSize();
    int length = Ipv4Header.MIN_LENGTH + Icmpv4Header.LENGTH + quote;
    EthernetHeader.write(f, start, syn.toMac(), syn.port().mac(), EthernetHeader.IPV4);
    Ipv4Header.write(f, ip, 0, length, 0, 0, TTL, IpProtocol.ICMP, from.bits(), syn.remote());
    Ipv4Header.writeChecksum(f, ip);
    MemorySegment.copy(syn.quote(), 0, f, icmp + Icmpv4Header.LENGTH, quote);
    Icmpv4Header.writeDestinationUnreachable(f, icmp, Icmpv4Header.PORT_UNREACHABLE, quote);
    frame.reset(start, EthernetHeader.LENGTH + length);
    frame.setIngressPort(syn.port().number());
    vswitch.emit(frame, syn.port().number());
  }
}
