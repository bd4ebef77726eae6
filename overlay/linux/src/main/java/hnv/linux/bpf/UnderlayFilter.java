// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import hnv.linux.LinuxException;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.Octets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which packets of the shared underlay are ours: those to a local provider address by UDP to one
/// of the VXLAN ports or by GRE with protocol 0x6558, and their fragments. Program and guard of a
/// port ask the same maps, so that one change of addresses is in force in both at once.
///
/// The addresses may change while programs run; the ports are built into the programs. Owned by the
/// control plane; not thread-safe.
public final class UnderlayFilter implements AutoCloseable {
  /// Provider addresses of one host at most.
  public static final int MAX_ADDRESSES = 1024;

  /// Fragmented tunnel packets whose later fragments are recognised; the oldest is forgotten.
  public static final int MAX_FRAGMENTED = 1024;

  /// VXLAN ports of one host at most.
  public static final int MAX_PORTS = 8;

  /// Destination address: IPv6, or IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2).
  static final int ADDRESS_KEY_LENGTH = 16;

  /// IPv4 source, destination, identification, protocol, a zero octet (RFC 791 §3.2).
  static final int FRAGMENT_KEY_LENGTH = 12;

  private static final int VALUE_LENGTH = 4;

  private final BpfMap addresses;
  private final BpfMap fragments;
  private final List<Integer> udpPorts;
  private final Set<IpAddress> current = new HashSet<>();

  private UnderlayFilter(BpfMap addresses, BpfMap fragments, List<Integer> udpPorts) {
    this.addresses = addresses;
    this.fragments = fragments;
    this.udpPorts = udpPorts;
  }

  /// A filter that takes nothing yet.
  ///
  /// @param udpPorts destination ports of VXLAN, 1…{@value #MAX_PORTS} of them
  public static UnderlayFilter create(List<Integer> udpPorts) throws LinuxException {
    return create(BpfMap.NEW, udpPorts);
  }

  /// As {@link #create(List)}, or the filter of an earlier process, which takes what it took.
  public static UnderlayFilter create(MapSource source, List<Integer> udpPorts)
      throws LinuxException {
    if (udpPorts.isEmpty() || udpPorts.size() > MAX_PORTS) {
      throw new IllegalArgumentException("VXLAN ports: 1 to " + MAX_PORTS);
    }
    BpfMap addresses = source.hash("hnv_pa", ADDRESS_KEY_LENGTH, VALUE_LENGTH, MAX_ADDRESSES);
    try {
      BpfMap fragments =
          source.leastRecentlyUsed(
              "hnv_fragments", FRAGMENT_KEY_LENGTH, VALUE_LENGTH, MAX_FRAGMENTED);
      UnderlayFilter filter = new UnderlayFilter(addresses, fragments, List.copyOf(udpPorts));
      filter.readAddresses();
      return filter;
    } catch (LinuxException e) {
      addresses.close();
      throw e;
    }
  }

  private void readAddresses() throws LinuxException {
    try (MapBatch batch = new MapBatch(ADDRESS_KEY_LENGTH, VALUE_LENGTH, MAX_ADDRESSES)) {
      while (batch.next(addresses)) {
        for (int i = 0; i < batch.count(); i++) {
          current.add(address(batch.keys(), (long) ADDRESS_KEY_LENGTH * i));
        }
      }
    }
  }

  private static IpAddress address(MemorySegment keys, long at) {
    long high = Octets.u64(keys, at);
    long low = Octets.u64(keys, at + 8);
    return high == 0 && low >>> 32 == 0xFFFF
        ? new Ipv4Address((int) low)
        : new Ipv6Address(high, low);
  }

  /// Takes tunnel packets to exactly these addresses from now on.
  ///
  /// @throws LinuxException where there are more than {@value #MAX_ADDRESSES}; what fits is in
  ///     force
  public void setAddresses(Set<? extends IpAddress> wanted) throws LinuxException {
    for (IpAddress address : Set.copyOf(current)) {
      if (!wanted.contains(address)) {
        try (Arena arena = Arena.ofConfined()) {
          addresses.remove(key(arena, address));
        }
        current.remove(address);
      }
    }
    for (IpAddress address : wanted) {
      if (!current.contains(address)) {
        try (Arena arena = Arena.ofConfined()) {
          addresses.put(key(arena, address), arena.allocate(VALUE_LENGTH));
        }
        current.add(address);
      }
    }
  }

  private static MemorySegment key(Arena arena, IpAddress address) {
    MemorySegment key = arena.allocate(ADDRESS_KEY_LENGTH, 8);
    switch (address) {
      case Ipv4Address v4 -> {
        Octets.putU16(key, 10, 0xFFFF);
        Octets.putU32(key, 12, v4.bits());
      }
      case Ipv6Address v6 -> {
        Octets.putU64(key, 0, v6.high());
        Octets.putU64(key, 8, v6.low());
      }
    }
    return key;
  }

  BpfMap addresses() {
    return addresses;
  }

  BpfMap fragments() {
    return fragments;
  }

  /// Destination ports of VXLAN.
  public List<Integer> udpPorts() {
    return udpPorts;
  }

  /// Names the filter's maps for a program that is loaded from an object file.
  public void addTo(Map<String, BpfMap> maps) {
    maps.put(addresses.name(), addresses);
    maps.put(fragments.name(), fragments);
  }

  /// Gives up this process's hold; attached programs keep the maps.
  @Override
  public void close() {
    addresses.close();
    fragments.close();
  }
}
