// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.linux.bpf.UnderlayFilter;
import hnv.wire.Octets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A device whose ingress bears a program, as the program looks it up by the device's index; 40
/// octets, `struct port` of `bpf/maps.h`:
///
///      0  u32 number of the port      8  u32 flags
///      4  u32 index of the TAP       12  u32 index of the device
///         for misses                 16  u16[8] UDP ports of VXLAN (network order)
///
///                                    32  u32 index of the capture's device
///                                    36  u32 of a VLAN on the device: VLAN_PORT and
///                                        its id; SHARED_PORT; else 0
///
/// The first UDP port is the one that the kernel opens itself; all are ours. Unused places repeat
/// the first.
final class PortEntry {
  static final int LENGTH = 40;

  /// Frames come from Java: what has no flow is dropped.
  static final int OF_JAVA = 1;

  private static final int NUMBER = 0;
  private static final int MISS_INDEX = 4;
  private static final int FLAGS = 8;
  private static final int LINK_INDEX = 12;
  private static final int UDP_PORTS = 16;
  private static final int CAPTURE = 32;
  private static final int VLAN = 36;

  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;

  private PortEntry() {}

  static void write(
      MemorySegment entry,
      PortTable.Device device,
      int number,
      int missIndex,
      int flags,
      List<Integer> udpPorts) {
    entry.fill((byte) 0);
    entry.set(U32, LINK_INDEX, device.linkIndex());
    entry.set(U32, VLAN, device.vlan());
    entry.set(U32, NUMBER, number);
    entry.set(U32, MISS_INDEX, missIndex);
    entry.set(U32, FLAGS, flags);
    for (int i = 0; i < UnderlayFilter.MAX_PORTS; i++) {
      Octets.putU16(entry, UDP_PORTS + 2L * i, udpPorts.get(i < udpPorts.size() ? i : 0));
    }
  }

  static int number(MemorySegment entry) {
    return entry.get(U32, NUMBER);
  }

  static int linkIndex(MemorySegment entry) {
    return entry.get(U32, LINK_INDEX);
  }

  /// The device, or the VLAN on it, as {@link #write} had it.
  static PortTable.Device device(MemorySegment entry) {
    return new PortTable.Device(linkIndex(entry), entry.get(U32, VLAN));
  }

  static void setLinkIndex(MemorySegment entry, int linkIndex) {
    entry.set(U32, LINK_INDEX, linkIndex);
  }

  static void setCapture(MemorySegment entry, int capture) {
    entry.set(U32, CAPTURE, capture);
  }
}
