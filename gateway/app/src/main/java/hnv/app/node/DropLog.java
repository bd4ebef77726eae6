// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.dataplane.DropReason;
import hnv.overlay.OverlayNetwork;
import hnv.vswitch.ForwardingState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
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

  private record Dropped(PortNames.Named port, Map<DropReason, Long> drops) {}

  /// Looks at the counters of all ports, those without a device included.
  void look(Dataplane dataplane, List<PortPlace> places, OverlayNetwork overlay) throws Failure {
    Map<Integer, String> devices = new LinkedHashMap<>();
    places.forEach(place -> devices.put(place.number(), place.name()));
    ForwardingState state = dataplane.ask((vswitch, nowNs) -> vswitch.state());
    List<PortNames.Named> ports = new PortNames(devices, overlay, state).all();
    List<Dropped> dropped =
        dataplane.ask(
            (vswitch, nowNs) -> {
              List<Dropped> list = new ArrayList<>();
              for (PortNames.Named port : ports) {
                Map<DropReason, Long> drops = vswitch.counters(port.number()).drops();
                if (!drops.isEmpty()) {
                  list.add(new Dropped(port, drops));
                }
              }
              return list;
            });
    dropped.forEach(each -> look(each.port().inWords(), each.drops(), System.nanoTime()));
  }

  /// Looks at a port's counters.
  ///
  /// @param port in words, with its tenant
  void look(String port, Map<DropReason, Long> drops, long nowNs) {
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
                    "port {}: {} packets dropped, {}: {}",
                    port,
                    count - before,
                    reason,
                    reason.text());
            told.put(cause, new Told(count, nowNs));
          }
        });
  }
}
