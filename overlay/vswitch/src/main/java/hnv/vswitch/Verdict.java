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
  REPLICATE,
  /// The frame is the layer's from here on, who will release it or have it go on by {@link
  /// VSwitch#resume}: it waits for something, or it was a message to the layer itself. Not said in
  /// a dry run.
  TAKEN
}
