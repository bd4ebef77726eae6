// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import hnv.nat.NatPool.Mapping;
import hnv.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A pool of public addresses with what is given out of it. Owned by one Worker.
final class Pool {
  private static final int WELL_KNOWN_END = 1_024;

  /// Distinguishes it in keys; never used for another pool of one engine.
  final int id;

  /// Blocks of ports of one address.
  final int blocksPerAddress;

  private NatPool settings;
  private int position;
  private PoolAddress[] addresses = {};
  private int blocksTaken;
  private int filledPercent;

  /// Without addresses until {@link #adopt}.
  ///
  /// @param id never used for another
  Pool(NatPool settings, int id) {
    this.settings = settings;
    this.id = id;
    int ports = settings.lastPort() - settings.firstPort() + 1;
    blocksPerAddress = Math.max(1, ports / settings.blockSize());
  }

  /// Takes new settings, of a pool that this one {@link #goesOnAs}.
  ///
  /// @param newPosition in the policy's list
  /// @param reserved ports that are somebody else's; this pool's are added
  /// @return addresses that it had and has no more
  List<PoolAddress> adopt(NatPool newSettings, int newPosition, ReservedPorts reserved) {
    Map<Integer, PoolAddress> old = new HashMap<>();
    for (PoolAddress a : addresses) {
      old.put(a.address, a);
    }
    settings = newSettings;
    position = newPosition;
    List<PoolAddress> kept = new ArrayList<>();
    for (AddressRange range : newSettings.addresses()) {
      for (long i = 0; i < range.size(); i++) {
        int bits = range.first().bits() + (int) i;
        if (reserved.reserve(bits, newSettings.firstPort(), newSettings.lastPort())) {
          PoolAddress a = old.remove(bits);
          kept.add(a == null ? newAddress(bits) : a);
        }
      }
    }
    addresses = kept.toArray(PoolAddress[]::new);
    return List.copyOf(old.values());
  }

  private PoolAddress newAddress(int bits) {
    return new PoolAddress(bits, blocksPerAddress, settings.firstPort(), settings.blockSize());
  }

  /// Its addresses, which it has no more.
  List<PoolAddress> abandon() {
    List<PoolAddress> all = List.of(addresses);
    addresses = new PoolAddress[0];
    return all;
  }

  /// Usable addresses, in the order of the policy.
  PoolAddress[] addresses() {
    return addresses;
  }

  NatPool settings() {
    return settings;
  }

  /// Its position in the policy's list.
  int position() {
    return position;
  }

  /// Whether sessions of this pool fit one with other settings.
  boolean goesOnAs(NatPool other) {
    return settings.name().equals(other.name())
        && settings.network() == other.network()
        && settings.firstPort() == other.firstPort()
        && settings.lastPort() == other.lastPort()
        && settings.blockSize() == other.blockSize()
        && settings.mapping() == other.mapping();
  }

  boolean contains(int address) {
    Ipv4Address wanted = new Ipv4Address(address);
    for (AddressRange range : settings.addresses()) {
      if (range.contains(wanted)) {
        return true;
      }
    }
    return false;
  }

  boolean isEndpointIndependent() {
    return settings.mapping() == Mapping.ENDPOINT_INDEPENDENT;
  }

  /// Whether somebody outside could still send to a port after it was freed: then it is held (RFC
  /// 6888 REQ-8; TCP is tracked, other filtering protects: exceptions A and C).
  boolean holds(int portClass) {
    return portClass != PoolAddress.TCP
        && isEndpointIndependent()
        && settings.filtering() == NatPool.Filtering.ENDPOINT_INDEPENDENT;
  }

  int firstPort(int block) {
    return settings.firstPort() + block * settings.blockSize();
  }

  int lastPort(int block) {
    return Math.min(settings.lastPort(), firstPort(block) + settings.blockSize() - 1);
  }

  int block(int port) {
    return (port - settings.firstPort()) / settings.blockSize();
  }

  /// Whether a port may stand for a tenant-side port: of the same range, 0…1023 or above (RFC 4787
  /// REQ-3a), where the pool has both, and of the same parity (REQ-4), where that is asked for.
  boolean suits(int port, int insidePort) {
    if (settings.parity() == NatPool.Parity.PRESERVED && ((port ^ insidePort) & 1) != 0) {
      return false;
    }
    return settings.firstPort() >= WELL_KNOWN_END
        || (port < WELL_KNOWN_END) == (insidePort < WELL_KNOWN_END);
  }

  int blocksTaken() {
    return blocksTaken;
  }

  int blocks() {
    return blocksPerAddress * addresses.length;
  }

  /// Counts blocks taken or returned.
  ///
  /// @return 80 or 95 where that was reached, 0 where the use fell below 80 again, else -1
  int count(int change) {
    blocksTaken += change;
    int before = filledPercent;
    filledPercent = Fill.level(blocksTaken, blocks(), before);
    return filledPercent == before ? -1 : filledPercent;
  }
}
