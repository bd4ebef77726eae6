// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.ExitGateway;
import hnv.bench.line.ExitLine.Access;
import hnv.bench.line.ExitLines;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import hnv.bench.wire.WarmUp;
import java.util.List;
import java.util.Optional;

/// Small packets of established flows through a translation: how many arrive in a second.
///
/// @param name the row's
/// @param goal what B : A shall reach
record TranslationRow(String name, Access access, ExitStream.Way way, double goal, ExitLines lines)
    implements Row {

  @Override
  public String summary() {
    return "64-octet UDP packets of 256 flows, NAT44, %s : kernel and nftables masquerade"
        .formatted(
            way == ExitStream.Way.OUT
                ? Gateways.text(access) + " to the outside"
                : Gateways.text(access).replace("from", "answers to"));
  }

  @Override
  public Optional<String> lacking() {
    return Gateways.lacking();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    ExitGateway a = lines.kernel(access);
    ExitGateway b = lines.node(access);
    a.pin(true);
    b.pin(true);
    try (ExitStream streamA = ExitStream.translated(a, way);
        ExitStream streamB = ExitStream.translated(b, way)) {
      progress.say(name, "warming up");
      WarmUp.of(streamA, a::cpuNs, settings);
      WarmUp.of(streamB, b::cpuNs, settings);
      return new Turns(
              name,
              List.of(ExitStream.RATE.withGoal(goal), ExitStream.PER_CORE),
              settings,
              progress)
          .note("generator, forwarding and sink on CPU 0, no receive packet steering")
          .measure(streamA, streamB);
    }
  }
}
