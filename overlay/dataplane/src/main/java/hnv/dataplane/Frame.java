// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A packet on its way: a cursor over one slot of a {@link FramePool}, with what the kernel told of
/// it (virtio-net metadata) and what {@link FrameParser} found in it. A GSO super-frame of up to
/// 64 KiB is one frame at every stage. One owner at a time; not thread-safe.
///
///     0          start                                                    SLOT
///     |  headroom  | outer headers (tunnel) | inner Ethernet | IP | …  |   |
///                  ^start                   ^l2              ^l3  ^l4  ^end
public final class Frame {
  private final MemorySegment memory;
  private final FramePool pool;
  private boolean inUse;
  private boolean handedOver;

  private int start;
  private int length;
  private int ingressPort;
  private long receivedNs;

  // virtio-net metadata; checksum and tunnel offsets count from `start`.
  private int gsoType;
  private int gsoSize;
  private int checksumStart;
  private int checksumOffset;
  private boolean checksumPartial;
  private boolean checksumValid;
  private boolean tunnelGso;

  // Found by FrameParser; offsets into `memory`.
  Encapsulation encapsulation = Encapsulation.NONE;
  boolean outerIpv6;
  int outerL3;
  int tunnelVsid;
  int tunnelPort;
  int tunnelPlace;
  int tunnelSequence;
  boolean tunnelSequenced;
  int l2;
  int l3;
  int l4;
  int l3Length;
  int etherType;
  int protocol;
  int sourcePort;
  int destinationPort;
  int tcpFlags;
  boolean ipv6;
  boolean fragment;
  boolean laterFragment;
  boolean vlanTagged;
  boolean icmpError;

  Frame(MemorySegment memory, FramePool pool) {
    this.memory = memory;
    this.pool = pool;
  }

  /// The slot, {@link FramePool#SLOT_LENGTH} octets of native memory.
  public MemorySegment memory() {
    return memory;
  }

  /// First octet of the packet in the slot.
  public int start() {
    return start;
  }

  /// Octets of the packet.
  public int length() {
    return length;
  }

  /// One past the last octet of the packet in the slot.
  public int end() {
    return start + length;
  }

  /// Sets the bounds of the packet after it was read or built; forgets metadata and parse results.
  ///
  /// @throws IllegalArgumentException where they leave the slot: a bug of the caller
  public void reset(int newStart, int newLength) {
    if (newStart < 0 || newLength < 0 || newLength > FramePool.SLOT_LENGTH - newStart) {
      throw new IllegalArgumentException("frame outside its slot: " + newStart + "+" + newLength);
    }
    start = newStart;
    length = newLength;
    gsoType = VirtioNetHeader.GSO_NONE;
    gsoSize = 0;
    checksumStart = 0;
    checksumOffset = 0;
    checksumPartial = false;
    checksumValid = false;
    tunnelGso = false;
    encapsulation = Encapsulation.NONE;
  }

  /// Room before the packet.
  public int headroom() {
    return start;
  }

  /// Removes octets at the front. The checksum position keeps pointing at the same octets; where
  /// these are among the removed (a partial outer UDP checksum), the rest is complete already.
  void pull(int octets) {
    if (checksumStart < octets) {
      checksumPartial = false;
    }
    start += octets;
    length -= octets;
    checksumStart -= octets;
  }

  /// Adds room for octets at the front, to be written by the caller.
  void push(int octets) {
    start -= octets;
    length += octets;
    checksumStart += octets;
  }

  /// Cuts what lies behind the packet proper.
  void trimTo(int end) {
    length = end - start;
  }

  /// Number of the port it came from.
  public int ingressPort() {
    return ingressPort;
  }

  public void setIngressPort(int port) {
    ingressPort = port;
  }

  /// When it was received, by the Worker's clock.
  public long receivedNs() {
    return receivedNs;
  }

  public void setReceivedNs(long ns) {
    receivedNs = ns;
  }

  /// Super-frame: `type` is one of {@link VirtioNetHeader}'s GSO_ constants without the tunnel
  /// bits, `size` the payload octets of each segment.
  public void setGso(int type, int size) {
    gsoType = type;
    gsoSize = size;
  }

  /// {@link VirtioNetHeader#GSO_NONE} for an ordinary frame.
  public int gsoType() {
    return gsoType;
  }

  public int gsoSize() {
    return gsoSize;
  }

  public boolean isSuperFrame() {
    return gsoType != VirtioNetHeader.GSO_NONE;
  }

  /// The transport checksum at `checksumStart + offset` holds the pseudo header's sum only; whoever
  /// sends the frame on a wire completes it over [checksumStart, end). `checksumStart` counts from
  /// {@link #start}.
  public void setPartialChecksum(int checksumStart, int offset) {
    this.checksumPartial = true;
    this.checksumStart = checksumStart;
    this.checksumOffset = offset;
  }

  /// The transport checksum is complete.
  public void setChecksumComplete() {
    checksumPartial = false;
  }

  public boolean isChecksumPartial() {
    return checksumPartial;
  }

  /// Whether the partial checksum is that of the transport header; else it is one within its
  /// payload.
  public boolean isTransportChecksumPartial() {
    return checksumPartial && start + checksumStart == l4;
  }

  /// Octets from {@link #start} to where the partial checksum begins.
  public int checksumStart() {
    return checksumStart;
  }

  /// Octets from the checksum's start to its field.
  public int checksumOffset() {
    return checksumOffset;
  }

  /// The kernel vouches for the checksum.
  public boolean isChecksumValid() {
    return checksumValid;
  }

  public void setChecksumValid() {
    checksumValid = true;
  }

  /// A super-frame whose segments each carry the outer headers too.
  public boolean isTunnelGso() {
    return tunnelGso;
  }

