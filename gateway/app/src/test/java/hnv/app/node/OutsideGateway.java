// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.dataplane.Counters;
import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.dataplane.FrameProcessor;
import hnv.dataplane.Port;
import hnv.dataplane.Worker;
import hnv.edge.AttachedPort;
import hnv.edge.Edge;
import hnv.edge.EdgeCompiler;
import hnv.edge.EdgeLayerFactory;
import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNews;
import hnv.edge.ExitLayer;
import hnv.edge.LinkResponder;
import hnv.edge.RouteLayer;
import hnv.edge.TranslationLayer;
import hnv.edge.neighbor.NeighborLimits;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.port.DevicePort;
import hnv.linux.port.HostPort;
import hnv.linux.port.PollIdleStrategy;
import hnv.linux.port.VlanPort;
import hnv.nat.NatEngine;
import hnv.nat.NatEvents;
import hnv.nat.NatLimits;
import hnv.overlay.OverlayChange;
import hnv.overlay.TableRanges;
import hnv.vswitch.ForwardingState;
import hnv.vswitch.VSwitch;
import hnv.vswitch.VSwitchLimits;
import hnv.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// A gateway with one device to the outside and no tenants. Opened by a thread in the namespace.
final class OutsideGateway implements AutoCloseable {
  private static final int DEVICE = 1;
  private static final int VLAN = 2;
  private static final List<EdgeLayerFactory> LAYERS =
      List.of(LinkResponder::layer, ExitLayer::layer, TranslationLayer::layer, RouteLayer::layer);

  final MacAddress mac;
  final List<EdgeNews> news = new ArrayList<>();
  final List<Throwable> bugs = new ArrayList<>();
  private final FramePool pool = new FramePool(128);
  private final VSwitch vswitch =
      new VSwitch(
          TableRanges.gatewayArrays(), pool, new Counters(), new VSwitchLimits(64, 64, 64, 64));
  private final Edge edge =
      new Edge(
          vswitch,
          pool,
          new NatEngine(NatLimits.DEFAULT, new Random(1), NatEvents.NONE),
          NeighborLimits.DEFAULT,
          1);
  private final HostNetwork network = HostNetwork.open();
  private final PollIdleStrategy idle =
      new PollIdleStrategy(System::nanoTime, PollIdleStrategy.DEFAULT_SPIN_NS);
  private final Worker worker;
  private final Thread thread;
  private final HostPort device;

  /// @param outside one network, whose attachment's device is `wan0`
  OutsideGateway(EdgeNetwork outside) throws Exception {
    device = DevicePort.openOutside(network, pool, "internet", DEVICE, "wan0", null);
    mac = Objects.requireNonNull(network.link("wan0").orElseThrow().mac());
    Attachment attachment = outside.outsideNetworks().getFirst().attachment();
    Port port = device;
    if (attachment.vlan().isPresent()) {
      VlanPort vlan = new VlanPort(device, "vlan", VLAN, attachment.vlan().getAsInt());
      device.bear(vlan);
      vswitch.attach(vlan);
      port = vlan;
    }
    vswitch.attach(device);
    OverlayChange nothing =
        new OverlayChange(ForwardingState.EMPTY, List.of(), List.of(), List.of(), List.of());
    new EdgeCompiler(edge, LAYERS, LAYERS)
        .compile(
            outside, nothing, Map.of(attachment, new AttachedPort(port.number(), mac, port.mtu())))
        .applyTo(vswitch, edge, System.nanoTime());
    worker = new Worker(new Duty(), pool, System::nanoTime, idle, bugs::add);
    worker.addPort(device);
    idle.watch(device);
    thread = Thread.ofPlatform().name("outside-gateway").start(worker);
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

  /// All that the Worker has learnt until now.
  List<EdgeNews> learnt() throws Exception {
    news.addAll(worker.submit(edge::takeNews).get(5, TimeUnit.SECONDS));
    return news;
  }

  Counters.Snapshot counters() throws Exception {
    return worker.submit(() -> vswitch.counters(DEVICE)).get(5, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    worker.stop();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    device.close();
    idle.close();
    network.close();
  }
}
