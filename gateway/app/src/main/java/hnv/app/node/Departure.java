// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.handover.HandOverPlace;
import hnv.app.handover.LeftState;
import hnv.app.handover.LeftState.LeftPort;
import hnv.app.handover.StateFile;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfFolder;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.offload.Inheritance;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.port.DevicePort;
import hnv.overlay.OverlayImage;
import hnv.vswitch.ConnectionImage;
import hnv.vswitch.VSwitch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The end of a node that leaves to the next one what forwards. First all that can fail and be
/// taken back, then the Worker's end, then the file. Control thread.
final class Departure {
  /// So long the kernel goes on by itself unless said otherwise.
  static final int DEFAULT_GRACE_S = 60;

  private static final Logger LOG = LoggerFactory.getLogger(Departure.class);

  private final NodeConfiguration configuration;
  private final HandOverPlace place;
  private final HostNetwork network;
  private final HostPorts ports;
  private final KernelExecutor executor;
  private final List<Leaving> leaving = new ArrayList<>();

  Departure(
      NodeConfiguration configuration,
      HostNetwork network,
      HostPorts ports,
      KernelExecutor executor) {
    this.configuration = configuration;
    place = HandOverPlace.of(configuration.controlSocket());
    this.network = network;
    this.ports = ports;
    this.executor = executor;
  }

  /// What was left.
  record Left(int ports, int flows, int connections, int graceS) {}

  /// A port that is left, with what the file says about it.
  private record Leaving(DevicePort port, LeftPort described) {}

  /// Names maps and links in the folder, and has TAPs stay. Forwarding goes on as it is.
  ///
  /// @throws Failure where it cannot be: nothing has changed
  void prepare() throws Failure {
    try {
      place.clear();
      BpfFolder folder = BpfFolder.make(place.folder());
      Inheritance.leave(executor, folder);
      for (PortPlace each : ports.places()) {
        if (each.port() instanceof DevicePort port && port.executesRecords()) {
          Optional<Link> link = network.link(each.device());
          if (link.isPresent() && link.get().index() == port.linkIndex()) {
            leaving.add(
                new Leaving(
                    port,
                    new LeftPort(
                        each.name(),
                        each.kind(),
                        each.number(),
                        each.device(),
                        port.linkIndex(),
                        Heritage.mac(link.get()))));
            // The devices of those who watch do not stay.
            executor.stopCapture(each.number());
            port.leave(folder);
          }
        }
      }
    } catch (LinuxException | IOException e) {
      undo();
      throw new Failure("nothing can be left to another node: " + e.getMessage(), e);
    }
  }

  private void undo() {
    try {
      for (Leaving each : leaving) {
        each.port().stay();
      }
      place.clear();
    } catch (LinuxException | IOException e) {
      throw new IllegalStateException("what was to be left could not be taken back", e);
    }
  }

  /// Ends the Worker, has the kernel go on for the grace, writes the file and gives the devices up;
  /// after {@link #prepare}.
  ///
  /// @throws Failure where the file cannot be written: nothing is left then, the ports are closed
  Left leave(Dataplane dataplane, OverlayImage overlay, String server, int graceS) throws Failure {
    dataplane.end();
    long nowNs = System.nanoTime();
    long graceNs = TimeUnit.SECONDS.toNanos(graceS);
    executor.alive(nowNs + graceNs);
    VSwitch vswitch = dataplane.vswitch();
    List<ConnectionImage> connections = vswitch.succession().leave();
    try {
      StateFile.write(
          place.state(),
          new LeftState(
              HandOverPlace.here(),
              nowNs,
              graceNs,
              HandOverPlace.code(),
              server,
              configuration.vxlanPort(),
              executor.mark(),
              executor.limits(),
              leaving.stream().map(Leaving::described).toList(),
              overlay,
              connections));
    } catch (IOException e) {
      undo();
      throw new Failure("nothing is left to another node: " + e.getMessage(), e);
    }
    leaving.forEach(each -> each.port().letGo());
    LOG.info(
        "handed over: {} ports, {} flows and {} connections; the kernel goes on for {} s",
        leaving.size(),
        vswitch.flows().inKernel(),
        connections.size(),
        graceS);
    return new Left(leaving.size(), vswitch.flows().inKernel(), connections.size(), graceS);
  }
}
