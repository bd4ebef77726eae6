// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Encapsulation;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.GreConnection;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.model.Policy;
import hnv.overlay.OverlayNetwork;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
import hnv.overlay.OverlayNetwork.Role;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The policy of the gateway lab, and edits of it, as a gateway and its servers get it.
final class EdgeCompilerInputTest {
  private static final String TEXT =
      new String(PolicyDocuments.gateway(), StandardCharsets.UTF_8).replaceAll("\\s+", " ");

  private static Policy policy(String text) {
    Parsed parsed = PolicyDocuments.parse(text.getBytes(StandardCharsets.UTF_8));
    return assertInstanceOf(Parsed.Accepted.class, parsed, parsed::toString).policy();
  }

  private static String with(String find, String replacement) {
    assertTrue(TEXT.contains(find), find);
    return TEXT.replace(find, replacement);
  }

  private final Policy policy = policy(TEXT);
  private final EdgeNetwork edge = EdgeCompilerInput.edgeOf(policy, "GW1");

  private static TenantGateway tenant(EdgeNetwork edge, String name) {
    return edge.tenants().stream().filter(t -> t.name().equals(name)).findFirst().orElseThrow();
  }

  private static List<String> routes(TenantGateway tenant) {
    return tenant.routes().stream()
        .map(r -> r.destination() + " " + r.target() + " " + r.metric())
        .toList();
  }

  @Test
  void aServerThatIsNoGatewayHasNoEdge() {
    assertEquals(EdgeNetwork.EMPTY, EdgeCompilerInput.edgeOf(policy, "host1"));
    assertEquals(EdgeNetwork.EMPTY, EdgeCompilerInput.edgeOf(Policy.EMPTY, "gw1"));
  }

  @Test
  void outsideNetworksHaveTheGatewaysAddressesAndRouters() {
    assertEquals(1, edge.outsideNetworks().size());
    var internet = edge.outsideNetworks().getFirst();
    assertEquals("internet", internet.name());
    assertEquals(
        "Attachment[device=outside, vlan=OptionalInt.empty, addresses=[InterfaceAddress["
            + "address=203.0.113.2, prefixLength=24]]]",
        internet.attachment().toString());
    assertEquals(
        "[Route[destination=0.0.0.0/0, target=ByRouter[via=203.0.113.1], metric=0]]",
        internet.routes().toString());
  }

  @Test
  void tenantsHaveTheirOwnConnectionsOfTheSamePrefix() {
    TenantGateway contoso = tenant(edge, "contoso");
    TenantGateway fabrikam = tenant(edge, "fabrikam");
    var first = assertInstanceOf(GreConnection.class, contoso.connections().getFirst());
    var second = assertInstanceOf(GreConnection.class, fabrikam.connections().getFirst());
    assertEquals(
        "GreTunnel[name=contoso-branch, local=203.0.113.9, remote=198.51.100.21,"
            + " key=OptionalInt[5001], checksum=false, sequence=false, keepaliveSeconds=1,"
            + " keepaliveTries=3]",
        first.tunnel().toString());
    assertEquals("internet", first.outsideNetwork());
    assertEquals(125_000_000, first.outboundOctetsPerSecond());
    assertEquals(first.tunnel().local(), second.tunnel().local());
    assertEquals(0, second.inboundOctetsPerSecond());
    assertEquals(
        List.of(
            "192.168.50.0/24 ByConnection[connection=fabrikam-branch, via=Optional.empty] 10",
            "0.0.0.0/0 ByNat[outsideNetwork=internet] 1000"),
        routes(fabrikam));
    assertTrue(
        routes(contoso)
            .contains(
                "172.20.0.0/16 ByConnection[connection=contoso-corporate,"
                    + " via=Optional[172.16.0.2]] 10"));
  }

  @Test
  void anL3ConnectionHasItsVlan() {
    var corporate =
        assertInstanceOf(L3Connection.class, tenant(edge, "contoso").connections().get(1));
    assertEquals(
        "Attachment[device=outside, vlan=OptionalInt[100], addresses=[InterfaceAddress["
            + "address=172.16.0.1, prefixLength=24]]]",
        corporate.attachment().toString());
  }

