// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.overlay.OverlayImage.Domain;
import hnv.overlay.OverlayImage.Peer;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Rule;
import hnv.wire.Cidr;
import hnv.wire.RoutingDomainId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// A compiler that goes on where another one ended gives the same names the same indexes, and
/// leaves alone what is as it was.
class OverlaySuccessionTest {
  private static final Map<String, PortBinding> PORTS =
      Map.of(
          "contoso-sql", new PortBinding(1, 1_500),
          "contoso-app1", new PortBinding(2, 1_500),
          "fabrikam-sql", new PortBinding(3, 1_500));

  private static final OverlayNetwork NETWORK = TwoTenants.network(Encapsulation.VXLAN);

  private final OverlayCompiler former = compiler();

  private static OverlayCompiler compiler() {
    return new OverlayCompiler("host1", List.of());
  }

  private OverlayChange succeed(OverlayNetwork next, Map<String, PortBinding> ports)
      throws CapacityExceededException {
    OverlayCompiler compiler = compiler();
    compiler.resume(former.leave());
    return compiler.compile(next, ports);
  }

  private int tenant(int domain) {
    return former.leave().domains().stream()
        .filter(each -> each.id().equals(new RoutingDomainId(new UUID(domain, domain))))
        .findFirst()
        .orElseThrow()
        .tenant();
  }

  @Test
  void leavesTheSameAlone() throws Exception {
    former.compile(NETWORK, PORTS);
    OverlayCompiler compiler = compiler();
    compiler.resume(former.leave());
    assertEquals(List.of(), compiler.compile(NETWORK, PORTS).changedTenants());
    assertEquals(sets(former.leave()), sets(compiler.leave()));
    // Once compiled, it is like any other.
    assertEquals(List.of(), compiler.compile(NETWORK, PORTS).changedTenants());
    assertEquals(1, compiler.compile(changed(), PORTS).changedTenants().size());
  }

  private static List<Set<?>> sets(OverlayImage image) {
    return List.of(
        new HashSet<>(image.domains()),
        new HashSet<>(image.localHops()),
        new HashSet<>(image.remoteHops()),
        new HashSet<>(image.peers()),
        new HashSet<>(image.meters()));
  }

  private static OverlayNetwork changed() {
    return TwoTenants.network(Encapsulation.VXLAN, deny("10.1.1.12/32"), "host2");
  }

  private static AccessControl deny(String prefix) {
    Rule rule =
        new Rule(
            "deny",
            1,
            List.of(new Condition.DestinationIn(Cidr.parse(prefix))),
            new Action.Deny(DropReason.ACL_DENIED));
    return new AccessControl(List.of(new Group("acl", List.of(rule))), List.of());
  }

  @Test
  void sayWhatChanged() throws Exception {
    former.compile(NETWORK, PORTS);
    assertEquals(List.of(tenant(1)), succeed(changed(), PORTS).changedTenants());
    OverlayNetwork moved = TwoTenants.network(Encapsulation.VXLAN, AccessControl.OPEN, "host1");
    assertEquals(List.of(tenant(1)), succeed(moved, PORTS).changedTenants());
    assertEquals(
        2, succeed(TwoTenants.network(Encapsulation.NVGRE), PORTS).changedTenants().size());
    Map<String, PortBinding> ports = new HashMap<>(PORTS);
    ports.put("fabrikam-sql", new PortBinding(3, 1_400));
    assertEquals(List.of(tenant(2)), succeed(NETWORK, ports).changedTenants());
    ports.remove("fabrikam-sql");
    assertEquals(List.of(tenant(2)), succeed(NETWORK, ports).changedTenants());
  }

  /// A rule may differ in one number deep inside.
  @Test
  void seesEveryPartOfARule() throws Exception {
    former.compile(changed(), PORTS);
    assertEquals(List.of(), succeed(changed(), PORTS).changedTenants());
    OverlayNetwork other = TwoTenants.network(Encapsulation.VXLAN, deny("10.1.1.12/31"), "host2");
    assertEquals(List.of(tenant(1)), succeed(other, PORTS).changedTenants());
  }

  @Test
  void endsATenantThatIsGone() throws Exception {
    former.compile(NETWORK, PORTS);
    OverlayNetwork one =
        new OverlayNetwork(
            NETWORK.encapsulation(), true, NETWORK.hosts(), NETWORK.domains().subList(0, 1));
    assertEquals(List.of(tenant(2)), succeed(one, PORTS).changedTenants());
  }

  /// Another compiler may make something else of the same policy.
  @Test
  void takesADomainWithoutDigestForChanged() throws Exception {
    former.compile(NETWORK, PORTS);
    OverlayCompiler compiler = compiler();
    compiler.resume(former.leave().withoutDigests());
    assertEquals(
        Set.of(tenant(1), tenant(2)),
        new HashSet<>(compiler.compile(NETWORK, PORTS).changedTenants()));
  }

