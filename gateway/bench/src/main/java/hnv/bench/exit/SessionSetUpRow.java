// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.ExitGateway;
import hnv.bench.line.ExitLine.Access;
import hnv.bench.line.ExitLines;
import hnv.bench.result.Contestant;
import hnv.bench.result.Metric;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Sample;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How many sessions can begin in a second over real ports: a packet of each from the client, its
/// answer from the server as soon as it has arrived, some on their way at a time. The sessions of
/// each run are of an address that has had none.
record SessionSetUpRow(String name, ExitLines lines) implements Row {
  private static final int FLOWS = 192 * 64;
  private static final int MOST_WARM_UPS = 16;
  private static final double GOAL = 0.5;
  private static final Metric RATE = new Metric("", "sessions/s", true).withGoal(GOAL);

  @Override
  public String summary() {
    return "new NAT44 sessions over real ports, a packet each way : kernel and nftables masquerade";
  }

  @Override
  public Optional<String> lacking() {
    return Gateways.lacking();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    ExitGateway gatewayA = lines.kernel(Access.L3);
    ExitGateway gatewayB = lines.nodeOfManyAddresses();
    gatewayA.pin(true);
    gatewayB.pin(true);
    Sessions a = new Sessions(gatewayA);
    Sessions b = new Sessions(gatewayB);
    progress.say(name, "warming up");
    warmUp(a, settings);
    warmUp(b, settings);
    return new Turns(name, List.of(RATE), settings, progress)
        .note("%d sessions a run, %d on their way at most".formatted(FLOWS, HeldSessions.WINDOW))
        .note("client and server on CPU 0, the node on CPU 1")
        .measure(a, b);
  }

  /// As for other rows in seconds, and within what a node holds of sessions.
  private static void warmUp(Sessions side, Settings settings) {
    long begin = System.nanoTime();
    double wanted = settings.warmUpSeconds() * 1e9;
    for (int i = 0; i < MOST_WARM_UPS && System.nanoTime() - begin < wanted; i++) {
      side.run(1);
    }
  }

  private static final class Sessions implements Contestant {
    private final ExitGateway gateway;
    private int clients;

    Sessions(ExitGateway gateway) {
      this.gateway = gateway;
    }

    @Override
    public String name() {
      return gateway.name();
    }

    @Override
    public Sample run(double seconds) {
      HeldSessions sessions = new HeldSessions(gateway, clients++, 1, FLOWS);
      HeldSessions.Exchange exchange = sessions.exchange();
      return new Sample(
          List.of(1e9 * Math.max(1, exchange.arrived()) / exchange.elapsedNs()),
          Map.of(),
          exchange.problems());
    }
  }
}
