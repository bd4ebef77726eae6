// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.json.Json;
import hnv.edge.EdgeNetwork.OutsideNetwork;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.edge.EdgeView;
import hnv.nat.AddressRange;
import hnv.nat.NatEngine;
import hnv.nat.NatPool;
import hnv.nat.NatPoolUse;
import hnv.vswitch.ConnectionTable;
import hnv.vswitch.UnifiedFlowTable;
import hnv.vswitch.VPort;
import hnv.vswitch.VSwitch;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// What a gateway translates, as rows: sessions, pools and who uses how much. Owned by one request.
final class NatRows {
  /// Sessions that are looked at for one page at most: the Worker has packets to forward.
  private static final int MAX_LOOKS = 20_000;

  private final Node node;
  private final AdminRequests.Filter filter;
  private final NatEngine nat;
  private final NatLogger log;
  private final GatewayRole.View gateway;

  /// @throws Failure where the node is no gateway
  NatRows(Node node, AdminRequests.Filter filter) throws Failure {
    this.node = node;
    this.filter = filter;
    nat = node.gateway().edge().nat();
    log = node.gateway().log();
    gateway = node.view().gateway();
  }

  /// Names of tenants by slot.
  private Map<Integer, String> tenants(VSwitch vswitch) {
    Map<String, String> byAdapter = new HashMap<>();
    gateway.network().tenants().forEach(t -> byAdapter.put(t.adapter(), t.name()));
    Map<Integer, String> names = new HashMap<>();
    for (VPort port : vswitch.state().ports()) {
      String name = byAdapter.get(port.name());
      if (name != null) {
        names.put(port.tenant(), name);
      }
    }
    return names;
  }

  private record Page(List<Json.Members> rows, long next) {}

  /// The sessions: who speaks to whom under which public address and port.
  Json sessions() throws Failure {
    Page page = node.dataplane().ask(this::page);
    Rows rows =
        new Rows(
            List.of(
                "tenant",
                "network",
                "protocol",
                "inside",
                "public",
                "remote",
                "begun by",
                "public side by",
                "ends in"),
            0);
    page.rows().forEach(rows::add);
    return rows.toJson(page.next());
  }

  private Page page(VSwitch vswitch, long nowNs) {
    Map<Integer, String> tenants = tenants(vswitch);
    List<Json.Members> rows = new ArrayList<>();
    int session = nat.nextHeld((int) Math.min(filter.from(), Integer.MAX_VALUE - 1));
    int last = 0;
    for (int looks = 0; session != 0 && looks < MAX_LOOKS && rows.size() < Rows.MAX_ROWS; looks++) {
      String tenant = tenants.getOrDefault(nat.tenant(session), "slot " + nat.tenant(session));
      if (filter.wantsTenant(tenant)) {
        rows.add(row(tenant, session, nowNs));
      }
      last = session;
      session = nat.nextHeld(session);
    }
    return new Page(rows, session == 0 ? -1 : last);
  }

  private Json.Members row(String tenant, int session, long nowNs) {
    int protocol = nat.protocol(session);
    return Json.object()
        .put("tenant", tenant)
        .put("network", network(nat.network(session)))
        .put("protocol", RuleText.protocol(protocol))
        .put("inside", end(protocol, EdgeView.inside(nat, session), nat.insidePort(session)))
        .put("public", end(protocol, ipv4(nat.publicAddress(session)), nat.publicPort(session)))
        .put("remote", end(protocol, ipv4(nat.remoteAddress(session)), nat.remotePort(session)))
        .put("begun by", nat.isFromOutside(session) ? "outside" : "tenant")
        .put("public side by", nat.isStatic(session) ? "rule" : "pool")
        .put("ends in", Math.max(0, nat.deadlineNs(session) - nowNs) / 1_000_000_000 + " s");
  }

  private String network(int index) {
    List<OutsideNetwork> networks = gateway.network().outsideNetworks();
    return index < networks.size() ? networks.get(index).name() : "network " + index;
  }

  private static IpAddress ipv4(int address) {
    return new Ipv4Address(address);
  }

  private static String end(int protocol, IpAddress address, int port) {
    String name = address.toString();
    return switch (protocol) {
      case IpProtocol.TCP, IpProtocol.UDP ->
          (address instanceof Ipv6Address ? "[" + name + "]" : name) + ":" + port;
      case IpProtocol.ICMP -> port == 0 ? name : name + " id " + port;
      default -> name;
    };
  }

