// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What policy says, as the engine needs it: the ports with their layers, and the virtual subnets
/// by which tunnel packets find a port. Immutable; published whole.
public final class ForwardingState {
  /// Nothing is forwarded.
  public static final ForwardingState EMPTY = new ForwardingState(List.of(), List.of());

  private static final int[] NO_PORTS = {};

  private final VPort[] portsByNumber;
  private final List<VPort> ports;
  private final Map<Integer, SubnetPorts> subnets = new HashMap<>();
  private final IntTable<SubnetPorts> byVsid;
  private final Map<Integer, int[]> portsOfSubnet = new HashMap<>();

  /// @param ports the ports of this host
  /// @param subnets the virtual subnets that have a port on this host
  public ForwardingState(List<VPort> ports, List<SubnetPorts> subnets) {
    this.ports = List.copyOf(ports);
    portsByNumber = new VPort[ports.stream().mapToInt(VPort::number).max().orElse(-1) + 1];
    for (VPort port : ports) {
      portsByNumber[port.number()] = port;
    }
    for (SubnetPorts subnet : subnets) {
      this.subnets.put(subnet.vsid(), subnet);
      portsOfSubnet.put(
          subnet.vsid(),
          subnet.portsByMac().values().stream()
              .mapToInt(Integer::intValue)
              .distinct()
              .sorted()
              .toArray());
    }
    byVsid = new IntTable<>(this.subnets);
  }

  /// The same with more ports, none of which is found by a tunnel packet's MAC.
  public ForwardingState with(List<VPort> more) {
    List<VPort> all = new ArrayList<>(ports);
    all.addAll(more);
    return new ForwardingState(all, List.copyOf(subnets.values()));
  }

  /// The port with this number, or null.
  public @Nullable VPort port(int number) {
    return number >= 0 && number < portsByNumber.length ? portsByNumber[number] : null;
  }

  /// All ports, in the order of policy.
  public List<VPort> ports() {
    return ports;
  }

  /// The virtual subnet with this VSID, or null when it has no port here.
  public @Nullable SubnetPorts subnet(int vsid) {
    return byVsid.get(vsid);
  }

  /// Slots of the routing domains of the virtual subnets that have a port here, by VSID.
  public Map<Integer, Integer> tenantsByVsid() {
    Map<Integer, Integer> tenants = new HashMap<>();
    subnets.forEach((vsid, subnet) -> tenants.put(vsid, subnet.tenant()));
    return tenants;
  }

  /// Numbers of the ports of a virtual subnet on this host, each once, ascending; not to be
  /// changed.
  int[] portsOf(SubnetPorts subnet) {
    return portsOfSubnet.getOrDefault(subnet.vsid(), NO_PORTS);
  }

  /// A virtual subnet as a tunnel packet sees it.
  ///
  /// @param vsid its number
  /// @param tenant slot of its routing domain
  /// @param portsByMac numbers of its ports on this host by the MAC that leads there
  public record SubnetPorts(int vsid, int tenant, Map<Long, Integer> portsByMac) {
    public SubnetPorts {
      portsByMac = Map.copyOf(portsByMac);
    }
  }
}
