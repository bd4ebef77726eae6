// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Encapsulation;
import hnv.vswitch.ForwardingState.SubnetPorts;
import hnv.vswitch.VPort;
import java.util.List;
import java.util.Map;

/// A routing domain as compiled for this host, and all that it was compiled from.
///
/// @param inputs equal inputs need no new compilation
/// @param tenant its slot
/// @param ports its ports on this host
/// @param subnets its virtual subnets that have a port on this host
/// @param gateways its gateways' adapters on this host
record CompiledDomain(
    Inputs inputs,
    int tenant,
    List<VPort> ports,
    List<SubnetPorts> subnets,
    List<AdapterView> gateways) {
  /// Everything that the ports of a domain depend on.
  ///
  /// @param encapsulations how frames travel between another host and this one, by host; those
  ///     that know none in common with it are absent
  /// @param bindings ports of this host by adapter
  /// @param ways next hops by adapter
  record Inputs(
      OverlayNetwork.Domain domain,
      Map<String, Encapsulation> encapsulations,
      boolean routerEnabled,
      Map<String, PortBinding> bindings,
      Map<String, Integer> ways) {}
}