  @Test
  void tenantsHavePoolsRulesAndPublicAddressesOfTheirOwn() {
    assertEquals(
        List.of("contoso/internet", "fabrikam/internet", "woodgrove/internet"),
        edge.pools().stream().map(p -> p.name()).toList());
    assertEquals("203.0.113.65", edge.pools().getFirst().addresses().getFirst().first().toString());
    var nat = tenant(edge, "fabrikam").nat();
    assertEquals(
        "[OutboundRule[name=fabrikam/internet, network=0, protocol=0, source=0.0.0.0/0,"
            + " pool=fabrikam/internet]]",
        nat.outboundRules().toString());
    assertEquals(
        "[InboundRule[name=fabrikam/web, network=0, publicAddress=203.0.113.97, protocol=6,"
            + " firstPort=8080, lastPort=8080, inside=10.1.1.12, insidePort=80]]",
        nat.inboundRules().toString());
    assertEquals(
        "[OneToOne[name=fabrikam-sql/ipv4, network=0, publicAddress=203.0.113.98,"
            + " inside=10.1.1.11]]",
        nat.oneToOne().toString());
    assertEquals(65_536, nat.sessions());
  }

  @Test
  void whatIsRoutedToAnIpsecConnectionIsDroppedAndNothingElseTakesIt() {
    String ipsec =
        "\"networkConnections\": [ { \"resourceId\": \"safe\", \"properties\": {"
            + " \"connectionType\": \"IPSec\", \"destinationIPAddress\": \"198.51.100.30\","
            + " \"routes\": [{\"destinationPrefix\": \"0.0.0.0/0\"},"
            + " {\"destinationPrefix\": \"192.168.50.0/24\"}]}}, {"
            + " \"resourceId\": \"fabrikam-branch\"";
    Policy edited =
        policy(with("\"networkConnections\": [ { \"resourceId\": \"fabrikam-branch\"", ipsec));
    assertEquals(
        List.of("0.0.0.0/0 Blackhole[] 0", "192.168.50.0/24 Blackhole[] 0"),
        routes(tenant(EdgeCompilerInput.edgeOf(edited, "gw1"), "fabrikam")));
    Domain fabrikam = PolicyCompiler.compile(edited).domains().get(1);
    assertEquals(1, fabrikam.routes().size());
  }

  @Test
  void aDisabledConnectionIsNotThere() {
    String text =
        TEXT.replaceFirst(
            "\"connectionStatus\": \"Enabled\"", "\"connectionStatus\": \"Disabled\"");
    TenantGateway contoso = tenant(EdgeCompilerInput.edgeOf(policy(text), "gw1"), "contoso");
    assertEquals(1, contoso.connections().size());
    assertTrue(routes(contoso).stream().noneMatch(r -> r.startsWith("192.168.50.0/24")));
  }

  @Test
  void serversSendEverythingToTheOneGateway() {
    OverlayNetwork network = PolicyCompiler.compile(policy);
    Domain contoso = network.domains().getFirst();
    Adapter adapter =
        contoso.adapters().stream().filter(a -> a.role() == Role.GATEWAY).findFirst().orElseThrow();
    assertEquals("gw1/contoso", adapter.name());
    assertEquals("gw1", adapter.host());
    assertEquals("5255", adapter.vsid().toString());
    assertEquals("[10.1.255.2, fd00:5001:0:ff::2]", adapter.addresses().toString());
    assertEquals(tenant(edge, "contoso").adapter(), adapter.name());
    assertEquals(
        "[Route[destination=fd00:5050::/48, gateways=[gw1/contoso], metric=10],"
            + " Route[destination=0.0.0.0/0, gateways=[gw1/contoso], metric=1000]]",
        contoso.routes().toString());
  }

  @Test
  void tenantsAndServersHaveTheirEncapsulation() {
    OverlayNetwork network = PolicyCompiler.compile(policy);
    Host host1 = network.hosts().getFirst();
    Host host2 = network.hosts().get(1);
    Host gw1 = network.hosts().get(2);
    Domain contoso = network.domains().getFirst();
    Domain fabrikam = network.domains().get(1);
    Optional<Encapsulation> vxlan = Optional.of(Encapsulation.VXLAN);
    Optional<Encapsulation> nvgre = Optional.of(Encapsulation.NVGRE);
    assertEquals(vxlan, network.encapsulationBetween(host1, gw1, contoso));
    assertEquals(vxlan, network.encapsulationBetween(host2, gw1, contoso));
    assertEquals(vxlan, network.encapsulationBetween(host1, gw1, fabrikam));
    assertEquals(nvgre, network.encapsulationBetween(host2, gw1, fabrikam));
  }

