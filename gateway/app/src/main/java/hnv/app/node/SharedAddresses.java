// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.edge.AttachedPort;
import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.OutsideNetwork;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.nat.AddressRange;
import hnv.nat.NatPool;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says where policy has given tenants a public address that is the host's own, on a device that
/// the host shares: its frames stay the host's, so nobody is locked out, and what the address was
/// for does not work. Owned by the control thread.
final class SharedAddresses {
  private static final Logger LOG = LoggerFactory.getLogger(SharedAddresses.class);

  private Set<IpAddress> told = Set.of();

  /// Tells what is new.
  ///
  /// @param attached the ports that there are
  void look(EdgeNetwork network, Map<Attachment, AttachedPort> attached) {
    Set<IpAddress> both = contested(network, attached);
    for (IpAddress address : both) {
      if (!told.contains(address)) {
        LOG.error(
            "public address {} is the host's own: what comes for it stays the host's, and tenants"
                + " get no answers there; take it from the host or from policy",
            address);
      }
    }
    told = both;
  }

  /// Addresses that both have.
  static Set<IpAddress> contested(EdgeNetwork network, Map<Attachment, AttachedPort> attached) {
    Set<IpAddress> both = new TreeSet<>();
    for (int i = 0; i < network.outsideNetworks().size(); i++) {
      OutsideNetwork outside = network.outsideNetworks().get(i);
      AttachedPort port = attached.get(outside.attachment());
      if (port != null && port.host().isPresent()) {
        for (IpAddress address : port.host().get().addresses()) {
          if (address instanceof Ipv4Address v4 && isPublic(network, i, v4)) {
            both.add(address);
          }
        }
      }
    }
    return both;
  }

  private static boolean isPublic(EdgeNetwork network, int index, Ipv4Address address) {
    for (NatPool pool : network.pools()) {
      if (pool.network() == index && pool.addresses().stream().anyMatch(r -> has(r, address))) {
        return true;
      }
    }
    for (TenantGateway tenant : network.tenants()) {
      boolean rule =
          tenant.nat().inboundRules().stream()
                  .anyMatch(r -> r.network() == index && r.publicAddress().equals(address))
              || tenant.nat().oneToOne().stream()
                  .anyMatch(r -> r.network() == index && r.publicAddress().equals(address));
      if (rule) {
        return true;
      }
    }
    return false;
  }

  private static boolean has(AddressRange range, Ipv4Address address) {
    return range.first().compareTo(address) <= 0 && range.last().compareTo(address) >= 0;
  }
}
