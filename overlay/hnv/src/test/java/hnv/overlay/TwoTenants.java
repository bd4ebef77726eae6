// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Encapsulation;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
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
import java.util.UUID;

/// Two tenants with the same addresses and MACs on two hosts, as the HNV papers draw them.
final class TwoTenants {
  static final long SQL = 0x02_00_00_00_11_11L;
  static final long WEB = 0x02_00_00_00_12_12L;
  static final long APP1 = 0x02_00_00_00_21_21L;
  static final long APP2 = 0x02_00_00_00_22_22L;
  static final String SQL_IP = "10.1.1.11";
  static final String WEB_IP = "10.1.1.12";
  static final String APP1_IP = "10.1.2.21";
  static final String APP2_IP = "10.1.2.22";
  static final String HOST1_PA = "192.168.1.10";
  static final String HOST2_PA = "192.168.2.20";

  private TwoTenants() {}

  static OverlayNetwork network(Encapsulation encapsulation) {
    return network(encapsulation, AccessControl.OPEN, "host2");
  }

  /// @param acl of Contoso's SQL
  /// @param webHost where Contoso's Web is
  static OverlayNetwork network(Encapsulation encapsulation, AccessControl acl, String webHost) {
    Domain contoso =
        new Domain(
            new RoutingDomainId(new UUID(1, 1)),
            "contoso",
            List.of(
                new Subnet(
                    new Vsid(5001),
                    List.of(Cidr.parse("10.1.1.0/24"), Cidr.parse("fd00:5001::/64"))),
                new Subnet(new Vsid(5002), List.of(Cidr.parse("10.1.2.0/24")))),
            List.of(
                adapter("contoso-sql", SQL, 5001, "host1", acl, SQL_IP, "fd00:5001::11"),
                adapter(
                    "contoso-web", WEB, 5001, webHost, AccessControl.OPEN, WEB_IP, "fd00:5001::12"),
                adapter("contoso-app1", APP1, 5002, "host1", AccessControl.OPEN, APP1_IP),
                adapter("contoso-app2", APP2, 5002, "host2", AccessControl.OPEN, APP2_IP)));
    Domain fabrikam =
        new Domain(
            new RoutingDomainId(new UUID(2, 2)),
            "fabrikam",
            List.of(new Subnet(new Vsid(6001), List.of(Cidr.parse("10.1.1.0/24")))),
            List.of(
                adapter("fabrikam-sql", SQL, 6001, "host1", AccessControl.OPEN, SQL_IP),
                adapter("fabrikam-web", WEB, 6001, "host2", AccessControl.OPEN, WEB_IP)));
    return new OverlayNetwork(
        encapsulation,
        true,
        List.of(host("host1", HOST1_PA), host("host2", HOST2_PA)),
        List.of(contoso, fabrikam));
  }

  static Host host(String name, String... addresses) {
    return new Host(
        name, Arrays.stream(addresses).map(a -> new ProviderAddress(IpAddress.parse(a))).toList());
  }

  static Adapter adapter(
      String name, long mac, int vsid, String host, AccessControl acl, String... addresses) {
    return new Adapter(
        name,
        new MacAddress(mac),
        new Vsid(vsid),
        Arrays.stream(addresses).map(a -> new CustomerAddress(IpAddress.parse(a))).toList(),
        host,
        false,
        acl,
        0,
        0);
  }
}
