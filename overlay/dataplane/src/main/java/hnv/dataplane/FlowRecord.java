// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// What happens to the packets of one flow in one direction: the header transpositions of all
/// layers, composed. 128 octets, the same bytes for Java's executor and for the kernel's.
///
///     octets                                    octets
///      0  u32 operations                        44  u16 new source port        (network order)
///      4  u32 tenant slot                       46  u16 new destination port   (network order)
///      8  u32 epoch                             48  u8[16] new source address
///     12  u32 next hop                          64  u8[16] new destination address
///     16  u32 peer                              80  u8[6] new destination MAC
///     20  u32 meters: outbound | inbound << 16  86  u8[6] new source MAC
///     24  u32 connection                        92  u8[6] expected source MAC
///     28  u32 VSID after the rewrite            98  u8[6] zero
///     32  u16 largest inner L3 length           104 u64 packets
///     34  u16 entropy                           112 u64 octets
///     36  u32 address checksum difference       120 u64 last seen, ns
///     40  u32 port checksum difference
///
/// Numbers are in host byte order unless said otherwise. IPv4 addresses fill the first 4 of their
/// 16 octets, the rest is zero. The checksum differences are ones-complement sums of (new − old),
/// kept apart because a partial checksum covers the addresses only.
public final class FlowRecord {
  /// Octets of a record.
  public static final int LENGTH = 128;

  /// Octets of the decision, which precedes the counters.
  public static final int DECISION_LENGTH = 104;

  // Operations, in the order in which the executor applies them.
  /// Received in VXLAN: check the peer, remove the outer headers.
  public static final int POP_VXLAN = 1;
  /// Received in NVGRE: check the peer, remove the outer headers.
  public static final int POP_NVGRE = 1 << 1;
  /// Replace both MAC addresses.
  public static final int REWRITE_MACS = 1 << 2;
  /// Routed: TTL or hop limit − 1.
  public static final int DECREMENT_TTL = 1 << 3;
  /// Replace the source address.
  public static final int REWRITE_SOURCE_ADDRESS = 1 << 4;
  /// Replace the destination address.
  public static final int REWRITE_DESTINATION_ADDRESS = 1 << 5;
  /// Replace the source port.
  public static final int REWRITE_SOURCE_PORT = 1 << 6;
  /// Replace the destination port.
  public static final int REWRITE_DESTINATION_PORT = 1 << 7;
  /// Push the next hop's outer header.
  public static final int PUSH = 1 << 8;
  /// Refuse another source MAC than the expected one.
  public static final int CHECK_SOURCE_MAC = 1 << 9;
  /// Received in GRE: remove the outer headers and put an Ethernet header in their place, with both
  /// MAC addresses zero until REWRITE_MACS. The peer was told by the tunnel's endpoint.
  public static final int POP_GRE = 1 << 10;

  /// Any pop.
  public static final int POP = POP_VXLAN | POP_NVGRE | POP_GRE;
  /// Any change of an address or port.
  public static final int TRANSLATE =
      REWRITE_SOURCE_ADDRESS
          | REWRITE_DESTINATION_ADDRESS
          | REWRITE_SOURCE_PORT
          | REWRITE_DESTINATION_PORT;

  /// Value of the MTU field that leaves the limit to the next hop.
  public static final int MTU_OF_NEXT_HOP = 0xFFFF;

  static final int OPERATIONS = 0;
  static final int TENANT = 4;
  static final int EPOCH = 8;
  static final int NEXT_HOP = 12;
  static final int PEER = 16;
  static final int METERS = 20;
  static final int CONNECTION = 24;
  static final int VSID = 28;
  static final int MTU = 32;
  static final int ENTROPY = 34;
  static final int ADDRESS_DIFFERENCE = 36;
  static final int PORT_DIFFERENCE = 40;
  static final int NEW_SOURCE_PORT = 44;
  static final int NEW_DESTINATION_PORT = 46;
  static final int NEW_SOURCE_ADDRESS = 48;
  static final int NEW_DESTINATION_ADDRESS = 64;
  static final int NEW_DESTINATION_MAC = 80;
  static final int NEW_SOURCE_MAC = 86;
  static final int EXPECTED_SOURCE_MAC = 92;
  static final int PACKETS = 104;
  static final int OCTETS = 112;
  static final int LAST_SEEN = 120;

  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfShort NETWORK_U16 = U16.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt NETWORK_U32 = U32.withOrder(ByteOrder.BIG_ENDIAN);

  private FlowRecord() {}

  public static int operations(MemorySegment r, long at) {
    return r.get(U32, at + OPERATIONS);
  }

  public static int tenant(MemorySegment r, long at) {
    return r.get(U32, at + TENANT);
  }

  public static int epoch(MemorySegment r, long at) {
    return r.get(U32, at + EPOCH);
  }

  public static int nextHop(MemorySegment r, long at) {
    return r.get(U32, at + NEXT_HOP);
  }

  public static int peer(MemorySegment r, long at) {
    return r.get(U32, at + PEER);
  }

