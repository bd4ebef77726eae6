// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.host.OfflineHost;
import hnv.app.json.Json;
import hnv.dataplane.Counters;
import hnv.linux.offload.OffloadLimits;
import hnv.vswitch.Action;
import hnv.vswitch.FlowListing;
import hnv.vswitch.FlowView;
import hnv.vswitch.ForwardingState;
import hnv.vswitch.Group;
import hnv.vswitch.Layer;
import hnv.vswitch.OffloadState;
import hnv.vswitch.Rule;
import hnv.vswitch.VPort;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// What the switch holds, as rows: layers, rules, unified flows, counters. Owned by one request.
final class SwitchRows {
  private final Node node;
  private final AdminRequests.Filter filter;
  private final NodeView view;

  SwitchRows(Node node, AdminRequests.Filter filter) throws Failure {
    this.node = node;
    this.filter = filter;
    this.view = node.view();
  }

  /// The state is immutable: it may be read here once the Worker has named it.
  private ForwardingState state() throws Failure {
    return node.dataplane().ask((vswitch, nowNs) -> vswitch.state());
  }

  private PortNames names(ForwardingState state) {
    Map<Integer, String> devices = new LinkedHashMap<>();
    view.ports().forEach(port -> devices.put(port.number(), port.name()));
    return new PortNames(devices, view.overlay(), state);
  }

  private List<VPort> ports(ForwardingState state) {
    Map<Integer, String> tenants = names(state).tenants();
    return state.ports().stream()
        .filter(port -> filter.wantsPort(port.name()))
        .filter(port -> filter.wantsTenant(tenants.getOrDefault(port.tenant(), "")))
        .toList();
  }

  /// The layers of each port, in outbound order.
  Json layers() throws Failure {
    Rows rows =
        new Rows(
            List.of(
                "port", "order", "layer", "stateful", "outbound groups", "inbound groups", "rules"),
            filter.from());
    for (VPort port : ports(state())) {
      int order = 0;
      for (Layer layer : port.layers()) {
        order++;
        if (filter.wantsLayer(layer.name())) {
          rows.add(
              Json.object()
                  .put("port", port.name())
                  .put("order", order)
                  .put("layer", layer.name())
                  .put("stateful", layer.stateful())
                  .put("outbound groups", layer.outbound().size())
                  .put("inbound groups", layer.inbound().size())
                  .put("rules", count(layer.outbound()) + count(layer.inbound())));
        }
      }
    }
    return rows.toJson();
  }

  private static long count(List<Group> groups) {
    return groups.stream().mapToLong(group -> group.rules().size()).sum();
  }

  /// The rules of each port, in the order in which they are asked.
  Json rules() throws Failure {
    Rows rows =
        new Rows(
            List.of(
                "port", "layer", "direction", "group", "rule", "priority", "conditions", "action"),
            filter.from());
    for (VPort port : ports(state())) {
      for (Layer layer : port.layers()) {
        if (filter.wantsLayer(layer.name())) {
          add(rows, port, layer, "out", layer.outbound(), layer.outboundDefault());
          add(rows, port, layer, "in", layer.inbound(), layer.inboundDefault());
        }
      }
    }
    return rows.toJson();
  }

  private static void add(
      Rows rows, VPort port, Layer layer, String direction, List<Group> groups, Action otherwise) {
    for (Group group : groups) {
      for (Rule rule : group.rules()) {
        rows.add(
            row(port, layer, direction)
                .put("group", group.id())
                .put("rule", rule.id())
                .put(
                    "priority",
                    rule.priority() == Integer.MAX_VALUE
                        ? "last"
                        : Integer.toString(rule.priority()))
                .put("conditions", RuleText.conditions(rule.conditions()))
                .put("action", RuleText.action(rule.action())));
      }
    }
    rows.add(
        row(port, layer, direction)
            .put("group", "")
            .put("rule", "default")
            .put("priority", "")
            .put("conditions", groups.isEmpty() ? "any" : "no rule of a group matches")
            .put("action", RuleText.action(otherwise)));
  }

  private static Json.Members row(VPort port, Layer layer, String direction) {
    return Json.object()
        .put("port", port.name())
        .put("layer", layer.name())
        .put("direction", direction);
  }

