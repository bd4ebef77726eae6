// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.traffic.ExitPolicy;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Processes;
import hnv.lab.netns.Watchdog;
import hnv.overlay.RouterMac;
import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;

/// A tenant's machine, a gateway and a server outside. The gateway is what is measured; everything
/// else is the kernel on every line:
///
///     client                 gateway                     server
///      eth0 ───────────── lan        wan ──────────────── eth0
///     10.9.0.2       10.9.0.1        198.51.100.1    198.51.100.2
///
/// With {@link Access#VXLAN} the client is the tenant's host and machine in one: packets leave it
/// by a VXLAN device of the gateway's virtual subnet and come by one of its own, as hosts send to a
/// gateway and are sent to:
///
///      vxlan9 ──▶ 10.1.9.2
///      vxlan1 ◀── 10.1.1.12     eth0 192.168.1.20 ─── lan 192.168.1.10
///
/// All neighbours are known and IPv6 is off. The run's watchdog removes it all.
///
/// @param client the tenant's machine
/// @param gateway where packets are translated
/// @param server the machine outside
public record ExitLine(Access access, Namespace client, Namespace gateway, Namespace server) {
  /// How the tenant is joined to the gateway.
  public enum Access {
    /// By a link of its own, without a tunnel.
    L3,
    /// By its virtual network.
    VXLAN
  }

  /// The only device of client and server.
  public static final String DEVICE = "eth0";

  public static final String LAN = "lan";
  public static final String WAN = "wan";

  public static final Ipv4Address SERVER = Ipv4Address.parse("198.51.100.2");
  public static final Ipv4Address WAN_ADDRESS = Ipv4Address.parse("198.51.100.1");

  /// What the tenant's packets bear outside; also an address of the kernel's gateway.
  public static final Ipv4Address PUBLIC = Ipv4Address.parse("198.51.100.10");

  public static final Ipv4Address LAN_ADDRESS = Ipv4Address.parse("10.9.0.1");
  public static final Ipv4Address PA_GATEWAY = Ipv4Address.parse("192.168.1.10");
  public static final Ipv4Address PA_CLIENT = Ipv4Address.parse("192.168.1.20");
  public static final Ipv4Address CA_GATEWAY = Ipv4Address.parse("10.1.9.2");

  /// Virtual subnets of the tenant: that of its machine, and that of the gateway.
  public static final int MACHINE_VSID = 5001;

  public static final int GATEWAY_VSID = 5009;

  public static final MacAddress CLIENT_MAC = MacAddress.parse("02:00:00:00:00:02");
  public static final MacAddress LAN_MAC = MacAddress.parse("02:00:00:00:00:01");
  public static final MacAddress WAN_MAC = MacAddress.parse("02:00:00:00:01:01");
  public static final MacAddress SERVER_MAC = MacAddress.parse("02:00:00:00:01:02");

  /// Of the tenant's machine and of the gateway in its virtual network.
  public static final MacAddress MACHINE_MAC = MacAddress.parse("02:00:0a:01:01:0c");

  /// What packets bear that a host has routed toward the gateway.
  public static final MacAddress ROUTER_MAC = RouterMac.ADDRESS;

  public static final MacAddress GATEWAY_MAC = ExitPolicy.gatewayMac();

  /// The VXLAN device of the machine's virtual subnet, and of the gateway's.
  static final String MACHINE_VXLAN = "vxlan1";

  static final String GATEWAY_VXLAN = "vxlan9";
  private static final int TUNNEL_MTU = 1450;

  /// Behind the client of {@link Access#L3}: 10.8.0.0/16.
  public static final Cidr BEHIND_CLIENT = Cidr.parse("10.8.0.0/16");

  /// Behind a tunnel to the server, which is the tenant's machine at another site then.
  public static final Ipv4Address BRANCH = Ipv4Address.parse("10.7.0.1");

  /// In what the tunnel is known by: key of GRE, VNI of VXLAN.
  public static final int BRANCH_KEY = 77;

  /// Inside the tunnel, where it carries Ethernet: at the gateway and at the branch.
  public static final MacAddress BRANCH_MAC_HERE = MacAddress.parse("02:00:00:00:02:01");

