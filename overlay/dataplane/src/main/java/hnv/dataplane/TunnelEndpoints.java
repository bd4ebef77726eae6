// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.GreHeader;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// The ends of GRE tunnels: which connection's port a GRE packet belongs to, told by its outer
/// addresses and its key. There is no other way in: a packet that is not of a listed peer is
/// nobody's.
///
/// A hash table of 48 octets an entry, of which the first 40 are what is looked for, here and in
/// the kernel:
///
///      0  u8[16] outer source       36  u32 what it is: USED, with KEYED if the tunnel has a key
///     16  u8[16] outer destination  40  u32 number of the connection's port
///     32  u32 key, 0 without        44  u16 ORDERED or 0
///                                   46  u16 number of the port to come by; 0xFFFF: any
///
/// Addresses are 16 octets in network order, IPv4 as ::ffff:a.b.c.d; numbers in host byte order.
/// Beside them stands an entry per own address, without source and with LOCAL.
///
/// Written by the Worker between packets; not thread-safe.
public final class TunnelEndpoints {
  /// Tunnels unless said otherwise.
  public static final int DEFAULT_CAPACITY = 4_096;

  /// Octets of an entry.
  public static final int ENTRY_LENGTH = 48;

  /// Octets of an entry that are looked for.
  public static final int KEY_LENGTH = 40;

  /// No such tunnel.
  public static final int NONE = -1;

  /// A tunnel's packets may come by any port.
  public static final int BY_ANY_PORT = 0xFFFF;

  /// The end of one tunnel.
  ///
  /// @param remote the peer's outer address
  /// @param local our outer address, of the same family
  /// @param key that received packets bear; empty: they bear none
  /// @param port number of the connection's port
  /// @param ordered packets whose sequence number is not after the last one are dropped
  /// @param through number of the outside network's port that packets come by, who are nobody's
  ///     where they come by another; below {@link #BY_ANY_PORT}, or that
  public record Endpoint(
      IpAddress remote, IpAddress local, OptionalInt key, int port, boolean ordered, int through) {
    /// {@link #through} of one that no packet can come by now.
    public static final int NOWHERE = BY_ANY_PORT - 1;

    /// One whose packets may come by any port.
    public Endpoint(IpAddress remote, IpAddress local, OptionalInt key, int port, boolean ordered) {
      this(remote, local, key, port, ordered, BY_ANY_PORT);
    }
  }

  static final int REMOTE = 0;
  static final int LOCAL = 16;
  static final int KEY = 32;
  static final int FLAGS = 36;
  static final int PORT = 40;
  static final int OPTIONS = 44;
  static final int THROUGH = 46;

  private static final int FLAG_USED = 1;
  private static final int FLAG_KEYED = 2;
  private static final int FLAG_LOCAL = 4;
  private static final int OPTION_ORDERED = 1;

  /// Refused packets with numbers one after the other by which a peer shows that he counts anew.
  static final int NEW_BEGINNING = 8;

  private static final long MAPPED_PREFIX = 0xFFFF_0000_0000L;
  private static final long NOTHING_RECEIVED = -1;
  private static final ValueLayout.OfLong NETWORK_U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt NETWORK_U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;

  private final int capacity;
  private final int mask;
  private final MemorySegment entries;
  private final MemorySegment sought = Arena.ofAuto().allocate(KEY_LENGTH, 8);

  /// Of each entry, the sequence number received last.
  private final long[] received;

  /// Of each entry, how many packets with numbers one after the other were refused, and which
  /// number would be next.
  private final int[] refused;

  private final int[] refusedNext;

  private List<Endpoint> all = List.of();

  /// A table for `capacity` tunnels.
  public TunnelEndpoints(int capacity) {
    this.capacity = capacity;
    // Own addresses have entries, too; at most half of the places are taken.
    int places = Integer.highestOneBit(Math.max(4 * capacity, 4) - 1) << 1;
    mask = places - 1;
    entries = Arena.ofAuto().allocate((long) places * ENTRY_LENGTH, 16);
    received = new long[places];
    refused = new int[places];
    refusedNext = new int[places];
    Arrays.fill(received, NOTHING_RECEIVED);
  }

  /// Tunnels that there is room for.
  public int capacity() {
    return capacity;
  }

  /// The tunnels in force.
  public List<Endpoint> all() {
    return all;
  }

