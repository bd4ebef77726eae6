// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.EthernetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Where frames leave: one entry per (host, encapsulation) or GRE tunnel with the ready-made outer
/// header, and one per local port. Beside the flow records, so that one write moves all flows that
/// share a next hop. 128 octets per entry:
///
///      0  u32 exit port             12  u32 sum of the outer IPv4 header with its length,
///      4  u8  encapsulation                 traffic class and checksum at zero
///      5  u8  octets of the header  16  u8[16] zero
///      6  u16 largest inner L3      32  u8[96] outer header: Ethernet, IP, GRE or UDP, VXLAN
///      8  u16 flags
///     10  u16 offset of the outer IP header
///
/// Beside the entries, and in Java only, stand the sequence numbers of GRE tunnels.
///
/// Entries are written by the Worker between packets; not thread-safe.
public final class NextHopTable {
  /// Octets of an entry.
  public static final int ENTRY_LENGTH = 128;

  /// Octets of the outer header at most.
  public static final int MAX_HEADER_LENGTH = 96;

  /// Entries unless said otherwise.
  public static final int DEFAULT_CAPACITY = 16_384;

  /// The entry that no flow may use: exit unknown.
  public static final int NONE = 0;

  static final int EXIT = 0;
  static final int ENCAPSULATION = 4;
  static final int HEADER_LENGTH = 5;
  static final int MTU = 6;
  static final int FLAGS = 8;
  static final int OUTER_L3 = 10;
  static final int BASE_SUM = 12;
  static final int HEADER = 32;

  private static final int FLAG_RESOLVED = 1;
  private static final int FLAG_IPV6 = 2;

  /// Each packet has a checksum or a number of its own in its GRE header.
  private static final int FLAG_NUMBERED = 4;

  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;

  private final MemorySegment entries;
  private final int capacity;
  private final int[] sequences;

  /// A table of `capacity` entries, entry 0 never usable.
  public NextHopTable(int capacity) {
    this.capacity = capacity;
    entries = Arena.global().allocate((long) capacity * ENTRY_LENGTH, 64);
    sequences = new int[capacity];
  }

  /// Entries of the table; indexes run from 1 to this − 1.
  public int capacity() {
    return capacity;
  }

  /// A port of this host: no outer header. `mtu` is the largest IP packet of its device; no IP
  /// packet is longer than 65,535 octets.
  public void putLocal(int index, int exitPort, int mtu) {
    long at = begin(index);
    entries.set(U32, at + EXIT, exitPort);
    entries.set(U16, at + MTU, (short) Math.min(mtu, 0xFFFF));
    entries.set(U16, at + FLAGS, (short) FLAG_RESOLVED);
  }

  /// A tunnel: see {@link OuterHeader} for the header's making.
  ///
  /// An entry that was a GRE tunnel with the same outer addresses goes on with its sequence
  /// numbers.
  public void putTunnel(int index, int exitPort, OuterHeader header, int linkMtu) {
    boolean goesOn = isResolved(index) && isSameTunnel(index, header);
    long at = begin(index);
    entries.set(U32, at + EXIT, exitPort);
    entries.set(U8, at + ENCAPSULATION, (byte) header.encapsulation().number());
    entries.set(U8, at + HEADER_LENGTH, (byte) header.length());
    entries.set(U16, at + MTU, (short) header.innerMtu(linkMtu));
    entries.set(U16, at + OUTER_L3, (short) header.outerL3());
    entries.set(U32, at + BASE_SUM, header.baseSum());
    MemorySegment.copy(header.octets(), 0, entries, at + HEADER, header.length());
    int flags = FLAG_RESOLVED;
    flags |= header.isIpv6() ? FLAG_IPV6 : 0;
    flags |= header.isNumbered() ? FLAG_NUMBERED : 0;
    entries.set(U16, at + FLAGS, (short) flags);
    if (!goesOn) {
      sequences[index] = 0;
    }
  }

  /// Whether all octets behind the Ethernet header are the same.
  private boolean isSameTunnel(int index, OuterHeader header) {
    long from = at(index) + HEADER;
    return headerLength(index) == header.length()
        && MemorySegment.mismatch(
                entries,
                from + EthernetHeader.LENGTH,
                from + header.length(),
                header.octets(),
                EthernetHeader.LENGTH,
                header.length())
            < 0;
  }

  /// No way there at present: packets are dropped with {@link DropReason#NEXT_HOP_UNRESOLVED}.
  public void putUnresolved(int index) {
    begin(index);
  }

  private long begin(int index) {
    if (index <= NONE || index >= capacity) {
      throw new IndexOutOfBoundsException("next hop " + index + " of " + capacity);
    }
    long at = (long) index * ENTRY_LENGTH;
    entries.asSlice(at, ENTRY_LENGTH).fill((byte) 0);
    return at;
  }

  /// The octets of all entries as they are now, one behind the other, read-only: for an executor
  /// that has a table of its own.
  public MemorySegment octets() {
    return entries.asReadOnly();
  }

  MemorySegment entries() {
    return entries;
  }

  long at(int index) {
    return (long) index * ENTRY_LENGTH;
  }

  /// Whether packets can be sent there now.
  public boolean isResolved(int index) {
    return (entries.get(U16, at(index) + FLAGS) & FLAG_RESOLVED) != 0;
  }

  boolean isIpv6(int index) {
    return (entries.get(U16, at(index) + FLAGS) & FLAG_IPV6) != 0;
  }

  /// Whether each packet has a checksum or a number of its own in its GRE header: Java's to send.
  public boolean isNumbered(int index) {
    return (entries.get(U16, at(index) + FLAGS) & FLAG_NUMBERED) != 0;
  }

  /// The number for the next GRE packet, counting from 0 (RFC 2890 §2.2).
  int nextSequence(int index) {
    return sequences[index]++;
  }

  /// The port that packets leave by.
  public int exit(int index) {
    return entries.get(U32, at(index) + EXIT);
  }

  /// Octets of the largest inner IP packet.
  public int mtu(int index) {
    return entries.get(U16, at(index) + MTU) & 0xFFFF;
  }

  /// Octets of the outer header; 0 for a local port.
  public int headerLength(int index) {
    return entries.get(U8, at(index) + HEADER_LENGTH) & 0xFF;
  }

  /// The tunnel's kind; {@link Encapsulation#NONE} for a local port.
  public Encapsulation encapsulation(int index) {
    return switch (entries.get(U8, at(index) + ENCAPSULATION)) {
      case 1 -> Encapsulation.VXLAN;
      case 2 -> Encapsulation.NVGRE;
      case 3 -> Encapsulation.GRE;
      default -> Encapsulation.NONE;
    };
  }

  int outerL3(int index) {
    return entries.get(U16, at(index) + OUTER_L3);
  }

  int baseSum(int index) {
    return entries.get(U32, at(index) + BASE_SUM);
  }
}
