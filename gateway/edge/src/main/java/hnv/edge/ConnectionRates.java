// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.MeterTable;
import hnv.vswitch.PortRole;
import java.util.HashMap;
import java.util.Map;

/// How much goes by network connections just now, whoever forwards it: what their meters counted in
/// the last {@value #INTERVAL_NS} ns that have ended. Owned by the Worker.
public final class ConnectionRates {
  static final long INTERVAL_NS = 5_000_000_000L;

  private final MeterTable meters;
  private Map<Integer, Sample> samples = new HashMap<>();
  private long nextNs = Long.MIN_VALUE;

  private record Sample(long atNs, long sent, long got, Rate rate) {}

  /// What a tenant sends (tx) and gets (rx) by a connection.
  public record Rate(long txKbps, long rxKbps) {
    /// Nothing has been seen for a whole interval yet.
    static final Rate ZERO = new Rate(0, 0);
  }

  ConnectionRates(MeterTable meters) {
    this.meters = meters;
  }

  /// Looks at the meters, if it is time to.
  void housekeep(EdgeState state, long nowNs) {
    if (nowNs < nextNs) {
      return;
    }
    nextNs = nowNs + INTERVAL_NS;
    Map<Integer, Sample> next = new HashMap<>();
    for (EdgePort port : state.ports()) {
      if (port.role() == PortRole.CONNECTION) {
        next.put(port.number(), sample(port, nowNs));
      }
    }
    samples = next;
  }

  private Sample sample(EdgePort port, long nowNs) {
    long sent = meters.octets(port.sendMeter());
    long got = meters.octets(port.getMeter());
    Sample before = samples.get(port.number());
    Rate rate = Rate.ZERO;
    // Less than before: the number is another connection's now.
    if (before != null && sent >= before.sent() && got >= before.got() && nowNs > before.atNs()) {
      long ns = nowNs - before.atNs();
      rate = new Rate(kbps(sent - before.sent(), ns), kbps(got - before.got(), ns));
    }
    return new Sample(nowNs, sent, got, rate);
  }

  private static long kbps(long octets, long ns) {
    return Math.round(octets * 8e6 / ns);
  }

  /// The rate of the connection whose port has this number.
  public Rate of(int port) {
    Sample known = samples.get(port);
    return known == null ? Rate.ZERO : known.rate();
  }
}
