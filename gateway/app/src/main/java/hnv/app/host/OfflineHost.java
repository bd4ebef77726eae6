// SPDX-License-Identifier: Apache-2.0
package hnv.app.host;

import hnv.app.HostLayers;
import hnv.app.cli.Refusal;
import hnv.app.policy.EdgeCompilerInput;
import hnv.app.policy.PolicyCompiler;
import hnv.dataplane.Counters;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowOffload;
import hnv.dataplane.FramePool;
import hnv.dataplane.IdleStrategy;
import hnv.dataplane.OuterHeader;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.dataplane.Worker;
import hnv.edge.EdgeNetwork;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.model.Server;
import hnv.overlay.CapacityExceededException;
import hnv.overlay.OverlayChange;
import hnv.overlay.OverlayCompiler;
import hnv.overlay.OverlayNetwork;
import hnv.overlay.PortBinding;
import hnv.overlay.TableRanges;
import hnv.vswitch.VSwitch;
import hnv.vswitch.VSwitchLimits;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A host without a machine: the dataplane of a node, with ports in memory, on the caller's
/// thread and by the caller's clock. Deterministic: the same policy and the same packets at the
/// same times give the same octets. Owned by one thread.
public final class OfflineHost {
  /// Name of the port to the provider network.
  public static final String UNDERLAY = "underlay";

  /// Octets of the largest IP packet that a VM's port carries: what a capture holds was carried by
  /// its device.
  public static final int VM_PORT_MTU = 65_535;

  /// The underlay's MTU unless said otherwise.
  public static final int DEFAULT_UNDERLAY_MTU = 1_500;

  private static final int UNDERLAY_NUMBER = 0;

  /// How large the host's tables are.
  ///
  /// @param frames packets that can be on their way at once
  /// @param limits of the switch
  public record Size(int frames, VSwitchLimits limits) {
    /// For one packet at a time, and its copies one after the other: a node's, but for fewer
    /// unified flows. Those change how fast packets pass, and nothing else.
    public static final Size SMALL =
        new Size(
            64,
            new VSwitchLimits(
                16_384,
                VSwitchLimits.DEFAULT.connections(),
                16_384,
                VSwitchLimits.DEFAULT.tenantConnections()));

    /// A node's.
    public static final Size NODE = new Size(FramePool.DEFAULT_FRAMES, VSwitchLimits.DEFAULT);
  }

  /// What is decided from outside.
  ///
  /// @param underlayMtu octets of the largest IP packet that the underlay carries
  /// @param addresses MAC addresses of the underlay
  /// @param flowTable false walks every packet
  public record Settings(
      int underlayMtu, UnderlayAddresses addresses, boolean flowTable, Size size) {
    /// An MTU of 1500 octets, MAC addresses by the rule, with flow table.
    public static final Settings DEFAULT =
        new Settings(DEFAULT_UNDERLAY_MTU, new UnderlayAddresses(Map.of()), true);

    /// For one packet at a time.
    public Settings(int underlayMtu, UnderlayAddresses addresses, boolean flowTable) {
      this(underlayMtu, addresses, flowTable, Size.SMALL);
    }
  }

  /// Makes a port of the host.
  @FunctionalInterface
  public interface PortFactory {
    /// The port of this name, kind, number and MTU.
    Port create(String name, PortKind kind, int number, int mtu);
  }

  private final OverlayNetwork network;
  private final FramePool pool;
  private final VSwitch vswitch;
  private final Worker worker;
  private final Map<String, Port> ports = new LinkedHashMap<>();
  private long nowNs;
  private @Nullable Throwable bug;
  private @Nullable OfflineGateway gateway;

  /// Puts a policy in force on one of its servers. The server's interfaces, also those without
  /// VSID, and the underlay become ports; of a gateway also its places at devices to the outside.
  ///
  /// @throws Refusal where the policy is larger than the switch's tables
  public OfflineHost(Policy policy, Server server, Settings settings, PortFactory factory)
      throws Refusal {
    this(policy, server, settings, factory, arraysOf(policy, server), FlowOffload.NONE);
  }

  private static FlowArrays arraysOf(Policy policy, Server server) {
    return edgeOf(policy, server).equals(EdgeNetwork.EMPTY)
        ? FlowArrays.ofDefaultSize()
        : TableRanges.gatewayArrays();
  }

  private static EdgeNetwork edgeOf(Policy policy, Server server) {
    return EdgeCompilerInput.edgeOf(policy, server.resourceId().toString());
  }