  @Test
  void keepsThePortsOfGateways() throws Exception {
    OverlayCompiler gateway = new OverlayCompiler("gw1", List.of(), List.of());
    OverlayNetwork star = StarNetwork.plain().network();
    OverlayChange change = gateway.compile(star, Map.of());
    assertEquals(
        List.of("contoso-gw1", "fabrikam-gw1"),
        change.gateways().stream().map(view -> view.adapter().name()).toList());
    for (AdapterView view : change.gateways()) {
      assertTrue(view.port() >= TableRanges.FIRST_GATEWAY_PORT);
      assertEquals(
          view.port(),
          change.state().subnet(view.vsid()).portsByMac().get(view.adapter().mac().bits()));
    }
    OverlayCompiler next = new OverlayCompiler("gw1", List.of(), List.of());
    next.resume(gateway.leave());
    OverlayNetwork without =
        new OverlayNetwork(star.encapsulation(), true, star.hosts(), star.domains().subList(1, 2));
    OverlayChange after = next.compile(without, Map.of());
    assertEquals(change.gateways().get(1).port(), after.gateways().getFirst().port());
    assertEquals(1, after.changedTenants().size(), "only the tenant that is gone");
    assertEquals(1, next.leave().gatewayPorts().size());
  }

  @Test
  void routesAndEncapsulationsAreInputs() throws Exception {
    StarNetwork star = StarNetwork.plain();
    former.compile(star.network(), Map.of());
    assertEquals(0, succeed(star.network(), Map.of()).changedTenants().size());
    StarNetwork fewer = star.with(StarNetwork.route("0.0.0.0/0", 10, "contoso-gw1"));
    assertEquals(List.of(tenant(1)), succeed(fewer.network(), Map.of()).changedTenants());
    StarNetwork other = star.preferring(Map.of("contoso", Encapsulation.NVGRE));
    assertEquals(List.of(tenant(1)), succeed(other.network(), Map.of()).changedTenants());
    StarNetwork bound = star.boundTo(Map.of("gw2", Encapsulation.NVGRE));
    assertEquals(List.of(tenant(1)), succeed(bound.network(), Map.of()).changedTenants());
  }

  @Test
  void writesAgainWhatWasRetracted() throws Exception {
    int writes = former.compile(NETWORK, PORTS).writes().size();
    assertEquals(0, former.compile(NETWORK, PORTS).writes().size());
    former.retract();
    OverlayChange again = former.compile(NETWORK, PORTS);
    assertEquals(writes, again.writes().size());
    assertEquals(2, again.changedTenants().size());
  }

  @Test
  void refusesIndexesThatCannotBe() {
    RoutingDomainId id = new RoutingDomainId(new UUID(1, 1));
    RoutingDomainId other = new RoutingDomainId(new UUID(2, 2));
    refuses(List.of(new Domain(id, 0, "")), List.of());
    refuses(List.of(new Domain(id, -1, "")), List.of());
    refuses(List.of(new Domain(id, 16_384, "")), List.of());
    refuses(List.of(new Domain(id, 1, ""), new Domain(other, 1, "")), List.of());
    refuses(List.of(new Domain(id, 1, ""), new Domain(id, 2, "")), List.of());
    refuses(List.of(), List.of(new Peer("a", 1), new Peer("b", 1)));
  }

  private static void refuses(List<Domain> domains, List<Peer> peers) {
    OverlayImage image =
        new OverlayImage(domains, List.of(), List.of(), peers, List.of(), List.of());
    assertThrows(IllegalArgumentException.class, () -> compiler().resume(image));
  }

  @Test
  void usesTheGapsLast() throws Exception {
    Slots<String> slots = new Slots<>("names", 6);
    slots.resume("d", 4);
    slots.resume("b", 2);
    slots.resumed();
    assertEquals(4, slots.of("d"));
    assertEquals(5, slots.of("e"));
    assertEquals(1, slots.of("a"));
    assertEquals(3, slots.of("c"));
    assertThrows(CapacityExceededException.class, () -> slots.of("f"));
  }

  private record Deep(List<?> list, Map<?, ?> map, long number) {}

  @Test
  void digestDependsOnValuesOnly() {
    Deep one = new Deep(List.of("a", "b"), Map.of(1, "x", 2, "y", 3, "z"), 7);
    Map<Integer, String> ordered = new java.util.TreeMap<>(java.util.Comparator.reverseOrder());
    ordered.putAll(Map.of(1, "x", 2, "y", 3, "z"));
    assertEquals(InputsDigest.of(one), InputsDigest.of(new Deep(List.of("a", "b"), ordered, 7)));
    assertNotEquals(InputsDigest.of(List.of("ab", "c")), InputsDigest.of(List.of("a", "bc")));
    assertNotEquals(InputsDigest.of(List.of(List.of(), "a")), InputsDigest.of(List.of("a")));
    assertNotEquals(InputsDigest.of(1), InputsDigest.of(1L));
    assertNotEquals(InputsDigest.of(one), InputsDigest.of(new Deep(one.list(), one.map(), 8)));
    assertTrue(InputsDigest.of(List.of(new Object())).isEmpty());
    Action.Transposition code = packet -> hnv.vswitch.Verdict.CONTINUE;
    assertTrue(InputsDigest.of(new Rule("r", 1, List.of(), code)).isEmpty());
  }
}
