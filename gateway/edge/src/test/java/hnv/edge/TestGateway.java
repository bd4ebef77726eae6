// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.dataplane.OuterHeader;
import hnv.dataplane.PacketTrace;
import hnv.dataplane.PortKind;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.neighbor.NeighborLimits;
import hnv.nat.NatEngine;
import hnv.nat.NatEvents;
import hnv.nat.NatLimits;
import hnv.overlay.CapacityExceededException;
import hnv.overlay.OverlayChange;
import hnv.overlay.OverlayCompiler;
import hnv.overlay.OverlayNetwork;
import hnv.overlay.RouterMac;
import hnv.overlay.TableRanges;
import hnv.vswitch.VSwitch;
import hnv.vswitch.VSwitchLimits;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import hnv.wire.RoutingDomainId;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// A gateway with ports in memory, its control thread played by the test: news of the Worker are
/// followed after each packet. Neighbours on its links answer as long as they are said to be there.
final class TestGateway {
  static final List<EdgeLayerFactory> ADAPTER_LAYERS =
      List.of(
          ExitLayer::layer,
          GatewayGuard::layer,
          (port, edge) -> GatewayMetering.layer(port),
          RouteLayer::layer);
  static final List<EdgeLayerFactory> CONNECTION_LAYERS =
      List.of(
          LinkResponder::layer,
          ExitLayer::layer,
          TwiceNatLayer::layer,
          GatewayGuard::layer,
          (port, edge) -> GatewayMetering.layer(port),
          RouteLayer::layer);
  static final List<EdgeLayerFactory> OUTSIDE_LAYERS =
      List.of(
          LinkResponder::layer,
          ExitLayer::layer,
          TranslationLayer::layer,
          (port, edge) -> GatewayMetering.layer(port),
          RouteLayer::layer);

  static final int UNDERLAY = 0;
  static final int UNDERLAY_MTU = 1_600;
  static final int LINK_MTU = 1_500;

  final FramePool pool = new FramePool(64);
  final FlowArrays arrays = TableRanges.gatewayArrays();
  final NatEngine nat;
  final VSwitch vswitch;
  final Edge edge;
  final EdgeCompiler compiler;
  final OverlayCompiler overlayCompiler;
  final MemoryPort underlay = new MemoryPort("underlay", PortKind.UNDERLAY, UNDERLAY, UNDERLAY_MTU);
  private final Map<String, MemoryPort> links = new HashMap<>();
  private final Map<Attachment, AttachedPort> devices = new HashMap<>();

  /// MAC of neighbours by address, of all links.
  final Map<String, Long> neighbors = new HashMap<>();

  /// For whom the host was asked, in order.
  final List<String> asked = new ArrayList<>();

  long nowNs = 1_000_000_000L;

  TestGateway(String name, NatLimits limits) {
    nat = new NatEngine(limits, new Random(1), NatEvents.NONE);
    vswitch = new VSwitch(arrays, pool, new Counters(), new VSwitchLimits(4096, 4096, 4096, 4096));
    vswitch.attach(underlay);
    edge = new Edge(vswitch, pool, nat, NeighborLimits.DEFAULT, 1);
    compiler = new EdgeCompiler(edge, CONNECTION_LAYERS, OUTSIDE_LAYERS);
    overlayCompiler =
        new OverlayCompiler(name, List.of(), EdgeLayerFactory.forAdapters(ADAPTER_LAYERS, edge));
  }

  /// The device of an attachment.
  void attach(Attachment attachment, PortKind kind, int number, int mtu) {
    MemoryPort port = new MemoryPort(attachment.device(), kind, number, mtu);
    links.put(attachment.device(), port);
    devices.put(attachment, new AttachedPort(number, new MacAddress(macOf(number)), mtu));
    vswitch.attach(port);
  }

  /// From the next policy on the host has the device, too.
  void share(Attachment attachment, HostSide host) {
    devices.computeIfPresent(
        attachment,
        (_, device) ->
            new AttachedPort(device.number(), device.mac(), device.mtu(), Optional.of(host)));
  }

