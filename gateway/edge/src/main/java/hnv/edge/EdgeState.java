// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What the gateway forwards by, as its layers look it up. Immutable; published whole.
public final class EdgeState {
  /// No gateway.
  public static final EdgeState EMPTY = new EdgeState(List.of(), List.of(), List.of());

  private final Map<Integer, EdgePort> ports = new HashMap<>();
  private final Map<Integer, OutsideEdge> outside = new HashMap<>();
  private final @Nullable TenantEdge[] tenants;
  private final Map<Integer, ExternalPrefixes> externalPrefixes;

  /// @param ports all of the gateway's, those of its adapters included
  /// @param outside networks by index; one whose device is not there is missing
  /// @param tenants in any order
  public EdgeState(List<EdgePort> ports, List<OutsideEdge> outside, List<TenantEdge> tenants) {
    ports.forEach(port -> this.ports.put(port.number(), port));
    outside.forEach(network -> this.outside.put(network.port().network(), network));
    int most = tenants.stream().mapToInt(TenantEdge::slot).max().orElse(-1);
    this.tenants = new TenantEdge[most + 1];
    tenants.forEach(tenant -> this.tenants[tenant.slot()] = tenant);
    externalPrefixes = ExternalPrefixes.of(tenants);
  }

  /// The port with this number; null where it is none of the gateway's.
  public @Nullable EdgePort port(int number) {
    return ports.get(number);
  }

  /// All ports of the gateway.
  public Collection<EdgePort> ports() {
    return Collections.unmodifiableCollection(ports.values());
  }

  /// The tenant in this slot; null where it is not on this gateway.
  public @Nullable TenantEdge tenant(int slot) {
    return slot >= 0 && slot < tenants.length ? tenants[slot] : null;
  }

  /// The prefixes by which an outside network knows tenants.
  ExternalPrefixes externalPrefixes(int network) {
    return externalPrefixes.getOrDefault(network, ExternalPrefixes.NONE);
  }

  /// All tenants that are on this gateway.
  List<TenantEdge> tenants() {
    return Arrays.stream(tenants).filter(Objects::nonNull).toList();
  }

  /// The outside network with this index; null where there is no way to it now.
  public @Nullable OutsideEdge outside(int network) {
    return outside.get(network);
  }
}