  public static int outboundMeter(MemorySegment r, long at) {
    return r.get(U32, at + METERS) & 0xFFFF;
  }

  public static int inboundMeter(MemorySegment r, long at) {
    return r.get(U32, at + METERS) >>> 16;
  }

  public static int connection(MemorySegment r, long at) {
    return r.get(U32, at + CONNECTION);
  }

  public static int vsid(MemorySegment r, long at) {
    return r.get(U32, at + VSID);
  }

  public static int mtu(MemorySegment r, long at) {
    return r.get(U16, at + MTU) & 0xFFFF;
  }

  public static int entropy(MemorySegment r, long at) {
    return r.get(U16, at + ENTROPY) & 0xFFFF;
  }

  public static int addressDifference(MemorySegment r, long at) {
    return r.get(U32, at + ADDRESS_DIFFERENCE);
  }

  public static int portDifference(MemorySegment r, long at) {
    return r.get(U32, at + PORT_DIFFERENCE);
  }

  public static long packets(MemorySegment r, long at) {
    return r.get(U64, at + PACKETS);
  }

  public static long octets(MemorySegment r, long at) {
    return r.get(U64, at + OCTETS);
  }

  public static long lastSeen(MemorySegment r, long at) {
    return r.get(U64, at + LAST_SEEN);
  }

  /// Whether any meter applies.
  static boolean isMetered(MemorySegment r, long at) {
    return r.get(U32, at + METERS) != 0;
  }

  /// Writes the decision part (everything but the counters); every octet of it.
  public static void write(MemorySegment r, long at, HeaderTransposition t, int tenant, int epoch) {
    r.set(U32, at + OPERATIONS, t.operations());
    r.set(U32, at + TENANT, tenant);
    r.set(U32, at + EPOCH, epoch);
    r.set(U32, at + NEXT_HOP, t.nextHop());
    r.set(U32, at + PEER, t.peer());
    r.set(U32, at + METERS, t.outboundMeter() | (t.inboundMeter() << 16));
    r.set(U32, at + CONNECTION, t.connection());
    r.set(U32, at + VSID, t.vsid());
    r.set(U16, at + MTU, (short) t.mtu());
    r.set(U16, at + ENTROPY, (short) t.entropy());
    r.set(U32, at + ADDRESS_DIFFERENCE, t.addressDifference());
    r.set(U32, at + PORT_DIFFERENCE, t.portDifference());
    r.set(NETWORK_U16, at + NEW_SOURCE_PORT, (short) t.newSourcePort());
    r.set(NETWORK_U16, at + NEW_DESTINATION_PORT, (short) t.newDestinationPort());
    MemorySegment.copy(t.addresses(), 0, r, at + NEW_SOURCE_ADDRESS, 32);
    putMac(r, at + NEW_DESTINATION_MAC, t.newDestinationMac());
    putMac(r, at + NEW_SOURCE_MAC, t.newSourceMac());
    putMac(r, at + EXPECTED_SOURCE_MAC, t.expectedSourceMac());
    r.set(U32, at + 98, 0);
    r.set(U16, at + 102, (short) 0);
  }

  /// Whether two records decide the same, whatever they counted.
  public static boolean decideTheSame(MemorySegment a, long atA, MemorySegment b, long atB) {
    return MemorySegment.mismatch(a, atA, atA + DECISION_LENGTH, b, atB, atB + DECISION_LENGTH) < 0;
  }

  /// Starts the counters of a new flow.
  public static void clearCounters(MemorySegment r, long at, long nowNs) {
    putCounters(r, at, 0, 0, nowNs);
  }

  /// Sets the counters.
  public static void putCounters(
      MemorySegment r, long at, long packets, long octets, long lastSeenNs) {
    r.set(U64, at + PACKETS, packets);
    r.set(U64, at + OCTETS, octets);
    r.set(U64, at + LAST_SEEN, lastSeenNs);
  }

  /// Adds to the counters.
  public static void count(MemorySegment r, long at, int packets, long octets, long nowNs) {
    r.set(U64, at + PACKETS, r.get(U64, at + PACKETS) + packets);
    r.set(U64, at + OCTETS, r.get(U64, at + OCTETS) + octets);
    r.set(U64, at + LAST_SEEN, nowNs);
  }

  /// Adds what another record of the same flow counted.
  public static void addCounters(MemorySegment r, long at, MemorySegment other, long atOther) {
    r.set(U64, at + PACKETS, packets(r, at) + packets(other, atOther));
    r.set(U64, at + OCTETS, octets(r, at) + octets(other, atOther));
    r.set(U64, at + LAST_SEEN, Math.max(lastSeen(r, at), lastSeen(other, atOther)));
  }

  /// Makes the record belong to an epoch without changing the rest: a revalidation that changed
  /// nothing.
  public static void putEpoch(MemorySegment r, long at, int epoch) {
    r.set(U32, at + EPOCH, epoch);
  }

  private static void putMac(MemorySegment r, long at, long mac) {
    r.set(NETWORK_U16, at, (short) (mac >>> 32));
    r.set(NETWORK_U32, at + 2, (int) mac);
  }
}
