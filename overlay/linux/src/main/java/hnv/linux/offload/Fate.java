// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

/// How a frame ended in the kernel's executor: `enum fate` of `bpf/fate.h`, in its order. Each has a
/// counter per port: of packets (the segments of a super-frame) where the frame was forwarded or
/// dropped, of frames where it went up to Java.
public enum Fate {
  FORWARDED("forwarded by the kernel"),

  UP_NO_FLOW("no flow of this packet in the kernel"),
  UP_STALE_EPOCH("flow of a policy that has changed"),
  UP_TORN_RECORD("record replaced while it was read"),
  UP_NOT_IP("neither IPv4 nor IPv6"),
  UP_VLAN_TAG("VLAN tag"),
  UP_GROUP_MAC("multicast or broadcast"),
  UP_MALFORMED("header invalid or cut short"),
  UP_FRAGMENT("IP fragment"),
  UP_OPTIONS("IP options or extension headers"),
  UP_TCP_EVENT("TCP SYN, FIN or RST"),
  UP_ICMP("ICMP other than an echo"),
  UP_OUTER_HEADER("outer headers other than the plain ones"),
  UP_NEXT_HOP("next hop unresolved, or a way that the kernel does not know"),
  UP_WRONG_TUNNEL("not in the tunnel that the flow comes in"),
  UP_OUTER_SOURCE("outer source is not the flow's peer"),
  UP_OUTER_DESTINATION("outer destination is not an address of this host for the flow"),
  UP_SOURCE_MAC("source MAC is not the flow's"),
  UP_MTU("longer than the path allows"),
  UP_SEGMENT_SIZE("super-frame with a segment size below the least"),
  UP_TTL("TTL or hop limit used up"),
  UP_TOO_LONG("super-frame too long for an outer header"),
  UP_HAIRPIN("from tunnel to tunnel"),
  UP_POPPED_SUPER_FRAME("super-frame out of a tunnel to a device that would lose it"),
  UP_CHECKSUM_STATE("checksum unfinished in a way that the kernel's executor cannot carry on"),
  UP_REFUSED_BY_KERNEL("the kernel would not move the headers"),

  DROP_ECN("outer header has ECN CE while the inner is not ECN-capable"),
  DROP_METER("over the rate limit of the port"),
  DROP_CHECKSUM_PLACE("checksum to be written over an address or a port"),
  DROP_UNKNOWN_TO_BOTH("came from Java and has no flow"),
  DROP_BROKEN("the frame could not be finished"),
  DROP_NO_CHANNEL("nobody there to send it up to");

  private final String text;

  Fate(String text) {
    this.text = text;
  }

  /// One phrase for people.
  public String text() {
    return text;
  }

  /// Went up to Java, as it came.
  public boolean isUp() {
    return compareTo(FORWARDED) > 0 && compareTo(DROP_ECN) < 0;
  }

  /// Dropped.
  public boolean isDrop() {
    return compareTo(DROP_ECN) >= 0;
  }
}
