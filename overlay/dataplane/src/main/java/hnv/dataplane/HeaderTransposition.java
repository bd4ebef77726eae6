// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.InternetChecksum;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The edit that the layers of a walk compose: pop, rewrite, push. A layer adds its part; the whole
/// becomes one {@link FlowRecord}. Reused from walk to walk; owned by one Worker.
///
/// A part that a record cannot express is noted by {@link #keepInJava}: then the whole flow is
/// walked packet by packet and never leaves Java.
public final class HeaderTransposition {
  private static final ValueLayout.OfInt NETWORK_U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong NETWORK_U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final MemorySegment addresses = Arena.ofAuto().allocate(32, 8);
  private int operations;
  private int nextHop;
  private int peer;
  private int outboundMeter;
  private int inboundMeter;
  private int connection;
  private int vsid;
  private int mtu;
  private int entropy;
  private int addressDifference;
  private int portDifference;
  private int newSourcePort;
  private int newDestinationPort;
  private long newDestinationMac;
  private long newSourceMac;
  private long expectedSourceMac;
  private String keptInJavaBecause = "";

  /// The identity transposition.
  public HeaderTransposition() {
    clear();
  }

  /// Forgets everything: the identity transposition.
  public void clear() {
    addresses.fill((byte) 0);
    operations = 0;
    nextHop = 0;
    peer = 0;
    outboundMeter = 0;
    inboundMeter = 0;
    connection = 0;
    vsid = 0;
    mtu = FlowRecord.MTU_OF_NEXT_HOP;
    entropy = 0;
    addressDifference = 0;
    portDifference = 0;
    newSourcePort = 0;
    newDestinationPort = 0;
    newDestinationMac = 0;
    newSourceMac = 0;
    expectedSourceMac = 0;
    keptInJavaBecause = "";
  }

  /// Received in a tunnel: the outer addresses must be those of this peer; then pop.
  public void pop(Encapsulation encapsulation, int peerIndex) {
    operations |=
        encapsulation == Encapsulation.VXLAN ? FlowRecord.POP_VXLAN : FlowRecord.POP_NVGRE;
    peer = peerIndex;
  }

  /// Received in a GRE tunnel, which {@link TunnelEndpoints} told; then pop. The frame has zero MAC
  /// addresses then, unless {@link #rewriteMacs} follows.
  public void popGre() {
    operations |= FlowRecord.POP_GRE;
  }

  /// Pushes the outer header of a next hop, with this VSID and entropy (both 0 for GRE).
  public void push(int nextHopIndex, int newVsid, int flowEntropy) {
    operations |= FlowRecord.PUSH;
    nextHop = nextHopIndex;
    vsid = newVsid;
    entropy = flowEntropy;
  }

  /// Delivers by a next hop without outer header: a port of this host.
  public void deliver(int nextHopIndex) {
    nextHop = nextHopIndex;
  }

  /// Only frames with this source MAC (48 bits) are of this flow.
  public void expectSourceMac(long mac) {
    operations |= FlowRecord.CHECK_SOURCE_MAC;
    expectedSourceMac = mac;
  }

  /// Replaces both MAC addresses (48 bits each).
  public void rewriteMacs(long destination, long source) {
    operations |= FlowRecord.REWRITE_MACS;
    newDestinationMac = destination;
    newSourceMac = source;
  }

  /// Routed: one hop less to live.
  public void decrementTtl() {
    operations |= FlowRecord.DECREMENT_TTL;
  }

  /// Replaces the IPv4 source address.
  public void rewriteIpv4Source(int from, int to) {
    operations |= FlowRecord.REWRITE_SOURCE_ADDRESS;
    addresses.set(NETWORK_U32, 0, to);
    addressDifference =
        InternetChecksum.add(addressDifference, InternetChecksum.difference32(from, to));
  }

