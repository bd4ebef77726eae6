// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressConflictsTest {
  private static final long STRANGER = 0x02_66_00_00_00_01L;

  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  @Test
  void tellsWhoClaimsAPublicAddress() {
    TestGateway gateway = tenants.start();
    gateway.receive(TwoTenants.OUT0_NUMBER, Wire.arpAnnouncement(TwoTenants.POOL, STRANGER));
    assertEquals(1, gateway.drops(DropReason.ADDRESS_CONTESTED));
    EdgeNews news = gateway.edge.takeNews().getFirst();
    EdgePort port =
        gateway.compiler.ports().stream()
            .filter(each -> each.number() == TwoTenants.OUT0_NUMBER)
            .findFirst()
            .orElseThrow();
    assertEquals(
        new EdgeNews.ConflictNews(port.link(), IpAddress.parse(TwoTenants.POOL), STRANGER), news);
    AddressConflicts.Conflict conflict = gateway.edge.conflicts().on(port.link()).getFirst();
    assertEquals(new MacAddress(STRANGER), conflict.mac());
    gateway.pass(20_000_000_000L);
    gateway.receive(TwoTenants.OUT0_NUMBER, Wire.arpAnnouncement(TwoTenants.POOL, STRANGER));
    assertEquals(2, gateway.edge.conflicts().on(port.link()).getFirst().times());
    assertEquals(List.of(), gateway.edge.conflicts().on(port.link() + 1));
  }

  @Test
  void remembersAsManyAsThereIsRoomFor() {
    AddressConflicts conflicts = new AddressConflicts();
    for (int i = 0; i <= AddressConflicts.CAPACITY; i++) {
      conflicts.note(1, IpAddress.parse("192.0.2.1"), i + 1L);
      conflicts.note(1, IpAddress.parse("192.0.2.1"), 1);
    }
    assertEquals(AddressConflicts.CAPACITY, conflicts.on(1).size());
    conflicts.forget(1);
    assertTrue(conflicts.on(1).isEmpty());
  }
}