  @Test
  void aRouteTableGoesBeforeWhatFollowsFromConnections() {
    String text =
        with(
                "\"addressPrefix\": \"10.1.1.0/24\", \"virtualSubnetId\": 6001",
                "\"addressPrefix\": \"10.1.1.0/24\", \"virtualSubnetId\": 6001,"
                    + " \"routeTable\": {\"resourceRef\": \"/routeTables/t\"}")
            .replace(
                "\"loadBalancers\": [",
                "\"routeTables\": [{\"resourceId\": \"t\", \"properties\": {\"routes\": ["
                    + "{\"resourceId\": \"a\", \"properties\": {\"addressPrefix\": \"0.0.0.0/0\","
                    + " \"nextHopType\": \"None\"}}, {\"resourceId\": \"b\", \"properties\": {"
                    + "\"addressPrefix\": \"192.168.50.0/24\","
                    + " \"nextHopType\": \"VirtualNetworkGateway\"}}]}}], \"loadBalancers\": [");
    Domain fabrikam = PolicyCompiler.compile(policy(text)).domains().get(1);
    assertEquals(
        "[Route[destination=0.0.0.0/0, gateways=[], metric=-1],"
            + " Route[destination=192.168.50.0/24, gateways=[gw1/fabrikam], metric=-1]]",
        fabrikam.routes().toString());
  }

  @Test
  void saysWhomAGatewayTells() {
    String text =
        with(
            "\"type\": \"All\", \"ipConfiguration\"",
            "\"type\": \"All\", \"natLog\": {\"collectors\": [{\"format\": \"Syslog\","
                + " \"ipAddress\": \"192.0.2.5\"}]}, \"ipConfiguration\"");
    assertEquals(
        "NatLog[events=BLOCKS, collectors=[Collector[format=SYSLOG, ipAddress=192.0.2.5,"
            + " port=514]], enterpriseNumber=32473, templateSeconds=600]",
        EdgeCompilerInput.natLogOf(policy(text), "gw1").orElseThrow().toString());
    assertEquals(Optional.empty(), EdgeCompilerInput.natLogOf(policy, "gw1"));
  }

  /// A tenant with pools in two outside networks.
  @Test
  void eachOutsideNetworkHasItsPoolsAndDestinations() {
    String text =
        with(
                "\"logicalNetworks\": [",
                "\"logicalNetworks\": [ {\"resourceId\": \"partner\", \"properties\": {"
                    + "\"subnets\": [{\"resourceId\": \"p\", \"properties\": {\"addressPrefix\":"
                    + " \"198.18.0.0/24\", \"vlanId\": 7, \"isPublic\": true, \"ipPools\": [{"
                    + "\"resourceId\": \"p\", \"properties\": {\"startIpAddress\":"
                    + " \"198.18.0.64\", \"endIpAddress\": \"198.18.0.71\"}}]}}]}},")
            .replace(
                "\"outsideInterfaces\": [",
                "\"outsideInterfaces\": [ {\"subnet\": {\"resourceRef\":"
                    + " \"/logicalNetworks/partner/subnets/p\"}, \"ipAddresses\":"
                    + " [\"198.18.0.1\"]},")
            .replace(
                "\"loadBalancers\": [",
                "\"loadBalancers\": [ {\"resourceId\": \"p\", \"properties\": {"
                    + "\"frontendIPConfigurations\": ["
                    + frontend(64)
                    + ","
                    + frontend(65)
                    + "], \"backendAddressPools\": [{\"resourceId\": \"vms\","
                    + " \"properties\": {\"subnets\": [{\"resourceRef\":"
                    + " \"/virtualNetworks/fabrikam/subnets/front\"}]}}],"
                    + " \"outboundNatRules\": [{\"resourceId\": \"out\", \"properties\": {"
                    + "\"frontendIPConfigurations\": [{\"resourceRef\":"
                    + " \"/loadBalancers/p/frontendIPConfigurations/f64\"}, {\"resourceRef\":"
                    + " \"/loadBalancers/p/frontendIPConfigurations/f65\"}],"
                    + " \"backendAddressPool\": {\"resourceRef\":"
                    + " \"/loadBalancers/p/backendAddressPools/vms\"}, \"protocol\": \"TCP\","
                    + " \"destinationPrefixes\": [\"198.19.0.0/16\"]}}]}},");
    EdgeNetwork two = EdgeCompilerInput.edgeOf(policy(text), "gw1");
    assertEquals(
        List.of("partner/7", "internet"),
        two.outsideNetworks().stream().map(EdgeNetwork.OutsideNetwork::name).toList());
    assertEquals("partner", two.outsideNetworks().getFirst().attachment().device());
    assertEquals(
        "[AddressRange[first=198.18.0.64, last=198.18.0.65]]",
        two.pools().getFirst().addresses().toString());
    assertEquals(0, two.pools().getFirst().network());
    TenantGateway fabrikam = tenant(two, "fabrikam");
    assertTrue(
        routes(fabrikam).contains("198.19.0.0/16 ByNat[outsideNetwork=partner/7] 1000"),
        routes(fabrikam).toString());
    assertEquals(
        "OutboundRule[name=p/out, network=0, protocol=6, source=10.1.1.0/24, pool=p/out]",
        fabrikam.nat().outboundRules().getFirst().toString());
    assertEquals(1, fabrikam.nat().outboundRules().get(1).network());
  }