  void detach(Attachment attachment) {
    devices.remove(attachment);
    MemoryPort port = links.remove(attachment.device());
    if (port != null) {
      vswitch.detach(port);
    }
  }

  /// MAC of the gateway's device with this number.
  static long macOf(int number) {
    return 0x02_AA_00_00_00_00L | number;
  }

  MemoryPort link(String device) {
    MemoryPort port = links.get(device);
    if (port == null) {
      throw new AssertionError("no device " + device);
    }
    return port;
  }

  /// Puts a policy in force; neighbours that it wants to be known are known when it returns.
  EdgeChange apply(OverlayNetwork overlay, EdgeNetwork network) {
    try {
      OverlayChange change = overlayCompiler.compile(overlay, Map.of());
      EdgeChange next = compiler.compile(network, change, devices);
      for (OverlayChange.Tunnel tunnel : change.tunnels()) {
        arrays
            .nextHops()
            .putTunnel(
                tunnel.nextHop(),
                UNDERLAY,
                OuterHeader.of(
                    tunnel.encapsulation(),
                    tunnel.local(),
                    tunnel.remote(),
                    macOf(tunnel.local()),
                    macOf(tunnel.remote()),
                    OuterHeader.DEFAULT_TTL,
                    VSwitch.DEFAULT_VXLAN_PORT),
                UNDERLAY_MTU);
      }
      next.applyTo(vswitch, edge, nowNs);
      settle();
      return next;
    } catch (CapacityExceededException e) {
      throw new AssertionError(e);
    }
  }

  static MacAddress macOf(ProviderAddress address) {
    int bits = ((Ipv4Address) address.address()).bits();
    return new MacAddress(0x0200_0000_0000L | (bits & 0xFFFF_FFFFL));
  }

  /// Lets neighbours answer and news be followed until nothing happens any more.
  void settle() {
    for (int round = 0; round < 8; round++) {
      edge.housekeep(nowNs);
      boolean answered = false;
      for (MemoryPort link : List.copyOf(links.values())) {
        answered |= answerArp(link);
      }
      if (!follow() && !answered) {
        return;
      }
    }
  }

  /// Has the control thread follow what the Worker learnt.
  ///
  /// @return whether there was anything
  boolean follow() {
    List<EdgeNews> news = edge.takeNews();
    if (news.isEmpty()) {
      return false;
    }
    for (EdgeNews each : news) {
      if (each instanceof EdgeNews.NeighborWanted(int link, int _, IpAddress address)) {
        asked.add(address.toString());
        long mac = neighbors.getOrDefault(address.toString(), -1L);
        edge.neighbors().told(link, address, mac, nowNs);
      }
    }
    try {
      compiler.follow(news).applyTo(vswitch, edge, nowNs);
    } catch (CapacityExceededException e) {
      throw new AssertionError(e);
    }
    return true;
  }

  private boolean answerArp(MemoryPort link) {
    List<byte[]> others = new ArrayList<>();
    List<byte[]> replies = new ArrayList<>();
    for (byte[] frame : link.take()) {
      if (Wire.isNeighborSolicitation(frame)) {
        Long mac = neighbors.get(Wire.solicited(frame));
        if (mac != null) {
          replies.add(Wire.advertisement(frame, mac));
        }
        continue;
      }
      if (Wire.isLinkLocalService(frame) && !Wire.isArpRequest(frame)) {
        continue;
      }
      if (!Wire.isArpRequest(frame)) {
        others.add(frame);
        continue;
      }
      Long mac = neighbors.get(Wire.arpTarget(frame));
      if (mac != null) {
        replies.add(Wire.arpReply(frame, mac));
      }
    }
    link.sent.addAll(others);
    replies.forEach(reply -> receive(link.number(), reply));
    return !replies.isEmpty();
  }

  // ---- packets ----

  /// A packet of a tenant's machine comes in the overlay.
  void fromHost(
      Encapsulation encapsulation, String fromPa, String toPa, int vsid, long toMac, Packet inner) {
    byte[] frame = Wire.ethernet(toMac, RouterMac.BITS, inner);
    receive(UNDERLAY, Wire.overlay(encapsulation, fromPa, toPa, vsid, frame));
  }

