// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowKey;
import hnv.dataplane.Frame;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.PeerTable;
import hnv.linux.Lab;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcxLink;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.TrafficControl.Hook;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.linux.offload.Publish;
import hnv.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The kernel's executor above the ports of a {@link TunnelHost}: what it does not forward goes to
/// the ports' TAPs, and what Java forwards there is installed as a flow, so that the next frame
/// does not come up. A sketch of what a host does; without policy, order and ageing.
final class OffloadedHost implements AutoCloseable {
  final KernelExecutor offload;
  private final UnderlayFilter filter;
  private final List<TcxLink> links = new ArrayList<>();
  private final MemorySegment key = Arena.ofAuto().allocate(FlowKey.IPV6_LENGTH, 8);
  volatile String trouble = "";

  private OffloadedHost(KernelExecutor offload, UnderlayFilter filter) {
    this.offload = offload;
    this.filter = filter;
  }

  static OffloadedHost open(Lab lab, String namespace, TunnelHost host, String local)
      throws Exception {
    return lab.in(namespace, () -> open(host, local));
  }

  private static OffloadedHost open(TunnelHost host, String local) throws Exception {
    UnderlayFilter filter = UnderlayFilter.create(List.of(TunnelHost.VXLAN_PORT));
    filter.setAddresses(Set.of(IpAddress.parse(local)));
    OffloadLimits limits =
        new OffloadLimits(
            1_024, NextHopTable.DEFAULT_CAPACITY, PeerTable.DEFAULT_CAPACITY, 8, 8, 8);
    KernelExecutor offload = KernelExecutor.create(limits, filter, Publish.REFUSED);
    OffloadedHost result = new OffloadedHost(offload, filter);
    Publish.all(offload, host.arrays);
    try (HostNetwork network = HostNetwork.open()) {
      int vm = network.link("va").orElseThrow().index();
      // The guard knows the port's own TAP only.
      network.trafficControl().deleteFilter(vm, Hook.EGRESS, PortGuard.PRIORITY);
      result.attach(network, TunnelHost.VM, "va", offload.virtualMachineProgram());
      result.attach(network, TunnelHost.UNDERLAY, "u", offload.underlayProgram());
    }
    host.learner = result::learn;
    return result;
  }

  private void attach(HostNetwork network, int number, String device, TcProgram program)
      throws Exception {
    int index = network.link(device).orElseThrow().index();
    offload.putPort(index, number, network.link("hnv" + index).orElseThrow().index());
    offload.putExit(number, index, 0, true);
    links.add(TcxLink.ingress(program, index));
  }

  private void learn(Frame frame, MemorySegment records, long at) {
    int context =
        frame.encapsulation() == Encapsulation.NONE
            ? FlowKey.portContext(frame.ingressPort())
            : FlowKey.tunnelContext(frame.encapsulation(), frame.tunnelVsid());
    key.fill((byte) 0);
    FlowKey.write(frame, context, key, 0);
    if (!offload.install(frame.isIpv6(), key, 0, records, at)) {
      trouble = "no room for a flow";
    }
  }

  @Override
  public void close() {
    links.forEach(TcxLink::close);
    offload.close();
    filter.close();
  }
}
