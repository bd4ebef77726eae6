// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.lab.netns.LabException;
import hnv.lab.netns.Processes;
import hnv.lab.netns.Watchdog;
import hnv.lab.topology.FlowsBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Two lines side by side: the kernel in the middle of one, this program in the middle of the
/// other. Both stay up; only one carries traffic at a time. Closing removes all.
final class Lines implements AutoCloseable {
  /// Where packets are sent from.
  static final int SENDER_CPU = 0;

  /// Where they are forwarded.
  static final int FORWARDER_CPU = 1;

  private final Watchdog watchdog;
  private final KernelForwarder kernel;
  private final NodeForwarder node;

  private Lines(Watchdog watchdog, KernelForwarder kernel, NodeForwarder node) {
    this.watchdog = watchdog;
    this.kernel = kernel;
    this.node = node;
  }

  /// Lays both and starts the node.
  ///
  /// @throws LabException when something refuses; nothing is left then
  static Lines lay(FlowsBy flowsBy) {
    Watchdog.removeLeftovers();
    String run = Watchdog.newRun();
    Watchdog watchdog = Watchdog.watch(run);
    try {
      Path folder = Watchdog.folder(run);
      Processes processes = new Processes(run, Files.createDirectories(folder.resolve("logs")));
      KernelForwarder kernel = new KernelForwarder(Line.lay(processes, "kernel"));
      NodeForwarder node = new NodeForwarder(Line.lay(processes, "hnv"), folder, flowsBy);
      return new Lines(watchdog, kernel, node);
    } catch (LabException e) {
      watchdog.close();
      throw e;
    } catch (IOException e) {
      watchdog.close();
      throw new LabException("cannot make the folder of the run", e);
    }
  }

  KernelForwarder kernel() {
    return kernel;
  }

  NodeForwarder node() {
    return node;
  }

  @Override
  public void close() {
    watchdog.close();
  }
}
