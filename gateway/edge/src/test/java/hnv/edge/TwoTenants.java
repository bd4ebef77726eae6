// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.PortKind;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.GreConnection;
import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.edge.EdgeNetwork.Ipv6Translation;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.NetworkConnection;
import hnv.edge.EdgeNetwork.OutsideNetwork;
import hnv.edge.EdgeNetwork.PrefixPair;
import hnv.edge.EdgeNetwork.Route;
import hnv.edge.EdgeNetwork.Target;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.gre.GreTunnel;
import hnv.nat.AddressRange;
import hnv.nat.NatLimits;
import hnv.nat.NatPool;
import hnv.nat.TenantNat;
import hnv.overlay.OverlayNetwork;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
import hnv.overlay.OverlayNetwork.Subnet;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import hnv.wire.RoutingDomainId;
import hnv.wire.Vsid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/// Two tenants with the same addresses and MACs, each with two machines on a host and with a
/// gateway that has a translated way to the Internet, a VLAN to a data centre and a GRE tunnel to a
/// site:
///
///     10.1.1.11, .12  host1 ─overlay─ gw ─┬─ out0  203.0.113.1/24, pool 198.51.100.10
///                              10.1.9.4   ├─ l3a/l3b  10.20.0.1/24, router 10.20.0.2, 10.21.0.0/16
///                                         └─ GRE to 203.0.113.50, key 100/200: 10.30.0.0/16
///
/// What a test wants otherwise it changes before {@link #network}.
final class TwoTenants {
  static final String HOST_PA = "192.168.1.10";
  static final String GATEWAY_PA = "192.168.3.30";
  static final String SQL = "10.1.1.11";
  static final String WEB = "10.1.1.12";
  static final String SQL6 = "fd00:1::11";
  static final String ADAPTER = "10.1.9.4";
  static final String OWN = "203.0.113.1";
  static final String ROUTER = "203.0.113.254";
  static final String PEER = "203.0.113.50";
  static final String POOL = "198.51.100.10";
  static final String SERVER = "8.8.8.8";
  static final String OWN6 = "2001:db8:f::1";
  static final String ROUTER6 = "2001:db8:f::fe";
  static final String SERVER6 = "2001:db8:8::8";
  static final String PREFIX64 = "64:ff9b::";
  static final String L3_OWN = "10.20.0.1";
  static final String L3_ROUTER = "10.20.0.2";
  static final String DATA_CENTRE = "10.21.0.5";
  static final String SITE = "10.30.0.5";
  static final long SQL_MAC = 0x02_00_00_00_11_11L;
  static final long WEB_MAC = 0x02_00_00_00_12_12L;
  static final long ADAPTER_MAC = 0x02_00_00_00_99_99L;
  static final long ROUTER_MAC = 0x02_CC_00_00_00_01L;
  static final long PEER_MAC = 0x02_CC_00_00_00_50L;
  static final long L3_MAC = 0x02_CC_00_00_00_20L;

  static final RoutingDomainId CONTOSO = new RoutingDomainId(new UUID(1, 1));
  static final RoutingDomainId FABRIKAM = new RoutingDomainId(new UUID(2, 2));

  static final Attachment OUT0 = attachment("out0", "203.0.113.1/24");
  static final Attachment L3A = attachment("l3a", "10.20.0.1/24");
  static final Attachment L3B = attachment("l3b", "10.20.0.1/24");
  static final int OUT0_NUMBER = 1;
  static final int L3A_NUMBER = 2;
  static final int L3B_NUMBER = 3;

  final Encapsulation encapsulation;
  private Attachment out0 = OUT0;
  final List<Route> contosoRoutes = new ArrayList<>(routes());
  final List<Route> fabrikamRoutes = new ArrayList<>(routes());
  final List<NetworkConnection> contosoConnections =
      new ArrayList<>(List.of(l3("dc", L3A), gre("site", 100)));
  final List<NetworkConnection> fabrikamConnections =
      new ArrayList<>(List.of(l3("dc", L3B), gre("site", 200)));
  final List<NatPool> pools = new ArrayList<>(List.of(pool("shared", POOL)));
  final List<OutsideNetwork> networks =
      new ArrayList<>(
          List.of(
              new OutsideNetwork(
                  "internet",
                  OUT0,
                  List.of(route("0.0.0.0/0", new Target.ByRouter(IpAddress.parse(ROUTER)))))));
  TenantNat contosoNat = nat(List.of(), List.of());
  TenantNat fabrikamNat = nat(List.of(), List.of());
  Ipv6Translation contosoIpv6 = Ipv6Translation.NONE;
  Ipv6Translation fabrikamIpv6 = Ipv6Translation.NONE;
  int contosoFlows;
  int fabrikamFlows;

