// SPDX-License-Identifier: Apache-2.0
package hnv.app.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.edge.EdgeNetwork;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.model.Policy;
import hnv.nat.v6.Prefix64;
import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a gateway and its servers get of a policy with NAT64, prefix translation and twice-NAT.
final class TranslatedPrefixesTest {
  /// The policy of the lab, without what it says of IPv6 outside.
  private static final String TEXT =
      new String(PolicyDocuments.gateway(), StandardCharsets.UTF_8)
          .replaceAll("\\s+", " ")
          .replaceAll("\"nat64Prefix\": \"[^\"]*\", ", "")
          .replaceAll("\"prefixTranslations\": \\[[^\\]]*\\], ", "");

  private static Policy policy(String text) {
    Parsed parsed = PolicyDocuments.parse(text.getBytes(StandardCharsets.UTF_8));
    return assertInstanceOf(Parsed.Accepted.class, parsed, parsed::toString).policy();
  }

  private static String with(String text, String find, String replacement) {
    assertTrue(text.contains(find), find);
    return text.replace(find, replacement);
  }

  /// That policy with more said of Contoso's virtual gateway.
  private static String withContoso(String properties) {
    return with(
        TEXT,
        "{ \"resourceId\": \"contoso\", \"properties\": { \"gatewayPools\"",
        "{ \"resourceId\": \"contoso\", \"properties\": { " + properties + ", \"gatewayPools\"");
  }

  private static TenantGateway contoso(String text) {
    EdgeNetwork edge = EdgeCompilerInput.edgeOf(policy(text), "gw1");
    return edge.tenants().stream()
        .filter(t -> t.name().equals("contoso"))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> ipv6Routes(TenantGateway tenant) {
    return tenant.routes().stream()
        .filter(r -> r.destination().network() instanceof Ipv6Address)
        .map(r -> r.destination() + " " + r.target() + " " + r.metric())
        .toList();
  }

  /// What servers send to gateways, IPv6.
  private static List<String> toGateways(String text) {
    return PolicyCompiler.compile(policy(text)).domains().getFirst().routes().stream()
        .filter(r -> r.destination().network() instanceof Ipv6Address)
        .map(r -> r.destination() + " " + r.gateways())
        .toList();
  }

  @Test
  void withoutThemNothingOfIpv6IsTranslated() {
    assertEquals(EdgeNetwork.Ipv6Translation.NONE, contoso(TEXT).ipv6());
    assertEquals(0, contoso(TEXT).flows());
    assertTrue(
        contoso(TEXT).nat().outboundRules().stream()
            .allMatch(r -> r.source().network() instanceof Ipv4Address));
  }

  @Test
  void nat64TakesTheOutboundRules() {
    String text = withContoso("\"nat64Prefix\": \"64:ff9b::/96\", \"flowLimit\": 5000");
    TenantGateway contoso = contoso(text);
    assertEquals("Optional[64:ff9b::/96]", contoso.ipv6().nat64().toString());
    assertEquals(5_000, contoso.flows());
    assertEquals(
        List.of("0.0.0.0/0 contoso/internet", "::/0 contoso/internet"),
        contoso.nat().outboundRules().stream().map(r -> r.source() + " " + r.pool()).toList());
    assertTrue(
        ipv6Routes(contoso).contains("64:ff9b::/96 ByNat[outsideNetwork=internet] 1000"),
        ipv6Routes(contoso).toString());
    assertTrue(
        toGateways(text).contains("64:ff9b::/96 [gw1/contoso]"), toGateways(text).toString());
  }

  @Test
  void destinationsAreEmbeddedInTheNat64Prefix() {
    String text =
        with(
            withContoso("\"nat64Prefix\": \"2001:db8:64::/48\""),
            "{ \"resourceRef\": \"/loadBalancers/contoso/backendAddressPools/everything\" },",
            "{ \"resourceRef\": \"/loadBalancers/contoso/backendAddressPools/everything\" },"
                + " \"destinationPrefixes\": [\"198.51.100.0/24\"],");
    assertEquals(
        "2001:db8:64:c633:64::/80 ByNat[outsideNetwork=internet] 1000",
        ipv6Routes(contoso(text)).getLast());
  }

  /// RFC 6052 §2.4, and against what the translator does with an address.
  @Test
  void embedsPrefixesAsAddressesAre() {
    Cidr ipv4 = Cidr.parse("192.0.2.32/27");
    for (String prefix :
        List.of(
            "2001:db8::/32",
            "2001:db8:100::/40",
            "2001:db8:122::/48",
            "2001:db8:122:300::/56",
            "2001:db8:122:344::/64",
            "2001:db8:122:344::/96")) {
      Cidr embedded = TranslationCompiler.embedded(Cidr.parse(prefix), ipv4);
      Prefix64 translator = new Prefix64(Cidr.parse(prefix));
      for (int last = 0; last < 256; last++) {
        int address = 0xC000_0200 | last;
        Ipv6Address inside =
            new Ipv6Address(translator.embedHigh(address), translator.embedLow(address));
        assertEquals(
            ipv4.contains(new Ipv4Address(address)),
            embedded.contains(inside),
            prefix + " " + last);
      }
    }
    assertEquals(
        "2001:db8:122:344::/64",
        TranslationCompiler.embedded(Cidr.parse("2001:db8:122:344::/64"), Cidr.parse("0.0.0.0/0"))
            .toString());
    assertEquals(
        "2001:db8:c000:200::/56",
        TranslationCompiler.embedded(Cidr.parse("2001:db8::/32"), Cidr.parse("192.0.2.0/24"))
            .toString());
    assertEquals(
        "2001:db8:122:3c0::/64",
        TranslationCompiler.embedded(Cidr.parse("2001:db8:122:300::/56"), Cidr.parse("192.0.0.0/8"))
            .toString());
  }

  @Test
  void aTranslatedPrefixLeadsEverythingToItsNetwork() {
    String text =
        withContoso(
            "\"prefixTranslations\": [{\"internalPrefix\": \"fd00:5001::/48\","
                + " \"externalPrefix\": \"2001:db8:5001::/48\"}]");
    TenantGateway contoso = contoso(text);
    assertEquals(
        "[PrefixPair[outsideNetwork=internet, internal=fd00:5001::/48,"
            + " external=2001:db8:5001::/48]]",
        contoso.ipv6().prefixes().toString());
    assertEquals("::/0 ByNat[outsideNetwork=internet] 1000", ipv6Routes(contoso).getLast());
    assertEquals(List.of("::/0 [gw1/contoso]"), toGateways(text));
  }

  @Test
  void aConnectionHasItsAddressTranslations() {
    String text =
        with(
            TEXT,
            "\"resourceId\": \"contoso-branch\", \"properties\": {",
            "\"resourceId\": \"contoso-branch\", \"properties\": { \"addressTranslations\": ["
                + "{\"localPrefix\": \"10.1.0.0/16\", \"translatedLocalPrefix\":"
                + " \"172.31.0.0/16\", \"remotePrefix\": \"10.1.0.0/16\","
                + " \"translatedRemotePrefix\": \"192.168.0.0/16\"}],");
    assertEquals(
        "[TwiceNat[local=10.1.0.0/16, seenLocal=172.31.0.0/16, remote=10.1.0.0/16,"
            + " seenRemote=192.168.0.0/16]]",
        contoso(text).connections().getFirst().twiceNat().toString());
    assertEquals(List.of(), contoso(text).connections().get(1).twiceNat());
  }
}
