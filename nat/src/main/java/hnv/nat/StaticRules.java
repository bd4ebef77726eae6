// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.wire.IpProtocol;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The inbound rules and 1:1 addresses of all tenants, sorted by public address, and of each tenant
/// by tenant-side address: found by binary search, without allocation. Immutable.
final class StaticRules {
  /// A public address with a tenant's address behind it.
  ///
  /// @param isOneToOne every protocol and port; otherwise those of `rule`
  /// @param protocol or {@link TenantNat#ALL_PROTOCOLS}
  record Entry(
      int tenant,
      int network,
      int publicAddress,
      int inside,
      boolean isOneToOne,
      int protocol,
      int firstPort,
      int lastPort,
      int insidePort) {
    static Entry of(int tenant, TenantNat.InboundRule rule) {
      return new Entry(
          tenant,
          rule.network(),
          rule.publicAddress().bits(),
          rule.inside().bits(),
          false,
          rule.protocol(),
          rule.firstPort(),
          rule.lastPort(),
          rule.insidePort());
    }

    static Entry of(int tenant, TenantNat.OneToOne rule) {
      return new Entry(
          tenant,
          rule.network(),
          rule.publicAddress().bits(),
          rule.inside().bits(),
          true,
          TenantNat.ALL_PROTOCOLS,
          0,
          0xFFFF,
          0);
    }

    /// Whether a packet to this port of the public address is the rule's.
    boolean fitsPublic(int ofProtocol, int port) {
      return fitsProtocol(ofProtocol)
          && (isOneToOne || !hasPorts(ofProtocol) || (port >= firstPort && port <= lastPort));
    }

    /// Whether a packet from this port of the tenant-side address is the rule's.
    boolean fitsInside(int ofProtocol, int port) {
      return fitsProtocol(ofProtocol)
          && (isOneToOne
              || !hasPorts(ofProtocol)
              || (port >= insidePort && port - insidePort <= lastPort - firstPort));
    }

    /// The public port of a tenant-side port that the rule fits.
    int publicPort(int ofProtocol, int port) {
      return isOneToOne || !hasPorts(ofProtocol) ? port : port - insidePort + firstPort;
    }

    /// The tenant-side port of a public port that the rule fits.
    int insidePort(int ofProtocol, int port) {
      return isOneToOne || !hasPorts(ofProtocol) ? port : port - firstPort + insidePort;
    }

    private boolean fitsProtocol(int ofProtocol) {
      return protocol == TenantNat.ALL_PROTOCOLS || protocol == ofProtocol;
    }

    long publicKey() {
      return key(network, publicAddress);
    }

    private long insideKey() {
      return key(network, inside);
    }
  }

  /// No entry.
  static final int NONE = -1;

  private final Entry[] entries;
  private final long[] keys;
  private final boolean byPublic;

  private StaticRules(List<Entry> unsorted, boolean byPublic) {
    this.byPublic = byPublic;
    List<Entry> sorted = new ArrayList<>(unsorted);
    // Stable: of equal addresses, a rule for some ports goes before the whole address.
    sorted.sort(Comparator.comparingLong(this::sortKey).thenComparing(Entry::isOneToOne));
    entries = sorted.toArray(Entry[]::new);
    keys = sorted.stream().mapToLong(this::sortKey).toArray();
  }

  /// Of one tenant.
  static List<Entry> entries(TenantNat tenant) {
    List<Entry> entries = new ArrayList<>();
    for (TenantNat.InboundRule rule : tenant.inboundRules()) {
      entries.add(Entry.of(tenant.tenant(), rule));
    }
    for (TenantNat.OneToOne rule : tenant.oneToOne()) {
      entries.add(Entry.of(tenant.tenant(), rule));
    }
    return entries;
  }

  /// Of all tenants, found by {@link #findPublic}.
  static StaticRules byPublic(List<Entry> entries) {
    return new StaticRules(entries, true);
  }

  /// Of one tenant, found by {@link #findInside}.
  static StaticRules byInside(List<Entry> entries) {
    return new StaticRules(entries, false);
  }

  /// The ports of a protocol's header are what sessions are told apart by; of ICMP, the identifier.
  static boolean hasPorts(int protocol) {
    return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP || protocol == IpProtocol.ICMP;
  }

  /// The port that keys have of the tenant's or public end: 0 without ports.
  static int localPort(int protocol, int port) {
    return hasPorts(protocol) ? port : 0;
  }

  /// The port that keys have of the remote end: 0 without ports, and of ICMP, whose one identifier
  /// is the other end's.
  static int remotePort(int protocol, int port) {
    return hasPorts(protocol) && protocol != IpProtocol.ICMP ? port : 0;
  }

  Entry entry(int index) {
    return entries[index];
  }

  /// Whether any entry has this address.
  boolean hasAddress(int network, int address) {
    int i = first(key(network, address));
    return i < keys.length && keys[i] == key(network, address);
  }

  /// The entry that a packet to a public address is for, or {@link #NONE}.
  int findPublic(int network, int protocol, int address, int port) {
    long key = key(network, address);
    for (int i = first(key); i < keys.length && keys[i] == key; i++) {
      if (entries[i].fitsPublic(protocol, port)) {
        return i;
      }
    }
    return NONE;
  }

  /// The entry that a packet of the tenant is for, or {@link #NONE}.
  int findInside(int network, int protocol, int address, int port) {
    long key = key(network, address);
    for (int i = first(key); i < keys.length && keys[i] == key; i++) {
      if (entries[i].fitsInside(protocol, port)) {
        return i;
      }
    }
    return NONE;
  }

  /// Index of the first key that is not below `key`.
  private int first(long key) {
    int low = 0;
    int high = keys.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (keys[middle] < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private long sortKey(Entry e) {
    return byPublic ? e.publicKey() : e.insideKey();
  }

  /// An address in an outside network.
  static long key(int network, int address) {
    return (long) network << 32 | Integer.toUnsignedLong(address);
  }
}
