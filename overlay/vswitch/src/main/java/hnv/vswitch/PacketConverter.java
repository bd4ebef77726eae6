// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Frame;
import java.lang.foreign.MemorySegment;

/// Makes packets of one version of IP of those of the other: what no edit of headers does. A layer
/// says that a packet is to become one ({@link PacketContext#conversion}); it does at the end of
/// the walk, when it is known by what it leaves. Owned by one Worker.
public interface PacketConverter {
  /// Octets by which the packet in a frame will be longer; negative: shorter.
  int growth(Frame frame);

  /// Whether what it becomes may be cut on its way, or will be made in pieces that fit.
  boolean isFragmentable(Frame frame);

  /// Makes the counterpart of the packet in a frame, or of one of its segments.
  ///
  /// @param packet who speaks to whom by then, in the packet and in what it quotes
  /// @param frame as received, with a complete checksum, no super-frame
  /// @param mtu octets of the longest packet that the path carries
  /// @return packets made; 0 where it has no counterpart
  int convert(PacketContext packet, Frame frame, int mtu);

  /// Writes one of the packets made last.
  ///
  /// @param piece from 0
  /// @param to room for 65,535 octets
  /// @return octets of it
  int write(int piece, MemorySegment to);
}
