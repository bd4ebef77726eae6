// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.lang.foreign.MemorySegment;

/// A packet from a capture file.
///
/// @param timestampNs nanoseconds since 1970-01-01 UTC; beyond the range of a `long` its nearest
///     end
/// @param linkType what the octets begin with: see [LinkType]
/// @param interfaceId number of the interface within its section of a pcapng file; 0 in a pcap file
/// @param originalLength octets that the packet had on the wire: more than were captured if it was
///     cut off
/// @param octets what was captured: a read-only heap segment, to be copied into a frame
public record CapturedPacket(
    long timestampNs, int linkType, int interfaceId, long originalLength, MemorySegment octets) {

  /// Octets that were captured.
  public int capturedLength() {
    return (int) octets.byteSize();
  }

  /// True if the file holds less than the wire did.
  public boolean isCutOff() {
    return originalLength > octets.byteSize();
  }
}