  TwoTenants(Encapsulation encapsulation) {
    this.encapsulation = encapsulation;
  }

  /// The Internet has IPv6, too: Contoso is known there by 2001:db8:c::/64, which is routed to the
  /// gateway, Fabrikam by 2001:db8:f:f::/64; and both reach IPv4 by 64:ff9b::/96.
  TwoTenants withIpv6() {
    out0 = attachment("out0", "203.0.113.1/24", OWN6 + "/48");
    networks.set(
        0,
        new OutsideNetwork(
            "internet",
            out0,
            List.of(
                route("0.0.0.0/0", new Target.ByRouter(IpAddress.parse(ROUTER))),
                route("::/0", new Target.ByRouter(IpAddress.parse(ROUTER6))))));
    contosoIpv6 = ipv6("2001:db8:c::/64");
    fabrikamIpv6 = ipv6("2001:db8:f:f::/64");
    contosoRoutes.add(route("::/0", new Target.ByNat("internet")));
    fabrikamRoutes.add(route("::/0", new Target.ByNat("internet")));
    contosoNat = withNat64(contosoNat);
    fabrikamNat = withNat64(fabrikamNat);
    return this;
  }

  static Ipv6Translation ipv6(String external) {
    return new Ipv6Translation(
        Optional.of(Cidr.parse(PREFIX64 + "/96")),
        List.of(new PrefixPair("internet", Cidr.parse("fd00:1::/64"), Cidr.parse(external))));
  }

  /// The same, with a rule for IPv6 hosts.
  static TenantNat withNat64(TenantNat nat) {
    List<TenantNat.OutboundRule> rules = new ArrayList<>(nat.outboundRules());
    rules.add(
        new TenantNat.OutboundRule(
            "nat64", 0, TenantNat.ALL_PROTOCOLS, Cidr.parse("fd00:1::/64"), "shared"));
    return new TenantNat(0, rules, nat.inboundRules(), nat.oneToOne(), nat.sessions(), nat.ports());
  }

  /// A gateway with all devices, in force.
  TestGateway start() {
    return start(NatLimits.DEFAULT);
  }

  /// The same with other tables of the translation.
  TestGateway start(NatLimits limits) {
    TestGateway gateway = new TestGateway("gw", limits);
    gateway.attach(out0, PortKind.OUTSIDE, OUT0_NUMBER, TestGateway.LINK_MTU);
    gateway.attach(L3A, PortKind.OUTSIDE, L3A_NUMBER, TestGateway.LINK_MTU);
    gateway.attach(L3B, PortKind.OUTSIDE, L3B_NUMBER, TestGateway.LINK_MTU);
    gateway.neighbors.put(ROUTER, ROUTER_MAC);
    gateway.neighbors.put(PEER, PEER_MAC);
    gateway.neighbors.put(L3_ROUTER, L3_MAC);
    gateway.neighbors.put(ROUTER6, ROUTER_MAC);
    gateway.apply(overlay(), network());
    return gateway;
  }

  OverlayNetwork overlay() {
    return new OverlayNetwork(
        encapsulation,
        true,
        List.of(host("host1", HOST_PA), host("gw", GATEWAY_PA)),
        List.of(domain(CONTOSO, "contoso", 5001), domain(FABRIKAM, "fabrikam", 6001)));
  }

  EdgeNetwork network() {
    return new EdgeNetwork(
        networks,
        pools,
        List.of(
            new TenantGateway(
                CONTOSO,
                "contoso-gw",
                "contoso-adapter",
                contosoConnections,
                contosoRoutes,
                contosoNat,
                contosoFlows,
                contosoIpv6),
            new TenantGateway(
                FABRIKAM,
                "fabrikam-gw",
                "fabrikam-adapter",
                fabrikamConnections,
                fabrikamRoutes,
                fabrikamNat,
                fabrikamFlows,
                fabrikamIpv6)));
  }

  /// VSID of a tenant's machines; that of its gateway's adapter is 8 more.
  static int vsid(RoutingDomainId tenant) {
    return tenant.equals(CONTOSO) ? 5001 : 6001;
  }

