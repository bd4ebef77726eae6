// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Vsid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Gives the subnets that have no virtual subnet id one, so that every host that reads the document
/// comes to the same.
///
/// An id follows from the name of the subnet, and not from its place in the document: a subnet that
/// is added or removed leaves the ids of the others as they are, but for the rare case of two names
/// that fall on one number. So a host that still has the old document and one that already has the
/// new do not mean two tenants by one number.
public final class VirtualSubnetIds {
  /// All ids that a virtual subnet can have.
  public static final VirtualSubnetIdRange ALL =
      new VirtualSubnetIdRange(new Vsid(Vsid.LOWEST), new Vsid(Vsid.HIGHEST));

  /// A subnet as it stands in the document.
  ///
  /// @param written the id that the operator gave it
  /// @param dualStackSubnet the subnet that is to have the same id
  public record Request(
      SubnetReference subnet, Optional<Vsid> written, Optional<SubnetReference> dualStackSubnet) {}

  private final VirtualSubnetIdRange range;
  private final Map<SubnetReference, Vsid> ids = new HashMap<>();
  private final Map<SubnetReference, SubnetReference> partners = new HashMap<>();

  /// For an id that is taken, an id above it from which to look on.
  private final Map<Integer, Integer> next = new HashMap<>();

  private VirtualSubnetIds(VirtualSubnetIdRange range) {
    this.range = range;
  }

  /// Takes over the ids that are written and assigns the others from the range.
  ///
  /// The subnets that need one are gone through in the order of their names, `network/subnet` in
  /// lower case. Each gets the id of its dual-stack partner, where that has one already; else the
  /// first free id at or above `startId + hash mod size`, going round at the end of the range,
  /// where `hash` is the first eight octets of the SHA-256 of the name, unsigned.
  ///
  /// @return the id of each subnet; none for those for which the range had no id left
  public static Map<SubnetReference, Vsid> assign(
      VirtualSubnetIdRange range, List<Request> requests) {
    return new VirtualSubnetIds(range).assign(requests);
  }

  private Map<SubnetReference, Vsid> assign(List<Request> requests) {
    List<SubnetReference> waiting = new ArrayList<>();
    for (Request request : requests) {
      SubnetReference subnet = request.subnet();
      request.dualStackSubnet().ifPresent(partner -> pair(subnet, partner));
      if (request.written().isPresent()) {
        ids.put(subnet, request.written().get());
        take(request.written().get().value());
      } else {
        waiting.add(subnet);
      }
    }
    waiting.sort(Comparator.comparing(VirtualSubnetIds::name));
    for (SubnetReference subnet : waiting) {
      Vsid id = idOfPartner(subnet);
      if (id == null) {
        id = free(name(subnet));
      }
      if (id != null) {
        ids.put(subnet, id);
      }
    }
    return Map.copyOf(ids);
  }

  private void pair(SubnetReference subnet, SubnetReference partner) {
    partners.put(subnet, partner);
    partners.putIfAbsent(partner, subnet);
  }

  private @Nullable Vsid idOfPartner(SubnetReference subnet) {
    SubnetReference partner = partners.get(subnet);
    return partner == null ? null : ids.get(partner);
  }

  private @Nullable Vsid free(String name) {
    int start = range.startId().value();
    long size = (long) range.endId().value() - start + 1;
    if (size <= 0) {
      return null;
    }
    int first = start + (int) Long.remainderUnsigned(hash(name), size);
    int id = freeAtOrAbove(first);
    if (id > range.endId().value()) {
      id = freeAtOrAbove(start);
    }
    if (id > range.endId().value()) {
      return null;
    }
    take(id);
    return new Vsid(id);
  }

  private void take(int id) {
    next.put(id, id + 1);
  }

  /// Follows the taken ids upward and shortens the way for the next time.
  private int freeAtOrAbove(int id) {
    int free = id;
    for (Integer step = next.get(free); step != null; step = next.get(free)) {
      free = step;
    }
    int at = id;
    for (Integer step = next.get(at); step != null; step = next.get(at)) {
      next.put(at, free);
      at = step;
    }
    return free;
  }

  private static String name(SubnetReference subnet) {
    return subnet.virtualNetwork().key() + "/" + subnet.subnet().key();
  }

  private static long hash(String name) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return ByteBuffer.wrap(sha256.digest(name.getBytes(StandardCharsets.US_ASCII))).getLong();
    } catch (NoSuchAlgorithmException e) {
      // Cannot happen: every Java platform has SHA-256.
      throw new AssertionError(e);
    }
  }
}
