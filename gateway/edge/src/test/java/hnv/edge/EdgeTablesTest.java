// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FlowArrays;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeTables.ConnectionKey;
import hnv.overlay.CapacityExceededException;
import hnv.overlay.TableRanges;
import hnv.wire.MacAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The ranges of the shared tables that are the gateway's, each at its bound.
class EdgeTablesTest {
  private final EdgeTables tables = new EdgeTables();

  /// Gives something an index.
  private interface Taking {
    int take(int i) throws CapacityExceededException;
  }

  private static ConnectionKey key(int i) {
    return new ConnectionKey(TwoTenants.CONTOSO, "c" + i);
  }

  private static AttachedPort device(int i) {
    return new AttachedPort(i, new MacAddress(1), 1_500);
  }

  private static Attachment attachment(int i) {
    return new Attachment("d" + i, OptionalInt.empty(), List.of());
  }

  /// All of a range can be had, one more cannot; what a policy does not ask for again is free.
  private void assertBound(int first, int end, Taking taking) throws CapacityExceededException {
    tables.begin();
    for (int i = 0; i < end - first; i++) {
      assertEquals(first + i, taking.take(i), "in the order in which they are wanted");
    }
    assertEquals(first, taking.take(0), "the same for the same");
    assertThrows(CapacityExceededException.class, () -> taking.take(end - first));
    assertEquals(first + 1, taking.take(1), "what there is goes on");
    tables.begin();
    for (int i = 1; i < end - first; i++) {
      taking.take(i);
    }
    tables.end();
    tables.takeWrites();
    tables.begin();
    assertEquals(first, taking.take(end - first), "the one that was freed");
    assertThrows(CapacityExceededException.class, () -> taking.take(0));
  }

  @Test
  void boundsTunnels() throws CapacityExceededException {
    assertBound(
        TableRanges.FIRST_OUTSIDE_PORT, TableRanges.END_OF_PORTS, i -> tables.portOf(key(i)));
  }

  @Test
  void boundsNextHops() throws CapacityExceededException {
    assertBound(TableRanges.FIRST_OUTSIDE_HOP, TableRanges.END_OF_HOPS, i -> tables.hopOf(key(i)));
  }

  @Test
  void boundsNextHopsOfDevicesToo() throws CapacityExceededException {
    assertBound(
        TableRanges.FIRST_OUTSIDE_HOP, TableRanges.END_OF_HOPS, i -> tables.hopOf(device(i)));
  }

  @Test
  void boundsMeters() throws CapacityExceededException {
    assertBound(
        TableRanges.FIRST_OUTSIDE_METER,
        TableRanges.END_OF_METERS,
        i -> tables.meterOf(key(i / 2), i % 2 == 0, 0));
  }

  @Test
  void boundsLinks() throws CapacityExceededException {
    assertBound(1, 4_096, i -> tables.linkOf(attachment(i)));
  }

  @Test
  void saysWhichPortIsNobodysNow() throws CapacityExceededException {
    tables.begin();
    int first = tables.portOf(key(1));
    int second = tables.portOf(key(2));
    assertEquals(Set.of(), tables.end());
    tables.begin();
    tables.portOf(key(2));
    assertEquals(Set.of(first), tables.end());
    tables.begin();
    assertEquals(second, tables.portOf(key(2)));
  }

  @Test
  void leavesNoNextHopOfWhatIsGone() throws CapacityExceededException {
    FlowArrays arrays = TableRanges.gatewayArrays();
    tables.begin();
    int hop = tables.hopOf(device(7));
    tables.end();
    tables.takeWrites().forEach(write -> write.accept(arrays));
    assertTrue(arrays.nextHops().isResolved(hop));
    tables.begin();
    tables.end();
    tables.takeWrites().forEach(write -> write.accept(arrays));
    assertFalse(arrays.nextHops().isResolved(hop));
  }
}
