// SPDX-License-Identifier: Apache-2.0
package hnv.app.doctor;

import hnv.app.doctor.Finding.Grade;
import hnv.app.node.OutsideDevice;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.InterfaceAddress;
import hnv.linux.netlink.Link;
import hnv.linux.netlink.Route;
import hnv.linux.netlink.RouteSamples;
import hnv.linux.netlink.TrafficControl;
import hnv.linux.port.PacketSocketPort;
import hnv.linux.port.PortGuard;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Who owns a device: this program, others' programs, a bridge, the host by its addresses.
final class PortChecks {
  /// Programs of ours have names that begin so.
  private static final String OURS = "hnv_";

  /// Octets that the largest encapsulation adds to an inner IP packet: IPv6, UDP, VXLAN, Ethernet.
  private static final int OVERHEAD = 70;

  private static final int ETHERNET_MTU = 1_500;

  /// As many as a node follows.
  private static final int MAX_PREFIXES = 4_096;

  private final HostNetwork network;

  PortChecks(HostNetwork network) {
    this.network = network;
  }

  /// Looks at a VM's device.
  ///
  /// @param name what policy calls the port
  List<Finding> virtualMachine(String name, String device) throws LinuxException {
    return exclusive("port " + name + " (" + device + ")", device);
  }

  /// Looks at a device to outside networks.
  ///
  /// @param name what policy calls the device
  List<Finding> outside(String name, OutsideDevice outside) throws LinuxException {
    String device = outside.device();
    String about = "outside " + name + " (" + device + ")";
    if (outside.shared()) {
      return shared(about, device);
    }
    List<Finding> findings = new ArrayList<>(exclusive(about, device));
    Optional<Link> found = network.link(device);
    if (found.isPresent() && found.get().kind().isEmpty()) {
      findings.add(
          new Finding(
              Grade.NOTE,
              about,
              "for VLANs its own filter must be off: ethtool -K "
                  + device
                  + " rx-vlan-filter off"));
    }
    return findings;
  }

  /// A device that the host keeps: its addresses, routes and neighbours there are wanted.
  private List<Finding> shared(String about, String device) throws LinuxException {
    Optional<Link> found = network.link(device);
    if (found.isEmpty()) {
      return List.of(
          new Finding(Grade.NOTE, about, "not there; it will be shared when it appears"));
    }
    Link link = found.get();
    List<Finding> findings = new ArrayList<>();
    findings.add(new Finding(Grade.OK, about, describe(link) + ", shared with the host"));
    owners(about, link, findings);
    List<String> addresses =
        addressesOf(link).stream()
            .map(address -> address.address().toString())
            .filter(address -> !address.startsWith("fe80:"))
            .toList();
    findings.add(
        addresses.isEmpty()
            ? new Finding(
                Grade.COSTS,
                about,
                "bears no address of the host, whose routes and neighbours it is to go by: take it"
                    + " whole, without \"shared\"")
            : new Finding(
                Grade.OK,
                about,
                "the host's addresses "
                    + String.join(", ", addresses)
                    + " stay its own; no public address may be one of them"));
    findings.add(defaultRoute(about, link));
    return findings;
  }

  private Finding defaultRoute(String about, Link link) throws LinuxException {
    Set<Cidr> prefixes = network.routedPrefixes(MAX_PREFIXES);
    IpAddress sample = RouteSamples.of(prefixes).get(Cidr.parse("0.0.0.0/0"));
    Optional<Route> route = sample == null ? Optional.empty() : network.routeTo(sample);
    if (route.isEmpty() || route.get().kind() != Route.Kind.UNICAST) {
      return new Finding(
          Grade.COSTS,
          about,
          "the host has no default route: tenants reach what its other routes lead to");
    }
    if (route.get().linkIndex() != link.index()) {
      return new Finding(
          Grade.COSTS,
          about,
          "the host's default route leaves by "
              + network.link(route.get().linkIndex()).map(Link::name).orElse("another device")
              + ": tenants reach by this one what the host reaches by it, and no more");
    }
    return new Finding(
        Grade.OK,
        about,
        "the host's default route leaves by it"
            + (route.get().gateway() == null ? "" : ", to " + route.get().gateway()));
  }