  /// What a tenant has of what it may have.
  private record Share(String what, int used, int limit) {}

  private record Tenant(String name, List<Share> shares) {}

  private record Uses(List<NatPoolUse> pools, List<Tenant> tenants) {}

  /// The pools with how much of each is given out, and what each tenant has of what it may.
  Json pools() throws Failure {
    Uses uses = node.dataplane().ask((vswitch, nowNs) -> uses(vswitch));
    Rows rows =
        new Rows(
            List.of(
                "pool",
                "tenant",
                "used",
                "of",
                "what",
                "network",
                "addresses",
                "ports",
                "mapping",
                "filtering",
                "parity"),
            filter.from());
    if (filter.tenant().isEmpty()) {
      uses.pools().forEach(use -> rows.add(row(use)));
    }
    for (Tenant tenant : uses.tenants()) {
      if (filter.wantsTenant(tenant.name())) {
        tenant.shares().forEach(share -> rows.add(row(tenant.name(), share)));
      }
    }
    return rows.toJson();
  }

  /// Who is told of translation, and what became of it.
  Json log() {
    Rows rows =
        new Rows(
            List.of(
                "collector",
                "format",
                "events",
                "messages",
                "bytes",
                "errors",
                "last error",
                "events lost"),
            filter.from());
    NatLogSender sender = log.sender();
    if (sender == null) {
      return rows.toJson();
    }
    String events = log.policy().map(each -> words(each.events())).orElse("");
    for (NatLogSender.Sent each : sender.sent()) {
      rows.add(
          Json.object()
              .put("collector", each.collector().ipAddress() + " port " + each.collector().port())
              .put("format", words(each.collector().format()))
              .put("events", events)
              .put("messages", each.messages())
              .put("bytes", each.octets())
              .put("errors", each.errors())
              .put("last error", each.lastError())
              .put("events lost", sender.lost()));
    }
    return rows.toJson();
  }

  private Uses uses(VSwitch vswitch) {
    Map<String, Integer> slots = new HashMap<>();
    tenants(vswitch).forEach((slot, name) -> slots.put(name, slot));
    List<Tenant> tenants = new ArrayList<>();
    for (TenantGateway each : gateway.network().tenants()) {
      Integer slot = slots.get(each.name());
      if (slot != null) {
        tenants.add(new Tenant(each.name(), shares(each, slot, vswitch)));
      }
    }
    return new Uses(nat.poolUse(), tenants);
  }

  private List<Share> shares(TenantGateway of, int slot, VSwitch vswitch) {
    UnifiedFlowTable flows = vswitch.flows();
    ConnectionTable connections = vswitch.connections();
    return List.of(
        new Share("sessions", nat.sessions(slot), of.nat().sessions()),
        new Share("public ports", nat.ports(slot), of.nat().ports()),
        new Share("flows", flows.size(slot), flows.limit(slot)),
        new Share("connections", connections.size(slot), connections.limit(slot)));
  }

  private Json.Members row(NatPoolUse use) {
    NatPool pool = use.pool();
    return Json.object()
        .put("pool", pool.name())
        .put("tenant", "")
        .put("used", use.taken())
        .put("of", use.blocks())
        .put("what", "blocks of " + pool.blockSize() + " ports")
        .put("network", network(pool.network()))
        .put(
            "addresses",
            pool.addresses().stream().map(NatRows::text).collect(Collectors.joining(" ")))
        .put("ports", pool.firstPort() + "-" + pool.lastPort())
        .put("mapping", words(pool.mapping()))
        .put("filtering", words(pool.filtering()))
        .put("parity", words(pool.parity()));
  }

  private static String text(AddressRange range) {
    return range.first().equals(range.last())
        ? range.first().toString()
        : range.first() + "-" + range.last();
  }

  private static String words(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static Json.Members row(String tenant, Share of) {
    return Json.object()
        .put("pool", "")
        .put("tenant", tenant)
        .put("used", of.used())
        .put("of", of.limit())
        .put("what", of.what())
        .put("network", "")
        .put("addresses", "")
        .put("ports", "")
        .put("mapping", "")
        .put("filtering", "")
        .put("parity", "");
  }
}
