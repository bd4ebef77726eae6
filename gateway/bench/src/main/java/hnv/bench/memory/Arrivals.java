// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.BenchPolicy.Tenant;
import hnv.bench.traffic.MarkedFrame;
import hnv.bench.traffic.TunnelFrame;
import hnv.dataplane.Frame;
import java.util.ArrayList;
import java.util.List;

/// Counts what leaves a host and looks into each packet: outer headers, virtual subnet, mark.
/// Owned by one thread.
final class Arrivals {
  private long intact;
  private long damaged;
  private long sumOfMarks;

  /// Looks at everything that leaves the host from now on, until {@link #ignore}.
  static Arrivals watch(MemoryHost host) {
    Arrivals arrivals = new Arrivals();
    host.underlay().show(arrivals::fromTunnel);
    host.port(BenchPolicy.BLUE).show(arrivals::fromMachine);
    host.port(BenchPolicy.GREEN).show(arrivals::fromMachine);
    return arrivals;
  }

  /// Looks at nothing any more.
  static void ignore(MemoryHost host) {
    host.ports().forEach(port -> port.show(null));
  }

  private void fromTunnel(Frame frame) {
    boolean right =
        frame.length() == TunnelFrame.LENGTH
            && (isOf(frame, BenchPolicy.BLUE) || isOf(frame, BenchPolicy.GREEN));
    count(frame, frame.start() + TunnelFrame.HEADER_LENGTH, right);
  }

  private static boolean isOf(Frame frame, Tenant tenant) {
    return TunnelFrame.isFor(
        frame.memory(),
        frame.start(),
        BenchPolicy.PA_HERE.bits(),
        BenchPolicy.PA_THERE.bits(),
        tenant.vsid());
  }

  private void fromMachine(Frame frame) {
    count(frame, frame.start(), frame.length() == MarkedFrame.LENGTH);
  }

  private void count(Frame frame, long inner, boolean right) {
    if (right && MarkedFrame.isIntact(frame.memory(), inner)) {
      intact++;
      sumOfMarks += MarkedFrame.mark(frame.memory(), inner);
    } else {
      damaged++;
    }
  }

  /// What is wrong, where these frames had to arrive, each once; empty where all is well.
  ///
  /// @param innerAt offset of the inner frame in each
  List<String> problems(List<Templates> expected, int innerAt) {
    long frames = 0;
    long marks = 0;
    for (Templates templates : expected) {
      for (int i = 0; i < templates.count(); i++) {
        marks += MarkedFrame.mark(templates.memory(), templates.at(i) + innerAt);
      }
      frames += templates.count();
    }
    List<String> problems = new ArrayList<>();
    if (intact + damaged != frames) {
      problems.add("%d packets went in and %d came out".formatted(frames, intact + damaged));
    }
    if (damaged > 0) {
      problems.add(damaged + " packets came out with other contents");
    } else if (intact == frames && sumOfMarks != marks) {
      problems.add("other packets came out than went in");
    }
    return problems;
  }
}