  private static Domain domain(RoutingDomainId id, String name, int vsid) {
    return new Domain(
        id,
        name,
        List.of(
            new Subnet(
                new Vsid(vsid), List.of(Cidr.parse("10.1.1.0/24"), Cidr.parse("fd00:1::/64"))),
            new Subnet(
                new Vsid(vsid + 8), List.of(Cidr.parse("10.1.9.0/24"), Cidr.parse("fd00:9::/64")))),
        List.of(
            adapter(name + "-sql", SQL_MAC, vsid, SQL, SQL6),
            adapter(name + "-web", WEB_MAC, vsid, WEB),
            Adapter.ofGateway(
                name + "-adapter",
                new MacAddress(ADAPTER_MAC),
                new Vsid(vsid + 8),
                List.of(
                    new CustomerAddress(IpAddress.parse(ADAPTER)),
                    new CustomerAddress(IpAddress.parse("fd00:9::4"))),
                "gw")),
        Optional.empty(),
        List.of(
            new OverlayNetwork.Route(Cidr.parse("0.0.0.0/0"), List.of(name + "-adapter"), 1),
            new OverlayNetwork.Route(Cidr.parse("::/0"), List.of(name + "-adapter"), 1)));
  }

  private static Adapter adapter(String name, long mac, int vsid, String... addresses) {
    return new Adapter(
        name,
        new MacAddress(mac),
        new Vsid(vsid),
        Arrays.stream(addresses).map(a -> new CustomerAddress(IpAddress.parse(a))).toList(),
        "host1",
        false,
        AccessControl.OPEN,
        0,
        0);
  }

  private static Host host(String name, String address) {
    return new Host(name, List.of(new ProviderAddress(IpAddress.parse(address))));
  }

  static Attachment attachment(String device, String... addresses) {
    return new Attachment(
        device,
        OptionalInt.empty(),
        Arrays.stream(addresses).map(TwoTenants::interfaceAddress).toList());
  }

  private static InterfaceAddress interfaceAddress(String text) {
    int slash = text.indexOf('/');
    return new InterfaceAddress(
        IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
  }

  static List<Route> routes() {
    return List.of(
        route("0.0.0.0/0", new Target.ByNat("internet")),
        route("10.21.0.0/16", new Target.ByConnection("dc", Optional.empty())),
        route("10.30.0.0/16", new Target.ByConnection("site", Optional.empty())),
        route("fd00:30::/32", new Target.ByConnection("site", Optional.empty())),
        route("10.99.0.0/16", new Target.Blackhole()));
  }

  static Route route(String prefix, Target target) {
    return new Route(Cidr.parse(prefix), target, 10);
  }

  static L3Connection l3(String name, Attachment attachment) {
    return new L3Connection(name, attachment, List.of(IpAddress.parse(L3_ROUTER)), 0, 0, List.of());
  }

  static GreConnection gre(String name, int key) {
    return gre(name, PEER, key);
  }

  static GreConnection greWithKeepalive(String name, int key, int seconds) {
    return gre(name, PEER, key, false, seconds);
  }

  static GreConnection greInOrder(String name, int key, int seconds) {
    return gre(name, PEER, key, true, seconds);
  }

  static GreConnection gre(String name, String peer, int key) {
    return gre(name, peer, key, false, 0);
  }

  private static GreConnection gre(
      String name, String peer, int key, boolean inOrder, int seconds) {
    return new GreConnection(
        name,
        "internet",
        new GreTunnel(
            name,
            IpAddress.parse(OWN),
            IpAddress.parse(peer),
            OptionalInt.of(key),
            false,
            inOrder,
            seconds,
            GreTunnel.DEFAULT_KEEPALIVE_TRIES),
        0,
        0,
        List.of());
  }

  static NatPool pool(String name, String address) {
    return new NatPool(
        name,
        0,
        List.of(AddressRange.of(Ipv4Address.parse(address))),
        NatPool.DEFAULT_FIRST_PORT,
        65_535,
        NatPool.Mapping.ENDPOINT_INDEPENDENT,
        NatPool.Filtering.ADDRESS_AND_PORT_DEPENDENT,
        NatPool.Parity.IGNORED,
        NatPool.DEFAULT_BLOCK_SIZE,
        NatPool.DEFAULT_BLOCKS_PER_SUBSCRIBER);
  }

  /// Everything goes out by the pool; and these.
  static TenantNat nat(List<TenantNat.InboundRule> inbound, List<TenantNat.OneToOne> oneToOne) {
    return new TenantNat(
        0,
        List.of(
            new TenantNat.OutboundRule(
                "all", 0, TenantNat.ALL_PROTOCOLS, Cidr.parse("10.0.0.0/8"), "shared")),
        inbound,
        oneToOne,
        1_000,
        1_000);
  }

  static TenantNat.InboundRule inbound(
      String address, int protocol, int port, String inside, int insidePort) {
    return new TenantNat.InboundRule(
        "in-" + port,
        0,
        Ipv4Address.parse(address),
        protocol,
        port,
        port,
        Ipv4Address.parse(inside),
        insidePort);
  }
}
