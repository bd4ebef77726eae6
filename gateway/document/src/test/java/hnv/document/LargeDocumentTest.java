// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.model.Policy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A policy of a data centre. The times are generous: what they catch is work that grows with the
/// square of the size, which would take minutes.
class LargeDocumentTest {
  private static final int INTERFACES = 100_000;
  private static final int PER_SUBNET = 200;
  private static final Duration LONG = Duration.ofSeconds(60);

  private static String document(int interfaces, String lastAddress) {
    StringBuilder json = new StringBuilder(interfaces * 300);
    json.append("{\"servers\":[");
    for (int i = 0; i < 1000; i++) {
      json.append(i == 0 ? "" : ",")
          .append("{\"resourceId\":\"h")
          .append(i)
          .append("\",\"properties\":{\"providerAddresses\":[\"10.0.")
          .append(i >> 8)
          .append('.')
          .append(i & 255)
          .append("\"]}}");
    }
    json.append("],\"virtualNetworks\":[");
    for (int i = 0; i * PER_SUBNET < interfaces; i++) {
      json.append(i == 0 ? "" : ",")
          .append("{\"resourceId\":\"n")
          .append(i)
          .append("\",\"properties\":{\"addressSpace\":{\"addressPrefixes\":[\"10.1.0.0/16\"]},")
          .append("\"subnets\":[{\"resourceId\":\"s\",\"properties\":{")
          .append("\"addressPrefix\":\"10.1.1.0/24\"}}]}}");
    }
    json.append("],\"networkInterfaces\":[");
    for (int i = 0; i < interfaces; i++) {
      String address = i == interfaces - 1 ? lastAddress : "10.1.1." + (2 + i % PER_SUBNET);
      json.append(i == 0 ? "" : ",")
          .append("{\"resourceId\":\"i")
          .append(i)
          .append("\",\"properties\":{\"privateMacAddress\":\"")
          .append(String.format("02%010X", i))
          .append("\",\"server\":{\"resourceRef\":\"/servers/h")
          .append(i % 1000)
          .append("\"},\"ipConfigurations\":[{\"resourceId\":\"c\",\"properties\":{")
          .append("\"privateIPAddress\":\"")
          .append(address)
          .append("\",\"subnet\":{\"resourceRef\":\"/virtualNetworks/n")
          .append(i / PER_SUBNET)
          .append("/subnets/s\"}}}]}}");
    }
    return json.append("]}").toString();
  }

  @Test
  void readsAHundredThousandInterfaces() {
    byte[] json = document(INTERFACES, "10.1.1.201").getBytes(StandardCharsets.UTF_8);
    assertTrue(json.length > 20_000_000, json.length + " octets");
    Policy policy = assertTimeout(LONG, () -> SampleDocument.accepted(PolicyDocuments.parse(json)));
    assertEquals(INTERFACES, policy.networkInterfaces().size());
  }

  @Test
  void findsTheOneProblemAtTheEnd() {
    byte[] json = document(INTERFACES, "10.1.1.2").getBytes(StandardCharsets.UTF_8);
    assertEquals(
        List.of(
            "$.networkInterfaces[99999].properties.ipConfigurations[0].properties"
                + ".privateIPAddress PrivateIPAddressInUse"),
        assertTimeout(LONG, () -> SampleDocument.problems(PolicyDocuments.parse(json))));
  }

  /// Garbage of the largest size is gone through one resource at a time.
  @Test
  void readsManyWrongResourcesInBoundedMemory() {
    String element = "{\"resourceId\":\"/\",\"properties\":{\"providerAddresses\":[1,2,3]}},";
    String json = "{\"servers\":[" + element.repeat(700_000) + "{}]}";
    byte[] octets = json.getBytes(StandardCharsets.UTF_8);
    assertTrue(octets.length < DocumentLimits.DEFAULT.octets());
    var problems =
        assertTimeout(LONG, () -> SampleDocument.problems(PolicyDocuments.parse(octets)));
    assertEquals(1_001, problems.size());
  }
}
