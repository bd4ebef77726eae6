// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.lab.netns.Namespace;

/// The kernel's forwarding from the client's link into a tunnel to the server. Where other kernels
/// have GRE this one has nothing, so the tunnel is its VXLAN: 22 octets more than GRE with a key,
/// an Ethernet header among them.
final class VxlanRouter implements ExitGateway {
  private static final String TUNNEL = "branch";
  private static final int MTU = 1_450;

  private final ExitLine line;

  VxlanRouter(ExitLine line) {
    this.line = line;
    Namespace gateway = line.gateway();
    gateway.set("net/ipv4/ip_forward", 1);
    gateway.ip(
        "address add %s/24 dev %s".formatted(ExitLine.WAN_ADDRESS, ExitLine.WAN),
        Line.neighbor(ExitLine.SERVER, ExitLine.SERVER_MAC, ExitLine.WAN),
        "address add %s/24 dev %s".formatted(ExitLine.LAN_ADDRESS, ExitLine.LAN),
        Line.neighbor(line.clientAddress(), ExitLine.CLIENT_MAC, ExitLine.LAN),
        "link add %s type vxlan id %d local %s remote %s dstport 4789 noudpcsum nolearning"
            .formatted(TUNNEL, ExitLine.BRANCH_KEY, ExitLine.WAN_ADDRESS, ExitLine.SERVER),
        "link set %s mtu %d address %s up".formatted(TUNNEL, MTU, ExitLine.BRANCH_MAC_HERE),
        "route add %s/32 dev %s".formatted(ExitLine.BRANCH, TUNNEL),
        Line.neighbor(ExitLine.BRANCH, ExitLine.BRANCH_MAC, TUNNEL));
  }

  @Override
  public String name() {
    return "kernel VXLAN";
  }

  @Override
  public ExitLine line() {
    return line;
  }

  @Override
  public long cpuNs() {
    return 0;
  }

  @Override
  public long drops() {
    return 0;
  }
}
