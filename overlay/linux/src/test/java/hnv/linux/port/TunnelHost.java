// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.OuterHeader;
import hnv.linux.Lab;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.netlink.Neighbor;
import hnv.linux.netlink.Route;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.linux.offload.Publish;
import hnv.linux.probe.OffloadProbe;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A host of one VM and one peer: everything from the VM is pushed into a tunnel to the peer, and
/// everything from the peer popped to the VM, each by one flow record.
final class TunnelHost implements AutoCloseable {
  /// How the ports work.
  enum PortsBy {
    PROGRAMS,
    /// Programs, and what Java forwards is installed as a flow in the kernel. A sketch of what a
    /// host does; without policy, order and ageing.
    KERNEL,
    PACKET_SOCKETS
  }

  static final int VSID = 5001;
  static final int VXLAN_PORT = 4789;
  static final int VM = 1;
  static final int UNDERLAY = 2;

  final Switch sw;
  final @Nullable KernelExecutor offload;
  private final UnderlayFilter filter;
  private final FlowArrays arrays;
  private final FlowRecordExecutor executor;
  private final MemorySegment key = Arena.ofAuto().allocate(FlowKey.IPV6_LENGTH, 8);
  private final MemorySegment records = Arena.ofAuto().allocate(2L * FlowRecord.LENGTH, 64);
  private final CompletableFuture<Void> worker;
  volatile String lastTrouble = "";

  /// Opens both ports in a namespace, whose devices are `va` and `u`, and starts.
  ///
  /// @param local the host's provider address, on `u`
  /// @param remote the peer's; the route and the router's MAC are asked of the kernel
  TunnelHost(
      Lab lab,
      String namespace,
      PortsBy kind,
      Encapsulation encapsulation,
      String local,
      String remote)
      throws Exception {
    sw = new Switch(this::forward);
    filter = UnderlayFilter.create(List.of(VXLAN_PORT));
    filter.setAddresses(Set.of(IpAddress.parse(local)));
    offload =
        kind == PortsBy.KERNEL
            ? KernelExecutor.create(
                new OffloadLimits(1_024, 8, 8, 8, 8, 8), filter, Publish.REFUSED)
            : null;
    arrays = offload == null ? FlowArrays.ofDefaultSize() : offload.arrays();
    executor = new FlowRecordExecutor(arrays);
    CompletableFuture<Void> ready = new CompletableFuture<>();
    worker =
        lab.begin(
            namespace,
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                if (kind != PortsBy.PACKET_SOCKETS) {
                  sw.add(DevicePort.openVirtualMachine(network, sw.pool, "vm", VM, "va", offload));
                  sw.add(
                      DevicePort.openUnderlay(
                          network, sw.pool, "underlay", UNDERLAY, "u", filter, offload));
                } else {
                  sw.add(PacketSocketPort.openVirtualMachine(network, sw.pool, "vm", VM, "va"));
                  sw.add(
                      PacketSocketPort.openUnderlay(
                          network,
                          sw.pool,
                          "underlay",
                          UNDERLAY,
                          "u",
                          Set.of(IpAddress.parse(local)),
                          List.of(VXLAN_PORT)));
                }
                learn(network, encapsulation, local, remote);
                if (offload != null) {
                  Publish.all(offload, arrays);
                  offload.setTellsChecksumPlace(OffloadProbe.tellsChecksumPlace());
                  offload.alive(Long.MAX_VALUE);
                  offload.misses().setSubnets(Map.of(VSID, 1));
                }
                ready.complete(null);
                sw.run();
              } catch (Exception e) {
                ready.completeExceptionally(e);
              }
              return null;
            });
    ready.get(20, TimeUnit.SECONDS);
  }

  private void learn(HostNetwork network, Encapsulation encapsulation, String local, String remote)
      throws Exception {
    Route route = network.routeTo(IpAddress.parse(remote)).orElseThrow();
    Link link = network.link(route.linkIndex()).orElseThrow();
    IpAddress router = route.nextHop(IpAddress.parse(remote));
    network.resolve(link.index(), router);
    MacAddress routerMac = null;
    for (int i = 0; i < 100 && routerMac == null; i++) {
      TimeUnit.MILLISECONDS.sleep(20);
      routerMac =
          network
              .neighbor(link.index(), router)
              .filter(Neighbor::isUsable)
              .map(Neighbor::mac)
              .orElse(null);
    }
    MacAddress own = link.mac();
    if (routerMac == null || own == null) {
      throw new IllegalStateException("no MAC address of " + router);
    }
    ProviderAddress here = ProviderAddress.parse(local);
    ProviderAddress there = ProviderAddress.parse(remote);
    arrays
        .nextHops()
        .putTunnel(
            1,
            UNDERLAY,
            OuterHeader.of(encapsulation, here, there, own, routerMac, 64, VXLAN_PORT),
            link.mtu());
    arrays.nextHops().putLocal(2, VM, 1500);
    arrays.peers().put(1, List.of(there), List.of(here));
    HeaderTransposition outbound = new HeaderTransposition();
    outbound.clear();
    outbound.push(1, VSID, 50_000);
    FlowRecord.write(records, 0, outbound, 1, 0);
    HeaderTransposition inbound = new HeaderTransposition();
    inbound.clear();
    inbound.pop(encapsulation, 1);
    inbound.deliver(2);
    FlowRecord.write(records, FlowRecord.LENGTH, inbound, 1, 0);
  }

  private int forward(Frame frame) {
    boolean fromVm = frame.ingressPort() == VM;
    DropReason reason =
        fromVm ? FrameParser.parsePlain(frame) : FrameParser.parseTunnel(frame, VXLAN_PORT);
    if (reason != DropReason.NONE) {
      lastTrouble = reason.toString();
      return Switch.DROP;
    }
    long at = fromVm ? 0 : FlowRecord.LENGTH;
    if (offload != null) {
      install(offload, frame, at);
    }
    int exit = executor.apply(frame, records, at, System.nanoTime());
    if (exit < 0) {
      lastTrouble = "verdict " + exit;
      return Switch.DROP;
    }
    return exit;
  }

  private void install(KernelExecutor kernel, Frame frame, long at) {
    int context =
        frame.encapsulation() == Encapsulation.NONE
            ? FlowKey.portContext(frame.ingressPort())
            : FlowKey.tunnelContext(frame.encapsulation(), frame.tunnelVsid());
    key.fill((byte) 0);
    FlowKey.write(frame, context, key, 0);
    if (!kernel.install(frame.isIpv6(), key, 0, records, at)) {
      lastTrouble = "no room for a flow";
    }
  }

  @Override
  public void close() {
    sw.close();
    worker.orTimeout(10, TimeUnit.SECONDS).join();
    if (offload != null) {
      offload.close();
    }
    filter.close();
  }
}
