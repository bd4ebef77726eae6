// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.edge.HostSide.HostRoute;
import hnv.edge.neighbor.Neighbor;
import hnv.edge.neighbor.OutsideLink;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A device that the host has, too: its routes, neighbours and addresses count. The host's default
/// router is not policy's.
class SharedOutsideTest {
  private static final String HOSTS_ROUTER = "203.0.113.77";
  private static final String OTHER_ROUTER = "203.0.113.78";
  private static final long MAC = 0x02_DD_00_00_00_01L;
  private static final long OTHER_MAC = 0x02_DD_00_00_00_02L;

  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);
  private final TestGateway gateway = tenants.start();

  private static HostSide host(Set<String> addresses, HostRoute... routes) {
    return new HostSide(
        addresses.stream().map(IpAddress::parse).collect(Collectors.toSet()),
        Arrays.asList(routes));
  }

  private static HostRoute by(String prefix, String router) {
    return new HostRoute(Cidr.parse(prefix), new OutsideWay.ByRouter(IpAddress.parse(router)));
  }

  private static HostRoute way(String prefix, OutsideWay way) {
    return new HostRoute(Cidr.parse(prefix), way);
  }

  private void share(Set<String> addresses, HostRoute... routes) {
    gateway.share(TwoTenants.OUT0, host(addresses, routes));
    gateway.apply(tenants.overlay(), tenants.network());
  }

  @BeforeEach
  void lay() {
    gateway.neighbors.put(HOSTS_ROUTER, MAC);
    gateway.neighbors.put(OTHER_ROUTER, OTHER_MAC);
    gateway.link("out0").take();
    gateway.asked.clear();
  }

  private void send() {
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 53, "q"));
    gateway.settle();
  }

  /// To whose MAC the one packet has left.
  private long leftTo() {
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    return Wire.destinationMac(sent.getFirst());
  }

  @Test
  void goesByTheHostsRoutesAndAsksTheHost() {
    share(Set.of(TwoTenants.OWN), by("0.0.0.0/0", HOSTS_ROUTER));
    assertEquals(List.of(HOSTS_ROUTER), gateway.asked.stream().distinct().toList());
    send();
    assertEquals(MAC, leftTo());
    assertTrue(gateway.link("out0").take().isEmpty(), "no ARP of its own");
  }

  @Test
  void whatIsOnTheHostsLinkIsGivenToItsOwner() {
    gateway.neighbors.put(TwoTenants.SERVER, OTHER_MAC);
    share(
        Set.of(TwoTenants.OWN),
        by("0.0.0.0/0", HOSTS_ROUTER),
        way("8.8.8.0/24", new OutsideWay.OnLink()));
    send();
    assertEquals(OTHER_MAC, leftTo());
  }

  @Test
  void aRouteThatChangesHasFlowsAskedAgain() {
    share(Set.of(TwoTenants.OWN), by("0.0.0.0/0", HOSTS_ROUTER));
    send();
    assertEquals(MAC, leftTo());
    int before = gateway.arrays.tenants().epoch(gateway.slotOf(TwoTenants.CONTOSO));
    share(Set.of(TwoTenants.OWN), by("0.0.0.0/0", HOSTS_ROUTER));
    assertEquals(
        before,
        gateway.arrays.tenants().epoch(gateway.slotOf(TwoTenants.CONTOSO)),
        "nothing has changed");
    share(Set.of(TwoTenants.OWN), by("0.0.0.0/0", OTHER_ROUTER));
    assertNotEquals(before, gateway.arrays.tenants().epoch(gateway.slotOf(TwoTenants.CONTOSO)));
    send();
    assertEquals(OTHER_MAC, leftTo());
  }

  @Test
  void aNeighborThatMovesHasFlowsAskedAgain() {
    share(Set.of(TwoTenants.OWN), by("0.0.0.0/0", HOSTS_ROUTER));
    send();
    assertEquals(MAC, leftTo());
    gateway.edge.neighbors().told(link(), IpAddress.parse(HOSTS_ROUTER), OTHER_MAC, gateway.nowNs);
    gateway.follow();
    send();
    assertEquals(OTHER_MAC, leftTo());
  }

  private int link() {
    return gateway.compiler.ports().stream()
        .filter(port -> port.number() == TwoTenants.OUT0_NUMBER)
        .findFirst()
        .orElseThrow()
        .link();
  }

  private @Nullable Neighbor router() {
    return gateway.edge.neighbors().find(link(), IpAddress.parse(HOSTS_ROUTER));
  }

  @Test
  void aNeighborIsLostWhenTheHostSaysSo() {
    share(Set.of(TwoTenants.OWN), by("0.0.0.0/0", HOSTS_ROUTER));
    assertTrue(Objects.requireNonNull(router()).isResolved());
    gateway.neighbors.remove(HOSTS_ROUTER);
    gateway.edge.neighbors().told(link(), IpAddress.parse(HOSTS_ROUTER), -1, gateway.nowNs);
    gateway.follow();
    assertFalse(Objects.requireNonNull(router()).isResolved());
    gateway.neighbors.put(HOSTS_ROUTER, OTHER_MAC);
    gateway.passInSteps(3_000_000_000L);
    assertTrue(Objects.requireNonNull(router()).isResolved(), "asked for always");
  }

  @Test
  void neighborsAreNotBelievedByTheirOwnWord() {
    share(Set.of(TwoTenants.OWN), by("0.0.0.0/0", HOSTS_ROUTER));
    byte[] claim = Wire.arpRequest(HOSTS_ROUTER, OTHER_MAC, TwoTenants.POOL);
    gateway.receive(TwoTenants.OUT0_NUMBER, claim);
    assertEquals(MAC, Objects.requireNonNull(router()).mac());
  }

  @Test
  void whereTheHostsRouteLeavesByAnotherDeviceNothingDoes() {
    share(
        Set.of(TwoTenants.OWN),
        way("0.0.0.0/0", new OutsideWay.Elsewhere("vpn0")),
        by("9.9.9.0/24", HOSTS_ROUTER));
    send();
    assertEquals(List.of(), gateway.link("out0").take());
    assertEquals(1, gateway.drops(DropReason.HOST_ROUTE_ELSEWHERE), gateway::describeDrops);
  }

  @Test
  void aNetworkThatTheHostHasNoWayIntoIsNoRoutesGoal() {
    share(Set.of(TwoTenants.OWN), way("0.0.0.0/0", new OutsideWay.Nowhere("no route")));
    assertFalse(
        gateway.compiler.routes(TwoTenants.CONTOSO).stream()
            .filter(row -> row.destination().equals(Cidr.parse("0.0.0.0/0")))
            .findFirst()
            .orElseThrow()
            .reachable());
  }

  @Test
  void theHostsAddressesStayItsOwn() {
    share(Set.of(TwoTenants.OWN, TwoTenants.POOL), by("0.0.0.0/0", HOSTS_ROUTER));
    OutsideLink link = Objects.requireNonNull(gateway.edge.neighbors().link(link()));
    assertEquals(List.of(), link.own());
    assertFalse(link.publicAddresses().contains(IpAddress.parse(TwoTenants.POOL)));
    assertFalse(link.isOwn(OutsideLink.linkLocal(new MacAddress(TestGateway.macOf(1)))));
    send();
    assertEquals(List.of(), gateway.link("out0").take());
    assertEquals(1, gateway.drops(DropReason.PUBLIC_ADDRESS_OF_HOST), gateway::describeDrops);
  }

  @Test
  void anAddressThatIsNotTheHostsIsTheGateways() {
    share(Set.of(), by("0.0.0.0/0", HOSTS_ROUTER));
    OutsideLink link = Objects.requireNonNull(gateway.edge.neighbors().link(link()));
    assertTrue(link.isOwn(IpAddress.parse(TwoTenants.OWN)));
  }

  @Test
  void tunnelsGoByTheHostsRoutesToo() {
    share(Set.of(TwoTenants.OWN), by("203.0.113.0/24", HOSTS_ROUTER));
    Packet packet = Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SITE, 53, "q");
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, packet);
    assertEquals(MAC, leftTo());
  }
}
