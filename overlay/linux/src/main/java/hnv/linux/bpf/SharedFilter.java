// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.Octets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// Which frames are ours of devices to outside networks that the host has, too: packets to these
/// addresses, what ARP and neighbour discovery ask about them, and GRE from the other ends of
/// tunnels. Program and guard of a port ask the same maps (`bpf/shared.h`), so that one change is
/// in force in both at once.
///
/// May change while programs run. Owned by the control plane; not thread-safe.
public final class SharedFilter implements AutoCloseable {
  /// Prefixes of all devices together at most.
  public static final int MAX_PREFIXES = 16_384;

  /// Ends of tunnels of all devices together at most.
  public static final int MAX_ENDS = 8_192;

  /// Devices at most.
  public static final int MAX_DEVICES = 256;

  /// `struct shared_key`: u32 length in bits, u32 device, the address, IPv4 mapped into IPv6.
  static final int ADDRESS_KEY_LENGTH = 24;

  /// `struct shared_end`: source, destination, u32 device, the key as on the wire, u32 flags, u32
  /// zero.
  static final int END_KEY_LENGTH = 48;

  private static final int VALUE_LENGTH = 4;

  /// In the maps there is room for what is gone beside what is new.
  private static final int ROOM = 2;

  private static final int DEVICE_BITS = 32;

  /// Bits of an IPv4 address that are before it where it is mapped (RFC 4291 §2.5.5.2).
  private static final int MAPPED_BITS = 96;

  /// The K bit of RFC 2890 as it lies on the wire, read as a number of this machine.
  private static final int KEYED = 0x0020;

  /// What of a device is ours.
  ///
  /// @param addresses ours and no address of the host's
  /// @param ends of GRE tunnels; `local` may be the host's
  public record Selection(Set<Cidr> addresses, Set<TunnelEnd> ends) {
    /// Nothing.
    public static final Selection NONE = new Selection(Set.of(), Set.of());

    public Selection {
      addresses = Set.copyOf(addresses);
      ends = Set.copyOf(ends);
    }
  }

  /// Whose GRE packets are ours.
  ///
  /// @param key that they bear; empty: they bear none
  public record TunnelEnd(IpAddress remote, IpAddress local, OptionalInt key) {}

  private final BpfMap addresses;
  private final BpfMap ends;
  private final BpfMap up;
  private final Map<Integer, Selection> current = new HashMap<>();

  private SharedFilter(BpfMap addresses, BpfMap ends, BpfMap up) {
    this.addresses = addresses;
    this.ends = ends;
    this.up = up;
  }

  /// A filter that takes nothing yet.
  public static SharedFilter create() throws LinuxException {
    List<BpfMap> made = new ArrayList<>();
    try {
      made.add(
          BpfMap.longestPrefix(
              "hnv_shared_ips", ADDRESS_KEY_LENGTH, VALUE_LENGTH, ROOM * MAX_PREFIXES));
      made.add(BpfMap.hash("hnv_shared_gre", END_KEY_LENGTH, VALUE_LENGTH, ROOM * MAX_ENDS));
      made.add(BpfMap.hash("hnv_shared_up", Integer.BYTES, VALUE_LENGTH, MAX_DEVICES));
      return new SharedFilter(made.get(0), made.get(1), made.get(2));
    } catch (LinuxException e) {
      made.forEach(BpfMap::close);
      throw e;
    }
  }

  /// Takes exactly these frames of a device from now on. What is new is taken before what is gone
  /// is given back.
  ///
  /// @throws LinuxException E2BIG where there are more than {@value #MAX_PREFIXES} prefixes, or
  ///     {@value #MAX_ENDS} ends, in all: nothing has changed
  public void select(int linkIndex, Selection wanted) throws LinuxException {
    Selection before = current.getOrDefault(linkIndex, Selection.NONE);
    if (wanted.equals(before)) {
      return;
    }
    checkRoom(linkIndex, wanted);
    // Where an entry is refused all the same, a later call begins from what may be there.
    current.put(linkIndex, union(before, wanted));
    try (Arena call = Arena.ofConfined()) {
      MemorySegment value = call.allocate(VALUE_LENGTH, Integer.BYTES);
      for (Cidr each : wanted.addresses()) {
        addresses.put(key(call, linkIndex, each), value);
      }
      for (TunnelEnd each : wanted.ends()) {
        ends.put(key(call, linkIndex, each), value);
      }
      removeGone(call, linkIndex, before, wanted);
    }
    current.put(linkIndex, wanted);
  }

