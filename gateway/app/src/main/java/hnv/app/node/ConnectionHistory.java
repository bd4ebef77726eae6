// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.edge.EdgeView.ConnectionRow;
import hnv.wire.RoutingDomainId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Since when each network connection of a gateway has been as it is; a change is logged. Owned by
/// the control thread.
final class ConnectionHistory {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionHistory.class);

  private Map<Key, Since> all = new HashMap<>();

  private record Key(RoutingDomainId tenant, String connection) {}

  /// @param why nothing goes by it; empty where something does
  private record Since(String why, long ns) {}

  /// Takes note of how all connections are now; those not named are forgotten.
  void note(List<ConnectionRow> rows, long nowNs) {
    Map<Key, Since> next = new HashMap<>();
    for (ConnectionRow row : rows) {
      Key key = new Key(row.tenant(), row.name());
      Since before = all.get(key);
      if (before != null && before.why().isEmpty() == row.isReachable()) {
        next.put(key, new Since(row.why(), before.ns()));
        continue;
      }
      next.put(key, new Since(row.why(), nowNs));
      if (before != null || !row.isReachable()) {
        String state = row.isReachable() ? "up" : "down: " + row.why();
        LOG.info("{}: {} is {}", row.gateway(), row.name(), state);
      }
    }
    all = next;
  }

  /// Seconds that a connection has been up for; 0 while it is down.
  long upSeconds(ConnectionRow row, long nowNs) {
    Since since = all.get(new Key(row.tenant(), row.name()));
    return since == null || !since.why().isEmpty() ? 0 : (nowNs - since.ns()) / 1_000_000_000L;
  }
}
