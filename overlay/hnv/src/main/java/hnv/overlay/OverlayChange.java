// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.vswitch.ForwardingState;
import hnv.vswitch.VSwitch;
import hnv.wire.ProviderAddress;
import java.util.List;
import java.util.function.Consumer;

/// The difference between two policies, ready to be put in force by the Worker in one step.
///
/// @param state what is forwarded from then on
/// @param writes changes to the arrays beside the flow records
/// @param changedTenants slots of the routing domains whose flows must be revalidated
/// @param tunnels every tunnel that the new policy uses, for whoever resolves next hops
/// @param gateways the adapters of this host that are gateways', in the order of policy, for
///     whoever joins them to the outside; their ports are part of `state`
public record OverlayChange(
    ForwardingState state,
    List<Consumer<FlowArrays>> writes,
    List<Integer> changedTenants,
    List<Tunnel> tunnels,
    List<AdapterView> gateways) {
  public OverlayChange {
    writes = List.copyOf(writes);
    changedTenants = List.copyOf(changedTenants);
    tunnels = List.copyOf(tunnels);
    gateways = List.copyOf(gateways);
  }

  /// Puts the change in force. Worker thread only.
  public void applyTo(VSwitch vswitch) {
    writes.forEach(write -> write.accept(vswitch.arrays()));
    vswitch.apply(state);
    changedTenants.forEach(vswitch.arrays().tenants()::advanceEpoch);
  }

  /// A way to another host. Whoever knows the underlay fills in its next hop.
  ///
  /// @param nextHop index of the next hop to write
  /// @param host name of the other host
  /// @param local our provider address
  /// @param remote the other host's
  public record Tunnel(
      int nextHop,
      Encapsulation encapsulation,
      String host,
      ProviderAddress local,
      ProviderAddress remote) {}
}
