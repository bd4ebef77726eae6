// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.Frame;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import hnv.wire.Octets;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Cuts a super-frame into the frames it stands for, with or without tunnel headers around it, where
/// the kernel will not do it for us: NVGRE, and VXLAN before Linux 6.17.
///
/// In place and without copying payload: the headers of segment k are written right before its
/// payload, over the payload of segment k − 1, which has been sent by then.
///
///     | headers | payload 0 | payload 1 | payload 2 |      as received
///     | headers | payload 0 |                              first segment
///                  | headers | payload 1 |                 second
///
/// The transport checksum of each segment stays partial, its pseudo header set right; a device
/// completes it or the kernel does. Owned by one Worker; one frame at a time.
final class Segmenter {
  /// Smallest payload of a segment, TCP_MIN_SND_MSS of Linux: a bound on the segments of a frame.
  static final int MIN_GSO_SIZE = 48;

  /// Ethernet, IPv6, UDP, VXLAN, Ethernet with a tag, IP with options, TCP with options: less than
  /// this.
  private static final int MAX_HEADERS = 320;

  private static final int TCP_FIRST_ONLY = TcpHeader.CWR;
  private static final int TCP_LAST_ONLY = TcpHeader.FIN | TcpHeader.PSH;

  private final MemorySegment headers = Arena.ofAuto().allocate(MAX_HEADERS, 8);

  private MemorySegment memory = MemorySegment.NULL;
  private int headersLength;
  private int payload;
  private int payloadEnd;
  private int segmentSize;
  private int segment;
  private int start;
  private int length;

  // Offsets from the start of a segment; outerL3 is -1 without a tunnel.
  private int outerL3;
  private boolean outerIpv6;
  private boolean outerUdp;
  private int l3;
  private boolean ipv6;
  private int l4;
  private boolean udp;

  /// Starts with this frame, whose parse results must be those of its octets.
  ///
  /// @return false where it is no super-frame that can be cut
  boolean begin(Frame frame) {
    udp = frame.gsoType() == VirtioNetHeader.GSO_UDP_L4;
    if (frame.gsoSize() < MIN_GSO_SIZE || frame.l4() == 0 || frame.isFragment()) {
      return false;
    }
    memory = frame.memory();
    int transportLength =
        udp ? UdpHeader.LENGTH : TcpHeader.headerLength(memory, frame.l4());
    payload = frame.l4() + transportLength;
    payloadEnd = frame.end();
    headersLength = payload - frame.start();
    if (payload > payloadEnd || headersLength > MAX_HEADERS) {
      return false;
    }
    boolean tunnel = frame.encapsulation() != Encapsulation.NONE;
    outerL3 = tunnel ? frame.outerL3() - frame.start() : -1;
    outerIpv6 = tunnel && frame.isOuterIpv6();
    outerUdp = frame.encapsulation() == Encapsulation.VXLAN;
    l3 = frame.l3() - frame.start();
    ipv6 = frame.isIpv6();
    l4 = frame.l4() - frame.start();
    segmentSize = frame.gsoSize();
    segment = 0;
    MemorySegment.copy(memory, frame.start(), headers, 0, headersLength);
    return true;
  }

  /// Makes the next segment; the one before must have been sent.
  ///
  /// @return false after the last
  boolean next() {
    int from = payload + segment * segmentSize;
    if (from >= payloadEnd && segment > 0) {
      return false;
    }
    int size = Math.min(segmentSize, payloadEnd - from);
    start = from - headersLength;
    length = headersLength + size;
    MemorySegment.copy(headers, 0, memory, start, headersLength);
    writeInner(size, from + size == payloadEnd);
    if (outerL3 >= 0) {
      writeOuter();
    }
    segment++;
    return true;
  }

  /// First octet of the segment in the frame's slot.
  int start() {
    return start;
  }

  /// Octets of the segment.
  int length() {
    return length;
  }

  /// Octets from the segment's start to its transport header, where its partial checksum begins.
  int checksumStart() {
    return l4;
  }

  int checksumOffset() {
    return udp ? UdpHeader.CHECKSUM_AT : TcpHeader.CHECKSUM_AT;
  }

  private void writeInner(int size, boolean last) {
    int ip = start + l3;
    int transport = start + l4;
    int upperLength = headersLength - l4 + size;
    int pseudoHeader;
    if (ipv6) {
      Ipv6Header.setPayloadLength(memory, ip, length - l3 - Ipv6Header.LENGTH);
      int protocol = udp ? IpProtocol.UDP : IpProtocol.TCP;
      pseudoHeader = Ipv6Header.pseudoHeader(memory, ip, protocol, upperLength);
    } else {
      Ipv4Header.setTotalLength(memory, ip, length - l3);
      Ipv4Header.setId(memory, ip, Ipv4Header.id(memory, ip) + segment);
      Ipv4Header.writeChecksum(memory, ip);
      pseudoHeader =
          Ipv4Header.pseudoHeader(memory, ip, Ipv4Header.protocol(memory, ip), upperLength);
    }
    if (udp) {
      UdpHeader.setLength(memory, transport, upperLength);
      UdpHeader.setChecksum(memory, transport, pseudoHeader);
      return;
    }
    Octets.putU32(
        memory,
        transport + TcpHeader.SEQUENCE_AT,
        TcpHeader.sequence(memory, transport) + segment * segmentSize);
    int flags = TcpHeader.flags(memory, transport);
    if (!last) {
      flags &= ~TCP_LAST_ONLY;
    }
    if (segment > 0) {
      flags &= ~TCP_FIRST_ONLY;
    }
    memory.set(JAVA_BYTE, transport + (long) TcpHeader.FLAGS_AT, (byte) flags);
    TcpHeader.setChecksum(memory, transport, pseudoHeader);
  }

  private void writeOuter() {
    int ip = start + outerL3;
    int ipLength = length - outerL3;
    int transport;
    if (outerIpv6) {
      Ipv6Header.setPayloadLength(memory, ip, ipLength - Ipv6Header.LENGTH);
      transport = ip + Ipv6Header.LENGTH;
    } else {
      Ipv4Header.setTotalLength(memory, ip, ipLength);
      Ipv4Header.writeChecksum(memory, ip);
      transport = ip + Ipv4Header.headerLength(memory, ip);
    }
    if (outerUdp) {
      UdpHeader.setLength(memory, transport, start + length - transport);
      // RFC 7348 §5: "SHOULD be transmitted as zero"; a sum over the super-frame is of no use.
      UdpHeader.setChecksum(memory, transport, 0);
    }
  }
}
