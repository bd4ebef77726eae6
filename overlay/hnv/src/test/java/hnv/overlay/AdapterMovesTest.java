// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static hnv.overlay.TwoTenants.SQL;
import static hnv.overlay.TwoTenants.SQL_IP;
import static hnv.overlay.TwoTenants.WEB;
import static hnv.overlay.TwoTenants.WEB_IP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
import hnv.overlay.OverlayNetwork.Subnet;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Rule;
import hnv.wire.Cidr;
import hnv.wire.RoutingDomainId;
import hnv.wire.TcpHeader;
import hnv.wire.Vsid;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Policy changes under live flows: an adapter passes from one tenant to another, an address from
/// one adapter to another, a host from one provider address to another.
class AdapterMovesTest {
  private static final List<Host> HOSTS =
      List.of(TwoTenants.host("host1", "192.168.1.10"), TwoTenants.host("host2", "192.168.2.20"));
  private static final AccessControl NO_WEB =
      new AccessControl(
          List.of(
              new Group(
                  "acl",
                  List.of(
                      new Rule(
                          "no-web",
                          100,
                          List.of(new Condition.DestinationPort(80, 80)),
                          new Action.Deny(DropReason.ACL_DENIED))))),
          List.of());
  private static final AccessControl NOTHING_IN =
      new AccessControl(
          List.of(),
          List.of(
              new Group(
                  "acl",
                  List.of(
                      new Rule(
                          "default",
                          65_536,
                          List.of(),
                          new Action.Deny(DropReason.ACL_DEFAULT_DENIED))))));
  private final TestHost host1 = new TestHost("host1");

  @AfterEach
  void noFrameIsLost() {
    assertEquals(64, host1.pool.available());
  }

  private static Domain domain(int number, int vsid, Adapter... adapters) {
    return new Domain(
        new RoutingDomainId(new UUID(number, number)),
        "tenant" + number,
        List.of(new Subnet(new Vsid(vsid), List.of(Cidr.parse("10.1.1.0/24")))),
        List.of(adapters));
  }

  private static OverlayNetwork network(Domain... domains) {
    return new OverlayNetwork(Encapsulation.VXLAN, true, HOSTS, List.of(domains));
  }

  private static Adapter web(String name, int vsid) {
    return TwoTenants.adapter(name, WEB, vsid, "host2", AccessControl.OPEN, WEB_IP);
  }

  private static Adapter vm(int vsid, AccessControl acl) {
    return TwoTenants.adapter("vm", SQL, vsid, "host1", acl, SQL_IP);
  }

  private static byte[] data() {
    return Packets.tcp(SQL, WEB, SQL_IP, WEB_IP, 1_000, 80, TcpHeader.ACK, 10);
  }

  @Test
  void anAdapterLeavesItsConnectionsToTheFormerTenant() {
    host1.apply(
        network(domain(1, 5001, vm(5001, AccessControl.OPEN), web("web1", 5001)), domain(2, 6001)));
    host1.fromVm("vm", data());
    assertEquals(1, host1.underlay.take().size());
    Domain emptied = domain(1, 5001, web("web1", 5001));
    host1.apply(network(emptied, domain(2, 6001, vm(6001, AccessControl.OPEN), web("web2", 6001))));
    host1.fromVm("vm", data());
    assertEquals(1, host1.underlay.take().size());
    // Only the new tenant's policy changes: it must be asked.
    host1.apply(network(emptied, domain(2, 6001, vm(6001, NO_WEB), web("web2", 6001))));
    host1.fromVm("vm", data());
    assertTrue(host1.underlay.take().isEmpty());
    assertEquals(1, host1.drops("vm", DropReason.ACL_DENIED));
  }

  @Test
  void anAddressTakesItsConnectionsAlong() {
    Adapter server = TwoTenants.adapter("server", WEB, 5001, "host1", AccessControl.OPEN, WEB_IP);
    Adapter other = TwoTenants.adapter("other", SQL + 1, 5001, "host1", NOTHING_IN, "10.1.1.99");
    host1.apply(network(domain(1, 5001, vm(5001, NOTHING_IN), server, other)));
    host1.fromVm("vm", data());
    assertEquals(1, host1.vm("server").take().size());
    // The address and the MAC are given to another port, and the guest goes on there.
    host1.apply(
        network(
            domain(
                1,
                5001,
                TwoTenants.adapter("other", SQL, 5001, "host1", NOTHING_IN, SQL_IP),
                server)));
    host1.fromVm("other", data());
    assertEquals(1, host1.vm("server").take().size());
    host1.fromVm("server", Packets.tcp(WEB, SQL, WEB_IP, SQL_IP, 80, 1_000, TcpHeader.ACK, 10));
    assertEquals(1, host1.vm("other").take().size(), "the answer belongs to its connection");
    assertEquals(0, host1.vm("vm").take().size());
  }

  @Test
  void nothingIsSentToAProviderAddressThatWasTakenBack() {
    Domain domain = domain(1, 5001, vm(5001, AccessControl.OPEN), web("web1", 5001));
    host1.apply(network(domain));
    host1.fromVm("vm", data());
    assertEquals(1, host1.underlay.take().size());
    // From now on the other host is reachable by IPv6 alone, which this one does not have.
    List<Host> hosts = List.of(HOSTS.getFirst(), TwoTenants.host("host2", "fd00::20"));
    host1.apply(new OverlayNetwork(Encapsulation.VXLAN, true, hosts, List.of(domain)));
    host1.fromVm("vm", data());
    assertTrue(host1.underlay.take().isEmpty());
    assertEquals(1, host1.drops("vm", DropReason.NEXT_HOP_UNRESOLVED));
  }
}
