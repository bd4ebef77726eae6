// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.nat.TwiceNat;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a connection's two sides see each other (twice-NAT): the tenant's side has {@link
/// TwiceNat#local} and {@link TwiceNat#seenRemote}, the other side {@link TwiceNat#remote} and
/// {@link TwiceNat#seenLocal}. Addresses are IPv4, 32 bits. Immutable; nothing is allocated by a
/// look-up.
///
/// @param all asked in order; of prefixes that are apart, so that one at most fits a packet
public record AddressTranslations(List<TwiceNat> all) {
  /// Both sides see each other as they are.
  public static final AddressTranslations NONE = new AddressTranslations(List.of());

  public AddressTranslations {
    all = List.copyOf(all);
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /// What translates a packet from the tenant; null where nothing does.
  @Nullable TwiceNat outbound(int source, int destination) {
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).isOutbound(source, destination)) {
        return all.get(i);
      }
    }
    return null;
  }

  /// The same as the other side has it: what is local to the one is remote to the other.
  AddressTranslations reversed() {
    return new AddressTranslations(all.stream().map(TwiceNat::reversed).toList());
  }

  /// Whether a packet that nothing translates would have one of the sides take an address for
  /// another: with what is translated, or with what it is translated to.
  boolean isAmbiguous(int source, int destination) {
    for (int i = 0; i < all.size(); i++) {
      TwiceNat nat = all.get(i);
      if (isHidden(nat.local(), nat.seenLocal(), source)
          || isHidden(nat.local(), nat.seenLocal(), destination)
          || isHidden(nat.remote(), nat.seenRemote(), source)
          || isHidden(nat.remote(), nat.seenRemote(), destination)) {
        return true;
      }
    }
    return false;
  }

  /// An address of a pair that differs: as it is on one side, or as the other knows it.
  private static boolean isHidden(Cidr real, Cidr seen, int address) {
    return !real.equals(seen) && (holds(real, address) || holds(seen, address));
  }

  /// What the other side knows an address of the tenant's side by.
  int seenLocal(int address) {
    for (int i = 0; i < all.size(); i++) {
      if (holds(all.get(i).local(), address)) {
        return all.get(i).outboundSource(address);
      }
    }
    return address;
  }

  /// What the other side knows one of the gateway's own addresses by.
  @Nullable IpAddress seenLocal(@Nullable IpAddress own) {
    return own instanceof Ipv4Address v4 && !all.isEmpty()
        ? new Ipv4Address(seenLocal(v4.bits()))
        : own;
  }

  private static boolean holds(Cidr prefix, int address) {
    int mask = prefix.prefixLength() == 0 ? 0 : -1 << (32 - prefix.prefixLength());
    return prefix.network() instanceof Ipv4Address v4 && (address & mask) == v4.bits();
  }
}
