// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.NextHopTable;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Role;
import hnv.vswitch.ForwardingState.SubnetPorts;
import hnv.vswitch.Layer;
import hnv.vswitch.Mapping;
import hnv.vswitch.PortRole;
import hnv.vswitch.Replication;
import hnv.vswitch.Space;
import hnv.vswitch.VPort;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToIntFunction;

/// Compiles one routing domain for one host.
final class DomainCompilation {
  /// Index of an adapter's meter.
  @FunctionalInterface
  interface MeterIndex {
    int of(String adapter, boolean outbound);
  }

  private final Map<Role, List<LayerFactory>> layers;
  private final CompiledDomain.Inputs inputs;
  private final int tenant;
  private final ToIntFunction<String> peerOf;
  private final MeterIndex meterOf;

  DomainCompilation(
      Map<Role, List<LayerFactory>> layers,
      CompiledDomain.Inputs inputs,
      int tenant,
      ToIntFunction<String> peerOf,
      MeterIndex meterOf) {
    this.layers = layers;
    this.inputs = inputs;
    this.tenant = tenant;
    this.peerOf = peerOf;
    this.meterOf = meterOf;
  }

  CompiledDomain compile() {
    OverlayNetwork.Domain domain = inputs.domain();
    Map<String, Mapping> mappings = new LinkedHashMap<>();
    domain.adapters().forEach(adapter -> mappings.put(adapter.name(), mapping(adapter)));
    DomainView view =
        new DomainView(
            tenant,
            domain.name(),
            domain.subnets(),
            new Space(domain.name(), List.copyOf(mappings.values())),
            new DomainRoutes(domain, mappings));
    Map<Integer, Replication> replications = replications();
    List<VPort> ports = new ArrayList<>();
    List<AdapterView> gateways = new ArrayList<>();
    Map<Integer, Map<Long, Integer>> portsByMac = new TreeMap<>();
    for (Adapter adapter : domain.adapters()) {
      PortBinding binding = inputs.bindings().get(adapter.name());
      if (binding == null) {
        continue;
      }
      int vsid = adapter.vsid().value();
      AdapterView adapterView =
          new AdapterView(
              adapter,
              view,
              binding.number(),
              inputs.routerEnabled(),
              nextHop(adapter),
              meterOf.of(adapter.name(), true),
              meterOf.of(adapter.name(), false),
              replications.getOrDefault(vsid, Replication.NONE),
              new AnswerLimit());
      ports.add(port(adapterView));
      if (adapter.role() == Role.GATEWAY) {
        gateways.add(adapterView);
      }
      portsByMac
          .computeIfAbsent(vsid, _ -> new HashMap<>())
          .put(adapter.mac().bits(), binding.number());
    }
    List<SubnetPorts> subnets = new ArrayList<>();
    portsByMac.forEach((vsid, byMac) -> subnets.add(new SubnetPorts(vsid, tenant, byMac)));
    return new CompiledDomain(inputs, tenant, ports, subnets, gateways);
  }

  private VPort port(AdapterView view) {
    Adapter adapter = view.adapter();
    List<Layer> made =
        layers.getOrDefault(adapter.role(), List.of()).stream()
            .map(factory -> factory.create(view))
            .toList();
    PortRole role = adapter.role() == Role.GATEWAY ? PortRole.GATEWAY : PortRole.GUEST;
    return new VPort(view.port(), adapter.name(), role, tenant, view.vsid(), view.nextHop(), made);
  }

  private Mapping mapping(Adapter adapter) {
    PortBinding binding = inputs.bindings().get(adapter.name());
    return new Mapping(
        adapter.name(),
        adapter.vsid().value(),
        adapter.mac().bits(),
        adapter.addresses(),
        adapter.host(),
        binding == null ? -1 : binding.number(),
        nextHop(adapter),
        peerOf.applyAsInt(adapter.host()),
        inputs.encapsulations().getOrDefault(adapter.host(), Encapsulation.NONE));
  }

  private int nextHop(Adapter adapter) {
    return inputs.ways().getOrDefault(adapter.name(), NextHopTable.NONE);
  }

  /// Per virtual subnet: the VMs' ports here, and each other host that has VMs in it once.
  private Map<Integer, Replication> replications() {
    Map<Integer, Destinations> destinations = new HashMap<>();
    for (Adapter adapter : inputs.domain().adapters()) {
      if (adapter.role() == Role.GATEWAY) {
        continue;
      }
      int vsid = adapter.vsid().value();
      PortBinding binding = inputs.bindings().get(adapter.name());
      Destinations of = destinations.computeIfAbsent(vsid, _ -> new Destinations());
      if (binding != null) {
        of.ports.add(binding.number());
      } else if (inputs.encapsulations().containsKey(adapter.host())) {
        of.nextHops.add(nextHop(adapter));
      }
    }
    Map<Integer, Replication> result = new HashMap<>();
    destinations.forEach(
        (vsid, of) -> result.put(vsid, new Replication(toArray(of.ports), toArray(of.nextHops))));
    return result;
  }

  private static final class Destinations {
    final List<Integer> ports = new ArrayList<>();
    final TreeSet<Integer> nextHops = new TreeSet<>();
  }

  private static int[] toArray(Collection<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }
}
