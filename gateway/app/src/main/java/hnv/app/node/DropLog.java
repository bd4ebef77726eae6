// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.overlay.OverlayNetwork;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Tells of dropped packets, in a measured way: of one cause at one port at once, and then once a
/// minute for as long as it goes on. Owned by the control thread.
final class DropLog {
  private static final long SILENCE_NS = 60_000_000_000L;

  /// From this number on reasons are of everyday life on a link.
  private static final int FIRST_USUAL = 100;

  private static final Logger LOG = LoggerFactory.getLogger(DropLog.class);

  private final Map<Cause, Told> told = new HashMap<>();

  private record Cause(String port, DropReason reason) {}

  private record Told(long count, long atNs) {}

  /// Looks at the counters of all ports.
  void look(Dataplane dataplane, List<PortPlace> places, OverlayNetwork overlay) throws Failure {
    Map<String, String> tenants = new HashMap<>();
    overlay
        .domains()
        .forEach(domain -> domain.adapters().forEach(a -> tenants.put(a.name(), domain.name())));
    List<Counters.Snapshot> snapshots =
        dataplane.ask(
            (vswitch, nowNs) -> {
              List<Counters.Snapshot> list = new ArrayList<>();
              places.forEach(place -> list.add(vswitch.counters(place.number())));
              return list;
            });
    Map<String, String> names = PolicyNames.spelled(overlay);
    for (int i = 0; i < places.size(); i++) {
      String name = places.get(i).name();
      String spelled = names.getOrDefault(name.toLowerCase(Locale.ROOT), name);
      look(name, tenants.getOrDefault(spelled, ""), snapshots.get(i).drops(), System.nanoTime());
    }
  }

  /// Looks at a port's counters.
  ///
  /// @param tenant what people call the port's tenant; empty for the underlay
  void look(String port, String tenant, Map<DropReason, Long> drops, long nowNs) {
    drops.forEach(
        (reason, count) -> {
          Cause cause = new Cause(port, reason);
          Told last = told.get(cause);
          long before = last == null ? 0 : last.count();
          if (count < before) {
            before = 0; // the port was closed and opened again
          }
          if (count > before && (last == null || nowNs - last.atNs() >= SILENCE_NS)) {
            LOG.atLevel(reason.number() < FIRST_USUAL ? Level.WARN : Level.INFO)
                .log(
                    "port {}{}: {} packets dropped, {}: {}",
                    port,
                    tenant.isEmpty() ? "" : " of " + tenant,
                    count - before,
                    reason,
                    reason.text());
            told.put(cause, new Told(count, nowNs));
          }
        });
  }
}