  public void setTunnelGso(boolean value) {
    tunnelGso = value;
  }

  /// The tunnel that the frame is in now; {@link Encapsulation#NONE} after a pop.
  public Encapsulation encapsulation() {
    return encapsulation;
  }

  /// Whether the outer packet is IPv6. Valid only in a tunnel.
  public boolean isOuterIpv6() {
    return outerIpv6;
  }

  /// Offset of the outer IP header in the slot. Valid only in a tunnel.
  public int outerL3() {
    return outerL3;
  }

  /// VNI or NVGRE VSID of the tunnel header. Valid only in VXLAN and NVGRE.
  public int tunnelVsid() {
    return tunnelVsid;
  }

  /// Number of the connection's port whose GRE tunnel the packet came in. Valid only in GRE.
  public int tunnelPort() {
    return tunnelPort;
  }

  /// Offset of the inner Ethernet header in the slot. In a GRE tunnel there is none: the 14 octets
  /// before the IP packet are where it will be after the pop.
  public int l2() {
    return l2;
  }

  /// Offset of the inner IP header or ARP packet in the slot.
  public int l3() {
    return l3;
  }

  /// Offset of the transport header in the slot; 0 where there is none (ARP, later fragments).
  public int l4() {
    return l4;
  }

  /// Octets of the inner IP packet, header included.
  public int l3Length() {
    return l3Length;
  }

  /// Inner EtherType, behind a VLAN tag if there is one; in GRE its protocol type.
  public int etherType() {
    return etherType;
  }

  public boolean isIpv6() {
    return ipv6;
  }

  /// Upper-layer protocol, behind IPv6 extension headers.
  public int protocol() {
    return protocol;
  }

  /// Transport source port, or the identifier of an ICMP query; 0 without ports.
  public int sourcePort() {
    return sourcePort;
  }

  /// Transport destination port, or type << 8 | code of an ICMP query; 0 without ports.
  public int destinationPort() {
    return destinationPort;
  }

  /// TCP flags octet; 0 for other protocols.
  public int tcpFlags() {
    return tcpFlags;
  }

  /// Any fragment of a fragmented packet.
  public boolean isFragment() {
    return fragment;
  }

  /// A fragment other than the first: no transport header.
  public boolean isLaterFragment() {
    return laterFragment;
  }

  /// The inner frame carries an 802.1Q or 802.1ad tag.
  public boolean isVlanTagged() {
    return vlanTagged;
  }

  /// An ICMP error message: its addresses say nothing of the flow that it is about.
  public boolean isIcmpError() {
    return icmpError;
  }

  /// Wire packets that this frame stands for: 1, or the segments of a super-frame. The kernel's own
  /// `gso_segs` is 0 for frames written to a TAP, so it is computed from the lengths.
  public int packetCount() {
    if (gsoType == VirtioNetHeader.GSO_NONE || gsoSize == 0 || l4 == 0) {
      return 1;
    }
    int payload = l3 + l3Length - payloadOffset();
    return payload <= gsoSize ? 1 : (payload + gsoSize - 1) / gsoSize;
  }

  /// Offset in the slot of the first octet behind the TCP or UDP header.
  int payloadOffset() {
    if (gsoType == VirtioNetHeader.GSO_UDP_L4) {
      return l4 + UdpHeader.LENGTH;
    }
    return l4 + TcpHeader.headerLength(memory, l4);
  }

  /// Gives the slot back to its pool. The frame must not be used afterwards.
  ///
  /// @throws IllegalStateException if it has been given back already: a bug of the caller
  public void release() {
    if (!inUse) {
      throw new IllegalStateException("frame released twice");
    }
    inUse = false;
    pool.release(this);
  }

  /// Taken from the pool.
  void take() {
    inUse = true;
    handedOver = false;
    reset(FramePool.HEADROOM, 0);
  }

  /// From here on the frame is a port's, who will release it.
  public void handOver() {
    handedOver = true;
  }

  /// Gives the slot back if nobody has it any more: a bug ended the frame's way.
  void reclaim() {
    if (inUse && !handedOver) {
      release();
    }
  }

  /// A copy in another slot of the same pool, or null when the pool is empty. Parse results come
  /// along, so that the copy can be edited at once.
  public @Nullable Frame copy() {
    Frame other = pool.acquire();
    if (other == null) {
      return null;
    }
    MemorySegment.copy(memory, start, other.memory, start, length);
    other.start = start;
    other.length = length;
    other.ingressPort = ingressPort;
    other.receivedNs = receivedNs;
    other.gsoType = gsoType;
    other.gsoSize = gsoSize;
    other.checksumStart = checksumStart;
    other.checksumOffset = checksumOffset;
    other.checksumPartial = checksumPartial;
    other.checksumValid = checksumValid;
    other.tunnelGso = tunnelGso;
    other.encapsulation = encapsulation;
    other.outerIpv6 = outerIpv6;
    other.outerL3 = outerL3;
    other.tunnelVsid = tunnelVsid;
    other.tunnelPort = tunnelPort;
    other.tunnelPlace = tunnelPlace;
    other.tunnelSequence = tunnelSequence;
    other.tunnelSequenced = tunnelSequenced;
    other.l2 = l2;
    other.l3 = l3;
    other.l4 = l4;
    other.l3Length = l3Length;
    other.etherType = etherType;
    other.protocol = protocol;
    other.sourcePort = sourcePort;
    other.destinationPort = destinationPort;
    other.tcpFlags = tcpFlags;
    other.ipv6 = ipv6;
    other.fragment = fragment;
    other.laterFragment = laterFragment;
    other.vlanTagged = vlanTagged;
    other.icmpError = icmpError;
    return other;
  }
}
