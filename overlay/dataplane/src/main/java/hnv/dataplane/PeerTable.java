// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.ProviderAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/// The outer addresses that a received packet of a flow must bear: the source one of the sending
/// host's provider addresses (a flow may come from any of them), the destination one of ours. 144
/// octets per entry:
///
///      0  u8 remote addresses   1  u8 local addresses   2  u8[14] zero
///     16  u8[4][16] remote      80  u8[4][16] local
///
/// Addresses are 16 octets in network order, IPv4 as ::ffff:a.b.c.d, so that the family is compared
/// with the address. Entries are written by the Worker between packets; not thread-safe.
public final class PeerTable {
  /// Provider addresses of a host at most.
  public static final int MAX_ADDRESSES = 4;

  /// Octets of an entry.
  public static final int ENTRY_LENGTH = 144;

  /// Entries unless said otherwise.
  public static final int DEFAULT_CAPACITY = 16_384;

  static final int REMOTE_COUNT = 0;
  static final int LOCAL_COUNT = 1;
  static final int REMOTE = 16;
  static final int LOCAL = 80;

  private static final long MAPPED_PREFIX = 0xFFFF_0000_0000L;
  private static final ValueLayout.OfLong NETWORK_U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt NETWORK_U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;

  private final MemorySegment entries;
  private final int capacity;

  /// A table of `capacity` entries; entry 0 matches nothing.
  public PeerTable(int capacity) {
    this.capacity = capacity;
    entries = Arena.global().allocate((long) capacity * ENTRY_LENGTH, 16);
  }

  /// Entries of the table; indexes run from 1 to this − 1.
  public int capacity() {
    return capacity;
  }

  /// Sets the addresses of a host, 1…{@value #MAX_ADDRESSES} each.
  public void put(int index, List<ProviderAddress> remote, List<ProviderAddress> local) {
    if (index <= 0 || index >= capacity) {
      throw new IndexOutOfBoundsException("peer " + index + " of " + capacity);
    }
    if (remote.size() > MAX_ADDRESSES || local.size() > MAX_ADDRESSES) {
      throw new IllegalArgumentException("more than " + MAX_ADDRESSES + " provider addresses");
    }
    long at = (long) index * ENTRY_LENGTH;
    entries.asSlice(at, ENTRY_LENGTH).fill((byte) 0);
    putAll(at + REMOTE, remote);
    putAll(at + LOCAL, local);
    entries.set(U8, at + REMOTE_COUNT, (byte) remote.size());
    entries.set(U8, at + LOCAL_COUNT, (byte) local.size());
  }

  private void putAll(long at, List<ProviderAddress> addresses) {
    for (int i = 0; i < addresses.size(); i++) {
      IpAddress address = addresses.get(i).address();
      long slot = at + 16L * i;
      switch (address) {
        case Ipv4Address v4 -> {
          entries.set(NETWORK_U64, slot, 0L);
          entries.set(NETWORK_U64, slot + 8, MAPPED_PREFIX | (v4.bits() & 0xFFFF_FFFFL));
        }
        case Ipv6Address v6 -> {
          entries.set(NETWORK_U64, slot, v6.high());
          entries.set(NETWORK_U64, slot + 8, v6.low());
        }
      }
    }
  }

  /// The octets of all entries as they are now, one behind the other, read-only: for an executor
  /// that has a table of its own.
  public MemorySegment octets() {
    return entries.asReadOnly();
  }

  /// Whether the outer addresses of a frame in a tunnel are those of the entry.
  public boolean matches(int index, Frame frame) {
    return sourceMatches(index, frame) && destinationMatches(index, frame);
  }

  /// Whether the outer source is one of the peer's addresses.
  public boolean sourceMatches(int index, Frame frame) {
    long at = (long) index * ENTRY_LENGTH;
    return contains(at + REMOTE, entries.get(U8, at + REMOTE_COUNT), frame, 0);
  }

  /// Whether the outer destination is one of our addresses.
  public boolean destinationMatches(int index, Frame frame) {
    long at = (long) index * ENTRY_LENGTH;
    return contains(at + LOCAL, entries.get(U8, at + LOCAL_COUNT), frame, 1);
  }

  private boolean contains(long list, int count, Frame frame, int which) {
    long high;
    long low;
    if (frame.isOuterIpv6()) {
      long field = frame.outerL3() + Ipv6Header.SOURCE_AT + 16L * which;
      high = frame.memory().get(NETWORK_U64, field);
      low = frame.memory().get(NETWORK_U64, field + 8);
      if (high == 0 && low >>> 32 == MAPPED_PREFIX >>> 32) {
        // On no wire is such an address; here it would pass for that of an IPv4 packet.
        return false;
      }
    } else {
      high = 0;
      low =
          MAPPED_PREFIX
              | (frame
                      .memory()
                      .get(NETWORK_U32, frame.outerL3() + Ipv4Header.SOURCE_AT + 4L * which)
                  & 0xFFFF_FFFFL);
    }
    for (int i = 0; i < count; i++) {
      if (entries.get(NETWORK_U64, list + 16L * i + 8) == low
          && entries.get(NETWORK_U64, list + 16L * i) == high) {
        return true;
      }
    }
    return false;
  }
}
