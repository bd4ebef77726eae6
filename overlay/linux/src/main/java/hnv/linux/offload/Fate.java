// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.dataplane.DropReason;

/// How a frame ended in the kernel's executor: `enum fate` of `bpf/fate.h`, in its order. Each has
/// a counter per port: of packets (the segments of a super-frame) where the frame was forwarded or
/// dropped, of frames where it went up to Java.
public enum Fate {
  FORWARDED(0, "forwarded by the kernel"),

  UP_NO_FLOW(1, "no flow of this packet in the kernel"),
  UP_NO_HEARTBEAT(2, "this process has not said lately that it is alive"),
  UP_STALE_EPOCH(3, "flow of a policy that has changed"),
  UP_TORN_RECORD(4, "record replaced while it was read"),
  UP_NOT_IP(5, "neither IPv4 nor IPv6"),
  UP_VLAN_TAG(6, "VLAN tag"),
  UP_GROUP_MAC(7, "multicast or broadcast"),
  UP_MALFORMED(8, "header invalid or cut short"),
  UP_FRAGMENT(9, "IP fragment"),
  UP_OPTIONS(10, "IP options or extension headers"),
  UP_TCP_EVENT(11, "TCP SYN, FIN or RST"),
  UP_ICMP(12, "ICMP other than an echo"),
  UP_OUTER_HEADER(13, "outer headers other than the plain ones"),
  UP_NEXT_HOP(14, "next hop unresolved, or a way that the kernel does not know"),
  UP_WRONG_TUNNEL(15, "not in the tunnel that the flow comes in"),
  UP_OUTER_SOURCE(16, "outer source is not the flow's peer"),
  UP_OUTER_DESTINATION(17, "outer destination is not an address of this host for the flow"),
  UP_SOURCE_MAC(18, "source MAC is not the flow's"),
  UP_MTU(19, "longer than the path allows"),
  UP_SEGMENT_SIZE(20, "super-frame with a segment size below the least"),
  UP_TTL(21, "TTL or hop limit used up"),
  UP_TOO_LONG(22, "super-frame too long for an outer header"),
  UP_HAIRPIN(23, "from tunnel to tunnel"),
  UP_POPPED_SUPER_FRAME(24, "super-frame out of a tunnel to a device that would lose it"),
  UP_CHECKSUM_STATE(25, "checksum unfinished in a way that the kernel's executor cannot carry on"),
  UP_REFUSED_BY_KERNEL(26, "the kernel would not move the headers"),
  UP_GRE_PEER(27, "no GRE tunnel with these outer addresses and this key"),
  UP_NUMBERED(28, "GRE checksum or sequence number"),

  DROP_ECN(29, "outer header has ECN CE while the inner is not ECN-capable"),
  DROP_METER(30, "over the rate limit of the port"),
  DROP_CHECKSUM_PLACE(31, "checksum to be written over an address or a port"),
  DROP_UNKNOWN_TO_BOTH(32, "came from Java and has no flow"),
  DROP_BROKEN(33, "the frame could not be finished"),
  DROP_NO_CHANNEL(34, "nobody there to send it up to"),
  DROP_MISS_LIMIT(35, "over the limit of frames that go up"),
  DROP_UNKNOWN_VSID(36, "no virtual subnet with this VSID on this host");

  private final int number;
  private final String text;

  Fate(int number, String text) {
    this.number = number;
    this.text = text;
  }

  /// Number in the kernel's counters.
  public int number() {
    return number;
  }

  /// One phrase for people.
  public String text() {
    return text;
  }

  /// Went up to Java, as it came.
  public boolean isUp() {
    return number > FORWARDED.number && number < DROP_ECN.number;
  }

  /// Dropped.
  public boolean isDrop() {
    return number >= DROP_ECN.number;
  }

  /// Where a frame that was dropped is counted together with those that Java drops.
  ///
  /// @return {@link DropReason#NONE} where it was not dropped
  public DropReason dropReason() {
    return switch (this) {
      case DROP_ECN -> DropReason.ECN_CE_ON_NOT_ECT;
      case DROP_METER -> DropReason.METER_EXCEEDED;
      case DROP_CHECKSUM_PLACE -> DropReason.MALFORMED_TRANSPORT;
      case DROP_UNKNOWN_TO_BOTH -> DropReason.NO_FLOW_IN_KERNEL;
      case DROP_BROKEN -> DropReason.UNFINISHED_BY_KERNEL;
      case DROP_NO_CHANNEL -> DropReason.PORT_DOWN;
      case DROP_MISS_LIMIT -> DropReason.MISS_LIMIT_EXCEEDED;
      case DROP_UNKNOWN_VSID -> DropReason.UNKNOWN_VSID;
      default -> DropReason.NONE;
    };
  }
}
