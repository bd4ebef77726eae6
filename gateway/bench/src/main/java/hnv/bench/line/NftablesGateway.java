// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.lab.netns.Namespace;
import java.util.List;

/// The kernel's own: forwarding, connection tracking and masquerading by nftables; for {@link
/// ExitLine.Access#VXLAN} VXLAN devices, too. It has no process: packets are forwarded in soft
/// interrupts.
final class NftablesGateway implements ExitGateway {
  private final ExitLine line;

  NftablesGateway(ExitLine line) {
    this.line = line;
    Namespace gateway = line.gateway();
    gateway.set("net/ipv4/ip_forward", 1);
    gateway.ip(
        // The first is what packets are sent from.
        "address add %s/24 dev %s".formatted(ExitLine.PUBLIC, ExitLine.WAN),
        "address add %s/24 dev %s".formatted(ExitLine.WAN_ADDRESS, ExitLine.WAN),
        Line.neighbor(ExitLine.SERVER, ExitLine.SERVER_MAC, ExitLine.WAN));
    switch (line.access()) {
      case L3 ->
          gateway.ip(
              "address add %s/24 dev %s".formatted(ExitLine.LAN_ADDRESS, ExitLine.LAN),
              Line.neighbor(line.clientAddress(), ExitLine.CLIENT_MAC, ExitLine.LAN),
              "route add %s via %s".formatted(ExitLine.BEHIND_CLIENT, line.clientAddress()));
      case VXLAN -> addTunnels();
    }
    gateway
        .run(
            "nft",
            "table ip exit { chain out { type nat hook postrouting priority srcnat;"
                + " oifname \"%s\" masquerade; }; }".formatted(ExitLine.WAN))
        .require();
  }

  private void addTunnels() {
    Namespace gateway = line.gateway();
    gateway.ip(
        "address add %s/24 dev %s".formatted(ExitLine.PA_GATEWAY, ExitLine.LAN),
        Line.neighbor(ExitLine.PA_CLIENT, ExitLine.CLIENT_MAC, ExitLine.LAN));
    gateway.ip(
        ExitLine.tunnels(
            ExitLine.PA_GATEWAY, ExitLine.PA_CLIENT, ExitLine.GATEWAY_MAC, ExitLine.GATEWAY_MAC));
    gateway.ip(
        List.of(
            "address add %s/24 dev %s".formatted(ExitLine.CA_GATEWAY, ExitLine.GATEWAY_VXLAN),
            "route add %s/32 dev %s".formatted(line.clientAddress(), ExitLine.MACHINE_VXLAN),
            Line.neighbor(line.clientAddress(), ExitLine.MACHINE_MAC, ExitLine.MACHINE_VXLAN)));
  }

  @Override
  public String name() {
    return "nftables";
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
