// SPDX-License-Identifier: Apache-2.0
package hnv.lab.peer;

import hnv.lab.netns.Namespace;
import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import java.nio.file.Path;

/// A branch office: one machine behind a router that has a GRE tunnel to the gateway, both played
/// by one namespace. The tunnel's end is Open vSwitch.
///
///     lan  192.168.50.1 ── bridge lan ── gre ── bridge phy ── eth0 ── the Internet
public final class GreBranch implements AutoCloseable {
  private static final int MTU = 1_400;

  private final Namespace namespace;
  private final OpenVswitch ovs;

  /// What a branch is.
  ///
  /// @param name for logs and namespaces
  /// @param outside its address in the Internet, whose router is the lowest of the /24
  /// @param lan its machine's address, in a /24 that other branches may have as well
  /// @param gateway the gateway's outer address
  /// @param key of GRE
  /// @param tenant what is reached through the tunnel
  public record Plan(
      String name,
      Ipv4Address outside,
      Ipv4Address lan,
      Ipv4Address gateway,
      int key,
      Cidr tenant) {}

  private GreBranch(Namespace namespace, OpenVswitch ovs) {
    this.namespace = namespace;
    this.ovs = ovs;
  }

  /// Lays the branch.
  ///
  /// @param namespace an existing namespace with a device `eth0` to the Internet, without address
  /// @param number of the branch, for MAC addresses
  public static GreBranch lay(Namespace namespace, Plan plan, int number, Path folder) {
    MacAddress phyMac = new MacAddress(0x0250_0000_0100L | number);
    MacAddress lanMac = new MacAddress(0x0250_0000_0200L | number);
    MacAddress farMac = new MacAddress(0x0250_0000_0300L | number);
    namespace.ip("link set lo up", "link set eth0 up");
    // User-space switches take frames as they are: their checksums must be whole.
    namespace.run("ethtool", "-K", "eth0", "tx", "off").require();
    OpenVswitch ovs = OpenVswitch.start(namespace, plan.name(), folder);
    ovs.configure(
        "-- add-br phy -- set bridge phy datapath_type=netdev fail_mode=standalone other_config:hwaddr=\"%s\" -- add-port phy eth0"
            .formatted(phyMac));
    ovs.configure(
        ("-- add-br lan -- set bridge lan datapath_type=netdev fail_mode=secure other_config:hwaddr=\"%s\""
                + " -- add-port lan gre1 -- set interface gre1 type=gre ofport_request=1"
                + " options:remote_ip=%s options:local_ip=%s options:key=%d options:packet_type=legacy_l3")
            .formatted(lanMac, plan.gateway(), plan.outside(), plan.key()));
    ovs.addFlow("lan", "in_port=1,actions=mod_dl_dst:" + lanMac + ",LOCAL");
    ovs.addFlow("lan", "in_port=LOCAL,ip,actions=output:1");
    String outsideRouter = Cidr.containing(plan.outside(), 24).lowestHost().toString();
    String far = Cidr.containing(plan.lan(), 24).highest().toString();
    namespace.set("net/ipv6/conf/phy/disable_ipv6", 1);
    namespace.set("net/ipv6/conf/lan/disable_ipv6", 1);
    // A keepalive comes back from here: it bears this end's own outer address as its source.
    namespace.set("net/ipv4/conf/all/accept_local", 1);
    namespace.set("net/ipv4/conf/all/rp_filter", 0);
    namespace.set("net/ipv4/conf/lan/rp_filter", 0);
    namespace.set("net/ipv4/ip_forward", 1);
    namespace.ip(
        "address add " + plan.outside() + "/24 dev phy",
        "link set phy up",
        "route add default via " + outsideRouter + " dev phy",
        "address add " + plan.lan() + "/24 dev lan",
        "link set lan mtu " + MTU + " up",
        "neighbor replace " + nextRouter(far) + " lladdr " + farMac + " nud permanent dev lan",
        "route add " + plan.tenant() + " via " + nextRouter(far) + " dev lan src " + plan.lan());
    namespace.run("ethtool", "-K", "lan", "tx", "off").require();
    return new GreBranch(namespace, ovs);
  }

  /// The last host address of the branch's prefix stands for the gateway.
  private static String nextRouter(String broadcast) {
    return broadcast.substring(0, broadcast.lastIndexOf('.')) + ".254";
  }

  /// Where the branch's machine is.
  public Namespace machine() {
    return namespace;
  }

  /// Ends the tunnel's end.
  @Override
  public void close() {
    ovs.close();
  }
}
