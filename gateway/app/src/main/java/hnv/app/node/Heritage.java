// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.handover.HandOverPlace;
import hnv.app.handover.LeftState;
import hnv.app.handover.LeftState.LeftPort;
import hnv.app.handover.StateFile;
import hnv.app.handover.StateRefusedException;
import hnv.app.host.OfflineHost;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfFolder;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.offload.ExitDevice;
import hnv.linux.offload.Inheritance;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.port.DevicePort;
import hnv.overlay.OverlayCompiler;
import hnv.overlay.OverlayImage;
import hnv.vswitch.ConnectionImage;
import hnv.vswitch.Succession;
import hnv.vswitch.VSwitch;
import hnv.wire.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an earlier node left for this one, as far as it can be believed and is still as it was.
/// Until {@link #close} the kernel goes on by it even where this process takes nothing over.
final class Heritage implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Heritage.class);

  private final HandOverPlace place;
  private final BpfFolder folder;
  private final LeftState state;
  private final Map<Integer, Integer> linkIndexes = new HashMap<>();
  private final List<LeftPort> gone = new ArrayList<>();
  private final long begunNs = System.nanoTime();
  private int connections;
  private int flows;
  private int refused;
  private boolean claimed;
  private boolean closed;
  private @Nullable KernelOffload offload;

  private Heritage(HandOverPlace place, BpfFolder folder, LeftState state) {
    this.place = place;
    this.folder = folder;
    this.state = state;
  }

  /// Looks for what was left. What cannot be taken over is cleared, and why is said in one line:
  /// the ports are closed then, and are opened like any. Where another node is running, nothing is
  /// there for this one.
  ///
  /// @param server as policy spells it
  /// @param onFailure told of what the kernel refuses later on
  static Optional<Heritage> find(
      NodeConfiguration configuration,
      String server,
      HostNetwork network,
      Consumer<LinuxException> onFailure) {
    if (AdminSocket.answers(configuration.controlSocket())) {
      return Optional.empty();
    }
    HandOverPlace place = HandOverPlace.of(configuration.controlSocket());
    LeftState state = null;
    try {
      Optional<LeftState> read = StateFile.read(place.state());
      Optional<BpfFolder> folder = place.left();
      if (read.isEmpty() && folder.isEmpty()) {
        return Optional.empty();
      }
      state = read.orElseThrow(() -> new StateRefusedException("its state is not there"));
      HandOverPlace.check(state, HandOverPlace.here(), System.nanoTime());
      requireSame("server", state.server(), server);
      requireSame("VXLAN port", state.vxlanPort(), configuration.vxlanPort());
      if (!configuration.offload()) {
        throw new StateRefusedException("this one leaves no flow to the kernel");
      }
      Heritage found =
          new Heritage(
              place,
              folder.orElseThrow(() -> new StateRefusedException("its maps are not there")),
              state);
      found.match(configuration, network);
      found.offload = KernelOffload.resume(found, onFailure);
      return Optional.of(found);
    } catch (StateRefusedException | LinuxException | IOException e) {
      refuse(place, state, network, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private static void requireSame(String what, Object left, Object here)
      throws StateRefusedException {
    if (!left.equals(here)) {
      throw new StateRefusedException("its " + what + " is " + left + ", not " + here);
    }
  }

  private static void refuse(
      HandOverPlace place, @Nullable LeftState state, HostNetwork network, String why) {
    LOG.warn(
        "what the node before left at {} is not taken over: {}; it is cleared, this is a cold start",
        place.state(),
        why);
    clear(place, state, network);
  }

  /// Ends what was left, whatever it is. No node is running.
  static void discard(NodeConfiguration configuration, HostNetwork network) {
    HandOverPlace place = HandOverPlace.of(configuration.controlSocket());
    LeftState state = null;
    try {
      state = StateFile.read(place.state()).orElse(null);
    } catch (StateRefusedException e) {
      LOG.debug("what the node before left: {}", e.getMessage());
    }
    clear(place, state, network);
  }

  /// Ends what was left: nothing is forwarded by it any more.
  static void clear(HandOverPlace place, @Nullable LeftState state, HostNetwork network) {
    try {
      place.clear();
      if (state != null) {
        for (LeftPort port : state.ports()) {
          DevicePort.clearLeft(network, port.linkIndex());
        }
      }
    } catch (LinuxException | IOException e) {
      LOG.error("what the node before left could not be cleared: {}", e.getMessage());
    }
  }

  /// Which ports are what they were: by the same name on the same device.
  private void match(NodeConfiguration configuration, HostNetwork network) throws LinuxException {
    for (LeftPort port : state.ports()) {
      String device =
          port.number() == HostPorts.UNDERLAY_NUMBER && port.name().equals(OfflineHost.UNDERLAY)
              ? configuration.underlay()
              : configuration.ports().getOrDefault(port.name(), "");
      Optional<Link> link = network.link(port.device());
      if (device.equals(port.device())
          && link.isPresent()
          && link.get().index() == port.linkIndex()
          && mac(link.get()) == port.mac()) {
        linkIndexes.put(port.number(), port.linkIndex());
      } else {
        gone.add(port);
      }
    }
  }

  /// The device's MAC address as {@link LeftPort} has it.
  static long mac(Link link) {
    MacAddress mac = link.mac();
    return mac == null ? -1 : mac.bits();
  }

  LeftState state() {
    return state;
  }

  BpfFolder folder() {
    return folder;
  }

  /// For the executor that goes on.
  Inheritance inheritance() {
    return new Inheritance(folder, state.mark(), linkIndexes);
  }

  /// The executor, which goes on with what was left.
  KernelOffload offload() {
    return Objects.requireNonNull(offload);
  }

  /// Numbers of all ports that there were, by name.
  Map<String, Integer> numbers() {
    Map<String, Integer> numbers = new HashMap<>();
    state.ports().forEach(port -> numbers.put(port.name(), port.number()));
    return numbers;
  }

  /// Indexes and digests for the compiler. Another program may make something else of the same
  /// policy: its flows are asked about once more.
  private OverlayImage overlay() {
    try {
      String code = HandOverPlace.code();
      if (!code.isEmpty() && code.equals(state.code())) {
        return state.overlay();
      }
    } catch (IOException e) {
      LOG.debug("this program cannot be told from others: {}", e.getMessage());
    }
    LOG.info("the node before was another program: its flows are asked about once more");
    return state.overlay().withoutDigests();
  }

  /// Takes over what this process is the first and only one to take, before the switch's first
  /// packet: connections, the flows that belong to them, and nothing of ports that are gone.
  ///
  /// @throws Failure where it cannot be: what was taken over by halves is of no use, and {@link
  ///     #close} clears it
  void takeOver(OverlayCompiler compiler, KernelExecutor executor, VSwitch vswitch) throws Failure {
    try {
      place.claim();
      claimed = true;
      compiler.resume(overlay());
      takeOver(executor, vswitch);
    } catch (LinuxException | StateRefusedException | IllegalArgumentException e) {
      throw new Failure("what the node before left cannot be taken over: " + e.getMessage(), e);
    }
  }

  private void takeOver(KernelExecutor executor, VSwitch vswitch) throws LinuxException {
    for (LeftPort port : gone) {
      LOG.warn("port {}: not on device {} as it was; its flows end", port.name(), port.device());
      Inheritance.end(folder, port.number());
      executor.putExit(port.number(), 0, 0, ExitDevice.ORDINARY);
      executor.removePort(port.linkIndex());
    }
    Set<Integer> numbers = new HashSet<>();
    gone.forEach(port -> numbers.add(port.number()));
    List<ConnectionImage> remaining =
        state.connections().stream()
            .filter(c -> !numbers.contains(c.initiatorPort()))
            .filter(c -> !numbers.contains(c.responderPort()))
            .toList();
    Succession succession = vswitch.succession();
    connections = succession.resume(remaining);
    refused =
        Inheritance.adoptFlows(
            executor,
            (ofIpv6, keys, keyAt, records, at) ->
                succession.adopt(ofIpv6, keys, keyAt, records, at, HostPorts.UNDERLAY_NUMBER));
    flows = vswitch.flows().inKernel();
  }

  /// What was taken over, in words.
  String account() {
    return String.format(
        Locale.ROOT,
        "adopted %,d flows, %,d connections in %d ms%s",
        flows,
        connections,
        (System.nanoTime() - begunNs) / 1_000_000,
        refused == 0 ? "" : ", removed " + refused + " flows that nobody vouched for");
  }

  /// Nothing is needed any more: what this process has taken over it holds itself, the rest ends.
  /// What it has not claimed may be another one's by now, or the next one's.
  @Override
  public void close() {
    if (claimed && !closed) {
      closed = true;
      try (HostNetwork network = HostNetwork.open()) {
        clear(place, null, network);
        for (LeftPort port : gone) {
          DevicePort.clearLeft(network, port.linkIndex());
        }
      } catch (LinuxException e) {
        LOG.error("what the node before left could not be cleared: {}", e.getMessage());
      }
    }
  }
}
