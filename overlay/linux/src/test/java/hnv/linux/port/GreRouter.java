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
import hnv.dataplane.TunnelEndpoints;
import hnv.linux.Lab;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.linux.offload.Publish;
import hnv.wire.EthernetHeader;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A gateway reduced to two records: a tenant's VXLAN on one side, a GRE tunnel to his other site
/// on the other. Flows are the kernel's as soon as Java has seen a packet of them.
final class GreRouter implements AutoCloseable {
  static final int UNDERLAY = 1;
  static final int OUTSIDE = 2;

  private static final int CONNECTION = 3;
  private static final int TO_SITE = 1;
  private static final int TO_TENANT = 2;

  /// @param remote the other site's outer address
  /// @param local ours
  /// @param key empty: none
  /// @param checksum whether what we send has one
  /// @param sequence whether what we send is numbered, and what we get must be
  record Tunnel(
      String local,
      String mac,
      String remote,
      String remoteMac,
      OptionalInt key,
      boolean checksum,
      boolean sequence) {}

  final Switch sw;
  final KernelExecutor kernel;
  private final UnderlayFilter filter;
  private final FlowArrays arrays;
  private final FlowRecordExecutor executor;
  private final MemorySegment key = Arena.ofAuto().allocate(FlowKey.IPV6_LENGTH, 8);
  private final MemorySegment records = Arena.ofAuto().allocate(2L * FlowRecord.LENGTH, 64);
  private final CompletableFuture<Void> worker;
  volatile String lastTrouble = "";

  /// Opens both ports and starts.
  ///
  /// @param machine the tenant's MAC address
  GreRouter(Lab lab, String namespace, TunnelRouter.Side tenant, Tunnel tunnel, MacAddress machine)
      throws Exception {
    sw = new Switch(this::forward);
    filter = UnderlayFilter.create(List.of(TunnelHost.VXLAN_PORT));
    filter.setAddresses(Set.of(IpAddress.parse(tenant.local())));
    kernel =
        KernelExecutor.create(new OffloadLimits(1_024, 8, 8, 8, 8, 8), filter, Publish.REFUSED);
    arrays = kernel.arrays();
    executor = new FlowRecordExecutor(arrays);
    write(tenant, tunnel, machine);
    CompletableFuture<Void> ready = new CompletableFuture<>();
    worker =
        lab.begin(
            namespace,
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                sw.add(
                    DevicePort.openUnderlay(
                        network, sw.pool, "u1", UNDERLAY, "u1", filter, kernel));
                sw.add(DevicePort.openOutside(network, sw.pool, "u2", OUTSIDE, "u2", kernel));
                Publish.all(kernel, arrays);
                kernel.misses().setSubnets(Map.of(TunnelHost.VSID, 1));
                kernel.misses().setTunnels(Map.of(CONNECTION, 1));
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

  private void write(TunnelRouter.Side tenant, Tunnel tunnel, MacAddress machine) {
    OuterHeader toSite =
        OuterHeader.ofGre(
            IpAddress.parse(tunnel.local()),
            IpAddress.parse(tunnel.remote()),
            MacAddress.parse(tunnel.mac()),
            MacAddress.parse(tunnel.remoteMac()),
            64,
            tunnel.key(),
            tunnel.checksum(),
            tunnel.sequence());
    OuterHeader toTenant =
        OuterHeader.of(
            Encapsulation.VXLAN,
            ProviderAddress.parse(tenant.local()),
            ProviderAddress.parse(tenant.remote()),
            MacAddress.parse(tenant.mac()),
            MacAddress.parse(tenant.remoteMac()),
            64,
            TunnelHost.VXLAN_PORT);
    arrays.nextHops().putTunnel(TO_SITE, OUTSIDE, toSite, 1_500);
    arrays.nextHops().putTunnel(TO_TENANT, UNDERLAY, toTenant, 1_500);
    arrays
        .peers()
        .put(
            1,
            List.of(ProviderAddress.parse(tenant.remote())),
            List.of(ProviderAddress.parse(tenant.local())));
    arrays
        .endpoints()
        .set(
            List.of(
                new TunnelEndpoints.Endpoint(
                    IpAddress.parse(tunnel.remote()),
                    IpAddress.parse(tunnel.local()),
                    tunnel.key(),
                    CONNECTION,
                    tunnel.sequence())));
    HeaderTransposition out = new HeaderTransposition();
    out.pop(Encapsulation.VXLAN, 1);
    out.decrementTtl();
    out.push(TO_SITE, 0, 0);
    FlowRecord.write(records, 0, out, 1, 0);
    HeaderTransposition in = new HeaderTransposition();
    in.popGre();
    in.rewriteMacs(machine.bits(), 0x0200_0000_0077L);
    in.decrementTtl();
    in.push(TO_TENANT, TunnelHost.VSID, 50_000);
    FlowRecord.write(records, FlowRecord.LENGTH, in, 1, 0);
  }

  private int forward(Frame frame) {
    boolean fromTenant = frame.ingressPort() == UNDERLAY;
    DropReason reason =
        fromTenant
            ? FrameParser.parseTunnel(frame, TunnelHost.VXLAN_PORT)
            : FrameParser.parseOutside(frame, arrays.endpoints());
    if (reason == DropReason.NONE && frame.encapsulation() == Encapsulation.GRE) {
      reason = arrays.endpoints().receive(frame);
    }
    if (reason != DropReason.NONE) {
      lastTrouble = reason.toString();
      return Switch.DROP;
    }
    if (frame.encapsulation() == Encapsulation.NONE
        || (frame.etherType() != EthernetHeader.IPV4 && frame.etherType() != EthernetHeader.IPV6)) {
      // The site's own ARP and IPv6; neighbours are known here.
      return Switch.DROP;
    }
    long at = fromTenant ? 0 : FlowRecord.LENGTH;
    key.fill((byte) 0);
    FlowKey.write(
        frame,
        fromTenant
            ? FlowKey.tunnelContext(frame.encapsulation(), frame.tunnelVsid())
            : FlowKey.greContext(frame.tunnelPort()),
        key,
        0);
    if (!kernel.install(frame.isIpv6(), key, 0, records, at)) {
      lastTrouble = "no room for a flow";
    }
    return apply(frame, at);
  }

  private int apply(Frame frame, long at) {
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