  /// A machine of a tenant sends a packet by its gateway.
  void fromTenant(TwoTenants tenants, RoutingDomainId tenant, Packet packet) {
    fromHost(
        tenants.encapsulation,
        TwoTenants.HOST_PA,
        TwoTenants.GATEWAY_PA,
        TwoTenants.vsid(tenant) + 8,
        TwoTenants.ADAPTER_MAC,
        packet);
  }

  /// The one packet that has left to a tenant's machine.
  Packet toTenant(RoutingDomainId tenant) {
    List<byte[]> sent = underlay.take();
    assertEquals(1, sent.size(), this::describeDrops);
    assertEquals(TwoTenants.vsid(tenant), Wire.vsid(sent.getFirst()), "whose it is");
    return Wire.packet(Wire.inner(sent.getFirst()));
  }

  /// A packet comes in from a neighbour on a link.
  void fromLink(String device, Packet packet) {
    MemoryPort port = link(device);
    receive(port.number(), Wire.ethernet(macOf(port.number()), 0x02_BB_00_00_00_01L, packet));
  }

  void receive(int port, byte[] octets) {
    Frame frame = pool.acquire();
    if (frame == null) {
      throw new AssertionError("no frame left");
    }
    frame.reset(FramePool.HEADROOM, octets.length);
    MemorySegment.copy(
        octets, 0, frame.memory(), ValueLayout.JAVA_BYTE, FramePool.HEADROOM, octets.length);
    frame.setIngressPort(port);
    nowNs += 1_000;
    vswitch.process(frame, nowNs);
  }

  /// Time passes.
  void pass(long ns) {
    nowNs += ns;
    vswitch.housekeep(nowNs);
    settle();
  }

  /// Time passes while somebody looks after what grows old.
  void passInSteps(long ns) {
    long end = nowNs + ns;
    while (nowNs < end) {
      pass(Math.min(10_000_000_000L, end - nowNs));
    }
    for (int i = 0; i < 200; i++) {
      pass(100_000_000L);
    }
  }

  long drops(int port, DropReason reason) {
    return vswitch.counters().drops(port, reason);
  }

  /// All drops of a reason, whichever port the packets came from.
  long drops(DropReason reason) {
    long drops = vswitch.counters().drops(UNDERLAY, reason);
    for (MemoryPort link : links.values()) {
      drops += vswitch.counters().drops(link.number(), reason);
    }
    return drops;
  }

  /// Number of the port of a tenant's connection.
  int portOf(RoutingDomainId tenant, String connection) {
    return row(tenant, connection).port();
  }

  /// Why nothing goes by a tenant's connection; empty where something does.
  String whyDown(RoutingDomainId tenant, String connection) {
    return row(tenant, connection).why();
  }

  EdgeView.ConnectionRow row(RoutingDomainId tenant, String connection) {
    return compiler.connections().stream()
        .filter(each -> each.tenant().equals(tenant) && each.name().equals(connection))
        .findFirst()
        .orElseThrow();
  }

  /// Slot of a tenant.
  int slotOf(RoutingDomainId tenant) {
    return compiler.slot(tenant).orElseThrow();
  }

  /// All drops, for messages.
  String describeDrops() {
    StringBuilder text = new StringBuilder("underlay " + vswitch.counters(UNDERLAY).drops());
    links.forEach(
        (name, port) -> text.append(", " + name + " " + vswitch.counters(port.number()).drops()));
    return text.toString();
  }

  /// Says on standard output what becomes of packets from now on: for whoever looks for a bug.
  void trace() {
    vswitch.setTrace(
        new PacketTrace() {
          @Override
          public void step(String layer, String group, String rule, String says) {
            System.out.println("  " + layer + " " + group + " " + rule + ": " + says);
          }

          @Override
          public void verdict(String verdict) {
            System.out.println("  = " + verdict);
          }
        });
  }
}
