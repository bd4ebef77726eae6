// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.FlowArrays;
import hnv.dataplane.TunnelEndpoints;
import hnv.edge.neighbor.OutsideLink;
import hnv.gre.GreTunnel;
import hnv.nat.NatPolicy;
import hnv.overlay.OverlayChange;
import hnv.vswitch.VPort;
import hnv.vswitch.VSwitch;
import hnv.wire.IpAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The difference between what a gateway forwarded by and what it is to forward by, with that of
/// the overlay that it is made for: ready to be put in force by the Worker in one step.
///
/// @param overlay of the same policy
/// @param isOverlayNew whether it has yet to be put in force
/// @param ports of connections and outside networks
/// @param state what layers look into
/// @param writes changes to the arrays beside the flow records
/// @param changedTenants slots of the tenants whose flows must be revalidated
/// @param policy what is set up anew; null where only routes have changed
public record EdgeChange(
    OverlayChange overlay,
    boolean isOverlayNew,
    List<VPort> ports,
    EdgeState state,
    List<Consumer<FlowArrays>> writes,
    Set<Integer> changedTenants,
    @Nullable Setup policy) {
  public EdgeChange {
    ports = List.copyOf(ports);
    writes = List.copyOf(writes);
    changedTenants = Set.copyOf(changedTenants);
  }

  /// A tunnel and where its packets leave.
  ///
  /// @param nextHop index of the next hop
  public record Tunnel(GreTunnel tunnel, int nextHop) {}

  /// What a policy says beside ports and routes.
  ///
  /// @param links by number, all there are
  /// @param kept neighbours of each link that are always asked for
  /// @param translation of all tenants
  /// @param endpoints of all GRE tunnels
  /// @param tunnels by the number of the connection's port
  /// @param gonePorts numbers that belong to nothing any more
  /// @param flowLimits of the tenants that have one, by slot
  public record Setup(
      Map<Integer, OutsideLink> links,
      Map<Integer, Set<IpAddress>> kept,
      NatPolicy translation,
      List<TunnelEndpoints.Endpoint> endpoints,
      Map<Integer, Tunnel> tunnels,
      Set<Integer> gonePorts,
      Map<Integer, Integer> flowLimits) {
    public Setup {
      flowLimits = Map.copyOf(flowLimits);
      tunnels = Map.copyOf(tunnels);
      links = Map.copyOf(links);
      kept = Map.copyOf(kept);
      endpoints = List.copyOf(endpoints);
      gonePorts = Set.copyOf(gonePorts);
    }
  }

  /// Puts the change in force, and the overlay's with it. Worker thread only.
  public void applyTo(VSwitch vswitch, Edge edge, long nowNs) {
    FlowArrays arrays = vswitch.arrays();
    if (isOverlayNew) {
      overlay.writes().forEach(write -> write.accept(arrays));
    }
    writes.forEach(write -> write.accept(arrays));
    if (policy != null) {
      arrays.endpoints().set(policy.endpoints());
    }
    edge.put(state);
    vswitch.apply(overlay.state().with(ports));
    if (policy != null) {
      edge.setUp(policy, vswitch, nowNs);
    }
    Set<Integer> changed = new HashSet<>(changedTenants);
    if (isOverlayNew) {
      changed.addAll(overlay.changedTenants());
    }
    changed.forEach(arrays.tenants()::advanceEpoch);
  }
}