  /// Puts these tunnels in force in place of all earlier ones. One that stays as it is keeps its
  /// sequence number.
  ///
  /// @throws IllegalArgumentException where there are more than {@link #capacity}, two look the
  ///     same from outside, or the families of two addresses differ: the table is as it was
  public void set(List<Endpoint> endpoints) {
    check(endpoints);
    Map<Endpoint, Long> sequences = new HashMap<>();
    for (Endpoint endpoint : all) {
      seek(endpoint);
      sequences.put(endpoint, received[place()]);
    }
    entries.fill((byte) 0);
    Arrays.fill(received, NOTHING_RECEIVED);
    Arrays.fill(refused, 0);
    for (Endpoint endpoint : endpoints) {
      seek(endpoint);
      int place = put(endpoint);
      received[place] = sequences.getOrDefault(endpoint, NOTHING_RECEIVED);
      seekLocal(endpoint.local());
      put();
    }
    all = List.copyOf(endpoints);
  }

  private void check(List<Endpoint> endpoints) {
    if (endpoints.size() > capacity) {
      throw new IllegalArgumentException(endpoints.size() + " GRE tunnels, room for " + capacity);
    }
    Set<List<Object>> seen = new HashSet<>();
    for (Endpoint endpoint : endpoints) {
      if (endpoint.local().getClass() != endpoint.remote().getClass()) {
        throw new IllegalArgumentException("addresses of different families: " + endpoint);
      }
      if (!seen.add(List.of(endpoint.remote(), endpoint.local(), endpoint.key()))) {
        throw new IllegalArgumentException("a second GRE tunnel like " + endpoint);
      }
    }
  }

  private int put(Endpoint endpoint) {
    int place = put();
    long at = (long) place * ENTRY_LENGTH;
    entries.set(U32, at + PORT, endpoint.port());
    entries.set(U16, at + OPTIONS, (short) (endpoint.ordered() ? OPTION_ORDERED : 0));
    entries.set(U16, at + THROUGH, (short) endpoint.through());
    return place;
  }

  private int put() {
    int place = place();
    MemorySegment.copy(sought, 0, entries, (long) place * ENTRY_LENGTH, KEY_LENGTH);
    return place;
  }

  /// The peer began anew, as far as is known: whatever sequence number comes next is right.
  public void forgetSequence(int port) {
    for (Endpoint endpoint : all) {
      if (endpoint.port() == port) {
        seek(endpoint);
        received[place()] = NOTHING_RECEIVED;
      }
    }
  }

  /// Whether there is any tunnel.
  boolean isEmpty() {
    return all.isEmpty();
  }

  /// Whether a tunnel of ours ends at the destination of the IP packet at `l3`.
  boolean isLocal(MemorySegment f, int l3, boolean ipv6) {
    seekPacket(f, l3, ipv6);
    sought.set(NETWORK_U64, REMOTE, 0L);
    sought.set(NETWORK_U64, REMOTE + 8, 0L);
    sought.set(U32, KEY, 0);
    sought.set(U32, FLAGS, FLAG_USED | FLAG_LOCAL);
    return find() != NONE;
  }

  /// The tunnel of a GRE packet with a valid header at `gre` in the IP packet at `l3`.
  ///
  /// @param by number of the port that it came by
  /// @return its place in the table, or {@link #NONE}
  int find(MemorySegment f, int l3, boolean ipv6, int gre, int by) {
    seekPacket(f, l3, ipv6);
    boolean keyed = GreHeader.hasKey(f, gre);
    sought.set(U32, KEY, keyed ? GreHeader.key(f, gre) : 0);
    sought.set(U32, FLAGS, FLAG_USED | (keyed ? FLAG_KEYED : 0));
    int place = find();
    return place != NONE && mayComeBy(place, by) ? place : NONE;
  }

  private boolean mayComeBy(int place, int port) {
    int through = entries.get(U16, (long) place * ENTRY_LENGTH + THROUGH) & 0xFFFF;
    return through == BY_ANY_PORT || through == port;
  }

  /// Number of the connection's port of the tunnel at `place`.
  int port(int place) {
    return entries.get(U32, (long) place * ENTRY_LENGTH + PORT);
  }

