// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.policy.PolicyCompiler;
import hnv.dataplane.Encapsulation;
import hnv.edge.EdgeNetwork;
import hnv.linux.netlink.InterfaceAddress;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.overlay.OverlayNetwork;
import hnv.wire.IpAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says where a policy that is in force cannot have its whole effect on this host. Stateless but
/// for the host's name.
final class PolicyWarnings {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyWarnings.class);

  private final String server;

  /// @param server what policy calls this host
  PolicyWarnings(String server) {
    this.server = server;
  }

  /// Provider addresses of ours that no device of this host has.
  void ofForeignAddresses(Set<IpAddress> addresses, List<InterfaceAddress> devices) {
    Set<IpAddress> own = new HashSet<>();
    devices.stream().map(InterfaceAddress::address).forEach(own::add);
    for (IpAddress address : addresses) {
      if (!own.contains(address)) {
        LOG.warn(
            "provider address {} of {} is on no device of this host: others cannot reach it",
            address,
            server);
      }
    }
  }

  /// Other hosts with which this one shares no address family, or no encapsulation.
  void ofHostsWithoutWay(OverlayNetwork network, List<UnderlayWays.Written> ways) {
    Set<String> reachable = new HashSet<>();
    ways.forEach(way -> reachable.add(way.tunnel().host()));
    Optional<Encapsulation> ours =
        network.hosts().stream()
            .filter(host -> host.name().equals(server))
            .findFirst()
            .flatMap(OverlayNetwork.Host::encapsulation);
    for (OverlayNetwork.Host host : network.hosts()) {
      if (host.name().equals(server) || reachable.contains(host.name())) {
        continue;
      }
      Optional<Encapsulation> theirs = host.encapsulation();
      if (ours.isPresent() && theirs.isPresent() && !ours.equals(theirs)) {
        LOG.warn(
            "no way to {}: it has {} only, this host {}", host.name(), theirs.get(), ours.get());
      } else if (!network.domains().isEmpty()) {
        LOG.warn(
            "no way to {}: none of its provider addresses {} is of a family of ours",
            host.name(),
            host.addresses());
      }
    }
  }

  /// A gateway's part that this node does not play.
  void ofGatewayWithoutOutside(EdgeNetwork network) {
    if (!network.equals(EdgeNetwork.EMPTY)) {
      LOG.warn(
          "{} is a gateway by policy, but the configuration names no device to the outside: what"
              + " tenants send to it is dropped",
          server);
    }
  }

  /// Places at devices where the gateway is to be and is not.
  ///
  /// @param attached those where it is
  void ofMissingDevices(EdgeNetwork network, Set<EdgeNetwork.Attachment> attached) {
    for (EdgeNetwork.Attachment wanted : GatewayRole.attachments(network)) {
      if (!attached.contains(wanted)) {
        LOG.warn(
            "no device {}{} to the outside: what goes there is dropped",
            wanted.device(),
            wanted.vlan().isPresent() ? " for VLAN " + wanted.vlan().getAsInt() : "");
      }
    }
  }

  /// Interfaces that policy places here and the configuration has no device for.
  ///
  /// @param configured names of interfaces that have one
  void ofInterfacesWithoutDevice(Policy policy, Collection<String> configured) {
    Set<String> names = new HashSet<>();
    configured.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    PolicyCompiler.server(policy, server).stream()
        .flatMap(here -> PolicyCompiler.interfacesOn(policy, here).stream())
        .map(NetworkInterface::resourceId)
        .filter(name -> !names.contains(name.key()))
        .forEach(
            name ->
                LOG.warn(
                    "interface {} is on {} by policy, but the configuration names no device for it",
                    name,
                    server));
  }
}
