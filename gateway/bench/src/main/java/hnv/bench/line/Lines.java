// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.dataplane.Encapsulation;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Processes;
import hnv.lab.netns.Watchdog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// All lines, side by side, each laid when a row first asks for it. All stay up; only one carries
/// traffic at a time. Closing removes all. Owned by one thread.
public final class Lines implements AutoCloseable {
  /// Where packets are sent from.
  public static final int SENDER_CPU = 0;

  /// Where the processes of forwarders are.
  public static final int FORWARDER_CPU = 1;

  private final Map<String, Forwarder> laid = new LinkedHashMap<>();
  private final Map<String, LabException> failed = new HashMap<>();
  private final boolean offload;
  private @Nullable Watchdog watchdog;
  private @Nullable Processes processes;
  private @Nullable Line direct;

  /// @param offload false: nodes leave no flow to the kernel, every packet passes Java
  public Lines(boolean offload) {
    this.offload = offload;
  }

  /// Whether nodes leave flows to the kernel.
  public boolean isOffloading() {
    return offload;
  }

  /// The kernel's bridge and VXLAN device.
  public Forwarder kernel() {
    return forwarder("kernel", Line.OtherHost.KERNEL_VXLAN, KernelForwarder::new);
  }

  /// This program, VXLAN; established flows in the kernel unless said otherwise.
  public NodeForwarder node() {
    return node(
        new NodeForwarder.Kind("hnv", Encapsulation.VXLAN, offload, false),
        Line.OtherHost.KERNEL_VXLAN);
  }

  /// This program, VXLAN, all packets through Java.
  public NodeForwarder javaAlone() {
    return node(
        new NodeForwarder.Kind("hnv Java alone", Encapsulation.VXLAN, false, false),
        Line.OtherHost.KERNEL_VXLAN);
  }

  /// This program with machines of two tenants on the host.
  public NodeForwarder nodeOfTwoTenants() {
    return node(
        new NodeForwarder.Kind("hnv two tenants", Encapsulation.VXLAN, offload, true),
        Line.OtherHost.KERNEL_VXLAN);
  }

  /// This program at both ends of the tunnel.
  public NodeForwarder twoNodes(Encapsulation encapsulation) {
    return node(
        new NodeForwarder.Kind("hnv " + encapsulation, encapsulation, offload, false),
        Line.OtherHost.WITH_MACHINE);
  }

  /// Open vSwitch; {@link #lackingOvs} first.
  public Forwarder ovs() {
    return forwarder("ovs", Line.OtherHost.KERNEL_VXLAN, line -> new OvsForwarder(line, folder()));
  }

  /// What this machine lacks for {@link #ovs}; empty where nothing.
  public static Optional<String> lackingOvs() {
    return OvsForwarder.lacking();
  }

  /// A line with nothing in the middle.
  public Line direct() {
    Line line = direct == null ? lay("direct", Line.OtherHost.KERNEL_VXLAN) : direct;
    direct = line;
    line.host().ip("link set %s up".formatted(Line.VM));
    return line;
  }

  private NodeForwarder node(NodeForwarder.Kind kind, Line.OtherHost otherHost) {
    return forwarder(
        kind.name().replace("hnv ", "").replace(' ', '-'),
        otherHost,
        line -> new NodeForwarder(line, kind, folder()));
  }

  @SuppressWarnings("unchecked") // One name, one kind of forwarder: the methods above.
  private <F extends Forwarder> F forwarder(
      String name, Line.OtherHost otherHost, Function<Line, F> place) {
    LabException before = failed.get(name);
    if (before != null) {
      throw before;
    }
    Forwarder found = laid.get(name);
    if (found == null) {
      try {
        found = place.apply(lay(name, otherHost));
      } catch (LabException e) {
        failed.put(name, e); // Half of the line stands; the next row shall not wait again.
        throw e;
      }
      laid.put(name, found);
    }
    return (F) found;
  }

  private Line lay(String name, Line.OtherHost otherHost) {
    return Line.lay(processes(), name, otherHost);
  }

  /// What runs commands in namespaces; the run's watchdog begins to look when it is first asked
  /// for.
  Processes processes() {
    Processes started = processes == null ? begin() : processes;
    processes = started;
    return started;
  }

  private Processes begin() {
    Watchdog.removeLeftovers();
    String run = Watchdog.newRun();
    watchdog = Watchdog.watch(run);
    try {
      return new Processes(run, Files.createDirectories(folder().resolve("logs")));
    } catch (IOException e) {
      throw new LabException("cannot make the folder of the run", e);
    }
  }

  static Path folder() {
    return Watchdog.folder(Watchdog.newRun());
  }

  @Override
  public void close() {
    laid.clear();
    direct = null;
    processes = null;
    if (watchdog != null) {
      watchdog.close();
      watchdog = null;
    }
  }
}