  /// Puts a policy in force on one of its servers, and hands established flows over to another
  /// executor, as far as the ports let it.
  ///
  /// @param arrays the tables beside the flows, which the other executor may share
  /// @throws Refusal where the policy is larger than the switch's tables
  public OfflineHost(
      Policy policy,
      Server server,
      Settings settings,
      PortFactory factory,
      FlowArrays arrays,
      FlowOffload offload)
      throws Refusal {
    network = PolicyCompiler.compile(policy);
    pool = new FramePool(settings.size().frames());
    vswitch = new VSwitch(arrays, pool, new Counters(), settings.size().limits());
    vswitch.offloadTo(offload);
    vswitch.useFlowTable(settings.flowTable());
    worker = new Worker(vswitch, pool, () -> nowNs, new NeverIdle(), found -> bug = found);
    attach(factory.create(UNDERLAY, PortKind.UNDERLAY, UNDERLAY_NUMBER, settings.underlayMtu()));
    Map<String, PortBinding> bindings = new HashMap<>();
    int number = UNDERLAY_NUMBER;
    for (NetworkInterface networkInterface : PolicyCompiler.interfacesOn(policy, server)) {
      String name = networkInterface.resourceId().toString();
      number++;
      attach(factory.create(name, PortKind.VIRTUAL_MACHINE, number, VM_PORT_MTU));
      bindings.put(name, new PortBinding(number, VM_PORT_MTU));
    }
    EdgeNetwork edge = edgeOf(policy, server);
    if (!edge.equals(EdgeNetwork.EMPTY)) {
      OfflineGateway made = new OfflineGateway(edge, vswitch, pool, settings.addresses());
      made.makePorts(factory, number + 1).forEach(port -> attach(port, made.answering(port)));
      gateway = made;
    }
    apply(server, bindings).tunnels().forEach(tunnel -> resolve(tunnel, settings));
  }

  private OverlayChange apply(Server server, Map<String, PortBinding> bindings) throws Refusal {
    String name = server.resourceId().toString();
    try {
      if (gateway == null) {
        OverlayChange change =
            new OverlayCompiler(name, HostLayers.LAYERS).compile(network, bindings);
        change.applyTo(vswitch);
        return change;
      }
      OverlayChange change =
          new OverlayCompiler(name, HostLayers.LAYERS, gateway.adapterLayers())
              .compile(network, bindings);
      gateway.apply(change, nowNs);
      return change;
    } catch (CapacityExceededException e) {
      throw new Refusal("--policy: " + e.getMessage());
    }
  }

  private void attach(Port port) {
    attach(port, port);
  }

  private void attach(Port port, Port asSeen) {
    ports.put(port.name(), port);
    vswitch.attach(asSeen);
    worker.addPort(asSeen);
  }

  private void resolve(OverlayChange.Tunnel tunnel, Settings settings) {
    UnderlayAddresses addresses = settings.addresses();
    OuterHeader header =
        OuterHeader.of(
            tunnel.encapsulation(),
            tunnel.local(),
            tunnel.remote(),
            addresses.macOf(tunnel.local()),
            addresses.macOf(tunnel.remote()),
            OuterHeader.DEFAULT_TTL,
            VSwitch.DEFAULT_VXLAN_PORT);
    vswitch
        .arrays()
        .nextHops()
        .putTunnel(tunnel.nextHop(), UNDERLAY_NUMBER, header, settings.underlayMtu());
  }

  /// One duty cycle at this time, which is never before that of an earlier one.
  ///
  /// @return how much was done and is left to do, about; 0 where nothing is
  /// @throws IllegalStateException where the dataplane has a bug
  public int work(long timeNs) {
    nowNs = timeNs;
    int work = worker.doWork();
    if (gateway != null) {
      gateway.work(timeNs);
    }
    if (bug != null) {
      throw new IllegalStateException("a bug in the dataplane", bug);
    }
    return work;
  }

  /// The whole network, as compiled.
  public OverlayNetwork network() {
    return network;
  }

  /// The pool of all frames.
  public FramePool pool() {
    return pool;
  }

  /// The host's switch.
  public VSwitch vswitch() {
    return vswitch;
  }

  /// The underlay first, then the interfaces in the order of the policy.
  public Map<String, Port> ports() {
    return ports;
  }

  /// The port of this name, whatever the case of its letters.
  public Optional<Port> port(String name) {
    return ports.values().stream().filter(port -> port.name().equalsIgnoreCase(name)).findFirst();
  }

  /// Nobody waits: the caller decides when there is work.
  private static final class NeverIdle implements IdleStrategy {
    @Override
    public void idle(int workCount) {}

    @Override
    public void wakeUp() {}
  }
}
