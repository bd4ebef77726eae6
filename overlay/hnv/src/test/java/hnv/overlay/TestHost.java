// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.dataplane.MeterTable;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.OuterHeader;
import hnv.dataplane.PeerTable;
import hnv.dataplane.PortKind;
import hnv.dataplane.TenantTable;
import hnv.vswitch.VSwitch;
import hnv.vswitch.VSwitchLimits;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/// A host's virtual switch with ports in memory and next hops by formula (PA a.b.c.d is at
/// 02:00:aa:bb:cc:dd).
final class TestHost {
  static final List<LayerFactory> LAYERS =
      List.of(
          PortGuard::layer,
          AddressResolution::layer,
          AccessControlLayer::layer,
          Metering::layer,
          DistributedRouter::layer,
          EncapsulationLayer::layer);
  static final int UNDERLAY = 0;
  static final int LINK_MTU = 1_500;

  final String name;
  final FramePool pool = new FramePool(64);
  final VSwitch vswitch;
  final MemoryPort underlay = new MemoryPort("underlay", PortKind.UNDERLAY, UNDERLAY, LINK_MTU);
  private final OverlayCompiler compiler;
  private final Map<String, MemoryPort> vms = new HashMap<>();
  private final Map<String, PortBinding> bindings = new HashMap<>();
  private List<OverlayChange.Tunnel> tunnels = List.of();
  private int nextPort = 1;
  long nowNs;

  TestHost(String name) {
    this.name = name;
    FlowArrays arrays =
        new FlowArrays(
            new NextHopTable(NextHopTable.DEFAULT_CAPACITY),
            new PeerTable(PeerTable.DEFAULT_CAPACITY),
            new TenantTable(TenantTable.DEFAULT_CAPACITY),
            new MeterTable(MeterTable.DEFAULT_CAPACITY));
    vswitch = new VSwitch(arrays, pool, new Counters(), new VSwitchLimits(4096, 4096, 4096, 4096));
    vswitch.attach(underlay);
    compiler = new OverlayCompiler(name, LAYERS);
  }

  /// Puts a network in force; every VM's adapter of this host has a port.
  OverlayChange apply(OverlayNetwork network) {
    for (OverlayNetwork.Domain domain : network.domains()) {
      for (OverlayNetwork.Adapter adapter : domain.adapters()) {
        boolean vm = adapter.role() == OverlayNetwork.Role.GUEST;
        if (vm && adapter.host().equals(name) && !vms.containsKey(adapter.name())) {
          MemoryPort port =
              new MemoryPort(adapter.name(), PortKind.VIRTUAL_MACHINE, nextPort++, LINK_MTU);
          vms.put(adapter.name(), port);
          bindings.put(adapter.name(), new PortBinding(port.number(), port.mtu()));
          vswitch.attach(port);
        }
      }
    }
    OverlayChange change;
    try {
      change = compiler.compile(network, bindings);
    } catch (CapacityExceededException e) {
      throw new AssertionError(e);
    }
    tunnels = change.tunnels();
    for (OverlayChange.Tunnel tunnel : tunnels) {
      vswitch
          .arrays()
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
              LINK_MTU);
    }
    change.applyTo(vswitch);
    return change;
  }

  /// Nothing that is sent to a provider address can leave any more.
  void loseWayTo(String address) {
    for (OverlayChange.Tunnel tunnel : tunnels) {
      if (tunnel.remote().address().toString().equals(address)) {
        vswitch.arrays().nextHops().putUnresolved(tunnel.nextHop());
      }
    }
  }

  static MacAddress macOf(ProviderAddress address) {
    int bits = ((Ipv4Address) address.address()).bits();
    return new MacAddress(0x0200_0000_0000L | (bits & 0xFFFF_FFFFL));
  }

  MemoryPort vm(String adapter) {
    return Objects.requireNonNull(vms.get(adapter), adapter);
  }

  /// A packet comes in from a VM.
  void fromVm(String adapter, byte[] packet) {
    receive(vm(adapter).number(), packet, _ -> {});
  }

  /// A super-frame comes in from a VM, as virtio describes it: its transport checksum is partial.
  void superFrameFromVm(String adapter, byte[] packet, int gsoType, int gsoSize, int checksumAt) {
    receive(
        vm(adapter).number(),
        packet,
        frame -> {
          frame.setGso(gsoType, gsoSize);
          frame.setPartialChecksum(Packets.IP + Ipv4Header.MIN_LENGTH, checksumAt);
        });
  }

  /// A packet comes in from the underlay.
  void fromUnderlay(byte[] packet) {
    receive(UNDERLAY, packet, _ -> {});
  }

  private void receive(int port, byte[] packet, Consumer<Frame> describe) {
    Frame frame = Objects.requireNonNull(pool.acquire());
    frame.reset(FramePool.HEADROOM, packet.length);
    MemorySegment.copy(
        packet, 0, frame.memory(), ValueLayout.JAVA_BYTE, FramePool.HEADROOM, packet.length);
    frame.setIngressPort(port);
    describe.accept(frame);
    vswitch.process(frame, nowNs);
  }

  long drops(String port, DropReason reason) {
    int number = port.equals("underlay") ? UNDERLAY : vm(port).number();
    return vswitch.counters().drops(number, reason);
  }
}