  /// Replaces the IPv4 destination address.
  public void rewriteIpv4Destination(int from, int to) {
    operations |= FlowRecord.REWRITE_DESTINATION_ADDRESS;
    addresses.set(NETWORK_U32, 16, to);
    addressDifference =
        InternetChecksum.add(addressDifference, InternetChecksum.difference32(from, to));
  }

  /// Replaces the IPv6 source address.
  public void rewriteIpv6Source(long fromHigh, long fromLow, long toHigh, long toLow) {
    operations |= FlowRecord.REWRITE_SOURCE_ADDRESS;
    putIpv6(0, fromHigh, fromLow, toHigh, toLow);
  }

  /// Replaces the IPv6 destination address.
  public void rewriteIpv6Destination(long fromHigh, long fromLow, long toHigh, long toLow) {
    operations |= FlowRecord.REWRITE_DESTINATION_ADDRESS;
    putIpv6(16, fromHigh, fromLow, toHigh, toLow);
  }

  private void putIpv6(int offset, long fromHigh, long fromLow, long toHigh, long toLow) {
    addresses.set(NETWORK_U64, offset, toHigh);
    addresses.set(NETWORK_U64, offset + 8, toLow);
    addressDifference =
        InternetChecksum.add(
            addressDifference, InternetChecksum.difference128(fromHigh, fromLow, toHigh, toLow));
  }

  /// Replaces the source port.
  public void rewriteSourcePort(int from, int to) {
    operations |= FlowRecord.REWRITE_SOURCE_PORT;
    newSourcePort = to;
    portDifference = InternetChecksum.add(portDifference, InternetChecksum.difference16(from, to));
  }

  /// Replaces the destination port.
  public void rewriteDestinationPort(int from, int to) {
    operations |= FlowRecord.REWRITE_DESTINATION_PORT;
    newDestinationPort = to;
    portDifference = InternetChecksum.add(portDifference, InternetChecksum.difference16(from, to));
  }

  /// Addresses and ports are written by other means, all of them.
  public void forgetTranslation() {
    operations &= ~FlowRecord.TRANSLATE;
    addressDifference = 0;
    portDifference = 0;
  }

  /// Counts and limits what the port sends; 0 = no meter.
  public void meterOutbound(int meter) {
    outboundMeter = meter;
  }

  /// Counts and limits what the port gets; 0 = no meter.
  public void meterInbound(int meter) {
    inboundMeter = meter;
  }

  /// Belongs to this connection.
  public void belongTo(int connectionId) {
    connection = connectionId;
  }

  /// Largest inner L3 length, when the flow's own limit is tighter than its next hop's.
  public void limitMtu(int octets) {
    mtu = octets;
  }

  /// The record cannot say what has to be done; `reason` is shown by `show flows`.
  public void keepInJava(String reason) {
    keptInJavaBecause = reason;
  }

  /// Whether a record can express all of it.
  public boolean isOffloadable() {
    return keptInJavaBecause.isEmpty();
  }

  /// Why the flow stays in Java; empty where it need not.
  public String keptInJavaBecause() {
    return keptInJavaBecause;
  }

  public int operations() {
    return operations;
  }

  public int nextHop() {
    return nextHop;
  }

  public int peer() {
    return peer;
  }

  public int outboundMeter() {
    return outboundMeter;
  }

  public int inboundMeter() {
    return inboundMeter;
  }

  public int connection() {
    return connection;
  }

  public int vsid() {
    return vsid;
  }

  public int mtu() {
    return mtu;
  }

  public int entropy() {
    return entropy;
  }

  public int addressDifference() {
    return addressDifference;
  }

  public int portDifference() {
    return portDifference;
  }

  public int newSourcePort() {
    return newSourcePort;
  }

  public int newDestinationPort() {
    return newDestinationPort;
  }

  public long newDestinationMac() {
    return newDestinationMac;
  }

  public long newSourceMac() {
    return newSourceMac;
  }

  public long expectedSourceMac() {
    return expectedSourceMac;
  }

  /// New source (0…15) and destination (16…31) address.
  MemorySegment addresses() {
    return addresses;
  }
}
