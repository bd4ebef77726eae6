// SPDX-License-Identifier: Apache-2.0
package hnv.app.host;

import hnv.app.GatewayLayers;
import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.dataplane.TenantTable;
import hnv.edge.AttachedPort;
import hnv.edge.Edge;
import hnv.edge.EdgeCompiler;
import hnv.edge.EdgeLayerFactory;
import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNews;
import hnv.edge.neighbor.NeighborLimits;
import hnv.nat.NatEngine;
import hnv.nat.NatEvents;
import hnv.nat.NatLimits;
import hnv.overlay.CapacityExceededException;
import hnv.overlay.LayerFactory;
import hnv.overlay.OverlayChange;
import hnv.vswitch.VSwitch;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// What an {@link OfflineHost} is as a gateway. Nobody is outside to answer: IPv4 neighbours do so
/// at once, with MAC addresses by the same rule as the underlay's. Public ports are drawn from a
/// fixed seed, so that the same packets give the same octets. Owned by one thread.
final class OfflineGateway {
  /// The MTU of links to the outside.
  private static final int LINK_MTU = 1_500;

  private static final int SEED = 1;
  private static final int NAT_SESSIONS = 16_384;

  private final EdgeNetwork network;
  private final VSwitch vswitch;
  private final FramePool pool;
  private final UnderlayAddresses addresses;
  private final Edge edge;
  private final EdgeCompiler compiler;
  private final Map<Attachment, AttachedPort> devices = new LinkedHashMap<>();
  private final ArrayDeque<Question> questions = new ArrayDeque<>();

  /// Who asked for whom, by which port.
  private record Question(int port, long mac, int from, int wanted) {}

  OfflineGateway(
      EdgeNetwork network, VSwitch vswitch, FramePool pool, UnderlayAddresses addresses) {
    this.network = network;
    this.vswitch = vswitch;
    this.pool = pool;
    this.addresses = addresses;
    NatLimits limits = NatLimits.ofSessions(NAT_SESSIONS, TenantTable.DEFAULT_CAPACITY);
    NatEngine nat = new NatEngine(limits, new Random(SEED), NatEvents.NONE);
    edge = new Edge(vswitch, pool, nat, NeighborLimits.DEFAULT, SEED);
    compiler = new EdgeCompiler(edge, GatewayLayers.CONNECTION, GatewayLayers.OUTSIDE);
  }

  List<LayerFactory> adapterLayers() {
    return EdgeLayerFactory.forAdapters(GatewayLayers.ADAPTER, edge);
  }

  /// Makes a port for each place at a device, a VLAN's named `DEVICE.VLAN`; frames bear no tags.
  ///
  /// @param firstNumber of the ports
  /// @return the ports, to be attached
  List<Port> makePorts(OfflineHost.PortFactory factory, int firstNumber) {
    Set<Attachment> places = new LinkedHashSet<>();
    network.outsideNetworks().forEach(outside -> places.add(outside.attachment()));
    network.tenants().stream()
        .flatMap(tenant -> tenant.connections().stream())
        .filter(L3Connection.class::isInstance)
        .forEach(connection -> places.add(((L3Connection) connection).attachment()));
    List<Port> ports = new ArrayList<>();
    for (Attachment place : places) {
      String name =
          place.device() + (place.vlan().isPresent() ? "." + place.vlan().getAsInt() : "");
      int number = firstNumber + ports.size();
      ports.add(factory.create(name, PortKind.OUTSIDE, number, LINK_MTU));
      devices.put(place, new AttachedPort(number, macOf(place), LINK_MTU));
    }
    return ports;
  }

  /// The port as the switch is to see it.
  Port answering(Port port) {
    return new Answered(port);
  }

  private MacAddress macOf(Attachment place) {
    for (InterfaceAddress own : place.addresses()) {
      return addresses.macOf(new ProviderAddress(own.address()));
    }
    return addresses.macOf(new ProviderAddress(new Ipv4Address(devices.size())));
  }

  /// Puts the gateway's part in force together with the overlay's.
  void apply(OverlayChange change, long nowNs) throws CapacityExceededException {
    compiler.compile(network, change, devices).applyTo(vswitch, edge, nowNs);
    work(nowNs);
  }

  /// Lets neighbours answer, and routes follow, until nobody has anything to say.
  void work(long nowNs) {
    boolean more = true;
    while (more) {
      edge.housekeep(nowNs);
      more = !questions.isEmpty();
      for (Question next = questions.poll(); next != null; next = questions.poll()) {
        answer(next, nowNs);
      }
      List<EdgeNews> news = edge.takeNews();
      if (!news.isEmpty()) {
        more = true;
        follow(news, nowNs);
      }
    }
  }

  private void follow(List<EdgeNews> news, long nowNs) {
    try {
      compiler.follow(news).applyTo(vswitch, edge, nowNs);
    } catch (CapacityExceededException e) {
      throw new IllegalStateException("routes that were there have no room", e);
    }
  }

  private void answer(Question question, long nowNs) {
    Frame frame = pool.acquire();
    if (frame == null) {
      return;
    }
    MemorySegment f = frame.memory();
    int at = FramePool.HEADROOM;
    long mac = addresses.macOf(new ProviderAddress(new Ipv4Address(question.wanted()))).bits();
    EthernetHeader.write(f, at, question.mac(), mac, EthernetHeader.ARP);
    ArpPacket.write(
        f,
        at + EthernetHeader.LENGTH,
        ArpPacket.REPLY,
        mac,
        question.wanted(),
        question.mac(),
        question.from());
    frame.reset(at, EthernetHeader.LENGTH + ArpPacket.LENGTH);
    frame.setIngressPort(question.port());
    vswitch.process(frame, nowNs);
  }

  /// A port to the outside whose questions are answered by the rule.
  private final class Answered implements Port {
    private final Port port;

    Answered(Port port) {
      this.port = port;
    }

    @Override
    public String name() {
      return port.name();
    }

    @Override
    public PortKind kind() {
      return port.kind();
    }

    @Override
    public int number() {
      return port.number();
    }

    @Override
    public int mtu() {
      return port.mtu();
    }

    @Override
    public int receive(FrameBatch batch) {
      return port.receive(batch);
    }

    @Override
    public DropReason transmit(Frame frame) {
      MemorySegment f = frame.memory();
      int l3 = frame.start() + EthernetHeader.LENGTH;
      boolean arp =
          frame.length() >= EthernetHeader.LENGTH + ArpPacket.LENGTH
              && EthernetHeader.etherType(f, frame.start()) == EthernetHeader.ARP
              && ArpPacket.operation(f, l3) == ArpPacket.REQUEST;
      if (arp && ArpPacket.senderIp(f, l3) != ArpPacket.targetIp(f, l3)) {
        questions.add(
            new Question(
                number(),
                ArpPacket.senderMac(f, l3),
                ArpPacket.senderIp(f, l3),
                ArpPacket.targetIp(f, l3)));
      }
      return port.transmit(frame);
    }

    @Override
    public void flush() {
      port.flush();
    }

    @Override
    public void close() {
      port.close();
    }
  }
}
