// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.lab.netns.LabException;
import hnv.model.Encapsulation;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// What the checks take for granted of the two-tenant document.
final class ScenarioTest {
  private static final Scenario SCENARIO = Scenario.twoTenants(Encapsulation.NVGRE);

  @Test
  void tellsHostsAndTheirRouters() {
    assertEquals("192.168.1.10/24", SCENARIO.host("host1").withLength());
    assertEquals("192.168.2.1/24", SCENARIO.host("host2").routerWithLength());
    assertThrows(LabException.class, () -> SCENARIO.host("host9"));
  }

  @Test
  void hasTwoTenantsWithOneSetOfAddresses() {
    VirtualMachine contoso = SCENARIO.machine("contoso-sql");
    VirtualMachine fabrikam = SCENARIO.machine("fabrikam-sql");
    assertEquals(contoso.ipv4(), fabrikam.ipv4());
    assertEquals(contoso.mac(), fabrikam.mac());
    assertEquals(5001, contoso.vsid());
    assertEquals(6001, fabrikam.vsid());
  }

  @Test
  void writesDocumentThatNodesAccept() {
    Parsed parsed = PolicyDocuments.parse(SCENARIO.document().getBytes(StandardCharsets.UTF_8));
    assertTrue(parsed instanceof Parsed.Accepted, parsed.toString());
    assertEquals(Encapsulation.NVGRE, SCENARIO.encapsulation());
  }

  @Test
  void movesMachineByPolicy() {
    Scenario moved = SCENARIO.withMachineOn("contoso-web", "host1");
    assertEquals("host1", moved.machine("contoso-web").host());
    assertEquals("host2", SCENARIO.machine("contoso-web").host());
    assertEquals(SCENARIO, moved.withMachineOn("contoso-web", "host2"));
  }
}
