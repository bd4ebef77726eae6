// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

/// What a layer says of a packet.
public enum Verdict {
  /// On to the next layer.
  CONTINUE,
  /// Stop, for {@link PacketContext#dropReason}.
  DROP,
  /// Answered here: the frame now holds the answer, to go out by the port it came from. Where
  /// {@link PacketContext#dropReason} is set, the packet counts as dropped for it, too (an ICMP
  /// error).
  HAIRPIN,
  /// One copy to each of {@link PacketContext#replication}.
  REPLICATE
}
