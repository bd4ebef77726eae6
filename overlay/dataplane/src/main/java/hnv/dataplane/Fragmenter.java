// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Header;
import hnv.wire.Octets;
import java.lang.foreign.MemorySegment;

/// Cuts an IPv4 packet that may be fragmented into fragments for a path that does not carry it
/// whole (RFC 791 §3.2). The fragments are parsed frames as if they had come in as such, tunnel
/// headers included, in the order of their octets (RFC 4787 REQ-13 a). Pure but for the frames it
/// takes from the pool.
public final class Fragmenter {
  /// "Every internet module must be able to forward a datagram of 68 octets without further
  /// fragmentation" (RFC 791 §3.2).
  public static final int MIN_MTU = 68;

  private static final int UNIT = 8;
  private static final int COPIED = 0x80;
  private static final int END_OF_OPTIONS = 0;
  private static final int NO_OPERATION = 1;

  private Fragmenter() {}

  /// Whether a parsed frame is an IPv4 packet whose sender allows that it is cut.
  public static boolean isFragmentable(Frame frame) {
    return frame.etherType() == EthernetHeader.IPV4
        && !Ipv4Header.isDontFragment(frame.memory(), frame.l3());
  }

  /// Cuts the packet in a frame, which is no super-frame, and releases it. One that is a fragment
  /// itself is cut into smaller ones of the same packet.
  ///
  /// @param mtu largest IP packet, octets; taken as {@value #MIN_MTU} at least
  /// @return false when the pool ran empty and the remaining fragments are lost
  public static boolean fragment(Frame whole, int mtu, FramePool pool, Segmenter.Sink sink) {
    Segmenter.completeChecksum(whole);
    MemorySegment f = whole.memory();
    int l3 = whole.l3();
    int header = Ipv4Header.headerLength(f, l3);
    int from = l3 + header;
    int end = l3 + whole.l3Length();
    while (from < end) {
      boolean first = from == l3 + header;
      Frame fragment = pool.acquire();
      if (fragment == null) {
        whole.release();
        return false;
      }
      int length = first ? header : writeLaterHeader(whole, header, fragment);
      int room = (Math.max(mtu, MIN_MTU) - length) / UNIT * UNIT;
      int octets = end - from <= room ? end - from : room;
      fill(whole, fragment, length, from, octets, first);
      writeFields(whole, fragment, from - l3 - header, from + octets < end);
      sink.accept(fragment);
      from += octets;
    }
    whole.release();
    return true;
  }

  private static void fill(
      Frame whole, Frame fragment, int header, int from, int octets, boolean first) {
    int start = whole.start();
    int l3 = whole.l3();
    fragment.reset(start, l3 - start + header + octets);
    MemorySegment f = whole.memory();
    MemorySegment to = fragment.memory();
    MemorySegment.copy(f, start, to, start, l3 - start + (first ? header : 0));
    MemorySegment.copy(f, from, to, l3 + (long) header, octets);
    fragment.setIngressPort(whole.ingressPort());
    fragment.setReceivedNs(whole.receivedNs());
    Segmenter.adopt(whole, fragment, header + octets);
    fragment.fragment = true;
    fragment.laterFragment = !first || whole.laterFragment;
    fragment.icmpError = whole.icmpError;
    if (fragment.laterFragment) {
      fragment.l4 = 0;
      fragment.sourcePort = 0;
      fragment.destinationPort = 0;
      fragment.tcpFlags = 0;
    }
  }

  private static void writeFields(Frame whole, Frame fragment, int offset, boolean more) {
    MemorySegment f = fragment.memory();
    int l3 = fragment.l3();
    int before = Ipv4Header.fragmentOffset(whole.memory(), whole.l3());
    boolean moreBehind = more || Ipv4Header.isMoreFragments(whole.memory(), whole.l3());
    Ipv4Header.setTotalLength(f, l3, fragment.l3Length());
    Ipv4Header.setFragment(f, l3, (before + offset) / UNIT | (moreBehind ? Ipv4Header.FLAG_MF : 0));
    Ipv4Header.writeChecksum(f, l3);
    if (fragment.encapsulation() != Encapsulation.NONE) {
      Segmenter.writeOuterLengths(fragment);
    }
  }

  /// The header of a fragment that is not the first: of the options those that are to be copied
  /// (RFC 791 §3.1).
  ///
  /// @return its length
  private static int writeLaterHeader(Frame whole, int header, Frame fragment) {
    MemorySegment f = whole.memory();
    MemorySegment to = fragment.memory();
    int l3 = whole.l3();
    MemorySegment.copy(f, l3, to, l3, Ipv4Header.MIN_LENGTH);
    int at = l3 + Ipv4Header.MIN_LENGTH;
    int end = l3 + header;
    int written = l3 + Ipv4Header.MIN_LENGTH;
    while (at < end) {
      int kind = Octets.u8(f, at);
      int length = kind == NO_OPERATION ? 1 : at + 1 < end ? Octets.u8(f, at + 1L) : 0;
      if (kind == END_OF_OPTIONS || length == 0 || (kind != NO_OPERATION && length < 2)) {
        break;
      }
      length = Math.min(length, end - at);
      if ((kind & COPIED) != 0) {
        MemorySegment.copy(f, at, to, written, length);
        written += length;
      }
      at += length;
    }
    while ((written - l3) % 4 != 0) {
      Octets.putU8(to, written, END_OF_OPTIONS);
      written++;
    }
    int length = written - l3;
    Octets.putU8(to, l3 + (long) Ipv4Header.VERSION_AT, 4 << 4 | length / 4);
    return length;
  }
}
