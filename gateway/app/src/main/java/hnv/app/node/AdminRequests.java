// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.cli.Refusal;
import hnv.app.handover.LeftState;
import hnv.app.json.Json;
import hnv.app.trace.DescribedPacket;
import hnv.app.trace.Explanation;
import hnv.app.trace.PacketBuilder;
import hnv.linux.LinuxException;
import hnv.linux.offload.PortCounters;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// Answers requests of the admin socket: `{"show": "ports" | "layers" | "rules" | "mappings" |
/// "flows" | "counters" | "connections" | "routes" | "neighbors" | "nat" | "pools" | "log"}` with
/// filters, `{"trace": PACKET}`, and `{"capture": PORT, "device": N}`, said again before {@link
/// Captures#LEASE} is over and with `"end": 1` at last. Called by many threads; the Worker is asked
/// for what is its own, in pages.
final class AdminRequests implements Function<Json.Members, Json> {
  private final Node node;

  AdminRequests(Node node) {
    this.node = node;
  }

  /// What a request asks to see.
  ///
  /// @param port name of a port, in lower case; empty for all
  /// @param tenant name of a virtual network, in lower case; empty for all
  /// @param layer name of a layer, in lower case; empty for all
  /// @param from where the page begins
  record Filter(String port, String tenant, String layer, long from) {
    boolean wantsPort(String name) {
      return port.isEmpty() || port.equals(name.toLowerCase(Locale.ROOT));
    }

    boolean wantsTenant(String name) {
      return tenant.isEmpty() || tenant.equals(name.toLowerCase(Locale.ROOT));
    }

    boolean wantsLayer(String name) {
      return layer.isEmpty() || layer.equals(name.toLowerCase(Locale.ROOT));
    }
  }

  @Override
  public Json apply(Json.Members request) {
    try {
      if (request.get("trace") instanceof Json.Members packet) {
        return trace(packet);
      }
      if (request.get("handOver") != null) {
        return handOver(request.number("handOver", Departure.DEFAULT_GRACE_S));
      }
      if (!request.text("capture").isEmpty()) {
        return capture(request);
      }
      Filter filter =
          new Filter(
              request.text("port").toLowerCase(Locale.ROOT),
              request.text("tenant").toLowerCase(Locale.ROOT),
              request.text("layer").toLowerCase(Locale.ROOT),
              Math.max(0, request.number("from", 0)));
      return switch (request.text("show")) {
        case "ports" -> new PolicyRows(node, filter).ports();
        case "mappings" -> new PolicyRows(node, filter).mappings();
        case "layers" -> new SwitchRows(node, filter).layers();
        case "rules" -> new SwitchRows(node, filter).rules();
        case "flows" -> new SwitchRows(node, filter).flows();
        case "counters" -> new SwitchRows(node, filter).counters();
        case "connections" -> new GatewayRows(node, filter).connections();
        case "routes" -> new GatewayRows(node, filter).routes();
        case "neighbors" -> new GatewayRows(node, filter).neighbors();
        case "nat" -> new NatRows(node, filter).sessions();
        case "pools" -> new NatRows(node, filter).pools();
        case "log" -> new NatRows(node, filter).log();
        default ->
            AdminSocket.error(
                "a request is {\"show\": ports | layers | rules | mappings | flows | counters |"
                    + " connections | routes | neighbors | nat | pools | log}, {\"trace\": PACKET} or"
                    + " {\"capture\": PORT}");
      };
    } catch (Failure e) {
      return AdminSocket.error(e.getMessage());
    } catch (Refusal e) {
      return Json.object().put("error", String.join("; ", e.problems())).put("refused", true);
    }
  }

  private Json handOver(long graceS) throws Failure, Refusal {
    if (graceS < 1 || graceS > LeftState.MAX_GRACE_S) {
      throw new Refusal("--grace: 1 to " + LeftState.MAX_GRACE_S + " seconds, not " + graceS);
    }
    Departure.Left left = node.handOver((int) graceS);
    return Json.object()
        .put("ports", left.ports())
        .put("flows", left.flows())
        .put("connections", left.connections())
        .put("graceSeconds", left.graceS());
  }

  private Json capture(Json.Members request) throws Failure, Refusal {
    Captures captures = node.captures();
    if (captures == null) {
      throw new Failure("the kernel forwards no flows of this node, and only it copies frames");
    }
    String name = request.text("capture");
    NodeView.PortView port = port(node.view(), name, "PORT");
    int device = (int) request.number("device", 0);
    if (device <= 0) {
      throw new Refusal("device: the index of a device is 1 or more");
    }
    try {
      if (request.number("end", 0) != 0) {
        captures.end(port.number(), device);
      } else {
        captures.watch(port.number(), device);
      }
      PortCounters counters = captures.counters(port.number());
      return Json.object()
          .put("captured", counters.captured())
          .put("notCaptured", counters.notCaptured());
    } catch (LinuxException e) {
      throw new Failure("cannot capture: " + e.getMessage(), e);
    }
  }

  private static NodeView.PortView port(NodeView view, String name, String option) throws Refusal {
    return view.ports().stream()
        .filter(candidate -> candidate.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() -> new Refusal(option + ": this node has no port " + name));
  }

  private Json trace(Json.Members request) throws Failure, Refusal {
    DescribedPacket described = DescribedPacket.fromJson(request);
    NodeView view = node.view();
    byte[] octets =
        new PacketBuilder(view.overlay(), view.server(), node.vxlanPort()).build(described);
    NodeView.PortView port = port(view, described.port(), "--port");
    Map<Integer, String> names = new HashMap<>();
    view.ports().forEach(each -> names.put(each.number(), each.name()));
    return node.dataplane()
        .ask(
            (vswitch, nowNs) -> {
              hnv.dataplane.Port attached = vswitch.port(port.number());
              return attached == null
                  ? AdminSocket.error("port " + port.name() + " is not on its device now")
                  : Explanation.of(
                          vswitch,
                          node.dataplane().pool(),
                          attached,
                          octets,
                          node.vxlanPort(),
                          names,
                          nowNs)
                      .toJson();
            });
  }
}
