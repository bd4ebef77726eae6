// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.InternetChecksum;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import hnv.wire.Octets;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import java.lang.foreign.MemorySegment;

/// Does in Java what a port's device cannot: cuts super-frames into segments (with their outer
/// headers, if they are in a tunnel) and completes partial checksums. Works on parsed frames. Pure
/// but for the frames it takes from the pool.
public final class Segmenter {
  /// Takes over each segment.
  @FunctionalInterface
  public interface Sink {
    /// Takes over a segment: an ordinary frame with complete checksums.
    void accept(Frame segment);
  }

  private Segmenter() {}

  /// Writes the complete transport checksum where only the pseudo header's sum stands.
  public static void completeChecksum(Frame frame) {
    if (!frame.isChecksumPartial()) {
      return;
    }
    int start = frame.start() + frame.checksumStart();
    int end = frame.l3() + frame.l3Length();
    InternetChecksum.completePartial(
        frame.memory(), start, start + (long) frame.checksumOffset(), end);
    frame.setChecksumComplete();
  }

  /// Cuts a super-frame of TCP or UDP and releases it. Each segment has the headers of the whole
  /// with lengths, IPv4 identification (counting up, RFC 6864 lets DF packets do so), sequence
  /// number, flags and checksums of its own: FIN and PSH on the last only, CWR on the first only
  /// (RFC 3168 §6.1.2).
  ///
  /// @return false when the pool ran empty and the remaining segments are lost
  public static boolean segment(Frame whole, FramePool pool, Sink sink) {
    int start = whole.start();
    int payload = whole.payloadOffset();
    int end = whole.l3() + whole.l3Length();
    int from = payload;
    // At least once: a super-frame without payload is a packet, too.
    for (int index = 0; index == 0 || from < end; index++) {
      int length = Math.min(whole.gsoSize(), end - from);
      Frame segment = pool.acquire();
      if (segment == null) {
        whole.release();
        return false;
      }
      int headers = payload - start;
      segment.reset(start, headers + length);
      MemorySegment.copy(whole.memory(), start, segment.memory(), start, headers);
      MemorySegment.copy(whole.memory(), from, segment.memory(), payload, length);
      segment.setIngressPort(whole.ingressPort());
      segment.setReceivedNs(whole.receivedNs());
      adopt(whole, segment, payload + length - whole.l3());
      writeHeaders(segment, index, from - payload, from + length == end);
      sink.accept(segment);
      from += length;
    }
    whole.release();
    return true;
  }

  /// Parse results of a part: those of the whole, with its own length.
  static void adopt(Frame whole, Frame segment, int l3Length) {
    segment.encapsulation = whole.encapsulation;
    segment.outerIpv6 = whole.outerIpv6;
    segment.outerL3 = whole.outerL3;
    segment.tunnelVsid = whole.tunnelVsid;
    segment.tunnelPort = whole.tunnelPort;
    segment.l2 = whole.l2;
    segment.l3 = whole.l3;
    segment.l4 = whole.l4;
    segment.l3Length = l3Length;
    segment.etherType = whole.etherType;
    segment.protocol = whole.protocol;
    segment.sourcePort = whole.sourcePort;
    segment.destinationPort = whole.destinationPort;
    segment.tcpFlags = whole.tcpFlags;
    segment.ipv6 = whole.ipv6;
    segment.fragment = false;
    segment.laterFragment = false;
    segment.vlanTagged = whole.vlanTagged;
    segment.icmpError = false;
  }

  private static void writeHeaders(Frame s, int index, int offset, boolean last) {
    MemorySegment f = s.memory();
    int transportLength = s.end() - s.l4();
    int pseudo;
    if (s.isIpv6()) {
      Ipv6Header.setPayloadLength(f, s.l3(), s.end() - s.l3() - Ipv6Header.LENGTH);
      pseudo = Ipv6Header.pseudoHeader(f, s.l3(), s.protocol(), transportLength);
    } else {
      Ipv4Header.setTotalLength(f, s.l3(), s.end() - s.l3());
      Ipv4Header.setId(f, s.l3(), (Ipv4Header.id(f, s.l3()) + index) & 0xFFFF);
      Ipv4Header.writeChecksum(f, s.l3());
      pseudo = Ipv4Header.pseudoHeader(f, s.l3(), s.protocol(), transportLength);
    }
    if (s.protocol() == IpProtocol.TCP) {
      int flags = TcpHeader.flags(f, s.l4());
      if (!last) {
        flags &= ~(TcpHeader.FIN | TcpHeader.PSH);
      }
      if (index > 0) {
        flags &= ~TcpHeader.CWR;
      }
      Octets.putU8(f, s.l4() + TcpHeader.FLAGS_AT, flags);
      Octets.putU32(f, s.l4() + TcpHeader.SEQUENCE_AT, TcpHeader.sequence(f, s.l4()) + offset);
      TcpHeader.writeChecksum(f, s.l4(), transportLength, pseudo);
    } else {
      UdpHeader.setLength(f, s.l4(), transportLength);
      UdpHeader.writeChecksum(f, s.l4(), pseudo);
    }
    if (s.encapsulation() != Encapsulation.NONE) {
      writeOuterLengths(s);
    }
  }

  static void writeOuterLengths(Frame s) {
    MemorySegment f = s.memory();
    int outer = s.outerL3();
    int tunnel;
    if (s.isOuterIpv6()) {
      Ipv6Header.setPayloadLength(f, outer, s.end() - outer - Ipv6Header.LENGTH);
      tunnel = outer + Ipv6Header.LENGTH;
    } else {
      Ipv4Header.setTotalLength(f, outer, s.end() - outer);
      Ipv4Header.writeChecksum(f, outer);
      tunnel = outer + Ipv4Header.headerLength(f, outer);
    }
    if (s.encapsulation() == Encapsulation.VXLAN) {
      UdpHeader.setLength(f, tunnel, s.end() - tunnel);
      // A checksum of the whole would be wrong here; zero is none (RFC 7348 §5, RFC 6935).
      UdpHeader.setChecksum(f, tunnel, 0);
    }
  }
}