  private List<Finding> exclusive(String about, String device) throws LinuxException {
    Optional<Link> found = network.link(device);
    if (found.isEmpty()) {
      return List.of(new Finding(Grade.NOTE, about, "not there; it will be taken when it appears"));
    }
    Link link = found.get();
    List<Finding> findings = new ArrayList<>();
    findings.add(new Finding(Grade.OK, about, describe(link)));
    owners(about, link, findings);
    for (InterfaceAddress address : addressesOf(link)) {
      if (!address.address().toString().startsWith("fe80:")) {
        findings.add(
            new Finding(
                Grade.COSTS,
                about,
                "bears the host's address "
                    + address.address()
                    + ": the host will not hear what comes in by it"));
      }
    }
    return findings;
  }

  /// Looks at the underlay's device.
  List<Finding> underlay(String device) throws LinuxException {
    String about = "underlay (" + device + ")";
    Optional<Link> found = network.link(device);
    if (found.isEmpty()) {
      return List.of(new Finding(Grade.MISSING, about, "there is no such device"));
    }
    Link link = found.get();
    List<Finding> findings = new ArrayList<>();
    findings.add(
        new Finding(link.carriesTraffic() ? Grade.OK : Grade.MISSING, about, describe(link)));
    owners(about, link, findings);
    List<InterfaceAddress> addresses = addressesOf(link);
    findings.add(
        new Finding(
            addresses.isEmpty() ? Grade.MISSING : Grade.OK,
            about,
            addresses.isEmpty()
                ? "has no address: tunnels have nowhere to begin"
                : "addresses "
                    + String.join(
                        ", ", addresses.stream().map(a -> a.address().toString()).toList())));
    if (link.mtu() < ETHERNET_MTU + OVERHEAD) {
      findings.add(
          new Finding(
              Grade.COSTS,
              about,
              "MTU "
                  + link.mtu()
                  + ": VMs get an MTU of "
                  + (link.mtu() - OVERHEAD + 20)
                  + " by VXLAN over IPv4 instead of 1500 (TCP is told by its MSS, others by ICMP); "
                  + (ETHERNET_MTU + OVERHEAD)
                  + " would carry whole frames"));
    }
    return findings;
  }

  private static String describe(Link link) {
    return (link.kind().isEmpty() ? "hardware" : link.kind())
        + ", MTU "
        + link.mtu()
        + ", "
        + (link.carriesTraffic() ? "up" : link.isUp() ? "no carrier" : "switched off");
  }

  private List<InterfaceAddress> addressesOf(Link link) throws LinuxException {
    return network.addresses().stream()
        .filter(address -> address.linkIndex() == link.index())
        .toList();
  }

  private void owners(String about, Link link, List<Finding> findings) throws LinuxException {
    if (link.master() != 0) {
      findings.add(
          new Finding(
              Grade.COSTS,
              about,
              "belongs to the bridge or bond "
                  + network
                      .link(link.master())
                      .map(Link::name)
                      .orElse("with index " + link.master())
                  + ": take it out, or its frames go both ways"));
    }
    if (link.xdp()) {
      findings.add(
          new Finding(Grade.COSTS, about, "has an XDP program: what it takes does not come to us"));
    }
    if (PortGuard.isGuarded(network, link) || PacketSocketPort.isGuarded(link)) {
      findings.add(
          new Finding(Grade.NOTE, about, "is ours: a guard lies on it, until hnv node --release"));
    }
    for (TrafficControl.Filter filter : network.trafficControl().filters(link.index())) {
      if (!filter.name().startsWith(OURS)) {
        findings.add(
            new Finding(
                Grade.COSTS,
                about,
                "has a foreign tc filter "
                    + (filter.name().isEmpty() ? "" : filter.name() + " ")
                    + "at "
                    + filter.hook().name().toLowerCase(Locale.ROOT)
                    + " with priority "
                    + filter.priority()
                    + ": what it takes does not come to us"));
      }
    }
  }
}
