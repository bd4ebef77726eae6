// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
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
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.linux.offload.Publish;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A host between two tunnels: what comes in by one leaves by the other, by records of the kernel's
/// executor as soon as Java has seen a packet of the flow.
final class TunnelRouter implements AutoCloseable {
  /// One side.
  ///
  /// @param device of the router
  /// @param local the router's provider address there
  /// @param mac the router's
  /// @param remote the other end's provider address
  /// @param remoteMac the other end's
  record Side(
      Encapsulation kind,
      String device,
      String local,
      String mac,
      String remote,
      String remoteMac) {}

  final Switch sw;
  final KernelExecutor kernel;
  private final UnderlayFilter filter;
  private final FlowRecordExecutor executor;
  private final MemorySegment key = Arena.ofAuto().allocate(FlowKey.IPV6_LENGTH, 8);
  private final MemorySegment records = Arena.ofAuto().allocate(2L * FlowRecord.LENGTH, 64);
  private final CompletableFuture<Void> worker;
  volatile String lastTrouble = "";

  /// Opens a port at each side's device and starts; the ports are 1 and 2.
  TunnelRouter(Lab lab, String namespace, Side one, Side two) throws Exception {
    sw = new Switch(this::forward);
    filter = UnderlayFilter.create(List.of(TunnelHost.VXLAN_PORT));
    filter.setAddresses(Set.of(address(one.local).address(), address(two.local).address()));
    kernel =
        KernelExecutor.create(new OffloadLimits(1_024, 8, 8, 8, 8, 8), filter, Publish.REFUSED);
    executor = new FlowRecordExecutor(kernel.arrays());
    write(1, one, two);
    write(2, two, one);
    CompletableFuture<Void> ready = new CompletableFuture<>();
    worker =
        lab.begin(
            namespace,
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                open(network, one.device, 1);
                open(network, two.device, 2);
                Publish.all(kernel, kernel.arrays());
                kernel.misses().setSubnets(Map.of(TunnelHost.VSID, 1));
                kernel.alive(Long.MAX_VALUE);
                ready.complete(null);
                sw.run();
              } catch (Exception e) {
                ready.completeExceptionally(e);
              }
              return null;
            });
    ready.get(20, TimeUnit.SECONDS);
  }

  private static ProviderAddress address(String text) {
    return ProviderAddress.parse(text);
  }

  private void open(HostNetwork network, String device, int number) throws Exception {
    sw.add(DevicePort.openUnderlay(network, sw.pool, device, number, device, filter, kernel));
  }

  /// The record of what comes in by a port, and the port as a way out and as a peer.
  private void write(int number, Side from, Side to) {
    kernel
        .arrays()
        .nextHops()
        .putTunnel(
            number,
            3 - number,
            OuterHeader.of(
                to.kind,
                address(to.local),
                address(to.remote),
                MacAddress.parse(to.mac),
                MacAddress.parse(to.remoteMac),
                64,
                TunnelHost.VXLAN_PORT),
            1_500);
    kernel
        .arrays()
        .peers()
        .put(number, List.of(address(from.remote)), List.of(address(from.local)));
    HeaderTransposition through = new HeaderTransposition();
    through.pop(from.kind, number);
    through.push(number, TunnelHost.VSID, 50_000);
    FlowRecord.write(records, at(number), through, 1, 0);
  }

  private static long at(int port) {
    return (long) (port - 1) * FlowRecord.LENGTH;
  }

  private int forward(Frame frame) {
    DropReason reason = FrameParser.parseTunnel(frame, TunnelHost.VXLAN_PORT);
    if (reason != DropReason.NONE) {
      lastTrouble = reason.toString();
      return Switch.DROP;
    }
    key.fill((byte) 0);
    FlowKey.write(frame, FlowKey.tunnelContext(frame.encapsulation(), frame.tunnelVsid()), key, 0);
    long at = at(frame.ingressPort());
    if (!kernel.install(frame.isIpv6(), key, 0, records, at)) {
      lastTrouble = "no room for a flow";
    }
    int exit = executor.apply(frame, records, at, System.nanoTime());
    if (exit < 0) {
      lastTrouble = "verdict " + exit;
      return Switch.DROP;
    }
    return exit;
  }

  @Override
  public void close() {
    sw.close();
    worker.orTimeout(10, TimeUnit.SECONDS).join();
    kernel.close();
    filter.close();
  }
}
