// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.model.Policy;
import hnv.model.VirtualGateway;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Rules of NAT64, of prefix translations, and of connections' address translations.
class TranslationRefusalsTest {
  private static final String BLUE = "$.virtualGateways[0].properties";
  private static final String NAT64 = BLUE + ".nat64Prefix";
  private static final String PREFIX = BLUE + ".prefixTranslations[0]";
  private static final String SECOND_PREFIX = BLUE + ".prefixTranslations[1]";
  private static final String BRANCH = BLUE + ".networkConnections[0].properties";
  private static final String ADDRESS = BRANCH + ".addressTranslations[0]";
  private static final String SECOND_ADDRESS = BRANCH + ".addressTranslations[1]";
  private static final String CORPORATE =
      BLUE + ".networkConnections[1].properties.addressTranslations[0]";

  private static final String TEXT = SampleGateway.TEXT;
  private static final String TRANSLATION = "'addressTranslations': [";

  private static String translation(
      String local, String seenLocal, String remote, String seenRemote) {
    return ("{'localPrefix': '%s', 'translatedLocalPrefix': '%s', 'remotePrefix': '%s',"
            + " 'translatedRemotePrefix': '%s'}")
        .formatted(local, seenLocal, remote, seenRemote);
  }

  @Test
  void acceptsTheSampleAndWritesIt() {
    Parsed parsed = SampleDocument.parse(TEXT);
    assertEquals(List.of(), SampleDocument.problems(parsed));
    Policy policy = SampleDocument.accepted(parsed);
    VirtualGateway blue = policy.gatewayResources().virtualGateways().getFirst();
    assertEquals("Optional[64:ff9b::/96]", blue.nat64Prefix().toString());
    assertEquals("OptionalInt[20000]", blue.flowLimit().toString());
    assertEquals(
        "[PrefixTranslation[internalPrefix=fd00:1::/56, externalPrefix=2001:db8:100:100::/56]]",
        blue.prefixTranslations().toString());
    assertEquals(
        "[AddressTranslation[localPrefix=10.1.0.0/16, translatedLocalPrefix=172.31.0.0/16,"
            + " remotePrefix=10.1.0.0/16, translatedRemotePrefix=172.30.0.0/16]]",
        blue.networkConnections().getFirst().addressTranslations().toString());
    String written = PolicyDocuments.write(policy);
    assertEquals(
        policy,
        SampleDocument.accepted(PolicyDocuments.parse(written.getBytes(StandardCharsets.UTF_8))));
  }

  @TestFactory
  Stream<DynamicTest> refusesNat64PrefixesThatBreakARule() {
    RefusalTable table = new RefusalTable(TEXT);
    String prefix = "'nat64Prefix': '64:ff9b::/96'";
    refusesNat64(table, "an IPv4 prefix", prefix, "192.0.2.0/24", "InvalidNat64Prefix");
    refusesNat64(table, "another length", prefix, "2001:db8:64::/72", "InvalidNat64Prefix");
    refusesNat64(table, "bits 64 to 71", prefix, "2001:db8:64:0:100::/96", "InvalidNat64Prefix");
    refusesNat64(table, "multicast", prefix, "ff0e::/32", "InvalidNat64Prefix");
    refusesNat64(table, "IPv4 mapped", prefix, "::ffff:0:0/96", "InvalidNat64Prefix");
    refusesNat64(table, "no prefix", prefix, "2001:db8:64::", "InvalidIPPrefix");
    refusesNat64(
        table, "the tenant's own", prefix, "fd00:1:0:ff00::/64", "TranslatedPrefixOverlap");
    refusesNat64(
        table, "the external prefix", prefix, "2001:db8:100:100::/64", "TranslatedPrefixOverlap");
    table.refuses(
        "a route of a connection in it",
        "{'destinationPrefix': '172.30.0.0/16'},",
        "{'destinationPrefix': '172.30.0.0/16'}, {'destinationPrefix': '64:ff9b::/104'},",
        NAT64 + " TranslatedPrefixOverlap");
    return table.tests();
  }

  private static void refusesNat64(
      RefusalTable table, String name, String find, String prefix, String code) {
    table.refuses(name, find, "'nat64Prefix': '" + prefix + "'", NAT64 + " " + code);
  }

