// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.dataplane.DropReason;

/// How a frame ended in the kernel's executor: `enum fate` of `bpf/fate.h`, in its order. Each has
/// a counter per port: of packets (the segments of a super-frame) where the frame was forwarded or
/// dropped, of frames where it went up to Java.
public enum Fate {
  FORWARDED(0, "forwarded by the kernel"),

  UP_NO_FLOW(1, "no flow of this packet in the kernel"),
  UP_STALE_EPOCH(2, "flow of a policy that has changed"),
  UP_TORN_RECORD(3, "record replaced while it was read"),
  UP_NOT_IP(4, "neither IPv4 nor IPv6"),
  UP_VLAN_TAG(5, "VLAN tag"),
  UP_GROUP_MAC(6, "multicast or broadcast"),
  UP_MALFORMED(7, "header invalid or cut short"),
  UP_FRAGMENT(8, "IP fragment"),
  UP_OPTIONS(9, "IP options or extension headers"),
  UP_TCP_EVENT(10, "TCP SYN, FIN or RST"),
  UP_ICMP(11, "ICMP other than an echo"),
  UP_OUTER_HEADER(12, "outer headers other than the plain ones"),
  UP_NEXT_HOP(13, "next hop unresolved, or a way that the kernel does not know"),
  UP_WRONG_TUNNEL(14, "not in the tunnel that the flow comes in"),
  UP_OUTER_SOURCE(15, "outer source is not the flow's peer"),
  UP_OUTER_DESTINATION(16, "outer destination is not an address of this host for the flow"),
  UP_SOURCE_MAC(17, "source MAC is not the flow's"),
  UP_MTU(18, "longer than the path allows"),
  UP_SEGMENT_SIZE(19, "super-frame with a segment size below the least"),
  UP_TTL(20, "TTL or hop limit used up"),
  UP_TOO_LONG(21, "super-frame too long for an outer header"),
  UP_HAIRPIN(22, "from tunnel to tunnel"),
  UP_POPPED_SUPER_FRAME(23, "super-frame out of a tunnel to a device that would lose it"),
  UP_CHECKSUM_STATE(24, "checksum unfinished in a way that the kernel's executor cannot carry on"),
  UP_REFUSED_BY_KERNEL(25, "the kernel would not move the headers"),

  DROP_ECN(26, "outer header has ECN CE while the inner is not ECN-capable"),
  DROP_METER(27, "over the rate limit of the port"),
  DROP_CHECKSUM_PLACE(28, "checksum to be written over an address or a port"),
  DROP_UNKNOWN_TO_BOTH(29, "came from Java and has no flow"),
  DROP_BROKEN(30, "the frame could not be finished"),
  DROP_NO_CHANNEL(31, "nobody there to send it up to");

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
      default -> DropReason.NONE;
    };
  }
}