  /// Notes the sequence number of a packet in a tunnel, if the tunnel's packets come in order. "A
  /// packet is considered an out-of-sequence packet if the sequence number of the received packet
  /// is lesser than or equal to the sequence number of last successfully decapsulated packet",
  /// within half of all numbers; "the receiver SHOULD" drop it (RFC 2890 §2.2). A peer that began
  /// anew, whose numbers are all too low, is believed after {@value #NEW_BEGINNING} of them one
  /// after the other: the RFC says nothing of him, who would not be heard for 2^31 packets; RTP
  /// does it so (RFC 3550 A.1).
  ///
  /// @return {@link DropReason#NONE}, or why the packet goes no further
  public DropReason receive(Frame frame) {
    int place = frame.tunnelPlace;
    boolean ordered =
        (entries.get(U16, (long) place * ENTRY_LENGTH + OPTIONS) & OPTION_ORDERED) != 0;
    // "Packets without the sequence bit set can be interleaved with packets with the sequence bit
    // set" (RFC 2890 §2.2).
    if (!ordered || !frame.tunnelSequenced) {
      return DropReason.NONE;
    }
    long last = received[place];
    int sequence = frame.tunnelSequence;
    if (last != NOTHING_RECEIVED && sequence - (int) last <= 0 && !beginsAnew(place, sequence)) {
      return DropReason.GRE_OUT_OF_SEQUENCE;
    }
    received[place] = sequence & 0xFFFF_FFFFL;
    refused[place] = 0;
    return DropReason.NONE;
  }

  /// Takes note of a number that is not after the last one.
  private boolean beginsAnew(int place, int sequence) {
    boolean next = refused[place] > 0 && sequence == refusedNext[place];
    refused[place] = next ? refused[place] + 1 : 1;
    refusedNext[place] = sequence + 1;
    return refused[place] >= NEW_BEGINNING;
  }

  /// Place of the entry with the octets of `sought`, or of the free one where it belongs.
  private int place() {
    int place = (int) FlowKey.hash(sought, 0, KEY_LENGTH) & mask;
    while (entries.get(U32, (long) place * ENTRY_LENGTH + FLAGS) != 0
        && !FlowKey.equal(sought, 0, entries, (long) place * ENTRY_LENGTH, KEY_LENGTH)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private int find() {
    int place = place();
    return entries.get(U32, (long) place * ENTRY_LENGTH + FLAGS) == 0 ? NONE : place;
  }

  private void seek(Endpoint endpoint) {
    writeKey(endpoint, sought);
  }

  /// Writes what an end is found by, for an executor that has a table of its own.
  ///
  /// @param to {@value #KEY_LENGTH} octets
  public static void writeKey(Endpoint endpoint, MemorySegment to) {
    putAddress(to, REMOTE, endpoint.remote());
    putAddress(to, LOCAL, endpoint.local());
    to.set(U32, KEY, endpoint.key().orElse(0));
    to.set(U32, FLAGS, FLAG_USED | (endpoint.key().isPresent() ? FLAG_KEYED : 0));
  }

  private void seekLocal(IpAddress local) {
    sought.fill((byte) 0);
    putAddress(sought, LOCAL, local);
    sought.set(U32, FLAGS, FLAG_USED | FLAG_LOCAL);
  }

  private static void putAddress(MemorySegment to, int at, IpAddress address) {
    switch (address) {
      case Ipv4Address v4 -> putAddress(to, at, 0, MAPPED_PREFIX | (v4.bits() & 0xFFFF_FFFFL));
      case Ipv6Address v6 -> putAddress(to, at, v6.high(), v6.low());
    }
  }

  private static void putAddress(MemorySegment to, int at, long high, long low) {
    to.set(NETWORK_U64, at, high);
    to.set(NETWORK_U64, at + 8, low);
  }

  private void seekPacket(MemorySegment f, int l3, boolean ipv6) {
    for (int which = 0; which < 2; which++) {
      int at = which == 0 ? REMOTE : LOCAL;
      if (ipv6) {
        long from = l3 + Ipv6Header.SOURCE_AT + 16L * which;
        long high = f.get(NETWORK_U64, from);
        long low = f.get(NETWORK_U64, from + 8);
        // On no wire is a mapped address; here it would pass for that of an IPv4 packet.
        boolean mapped = high == 0 && low >>> 32 == MAPPED_PREFIX >>> 32;
        putAddress(sought, at, mapped ? -1 : high, mapped ? -1 : low);
      } else {
        int bits = f.get(NETWORK_U32, l3 + Ipv4Header.SOURCE_AT + 4L * which);
        putAddress(sought, at, 0, MAPPED_PREFIX | (bits & 0xFFFF_FFFFL));
      }
    }
  }
}
