// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.wire.CustomerAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The mappings of one routing domain, found by customer address or by MAC within a virtual subnet.
/// Rules refer to it. Immutable, so that any thread may read it.
public final class Space {
  private final String name;
  private final List<Mapping> mappings;
  private final IntTable<Mapping> byIpv4;
  private final Map<Ipv6Address, Mapping> byIpv6 = new HashMap<>();
  private final Map<MacKey, Mapping> byMac = new HashMap<>();

  public Space(String name, List<Mapping> mappings) {
    this.name = name;
    this.mappings = List.copyOf(mappings);
    Map<Integer, Mapping> ofIpv4 = new HashMap<>();
    for (Mapping mapping : mappings) {
      for (CustomerAddress address : mapping.addresses()) {
        switch (address.address()) {
          case Ipv4Address v4 -> ofIpv4.put(v4.bits(), mapping);
          case Ipv6Address v6 -> byIpv6.put(v6, mapping);
        }
      }
      byMac.put(new MacKey(mapping.vsid(), mapping.mac()), mapping);
    }
    byIpv4 = new IntTable<>(ofIpv4);
  }

  public String name() {
    return name;
  }

  /// All mappings, in the order of policy.
  public List<Mapping> mappings() {
    return mappings;
  }

  /// The mapping of an IPv4 address, or null.
  public @Nullable Mapping byIpv4(int address) {
    return byIpv4.get(address);
  }

  /// The mapping of an IPv6 address, or null.
  public @Nullable Mapping byIpv6(long high, long low) {
    return byIpv6.get(new Ipv6Address(high, low));
  }

  /// The mapping of a MAC in a virtual subnet, or null.
  public @Nullable Mapping byMac(int vsid, long mac) {
    return byMac.get(new MacKey(vsid, mac));
  }

  /// The mapping of the packet's source address, or null.
  public @Nullable Mapping bySource(PacketContext packet) {
    return packet.isIpv6()
        ? byIpv6(packet.sourceHigh(), packet.sourceLow())
        : byIpv4((int) packet.sourceLow());
  }

  /// The mapping of the packet's destination address, or null.
  public @Nullable Mapping byDestination(PacketContext packet) {
    return packet.isIpv6()
        ? byIpv6(packet.destinationHigh(), packet.destinationLow())
        : byIpv4((int) packet.destinationLow());
  }

  private record MacKey(int vsid, long mac) {}
}
