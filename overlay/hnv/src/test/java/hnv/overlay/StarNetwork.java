// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static hnv.overlay.TwoTenants.SQL;
import static hnv.overlay.TwoTenants.WEB;
import static hnv.overlay.TwoTenants.adapter;

import hnv.dataplane.Encapsulation;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
import hnv.overlay.OverlayNetwork.Route;
import hnv.overlay.OverlayNetwork.Subnet;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import hnv.wire.RoutingDomainId;
import hnv.wire.Vsid;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Two tenants with the same addresses on two hosts, and two gateways: `gw1` is the way to
/// everywhere, `gw2` Contoso's way to one more prefix.
///
/// @param bound the only encapsulation of a host, by its name
/// @param preferred the encapsulation that a domain prefers, by its name
/// @param routes Contoso's
/// @param gateway2Host where Contoso's second gateway is
record StarNetwork(
    Map<String, Encapsulation> bound,
    Map<String, Encapsulation> preferred,
    List<Route> routes,
    String gateway2Host) {
  static final String GW1_PA = "192.168.9.1";
  static final String GW2_PA = "192.168.9.2";
  static final int CONTOSO_GATEWAYS = 5099;
  static final int FABRIKAM_GATEWAYS = 6099;
  static final long GW1 = 0x02_00_00_00_99_01L;
  static final long GW2 = 0x02_00_00_00_99_02L;
  static final String SITE = "192.168.50.0/24";

  static StarNetwork plain() {
    return new StarNetwork(
        Map.of(),
        Map.of(),
        List.of(
            route("0.0.0.0/0", 10, "contoso-gw1"),
            route("::/0", 10, "contoso-gw1"),
            route(SITE, 10, "contoso-gw2")),
        "gw2");
  }

  static Route route(String prefix, int metric, String... gateways) {
    return new Route(Cidr.parse(prefix), List.of(gateways), metric);
  }

  StarNetwork with(Route... contosoRoutes) {
    return new StarNetwork(bound, preferred, List.of(contosoRoutes), gateway2Host);
  }

  StarNetwork boundTo(Map<String, Encapsulation> hosts) {
    return new StarNetwork(hosts, preferred, routes, gateway2Host);
  }

  StarNetwork preferring(Map<String, Encapsulation> domains) {
    return new StarNetwork(bound, domains, routes, gateway2Host);
  }

  OverlayNetwork network() {
    Domain contoso =
        new Domain(
            new RoutingDomainId(new UUID(1, 1)),
            "contoso",
            List.of(
                subnet(5001, "10.1.1.0/24", "fd00:5001::/64"),
                subnet(CONTOSO_GATEWAYS, "10.1.99.0/24", "fd00:5099::/64")),
            List.of(
                vm("contoso-sql", SQL, 5001, "host1", "10.1.1.11", "fd00:5001::11"),
                vm("contoso-web", WEB, 5001, "host2", "10.1.1.12", "fd00:5001::12"),
                gateway("contoso-gw1", GW1, CONTOSO_GATEWAYS, "gw1", "10.1.99.4"),
                gateway("contoso-gw2", GW2, CONTOSO_GATEWAYS, gateway2Host, "10.1.99.5")),
            Optional.ofNullable(preferred.get("contoso")),
            routes);
    Domain fabrikam =
        new Domain(
            new RoutingDomainId(new UUID(2, 2)),
            "fabrikam",
            List.of(subnet(6001, "10.1.1.0/24"), subnet(FABRIKAM_GATEWAYS, "10.1.99.0/24")),
            List.of(
                vm("fabrikam-sql", SQL, 6001, "host1", "10.1.1.11"),
                vm("fabrikam-web", WEB, 6001, "host2", "10.1.1.12"),
                gateway("fabrikam-gw1", GW1, FABRIKAM_GATEWAYS, "gw1", "10.1.99.4")),
            Optional.ofNullable(preferred.get("fabrikam")),
            List.of(route("0.0.0.0/0", 10, "fabrikam-gw1")));
    return new OverlayNetwork(
        Encapsulation.VXLAN,
        true,
        List.of(
            host("host1", TwoTenants.HOST1_PA),
            host("host2", TwoTenants.HOST2_PA),
            host("gw1", GW1_PA),
            host("gw2", GW2_PA)),
        List.of(contoso, fabrikam));
  }

  private Host host(String name, String address) {
    return new Host(
        name,
        List.of(new ProviderAddress(IpAddress.parse(address))),
        Optional.ofNullable(bound.get(name)));
  }

  private static Subnet subnet(int vsid, String... prefixes) {
    return new Subnet(new Vsid(vsid), Arrays.stream(prefixes).map(Cidr::parse).toList());
  }

  private static Adapter vm(String name, long mac, int vsid, String host, String... addresses) {
    return adapter(name, mac, vsid, host, AccessControl.OPEN, addresses);
  }

  private static Adapter gateway(String name, long mac, int vsid, String host, String address) {
    return Adapter.ofGateway(
        name,
        new MacAddress(mac),
        new Vsid(vsid),
        List.of(new CustomerAddress(IpAddress.parse(address))),
        host);
  }
}