  public static final MacAddress BRANCH_MAC = MacAddress.parse("02:00:00:00:02:02");

  private static final Ipv4Address LAN_CLIENT = Ipv4Address.parse("10.9.0.2");
  private static final Ipv4Address CA_CLIENT = Ipv4Address.parse("10.1.1.12");

  /// Makes a line. The gateway has its devices, and no addresses yet.
  ///
  /// @param name tells it from others
  /// @throws hnv.lab.netns.LabException when the kernel refuses
  static ExitLine lay(Processes processes, String name, Access access) {
    String prefix = Watchdog.prefix(processes.run()) + name;
    ExitLine line =
        new ExitLine(
            access,
            Line.make(processes, prefix + "-client"),
            Line.make(processes, prefix + "-gateway"),
            Line.make(processes, prefix + "-server"));
    line.connect(LAN, LAN_MAC, line.client, CLIENT_MAC);
    line.connect(WAN, WAN_MAC, line.server, SERVER_MAC);
    line.server.ip(
        "address add %s/24 dev %s".formatted(SERVER, DEVICE),
        "link set %s up".formatted(DEVICE),
        Line.neighbor(WAN_ADDRESS, WAN_MAC, DEVICE),
        Line.neighbor(PUBLIC, WAN_MAC, DEVICE));
    line.client.ip(access == Access.L3 ? l3Client() : vxlanClient());
    return line;
  }

  private void connect(String port, MacAddress portMac, Namespace other, MacAddress mac) {
    gateway.ip(
        "link add %s address %s type veth peer name %s address %s netns %s"
            .formatted(port, portMac, DEVICE, mac, other.name()),
        "link set %s up".formatted(port));
  }

  private static List<String> l3Client() {
    return List.of(
        "address add %s/24 dev %s".formatted(LAN_CLIENT, DEVICE),
        "link set %s up".formatted(DEVICE),
        Line.neighbor(LAN_ADDRESS, LAN_MAC, DEVICE),
        "route add default via %s".formatted(LAN_ADDRESS));
  }

  private static List<String> vxlanClient() {
    List<String> commands = new ArrayList<>();
    commands.add("address add %s/24 dev %s".formatted(PA_CLIENT, DEVICE));
    commands.add("link set %s up".formatted(DEVICE));
    commands.add(Line.neighbor(PA_GATEWAY, LAN_MAC, DEVICE));
    commands.addAll(tunnels(PA_CLIENT, PA_GATEWAY, MACHINE_MAC, ROUTER_MAC));
    commands.add("address add %s/24 dev %s".formatted(CA_CLIENT, MACHINE_VXLAN));
    commands.add(Line.neighbor(CA_GATEWAY, GATEWAY_MAC, GATEWAY_VXLAN));
    commands.add(
        "route add default via %s dev %s onlink src %s"
            .formatted(CA_GATEWAY, GATEWAY_VXLAN, CA_CLIENT));
    return commands;
  }

  /// Commands for both VXLAN devices of one end. Without outer UDP checksum, as RFC 7348 §5 has it
  /// and as this program does it.
  static List<String> tunnels(
      Ipv4Address local, Ipv4Address remote, MacAddress machineMac, MacAddress gatewayMac) {
    List<String> commands = new ArrayList<>();
    for (String device : List.of(MACHINE_VXLAN, GATEWAY_VXLAN)) {
      boolean machines = device.equals(MACHINE_VXLAN);
      int vsid = machines ? MACHINE_VSID : GATEWAY_VSID;
      MacAddress mac = machines ? machineMac : gatewayMac;
      commands.add(
          "link add %s type vxlan id %d local %s remote %s dstport 4789 noudpcsum nolearning"
              .formatted(device, vsid, local, remote));
      commands.add("link set %s mtu %d address %s up".formatted(device, TUNNEL_MTU, mac));
    }
    return commands;
  }

  /// The tenant's address of the client.
  public Ipv4Address clientAddress() {
    return clientAddress(access);
  }

  static Ipv4Address clientAddress(Access access) {
    return access == Access.L3 ? LAN_CLIENT : CA_CLIENT;
  }
}
