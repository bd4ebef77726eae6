// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Who on a link says that an address of the gateway's is his (RFC 5227 §2.4). Bounded: the claim
/// that was first made longest ago gives way. Owned by the Worker.
public final class AddressConflicts {
  /// Claims that are remembered.
  static final int CAPACITY = 256;

  private final Map<Claim, Long> claims = new LinkedHashMap<>();

  /// @param link number of the link
  /// @param mac of who claims the address
  private record Claim(int link, IpAddress address, MacAddress mac) {}

  /// A claim that has been made.
  ///
  /// @param link number of the link
  /// @param mac of who made it
  /// @param times that it was made and told, of which there is one in ten seconds at most
  public record Conflict(int link, IpAddress address, MacAddress mac, long times) {}

  AddressConflicts() {}

  void note(int link, IpAddress address, long mac) {
    claims.merge(new Claim(link, address, new MacAddress(mac)), 1L, Long::sum);
    if (claims.size() > CAPACITY) {
      Iterator<Claim> oldest = claims.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /// The number of a link may be another's from now on.
  void forget(int link) {
    claims.keySet().removeIf(claim -> claim.link() == link);
  }

  /// The claims that were made on a link, oldest first.
  public List<Conflict> on(int link) {
    return claims.entrySet().stream()
        .filter(each -> each.getKey().link() == link)
        .map(
            each ->
                new Conflict(link, each.getKey().address(), each.getKey().mac(), each.getValue()))
        .toList();
  }
}
