// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.json.Json;
import hnv.dataplane.Counters;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.PortKind;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
import hnv.overlay.OverlayNetwork.Role;
import hnv.wire.CustomerAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What policy says and where it is on this host, as rows: ports and mappings. Owned by one
/// request.
final class PolicyRows {
  private final Node node;
  private final AdminRequests.Filter filter;
  private final NodeView view;

  PolicyRows(Node node, AdminRequests.Filter filter) throws Failure {
    this.node = node;
    this.filter = filter;
    this.view = node.view();
  }

  private record Member(Domain domain, Adapter adapter) {}

  private Map<String, Member> members() {
    Map<String, Member> members = new HashMap<>();
    for (Domain domain : view.overlay().domains()) {
      for (Adapter adapter : domain.adapters()) {
        members.put(adapter.name().toLowerCase(Locale.ROOT), new Member(domain, adapter));
      }
    }
    return members;
  }

  /// The ports of the configuration, with what policy says of them.
  Json ports() throws Failure {
    Map<String, Member> members = members();
    Rows rows =
        new Rows(
            List.of(
                "port",
                "number",
                "device",
                "state",
                "mtu",
                "flows by",
                "tenant",
                "vsid",
                "mac",
                "addresses",
                "in packets",
                "out packets",
                "dropped"),
            filter.from());
    List<Counters.Snapshot> snapshots =
        node.dataplane()
            .ask(
                (vswitch, nowNs) -> {
                  List<Counters.Snapshot> list = new ArrayList<>();
                  view.ports().forEach(port -> list.add(vswitch.counters(port.number())));
                  return list;
                });
    for (int i = 0; i < view.ports().size(); i++) {
      NodeView.PortView port = view.ports().get(i);
      Member member = members.get(port.name().toLowerCase(Locale.ROOT));
      if (filter.wantsPort(port.name())
          && filter.wantsTenant(member == null ? "" : member.domain().name())) {
        rows.add(port(port, member, snapshots.get(i)));
      }
    }
    return rows.toJson();
  }

  private Json.Members port(
      NodeView.PortView port, @Nullable Member member, Counters.Snapshot counters) {
    return Json.object()
        .put("port", port.name())
        .put("number", port.number())
        .put("device", port.device())
        .put("state", state(port, member))
        .put("mtu", port.mtu())
        .put("flows by", !port.attached() ? "" : port.flowsByKernel() ? "kernel" : "java")
        .put("tenant", member == null ? "" : member.domain().name())
        .put("vsid", member == null ? "" : member.adapter().vsid().toString())
        .put("mac", member == null ? "" : member.adapter().mac().toString())
        .put("addresses", member == null ? "" : addresses(member.adapter()))
        .put("in packets", counters.receivedPackets())
        .put("out packets", counters.sentPackets())
        .put("dropped", counters.drops().values().stream().mapToLong(Long::longValue).sum());
  }

  private String state(NodeView.PortView port, @Nullable Member member) {
    if (!port.attached()) {
      return hasNoVsid(port) ? "left untouched: no VSID" : "waits for its device";
    }
    if (!port.up()) {
      return "down";
    }
    boolean machine = port.kind().equals(PortKind.VIRTUAL_MACHINE.name());
    if (machine && (member == null || !member.adapter().host().equals(view.server()))) {
      return "closed: not here by policy";
    }
    return "up";
  }

  private boolean hasNoVsid(NodeView.PortView port) {
    return view.policy().networkInterfaces().stream()
        .anyMatch(
            each ->
                each.ipConfigurations().isEmpty()
                    && each.resourceId().toString().equalsIgnoreCase(port.name()));
  }

  private static String addresses(Adapter adapter) {
    return adapter.addresses().stream()
        .map(CustomerAddress::toString)
        .collect(Collectors.joining(" "));
  }

  /// Where every customer address is.
  Json mappings() {
    Rows rows =
        new Rows(
            List.of(
                "tenant", "vsid", "address", "mac", "interface", "host", "provider address", "way"),
            filter.from());
    Map<String, Host> hosts = new HashMap<>();
    view.overlay().hosts().forEach(host -> hosts.put(host.name(), host));
    Host here = hosts.getOrDefault(view.server(), new Host(view.server(), List.of()));
    Map<WayKey, UnderlayWays.Written> ways = new HashMap<>();
    view.ways()
        .forEach(
            way -> ways.put(new WayKey(way.tunnel().host(), way.tunnel().encapsulation()), way));
    for (Domain domain : view.overlay().domains()) {
      if (!filter.wantsTenant(domain.name())) {
        continue;
      }
      for (Adapter adapter : domain.adapters()) {
        if (filter.wantsPort(adapter.name())) {
          Host host = hosts.get(adapter.host());
          String way = host == null ? "on no host" : way(domain, adapter, here, host, ways);
          for (CustomerAddress address : adapter.addresses()) {
            rows.add(mapping(domain, adapter, address, host, way));
          }
        }
      }
    }
    return rows.toJson();
  }

  private Json.Members mapping(
      Domain domain, Adapter adapter, CustomerAddress address, @Nullable Host host, String way) {
    return Json.object()
        .put("tenant", domain.name())
        .put("vsid", adapter.vsid().value())
        .put("address", address.toString())
        .put("mac", adapter.mac().toString())
        .put("interface", adapter.name())
        .put("host", adapter.host())
        .put(
            "provider address",
            host == null
                ? ""
                : host.addresses().stream().map(Object::toString).collect(Collectors.joining(" ")))
        .put("way", way);
  }

  private record WayKey(String host, Encapsulation encapsulation) {}

  private String way(
      Domain domain,
      Adapter adapter,
      Host here,
      Host host,
      Map<WayKey, UnderlayWays.Written> ways) {
    if (host.name().equals(here.name())) {
      if (adapter.role() == Role.GATEWAY) {
        return "here, a gateway";
      }
      return view.ports().stream()
          .filter(port -> port.name().equalsIgnoreCase(adapter.name()))
          .findFirst()
          .map(port -> port.attached() ? "here, port " + port.number() : "here, no device yet")
          .orElse("here, no port configured");
    }
    Optional<Encapsulation> encapsulation = view.overlay().encapsulationBetween(here, host, domain);
    if (encapsulation.isEmpty()) {
      return "no encapsulation in common";
    }
    UnderlayWays.Written way = ways.get(new WayKey(host.name(), encapsulation.get()));
    if (way == null) {
      return "no provider address of our family";
    }
    UnderlayWays.Way found = way.way();
    return found == null ? "none: " + way.because() : encapsulation.get() + ", MTU " + found.mtu();
  }
}
