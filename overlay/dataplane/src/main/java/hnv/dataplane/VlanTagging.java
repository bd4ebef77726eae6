// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import hnv.wire.EthernetHeader;
import hnv.wire.VlanTag;
import java.lang.foreign.MemorySegment;

/// Takes the outermost VLAN tag off a frame, and puts one on. What was said beside the octets stays
/// true: where a partial checksum begins moves by the tag's length.
public final class VlanTagging {
  /// The frame has no tag of IEEE 802.1Q.
  public static final int UNTAGGED = -1;

  /// The tag says a priority and no VLAN: the frame counts as untagged (IEEE 802.1Q §6.9.1).
  public static final int PRIORITY_ONLY = 0;

  /// The highest VLAN id (IEEE 802.1Q §9.6).
  public static final int MAX_ID = 4_094;

  private VlanTagging() {}

  /// VLAN of a frame as it was received, parsed or not: 0…4095, or {@link #UNTAGGED}. Service tags
  /// (IEEE 802.1ad) are not looked at.
  public static int id(Frame frame) {
    MemorySegment f = frame.memory();
    int at = frame.start();
    int tag = at + EthernetHeader.LENGTH;
    return EthernetHeader.isValid(f, at, frame.end())
            && EthernetHeader.etherType(f, at) == EthernetHeader.VLAN
            && VlanTag.isValid(f, tag, frame.end())
        ? VlanTag.id(f, tag)
        : UNTAGGED;
  }

  /// Takes off the tag of a frame that has one and was not parsed yet.
  public static void strip(Frame frame) {
    moveMacs(frame, frame.start(), frame.start() + VlanTag.LENGTH);
    frame.pull(VlanTag.LENGTH);
  }

  /// Puts a tag on: priority 0, not drop eligible. What the parser found stays where it is.
  ///
  /// @param id 1…{@value #MAX_ID}
  /// @return false where there is no room before the frame
  public static boolean insert(Frame frame, int id) {
    if (frame.start() < VlanTag.LENGTH) {
      return false;
    }
    MemorySegment f = frame.memory();
    int from = frame.start();
    int etherType = EthernetHeader.etherType(f, from);
    frame.push(VlanTag.LENGTH);
    int at = frame.start();
    moveMacs(frame, from, at);
    EthernetHeader.setEtherType(f, at, EthernetHeader.VLAN);
    VlanTag.write(f, at + (long) EthernetHeader.LENGTH, id, etherType);
    return true;
  }

  private static void moveMacs(Frame frame, int from, int to) {
    MemorySegment f = frame.memory();
    MemorySegment.copy(f, JAVA_BYTE, from, f, JAVA_BYTE, to, EthernetHeader.ETHER_TYPE_AT);
  }
}
