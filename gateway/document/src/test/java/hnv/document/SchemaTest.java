// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The JSON Schema, as another implementation understands it.
class SchemaTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final JsonNode text = read(PolicyDocuments.schema());
  private final JsonSchema schema =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(text);

  private static JsonNode read(byte[] json) {
    try {
      return MAPPER.readTree(json);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void acceptsTheExample() {
    assertEquals(Set.of(), schema.validate(read(PolicyDocuments.twoTenants())));
  }

  @Test
  void acceptsTheExampleWithAGateway() {
    assertEquals(Set.of(), schema.validate(read(PolicyDocuments.gateway())));
  }

  @Test
  void acceptsTheSample() {
    assertEquals(Set.of(), schema.validate(read(SampleDocument.octets(SampleDocument.TEXT))));
  }

  @Test
  void acceptsWhatIsWritten() {
    for (int seed = 0; seed < 20; seed++) {
      String written = PolicyDocuments.write(RoundTripTest.policy(new Random(seed), 6));
      byte[] octets = written.getBytes(StandardCharsets.UTF_8);
      assertEquals(Set.of(), schema.validate(read(octets)));
    }
  }

  @Test
  void refusesWhatTheReaderRefusesForItsShape() {
    Map<String, String> edits = new LinkedHashMap<>();
    edits.put("'logging': 'Enabled'", "'loging': 'Enabled'");
    edits.put("'priority': 200", "'priority': 100");
    edits.put("'protocol': 'TCP'", "'protocol': 'SCTP'");
    edits.put("6001", "4095");
    edits.put("'privateMacAddress': '020000000002',", "");
    edits.put("'10.1.1.0/25'", "'10.1.1.0'");
    edits.put("'resourceId': 'red'", "'resourceId': '../red'");
    edits.put("'resourceId': 'red', ", "");
    edits.put("{'resourceRef': '/servers/h1'}", "'/servers/h1'");
    edits.put("'80-90'", "'80,90'");
    edits.put("'outboundMaximumMbps': 100", "'outboundMaximumMbps': 0");
    edits.put("'VXLAN'", "'GENEVE'");
    edits.forEach(
        (find, replacement) -> {
          String document = SampleDocument.with(find, replacement);
          assertFalse(SampleDocument.problems(SampleDocument.parse(document)).isEmpty(), find);
          assertFalse(schema.validate(read(SampleDocument.octets(document))).isEmpty(), find);
        });
  }

  /// Schema and reader know the same properties.
  @Test
  void knowsThePropertiesThatTheReaderKnows() {
    Map<String, Vocabulary> objects = new LinkedHashMap<>();
    objects.put("server", Vocabularies.RESOURCE);
    objects.put("serverProperties", Vocabularies.SERVER);
    objects.put("virtualNetwork", Vocabularies.RESOURCE);
    objects.put("virtualNetworkProperties", Vocabularies.VIRTUAL_NETWORK);
    objects.put("addressSpace", Vocabularies.ADDRESS_SPACE);
    objects.put("subnet", Vocabularies.RESOURCE);
    objects.put("subnetProperties", Vocabularies.SUBNET);
    objects.put("networkInterface", Vocabularies.RESOURCE);
    objects.put("networkInterfaceProperties", Vocabularies.NETWORK_INTERFACE);
    objects.put("portSettings", Vocabularies.PORT_SETTINGS);
    objects.put("qosSettings", Vocabularies.QOS_SETTINGS);
    objects.put("ipConfiguration", Vocabularies.RESOURCE);
    objects.put("ipConfigurationProperties", Vocabularies.IP_CONFIGURATION);
    objects.put("accessControlList", Vocabularies.RESOURCE);
    objects.put("accessControlListProperties", Vocabularies.ACCESS_CONTROL_LIST);
    objects.put("aclRule", Vocabularies.RESOURCE);
    objects.put("aclRuleProperties", Vocabularies.ACL_RULE);
    objects.put("virtualNetworkManager", Vocabularies.RESOURCE);
    objects.put("virtualNetworkManagerProperties", Vocabularies.VIRTUAL_NETWORK_MANAGER);
    objects.put("virtualSubnetIdRange", Vocabularies.VIRTUAL_SUBNET_ID_RANGE);
    objects.put("reference", Vocabularies.REFERENCE);
    addGateways(objects);
    Set<String> defined = new TreeSet<>();
    text.get("$defs")
        .properties()
        .forEach(
            definition -> {
              if (definition.getValue().has("properties")) {
                defined.add(definition.getKey());
              }
            });
    assertEquals(new TreeSet<>(objects.keySet()), defined);
    objects.forEach(
        (name, vocabulary) ->
            assertEquals(vocabulary.names(), names(text.get("$defs").get(name)), name));
    assertEquals(Vocabularies.DOCUMENT.names(), names(text));
  }

  private static void addGateways(Map<String, Vocabulary> objects) {
    Map<String, Vocabulary> resources = new LinkedHashMap<>();
    resources.put("logicalNetwork", GatewayVocabularies.LOGICAL_NETWORK);
    resources.put("logicalSubnet", GatewayVocabularies.LOGICAL_SUBNET);
    resources.put("ipPool", GatewayVocabularies.IP_POOL);
    resources.put("logicalRoute", GatewayVocabularies.LOGICAL_ROUTE);
    resources.put("publicIPAddress", GatewayVocabularies.PUBLIC_IP_ADDRESS);
    resources.put("gatewayPool", GatewayVocabularies.GATEWAY_POOL);
    resources.put("gateway", GatewayVocabularies.GATEWAY);
    resources.put("virtualGateway", GatewayVocabularies.VIRTUAL_GATEWAY);
    resources.put("networkConnection", GatewayVocabularies.NETWORK_CONNECTION);
    resources.put("loadBalancer", GatewayVocabularies.LOAD_BALANCER);
    resources.put("frontend", GatewayVocabularies.FRONTEND);
    resources.put("backendPool", GatewayVocabularies.BACKEND_POOL);
    resources.put("inboundNatRule", GatewayVocabularies.INBOUND_NAT_RULE);
    resources.put("outboundNatRule", GatewayVocabularies.OUTBOUND_NAT_RULE);
    resources.put("routeTable", GatewayVocabularies.ROUTE_TABLE);
    resources.put("tableRoute", GatewayVocabularies.TABLE_ROUTE);
    resources.forEach(
        (name, vocabulary) -> {
          objects.put(name, Vocabularies.RESOURCE);
          objects.put(name + "Properties", vocabulary);
        });
    objects.put("gatewayPoolAddresses", GatewayVocabularies.GATEWAY_POOL_ADDRESSES);
    objects.put("natLog", GatewayVocabularies.NAT_LOG);
    objects.put("collector", GatewayVocabularies.COLLECTOR);
    objects.put("outsideInterface", GatewayVocabularies.OUTSIDE_INTERFACE);
    objects.put("greConfiguration", GatewayVocabularies.GRE_CONFIGURATION);
    objects.put("l3Configuration", GatewayVocabularies.L3_CONFIGURATION);
    objects.put("connectionAddress", GatewayVocabularies.CONNECTION_ADDRESS);
    objects.put("connectionRoute", GatewayVocabularies.CONNECTION_ROUTE);
    objects.put("ipSecConfiguration", GatewayVocabularies.IPSEC_CONFIGURATION);
    objects.put("mainMode", GatewayVocabularies.MAIN_MODE);
    objects.put("quickMode", GatewayVocabularies.QUICK_MODE);
    objects.put("trafficSelector", GatewayVocabularies.TRAFFIC_SELECTOR);
    objects.put("prefixTranslation", GatewayVocabularies.PREFIX_TRANSLATION);
    objects.put("addressTranslation", GatewayVocabularies.ADDRESS_TRANSLATION);
  }

  private static Set<String> names(JsonNode definition) {
    Set<String> names = new TreeSet<>();
    definition.get("properties").fieldNames().forEachRemaining(names::add);
    return names;
  }
}
