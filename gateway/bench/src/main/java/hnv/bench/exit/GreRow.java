// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.Commands;
import hnv.bench.line.ExitGateway;
import hnv.bench.line.ExitLines;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Settings;
import hnv.bench.result.Turns;
import hnv.bench.wire.WarmUp;
import java.util.List;
import java.util.Optional;

/// Small packets of established flows between a tenant's link and his GRE tunnel, with a key,
/// beside the kernel's forwarding between a link and a VXLAN tunnel: this kernel has no GRE.
///
/// @param name the row's
/// @param goal what B : A shall reach
record GreRow(String name, ExitStream.Way way, double goal, ExitLines lines) implements Row {

  @Override
  public String summary() {
    return "64-octet UDP packets of 256 flows, %s GRE tunnel : kernel, VXLAN in its place"
        .formatted(way == ExitStream.Way.OUT ? "from a link into a" : "to a link out of a");
  }

  @Override
  public Optional<String> lacking() {
    return Commands.lackingForLines();
  }

  @Override
  public RowResult measure(Settings settings, Progress progress) {
    progress.say(name, "laying the lines");
    ExitGateway a = lines.kernelTunnel();
    ExitGateway b = lines.nodeTunnel();
    a.pin(true);
    b.pin(true);
    try (ExitStream streamA = ExitStream.tunnelled(a, way, false);
        ExitStream streamB = ExitStream.tunnelled(b, way, true)) {
      progress.say(name, "warming up");
      WarmUp.of(streamA, a::cpuNs, settings);
      WarmUp.of(streamB, b::cpuNs, settings);
      return new Turns(
              name,
              List.of(ExitStream.RATE.withGoal(goal), ExitStream.PER_CORE),
              settings,
              progress)
          .note("A is VXLAN, as this kernel has no GRE; B is GRE with a key")
          .note("generator, forwarding and sink on CPU 0, no receive packet steering")
          .measure(streamA, streamB);
    }
  }
}
