// SPDX-License-Identifier: Apache-2.0
package hnv.app.replay;

import hnv.app.json.Json;
import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import java.util.EnumMap;
import java.util.Map;

/// The counters of the ports, and their sums.
final class ReplayTotals {
  private long receivedPackets;
  private long receivedOctets;
  private long sentPackets;
  private long sentOctets;
  private final Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);

  /// Counts a port in and gives its part of the report.
  Json add(String port, String capture, Counters.Snapshot counters) {
    receivedPackets += counters.receivedPackets();
    receivedOctets += counters.receivedOctets();
    sentPackets += counters.sentPackets();
    sentOctets += counters.sentOctets();
    counters.drops().forEach((reason, count) -> drops.merge(reason, count, Long::sum));
    return describe(
        Json.object().put("port", port).put("capture", capture),
        counters.receivedPackets(),
        counters.receivedOctets(),
        counters.sentPackets(),
        counters.sentOctets(),
        counters.drops());
  }

  /// The sums of all ports.
  Json toJson() {
    return describe(Json.object(), receivedPackets, receivedOctets, sentPackets, sentOctets, drops);
  }

  private static Json describe(
      Json.Members to,
      long receivedPackets,
      long receivedOctets,
      long sentPackets,
      long sentOctets,
      Map<DropReason, Long> drops) {
    Json.Members reasons = Json.object();
    drops.forEach((reason, count) -> reasons.put(reason.name(), count));
    return to.put("in", traffic(receivedPackets, receivedOctets))
        .put("out", traffic(sentPackets, sentOctets))
        .put("dropped", drops.values().stream().mapToLong(Long::longValue).sum())
        .put("drops", reasons);
  }

  private static Json traffic(long packets, long octets) {
    return Json.object().put("packets", packets).put("bytes", octets);
  }
}
