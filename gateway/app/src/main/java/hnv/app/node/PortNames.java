// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.overlay.OverlayNetwork;
import hnv.vswitch.ForwardingState;
import hnv.vswitch.PortRole;
import hnv.vswitch.VPort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What people call the ports of a node, those without a device included, and whose they are.
/// Immutable.
final class PortNames {
  private final Map<Integer, Named> byNumber = new HashMap<>();
  private final List<Named> all = new ArrayList<>();
  private final Map<Integer, String> tenants = new HashMap<>();

  /// A port.
  ///
  /// @param name of its device's port by the configuration; of one without a device what it stands
  ///     for
  /// @param connection the network connection that it is; empty
  /// @param tenant what people call its tenant; empty where it has none
  record Named(int number, String name, String connection, String tenant) {
    /// In words, for a log.
    String inWords() {
      String what =
          connection.isEmpty() || connection.equals(name)
              ? name
              : name + ", connection " + connection;
      return tenant.isEmpty() ? what : what + " of " + tenant;
    }
  }

  /// @param devices names of the ports with a device, by number
  PortNames(Map<Integer, String> devices, OverlayNetwork overlay, ForwardingState state) {
    Map<String, String> byAdapter = new HashMap<>();
    overlay
        .domains()
        .forEach(
            domain ->
                domain
                    .adapters()
                    .forEach(
                        adapter ->
                            byAdapter.put(adapter.name().toLowerCase(Locale.ROOT), domain.name())));
    for (VPort port : state.ports()) {
      String tenant = byAdapter.get(port.name().toLowerCase(Locale.ROOT));
      if (tenant != null && isAdapter(port)) {
        tenants.put(port.tenant(), tenant);
      }
    }
    devices.forEach(
        (number, name) -> {
          VPort port = state.port(number);
          String tenant =
              port == null
                  ? byAdapter.getOrDefault(name.toLowerCase(Locale.ROOT), "")
                  : tenants.getOrDefault(port.tenant(), "");
          add(new Named(number, name, connection(port), tenant));
        });
    for (VPort port : state.ports()) {
      if (!devices.containsKey(port.number())) {
        String tenant = tenants.getOrDefault(port.tenant(), "");
        add(new Named(port.number(), port.name(), connection(port), tenant));
      }
    }
  }

  private static boolean isAdapter(VPort port) {
    return port.role() == PortRole.GUEST || port.role() == PortRole.GATEWAY;
  }

  private static String connection(@Nullable VPort port) {
    return port != null && port.role() == PortRole.CONNECTION ? port.name() : "";
  }

  private void add(Named named) {
    byNumber.put(named.number(), named);
    all.add(named);
  }

  /// All ports, those with a device first.
  List<Named> all() {
    return List.copyOf(all);
  }

  /// The name of a port, also of one that is not there any more.
  String name(int number) {
    Named named = byNumber.get(number);
    return named == null
        ? "port " + number
        : named.connection().isEmpty() ? named.name() : named.connection();
  }

  /// Names of tenants by slot, as far as this node has ports of them.
  Map<Integer, String> tenants() {
    return Map.copyOf(tenants);
  }
}