  /// The unified flows, a page of them.
  Json flows() throws Failure {
    ForwardingState state = state();
    PortNames names = names(state);
    Map<Integer, String> tenants = names.tenants();
    Predicate<FlowView> wanted =
        flow ->
            filter.wantsTenant(tenants.getOrDefault(flow.tenant(), ""))
                && filter.wantsPort(
                    flow.port() < 0 ? OfflineHost.UNDERLAY : names.name(flow.port()));
    FlowListing.Page page =
        node.dataplane()
            .ask((vswitch, nowNs) -> FlowListing.page(vswitch, filter.from(), wanted, nowNs));
    Rows rows =
        new Rows(
            List.of(
                "tenant",
                "from",
                "protocol",
                "source",
                "destination",
                "connection",
                "way",
                "state",
                "packets",
                "bytes",
                "idle",
                "runs",
                "why not in the kernel",
                "current",
                "transposition"),
            0);
    for (FlowView flow : page.flows()) {
      rows.add(
          Json.object()
              .put("tenant", tenants.getOrDefault(flow.tenant(), "slot " + flow.tenant()))
              .put(
                  "from",
                  flow.port() >= 0
                      ? names.name(flow.port())
                      : flow.encapsulation() + " " + flow.vsid())
              .put("protocol", RuleText.protocol(flow.protocol()))
              .put("source", end(flow.source(), flow.sourcePort(), flow.protocol(), true))
              .put(
                  "destination",
                  end(flow.destination(), flow.destinationPort(), flow.protocol(), false))
              .put("connection", flow.connection())
              .put("way", flow.forward() ? "forward" : "reply")
              .put("state", flow.state())
              .put("packets", flow.packets())
              .put("bytes", flow.octets())
              .put("idle", flow.idleNs() / 1_000_000 + " ms")
              .put("runs", flow.offload() == OffloadState.IN_KERNEL ? "in the kernel" : "in Java")
              .put("why not in the kernel", flow.why())
              .put("current", flow.current())
              .put("transposition", flow.transposition()));
    }
    return rows.toJson(page.next());
  }

  private static String end(IpAddress address, int port, int protocol, boolean source) {
    String name = address.toString().indexOf(':') >= 0 ? "[" + address + "]" : address.toString();
    return switch (protocol) {
      case IpProtocol.TCP, IpProtocol.UDP -> name + ":" + port;
      case IpProtocol.ICMP, IpProtocol.ICMPV6 ->
          source ? name + " id " + port : name + " type " + (port >>> 8);
      default -> name;
    };
  }

  /// The counters of each port by name, and those of the tables.
  Json counters() throws Failure {
    Rows rows = new Rows(List.of("port", "counter", "value", "meaning"), filter.from());
    List<PortNames.Named> wanted =
        names(state()).all().stream().filter(port -> filter.wantsPort(port.name())).toList();
    List<Counters.Snapshot> snapshots =
        node.dataplane()
            .ask(
                (vswitch, nowNs) -> {
                  List<Counters.Snapshot> list = new ArrayList<>();
                  wanted.forEach(port -> list.add(vswitch.counters(port.number())));
                  return list;
                });
    for (int i = 0; i < wanted.size(); i++) {
      String port = wanted.get(i).name();
      Counters.Snapshot counters = snapshots.get(i);
      rows.add(counter(port, "in packets", counters.receivedPackets(), "received from the device"));
      rows.add(counter(port, "in bytes", counters.receivedOctets(), ""));
      rows.add(counter(port, "out packets", counters.sentPackets(), "sent to the device"));
      rows.add(counter(port, "out bytes", counters.sentOctets(), ""));
      counters
          .drops()
          .forEach(
              (reason, count) -> rows.add(counter(port, "drop " + reason, count, reason.text())));
    }
    if (filter.port().isEmpty()) {
      tables(rows);
    }
    return rows.toJson();
  }

  private void tables(Rows rows) throws Failure {
    long[] values =
        node.dataplane()
            .ask(
                (vswitch, nowNs) ->
                    new long[] {
                      vswitch.flows().size(),
                      vswitch.flows().refused(),
                      vswitch.flows().inKernel(),
                      vswitch.flows().overtaken(),
                      vswitch.connections().size(),
                      vswitch.connections().refused(),
                      node.dataplane().pool().available(),
                      node.dataplane().pool().exhausted()
                    });
    rows.add(counter("", "flows", values[0], "unified flows held"));
    rows.add(counter("", "flows refused", values[1], "for want of room or of a tenant's share"));
    rows.add(counter("", "flows in the kernel", values[2], "of them, executed there"));
    rows.add(
        counter(
            "",
            "flows overtaken",
            values[3],
            "frames that Java forwarded though the kernel had their flow"));
    OffloadLimits limits = node.dataplane().offloadLimits();
    if (limits != null) {
      rows.add(counter("", "flows in the kernel at most", limits.flows(), "of each family"));
      rows.add(
          counter("", "bytes for flows in the kernel", limits.flowOctets(), "taken at the start"));
    }
    rows.add(counter("", "connections", values[4], "connections held"));
    rows.add(
        counter("", "connections refused", values[5], "for want of room or of a tenant's share"));
    rows.add(counter("", "frames free", values[6], "of the Worker's pool"));
    rows.add(counter("", "frames exhausted", values[7], "times that none was free"));
  }

  private static Json.Members counter(String port, String name, long value, String meaning) {
    return Json.object()
        .put("port", port)
        .put("counter", name)
        .put("value", value)
        .put("meaning", meaning);
  }
}