  @TestFactory
  Stream<DynamicTest> refusesPrefixTranslationsThatBreakARule() {
    RefusalTable table = new RefusalTable(TEXT);
    String internal = "'internalPrefix': 'fd00:1::/56'";
    String external = "'externalPrefix': '2001:db8:100:100::/56'";
    table.refuses(
        "an internal prefix elsewhere",
        internal,
        "'internalPrefix': 'fd00:2::/56'",
        PREFIX + ".internalPrefix InvalidPrefixTranslation");
    table.refuses(
        "no internal prefix", internal + ",", "", PREFIX + ".internalPrefix PropertyMissing");
    table.refuses(
        "an IPv4 prefix",
        internal,
        "'internalPrefix': '10.1.1.0/24'",
        PREFIX + ".internalPrefix InvalidPrefixTranslation");
    refusesExternal(
        table, "too long", external, "2001:db8:100:100::/65", "InvalidPrefixTranslation");
    refusesExternal(
        table, "no public subnet's", external, "2001:db9::/56", "InvalidPrefixTranslation");
    refusesExternal(table, "link-local", external, "fe80:0:0:1::/64", "InvalidPrefixTranslation");
    refusesExternal(
        table, "the gateway's own address", external, "2001:db8::/64", "TranslatedPrefixOverlap");
    table.refuses(
        "the tenant's own address",
        "'addressPrefixes': ['10.1.0.0/16', 'fd00:1::/48']",
        "'addressPrefixes': ['10.1.0.0/16', 'fd00:1::/48', '2001:db8:100::/48']",
        PREFIX + ".externalPrefix TranslatedPrefixOverlap");
    table.refuses(
        "another tenant's external prefix",
        "{'resourceId': 'vred', 'properties': {",
        "{'resourceId': 'vred', 'properties': { 'prefixTranslations': [{'internalPrefix':"
            + " 'fd00:2::/64', 'externalPrefix': '2001:db8:100:1ff::/64'}],",
        "$.virtualGateways[1].properties.prefixTranslations[0].internalPrefix"
            + " InvalidPrefixTranslation",
        "$.virtualGateways[1].properties.prefixTranslations[0].externalPrefix"
            + " TranslatedPrefixOverlap");
    table.refuses(
        "the same internal prefix twice",
        "'prefixTranslations': [",
        "'prefixTranslations': [{'internalPrefix': 'fd00:1:0:10::/60',"
            + " 'externalPrefix': '2001:db8:100:200::/60'}, ",
        SECOND_PREFIX + ".internalPrefix TranslatedPrefixOverlap");
    table.refuses(
        "a provider address",
        "'providerAddresses': ['192.168.1.10']",
        "'providerAddresses': ['2001:db8:100:1aa::1']",
        PREFIX + ".externalPrefix TranslatedPrefixOverlap");
    table.refuses(
        "a pool of public addresses",
        "'addressPrefix': '2001:db8:100::/40', 'isPublic': true",
        "'addressPrefix': '2001:db8:100::/40', 'isPublic': true, 'ipPools': [{'resourceId': 'p',"
            + " 'properties': {'startIpAddress': '2001:db8:100:1aa::', 'endIpAddress':"
            + " '2001:db8:100:1aa::f'}}]",
        PREFIX + ".externalPrefix TranslatedPrefixOverlap");
    table.refuses(
        "a network that the gateway is not on",
        "{'resourceId': 'partner', 'properties': { 'subnets': [",
        "{'resourceId': 'partner', 'properties': { 'subnets': [ {'resourceId': 'six',"
            + " 'properties': {'addressPrefix': '2001:db8:100::/48', 'vlanId': 7,"
            + " 'isPublic': true}},",
        PREFIX + ".externalPrefix OutsideNetworkNotOnGateway");
    return table.tests();
  }

  @TestFactory
  Stream<DynamicTest> refusesPrefixTranslationsInTwoOutsideNetworks() {
    RefusalTable table =
        new RefusalTable(
            SampleGateway.with(
                "{'resourceId': 'partner', 'properties': { 'subnets': [",
                "{'resourceId': 'partner', 'properties': { 'subnets': [ {'resourceId': 'six',"
                    + " 'properties': {'addressPrefix': '2001:db8:f000::/40', 'vlanId': 7,"
                    + " 'isPublic': true}},"));
    table.refuses(
        "two networks",
        "'externalPrefix': '2001:db8:100:100::/56'}",
        "'externalPrefix': '2001:db8:100:100::/56'}, {'internalPrefix': 'fd00:1:0:ff00::/64',"
            + " 'externalPrefix': '2001:db8:f000::/64'}",
        SECOND_PREFIX + ".externalPrefix OutsideNetworkNotOnGateway",
        SECOND_PREFIX + ".externalPrefix InvalidPrefixTranslation");
    return table.tests();
  }

  private static void refusesExternal(
      RefusalTable table, String name, String find, String prefix, String code) {
    table.refuses(
        name, find, "'externalPrefix': '" + prefix + "'", PREFIX + ".externalPrefix " + code);
  }

