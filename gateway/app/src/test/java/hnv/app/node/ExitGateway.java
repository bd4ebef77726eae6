// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.GatewayLayers;
import hnv.dataplane.Counters;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.dataplane.FrameProcessor;
import hnv.dataplane.Worker;
import hnv.edge.AttachedPort;
import hnv.edge.Edge;
import hnv.edge.EdgeCompiler;
import hnv.edge.EdgeLayerFactory;
import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.neighbor.NeighborLimits;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.port.DevicePort;
import hnv.linux.port.PollIdleStrategy;
import hnv.nat.NatEngine;
import hnv.nat.NatEvents;
import hnv.nat.NatLimits;
import hnv.overlay.OverlayCompiler;
import hnv.overlay.OverlayNetwork;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
import hnv.overlay.OverlayNetwork.Subnet;
import hnv.overlay.TableRanges;
import hnv.vswitch.VSwitch;
import hnv.vswitch.VSwitchLimits;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import hnv.wire.RoutingDomainId;
import hnv.wire.Vsid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// A gateway of one tenant, whose machines are behind an L3 connection, with all layers and real
/// devices, in Java alone. Opened by a thread in the namespace.
final class ExitGateway implements AutoCloseable {
  static final RoutingDomainId TENANT = new RoutingDomainId(new UUID(7, 7));
  static final String ADAPTER = "adapter";

  final List<Throwable> bugs = new ArrayList<>();
  private final FramePool pool = new FramePool(256);
  private final VSwitch vswitch =
      new VSwitch(
          TableRanges.gatewayArrays(), pool, new Counters(), new VSwitchLimits(256, 256, 256, 256));
  private final NatEngine nat = new NatEngine(NatLimits.DEFAULT, new Random(1), NatEvents.NONE);
  private final Edge edge = new Edge(vswitch, pool, nat, NeighborLimits.DEFAULT, 1);
  private final HostNetwork network = HostNetwork.open();
  private final PollIdleStrategy idle =
      new PollIdleStrategy(System::nanoTime, PollIdleStrategy.DEFAULT_SPIN_NS);
  private final List<DevicePort> devices = new ArrayList<>();
  private final Worker worker;
  private final Thread thread;

  /// @param attachments all that the network names; their devices are in this namespace
  ExitGateway(EdgeNetwork exits, List<Attachment> attachments) throws Exception {
    Map<Attachment, AttachedPort> attached = new HashMap<>();
    for (Attachment each : attachments) {
      int number = devices.size() + 1;
      DevicePort device =
          DevicePort.openOutside(network, pool, each.device(), number, each.device(), null);
      MacAddress mac =
          Objects.requireNonNull(network.link(each.device()).orElseThrow().mac(), "of a veth");
      devices.add(device);
      vswitch.attach(device);
      attached.put(each, new AttachedPort(number, mac, device.mtu()));
    }
    OverlayCompiler overlay =
        new OverlayCompiler(
            "gw", List.of(), EdgeLayerFactory.forAdapters(GatewayLayers.ADAPTER, edge));
    new EdgeCompiler(edge, GatewayLayers.CONNECTION, GatewayLayers.OUTSIDE)
        .compile(exits, overlay.compile(virtualNetwork(), Map.of()), attached)
        .applyTo(vswitch, edge, System.nanoTime());
    worker = new Worker(new Duty(), pool, System::nanoTime, idle, bugs::add);
    for (DevicePort each : devices) {
      worker.addPort(each);
      idle.watch(each);
    }
    thread = Thread.ofPlatform().name("exit-gateway").start(worker);
  }

  private static OverlayNetwork virtualNetwork() {
    Adapter adapter =
        Adapter.ofGateway(
            ADAPTER,
            MacAddress.parse("02:47:00:00:00:01"),
            new Vsid(5_001),
            List.of(
                new CustomerAddress(IpAddress.parse("10.1.255.4")),
                new CustomerAddress(IpAddress.parse("fd00:ff::4"))),
            "gw");
    Domain domain =
        new Domain(
            TENANT,
            "tenant",
            List.of(
                new Subnet(
                    new Vsid(5_001),
                    List.of(Cidr.parse("10.1.255.0/24"), Cidr.parse("fd00:ff::/64")))),
            List.of(adapter),
            Optional.empty(),
            List.of());
    Host host = new Host("gw", List.of(new ProviderAddress(IpAddress.parse("192.168.3.30"))));
    return new OverlayNetwork(Encapsulation.VXLAN, true, List.of(host), List.of(domain));
  }

  private final class Duty implements FrameProcessor {
    @Override
    public void process(Frame frame, long nowNs) {
      vswitch.process(frame, nowNs);
    }

    @Override
    public int housekeep(long nowNs) {
      return vswitch.housekeep(nowNs) + edge.housekeep(nowNs);
    }
  }

  /// Translated connections.
  int sessions() throws Exception {
    return worker.submit(nat::sessions).get(5, TimeUnit.SECONDS);
  }

  /// What was dropped, for messages.
  String drops() {
    StringBuilder text = new StringBuilder();
    for (DevicePort each : devices) {
      text.append(each.name()).append(' ').append(vswitch.counters(each.number()).drops());
    }
    return text.toString();
  }

  @Override
  public void close() {
    worker.stop();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    devices.forEach(DevicePort::close);
    idle.close();
    network.close();
  }
}