  private static String frontend(int last) {
    return "{\"resourceId\": \"f"
        + last
        + "\", \"properties\": {\"privateIPAddress\": \"198.18.0."
        + last
        + "\", \"subnet\": {\"resourceRef\": \"/logicalNetworks/partner/subnets/p\"}}}";
  }

  /// Two gateways: the second has the branch, the first translates.
  @Test
  void severalGatewaysHaveSpecificPrefixesEach() {
    String two =
        with(
                "{ \"resourceId\": \"gw1\", \"properties\": { \"pool\"",
                "{ \"resourceId\": \"gw2\", \"properties\": { \"pool\": {\"resourceRef\":"
                    + " \"/gatewayPools/default\"}, \"outsideInterfaces\": [{\"subnet\":"
                    + " {\"resourceRef\": \"/logicalNetworks/internet/subnets/public\"},"
                    + " \"ipAddresses\": [\"203.0.113.3\"]}]}}, "
                    + "{ \"resourceId\": \"gw1\", \"properties\": { \"pool\"")
            .replace(
                "{ \"resourceId\": \"gw1\", \"properties\": { \"providerAddresses\"",
                "{ \"resourceId\": \"gw2\", \"properties\": { \"providerAddresses\": ["
                    + "\"192.168.3.31\"]}}, "
                    + "{ \"resourceId\": \"gw1\", \"properties\": { \"providerAddresses\"")
            .replace(
                "{ \"resourceId\": \"fabrikam\", \"properties\": { \"gatewayPools\"",
                "{ \"resourceId\": \"fabrikam\", \"properties\": { \"gateway\": {"
                    + "\"resourceRef\": \"/gateways/gw1\"}, \"gatewayPools\"")
            .replace(
                "{ \"resourceId\": \"contoso\", \"properties\": { \"gatewayPools\"",
                "{ \"resourceId\": \"contoso\", \"properties\": { \"gateway\": {"
                    + "\"resourceRef\": \"/gateways/gw1\"}, \"gatewayPools\"")
            .replace(
                "{ \"resourceId\": \"woodgrove\", \"properties\": { \"gatewayPools\"",
                "{ \"resourceId\": \"woodgrove\", \"properties\": { \"gateway\": {"
                    + "\"resourceRef\": \"/gateways/gw1\"}, \"gatewayPools\"")
            .replace(
                "\"resourceId\": \"fabrikam-branch\", \"properties\": {",
                "\"resourceId\": \"fabrikam-branch\", \"properties\": { \"gateway\": {"
                    + "\"resourceRef\": \"/gateways/gw2\"},")
            .replace(
                "203.0.113.9\", \"destinationIPAddress\": \"198.51.100.22",
                "203.0.113.10\", \"destinationIPAddress\": \"198.51.100.22");
    Policy edited = policy(two);
    Domain fabrikam = PolicyCompiler.compile(edited).domains().get(1);
    assertEquals(
        "[Route[destination=192.168.50.0/24, gateways=[gw2/fabrikam], metric=10],"
            + " Route[destination=0.0.0.0/0, gateways=[gw1/fabrikam], metric=1000]]",
        fabrikam.routes().toString());
    assertEquals(
        List.of("[10.1.255.2]", "[10.1.255.3]"),
        fabrikam.adapters().stream()
            .filter(a -> a.role() == Role.GATEWAY)
            .map(a -> a.addresses().toString())
            .toList());
    assertEquals(
        2,
        fabrikam.adapters().stream()
            .filter(a -> a.role() == Role.GATEWAY)
            .map(Adapter::mac)
            .distinct()
            .count());
    EdgeNetwork second = EdgeCompilerInput.edgeOf(edited, "gw2");
    assertEquals(1, second.tenants().size());
    assertEquals(List.of(), second.pools());
    assertEquals(
        List.of("192.168.50.0/24 ByConnection[connection=fabrikam-branch, via=Optional.empty] 10"),
        routes(second.tenants().getFirst()));
  }
}
