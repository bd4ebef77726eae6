// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.model.PolicyIndex;
import hnv.model.ResourceId;
import hnv.model.Subnet;
import hnv.wire.Vsid;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The policy of the lab is the one that the lab's checks count on.
class ExampleTest {
  private final Parsed parsed = PolicyDocuments.parse(PolicyDocuments.twoTenants());
  private final Policy policy = SampleDocument.accepted(parsed);
  private final PolicyIndex index = PolicyIndex.of(policy);

  private NetworkInterface find(String name) {
    return index.networkInterface(ResourceId.of(name)).orElseThrow();
  }

  @Test
  void isAcceptedWithoutWarning() {
    assertEquals(List.of(), SampleDocument.warnings(parsed));
  }

  @Test
  void isAcceptedWithoutWarningWithAGateway() {
    Parsed gateway = PolicyDocuments.parse(PolicyDocuments.gateway());
    assertEquals(List.of(), SampleDocument.problems(gateway));
    assertEquals(List.of(), SampleDocument.warnings(gateway));
    Policy read = SampleDocument.accepted(gateway);
    assertEquals(
        read,
        SampleDocument.accepted(
            PolicyDocuments.parse(PolicyDocuments.write(read).getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void placesTheMachines() {
    Map<String, String> machines = new TreeMap<>();
    for (NetworkInterface machine : policy.networkInterfaces()) {
      machines.put(
          machine.resourceId().toString(),
          machine.server().orElseThrow().resourceId()
              + " "
              + index.virtualSubnetId(machine).orElseThrow()
              + " "
              + machine.ipConfigurations().getFirst().privateIpAddress());
    }
    assertEquals(
        Map.of(
            "contoso-app1", "host1 5002 10.1.2.21",
            "contoso-app2", "host2 5002 10.1.2.22",
            "contoso-dev1", "host1 5101 10.1.1.11",
            "contoso-dev2", "host2 5101 10.1.1.12",
            "contoso-sql", "host1 5001 10.1.1.11",
            "contoso-web", "host2 5001 10.1.1.12",
            "fabrikam-sql", "host1 6001 10.1.1.11",
            "fabrikam-web", "host2 6001 10.1.1.12"),
        machines);
  }

  @Test
  void tenantsHaveTheSameAddressesAndMacAddresses() {
    for (String role : List.of("sql", "web")) {
      NetworkInterface contoso = find("contoso-" + role);
      NetworkInterface fabrikam = find("fabrikam-" + role);
      assertEquals(contoso.privateMacAddress(), fabrikam.privateMacAddress());
      assertEquals(
          contoso.ipConfigurations().getFirst().privateIpAddress(),
          fabrikam.ipConfigurations().getFirst().privateIpAddress());
      assertNotEquals(index.virtualNetwork(contoso), index.virtualNetwork(fabrikam));
    }
  }

  @Test
  void oneSubnetHasBothFamilies() {
    Subnet front = index.subnets(new Vsid(5001)).getFirst();
    assertEquals("[10.1.1.0/24, fd00:5001::/64]", front.addressPrefixes().toString());
    assertEquals(2, find("contoso-sql").ipConfigurations().size());
  }
}