  @TestFactory
  Stream<DynamicTest> refusesAddressTranslationsThatBreakARule() {
    RefusalTable table = new RefusalTable(TEXT);
    String local = "'localPrefix': '10.1.0.0/16'";
    String seenLocal = "'translatedLocalPrefix': '172.31.0.0/16'";
    String remote = "'remotePrefix': '10.1.0.0/16'";
    String seenRemote = "'translatedRemotePrefix': '172.30.0.0/16'";
    table.refuses(
        "IPv6",
        local,
        "'localPrefix': 'fd00:1::/64'",
        ADDRESS + ".localPrefix InvalidAddressTranslation");
    table.refuses(
        "a prefix that is missing",
        seenRemote,
        "'translatedRemotePrefix': null",
        ADDRESS + ".translatedRemotePrefix PropertyMissing");
    table.refuses(
        "another length",
        seenLocal,
        "'translatedLocalPrefix': '172.31.0.0/17'",
        ADDRESS + ".translatedLocalPrefix InvalidAddressTranslation");
    table.refuses(
        "addresses that are no hosts'",
        seenLocal,
        "'translatedLocalPrefix': '239.1.0.0/16'",
        ADDRESS + ".translatedLocalPrefix InvalidAddressTranslation");
    table.refuses(
        "an own prefix elsewhere",
        local,
        "'localPrefix': '10.2.0.0/16'",
        ADDRESS + ".localPrefix InvalidAddressTranslation");
    table.refuses(
        "the tenant's own as the other side's",
        seenRemote,
        "'translatedRemotePrefix': '10.1.0.0/16'",
        ADDRESS + ".translatedRemotePrefix TranslatedPrefixOverlap");
    table.refuses(
        "the other side's as the tenant's",
        seenLocal,
        "'translatedLocalPrefix': '10.1.0.0/16'",
        ADDRESS + ".translatedLocalPrefix TranslatedPrefixOverlap");
    table.refuses(
        "a subnet of another connection",
        seenRemote,
        "'translatedRemotePrefix': '172.16.0.0/16'",
        ADDRESS + ".translatedRemotePrefix TranslatedPrefixOverlap");
    table.refuses(
        "a route to what is hidden",
        remote,
        "'remotePrefix': '192.168.0.0/16'",
        BRANCH + ".routes[1].destinationPrefix InvalidAddressTranslation");
    table.refuses(
        "a part of a prefix again",
        TRANSLATION,
        TRANSLATION
            + translation("10.1.0.0/16", "172.29.0.0/16", "10.1.0.0/16", "172.30.0.0/16")
            + ", ",
        SECOND_ADDRESS + ".localPrefix TranslatedPrefixOverlap");
    table.refuses(
        "the same again",
        TRANSLATION,
        TRANSLATION
            + translation("10.1.0.0/16", "172.31.0.0/16", "10.1.0.0/16", "172.30.0.0/16")
            + ", ",
        SECOND_ADDRESS + " TranslatedPrefixOverlap");
    table.refuses(
        "what another connection is known by",
        "'peerIPAddresses': ['172.16.0.2'],",
        "'peerIPAddresses': ['172.16.0.2'], 'addressTranslations': ["
            + translation("10.1.0.0/16", "172.31.0.0/16", "10.9.0.0/16", "172.30.0.0/16")
            + "],",
        CORPORATE + ".translatedRemotePrefix TranslatedPrefixOverlap");
    table.refuses(
        "the connection's own subnet",
        "'peerIPAddresses': ['172.16.0.2'],",
        "'peerIPAddresses': ['172.16.0.2'], 'addressTranslations': ["
            + translation("10.1.1.0/24", "172.16.0.0/24", "10.9.0.0/16", "172.29.0.0/16")
            + "],",
        CORPORATE + ".translatedLocalPrefix TranslatedPrefixOverlap");
    return table.tests();
  }

  /// Several subnets toward one prefix, one side only, and two ways to one branch.
  @TestFactory
  Stream<DynamicTest> acceptsAddressTranslationsThatAreOneToOne() {
    RefusalTable table = new RefusalTable(TEXT);
    table.refuses(
        "the same branch by two connections",
        "'peerIPAddresses': ['172.16.0.2'],",
        "'peerIPAddresses': ['172.16.0.2'], 'addressTranslations': ["
            + translation("10.1.0.0/16", "172.29.0.0/16", "10.1.0.0/16", "172.30.0.0/16")
            + "],");
    table.refuses(
        "one side only",
        "'peerIPAddresses': ['172.16.0.2'],",
        "'peerIPAddresses': ['172.16.0.2'], 'addressTranslations': ["
            + translation("10.1.1.0/24", "10.1.1.0/24", "10.9.0.0/16", "172.29.0.0/16")
            + ", "
            + translation("10.1.2.0/24", "172.28.2.0/24", "10.9.0.0/16", "172.29.0.0/16")
            + "],");
    return table.tests();
  }

  @Test
  void refusesMoreThanTheLimit() {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 64; i++) {
      many.append(
              translation(
                  "10.1.%d.0/24".formatted(i),
                  "10.200.%d.0/24".formatted(i),
                  "10.3.0.0/16",
                  "172.29.0.0/16"))
          .append(", ");
    }
    String peers = "'peerIPAddresses': ['172.16.0.2'],";
    String list = peers + " 'addressTranslations': [";
    String most = many.substring(0, many.length() - 2);
    assertEquals(
        List.of(),
        SampleDocument.problems(
            SampleDocument.parse(SampleDocument.with(TEXT, peers, list + most + "],"))));
    String more =
        many + translation("10.1.64.0/24", "10.200.64.0/24", "10.3.0.0/16", "172.29.0.0/16");
    assertEquals(
        List.of(BLUE + ".networkConnections[1].properties.addressTranslations CountLimitReached"),
        SampleDocument.problems(
            SampleDocument.parse(SampleDocument.with(TEXT, peers, list + more + "],"))));
  }
}
