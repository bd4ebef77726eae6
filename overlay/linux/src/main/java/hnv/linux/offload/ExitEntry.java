// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Where a port's number leads; 16 octets, `struct exit` of `bpf/maps.h`:
///
///      0  u32 index of the device; 0: nowhere      8  u16 flags
///      4  u32 firewall mark; 0: none              10  u16 VLAN id of the frames' tag; 0: none
///                                              12  u32 index of the capture's device
final class ExitEntry {
  static final int LENGTH = 16;

  private static final int LINK_INDEX = 0;
  private static final int MARK = 4;
  private static final int FLAGS = 8;
  private static final int VLAN = 10;
  private static final int CAPTURE = 12;

  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;

  private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;

  private ExitEntry() {}

  static void write(
      MemorySegment entry, int linkIndex, int mark, ExitDevice device, int vlan, int capture) {
    entry.set(U32, LINK_INDEX, linkIndex);
    entry.set(U32, MARK, mark);
    entry.set(U16, FLAGS, (short) device.flags());
    entry.set(U16, VLAN, (short) vlan);
    entry.set(U32, CAPTURE, capture);
  }

  static void setCapture(MemorySegment entry, int capture) {
    entry.set(U32, CAPTURE, capture);
  }
}