  private void checkRoom(int linkIndex, Selection wanted) throws LinuxException {
    int prefixes = wanted.addresses().size();
    int tunnels = wanted.ends().size();
    for (Map.Entry<Integer, Selection> each : current.entrySet()) {
      if (each.getKey() != linkIndex) {
        prefixes += each.getValue().addresses().size();
        tunnels += each.getValue().ends().size();
      }
    }
    if (prefixes > MAX_PREFIXES || tunnels > MAX_ENDS) {
      throw new LinuxException(
          "share devices with the host for "
              + prefixes
              + " prefixes of public addresses and "
              + tunnels
              + " tunnels: "
              + MAX_PREFIXES
              + " and "
              + MAX_ENDS
              + " at most",
          Errno.E2BIG);
    }
  }

  private static Selection union(Selection a, Selection b) {
    Set<Cidr> addresses = new HashSet<>(a.addresses());
    addresses.addAll(b.addresses());
    Set<TunnelEnd> ends = new HashSet<>(a.ends());
    ends.addAll(b.ends());
    return new Selection(addresses, ends);
  }

  private void removeGone(Arena call, int linkIndex, Selection before, Selection wanted)
      throws LinuxException {
    for (Cidr each : before.addresses()) {
      if (!wanted.addresses().contains(each)) {
        addresses.remove(key(call, linkIndex, each));
      }
    }
    for (TunnelEnd each : before.ends()) {
      if (!wanted.ends().contains(each)) {
        ends.remove(key(call, linkIndex, each));
      }
    }
  }

  private static MemorySegment key(Arena call, int linkIndex, Cidr prefix) {
    MemorySegment key = call.allocate(ADDRESS_KEY_LENGTH, 8);
    int before = DEVICE_BITS + (prefix.network() instanceof Ipv4Address ? MAPPED_BITS : 0);
    key.set(JAVA_INT, 0, before + prefix.prefixLength());
    key.set(JAVA_INT, 4, linkIndex);
    putAddress(key, 8, prefix.network());
    return key;
  }

  private static MemorySegment key(Arena call, int linkIndex, TunnelEnd end) {
    MemorySegment key = call.allocate(END_KEY_LENGTH, 8);
    putAddress(key, 0, end.remote());
    putAddress(key, 16, end.local());
    key.set(JAVA_INT, 32, linkIndex);
    if (end.key().isPresent()) {
      Octets.putU32(key, 36, end.key().getAsInt());
      key.set(JAVA_INT, 40, KEYED);
    }
    return key;
  }

  private static void putAddress(MemorySegment to, long at, IpAddress address) {
    switch (address) {
      case Ipv4Address v4 -> {
        Octets.putU16(to, at + 10, 0xFFFF);
        Octets.putU32(to, at + 12, v4.bits());
      }
      case Ipv6Address v6 -> {
        Octets.putU64(to, at, v6.high());
        Octets.putU64(to, at + 8, v6.low());
      }
    }
  }

  /// Where the program for Java alone sends what is ours of a device.
  ///
  /// @param tapIndex 0: nowhere, it is dropped
  public void sendUp(int linkIndex, int tapIndex) throws LinuxException {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment key = call.allocateFrom(JAVA_INT, linkIndex);
      if (tapIndex == 0) {
        up.remove(key);
      } else {
        up.put(key, call.allocateFrom(JAVA_INT, tapIndex));
      }
    }
  }

  /// Names the filter's maps for a program that is loaded from an object file.
  public void addTo(Map<String, BpfMap> maps) {
    maps.put(addresses.name(), addresses);
    maps.put(ends.name(), ends);
    maps.put(up.name(), up);
  }

  /// Gives up this process's hold; attached programs keep the maps.
  @Override
  public void close() {
    addresses.close();
    ends.close();
    up.close();
  }
}
