// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import static hnv.edge.neighbor.TableLab.MAC_1;
import static hnv.edge.neighbor.TableLab.MAC_2;
import static hnv.edge.neighbor.TableLab.NETWORK;
import static hnv.edge.neighbor.TableLab.OURS;
import static hnv.edge.neighbor.TableLab.ROUTER;
import static hnv.edge.neighbor.TableLab.ROUTER6;
import static hnv.edge.neighbor.TableLab.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Frame;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NeighborTableTest {
  private final TableLab lab = new TableLab();

  @Test
  void asksEverybodyByArpAtOnce() {
    Neighbor router = lab.resolve(ROUTER);
    assertEquals(NeighborState.INCOMPLETE, router.state());
    byte[] asked = lab.take().getFirst();
    assertTrue(Frames.isArp(asked, ArpPacket.REQUEST));
    assertEquals(EthernetHeader.BROADCAST, Frames.destination(asked));
    assertEquals(OURS.bits(), Frames.source(asked));
    assertEquals(ROUTER, Frames.target(asked));
    assertEquals(IpAddress.parse("192.0.2.1"), Frames.sender(asked));
  }

  @Test
  void asksTheSolicitedNodeByNeighborDiscovery() {
    lab.resolve(ROUTER6);
    byte[] asked = lab.take().getFirst();
    assertTrue(Frames.isValidDiscovery(asked, Icmpv6Header.NEIGHBOR_SOLICITATION));
    assertEquals(0x3333_FF00_00FEL, Frames.destination(asked));
    assertEquals(Ipv6Address.parse("ff02::1:ff00:fe"), Frames.receiver(asked));
    assertEquals(Ipv6Address.parse("2001:db8::1"), Frames.sender(asked));
    assertEquals(ROUTER6, Frames.target(asked));
  }

  @Test
  void asksOffItsPrefixesFromTheLinkLocalAddress() {
    lab.resolve(IpAddress.parse("fe80::1"));
    assertEquals(Ipv6Address.parse("fe80::ff:fe00:aa01"), Frames.sender(lab.take().getFirst()));
  }

  @Test
  void asksThreeTimesASecondApartAndThenPauses() {
    Neighbor router = lab.resolve(ROUTER);
    lab.pass(900_000_000L);
    assertEquals(1, lab.sent.size());
    lab.pass(SECOND);
    assertEquals(2, lab.sent.size());
    lab.pass(SECOND);
    assertEquals(3, lab.sent.size());
    lab.pass(SECOND);
    assertEquals(3, lab.sent.size());
    assertEquals(NeighborState.UNREACHABLE, router.state());
    lab.resolve(ROUTER);
    assertEquals(3, lab.sent.size());
    // After the pause it is forgotten, and asked for by the next packet.
    lab.pass(3 * SECOND);
    assertNull(lab.table.find(NETWORK, ROUTER));
    lab.resolve(ROUTER);
    assertEquals(4, lab.sent.size());
  }

  @Test
  void sendsWhatWaitedWhenTheNeighborAnswers() {
    Neighbor router = lab.resolve(ROUTER);
    Frame first = lab.frame();
    Frame second = lab.frame();
    assertTrue(lab.table.hold(router, first));
    assertTrue(lab.table.hold(router, second));
    lab.table.claims().replied(lab.network(), ROUTER, MAC_1, lab.now);
    assertTrue(lab.resumed.isEmpty(), "not within the walk that told of the answer");
    lab.table.housekeep(lab.now);
    assertEquals(List.of(first, second), lab.resumed);
    assertEquals(0, lab.table.held());
    assertTrue(router.isResolved());
    assertEquals(MAC_1, router.mac());
    assertEquals(List.of("resolved 192.0.2.254 02:00:00:00:00:01"), lab.said);
    assertFalse(lab.table.hold(router, first), "nothing to wait for");
  }

  @Test
  void letsGoOnWhatWaitedInVain() {
    Neighbor router = lab.resolve(ROUTER);
    Frame frame = lab.frame();
    lab.table.hold(router, frame);
    lab.pass(4 * SECOND);
    assertEquals(List.of(frame), lab.resumed);
    assertEquals(NeighborState.UNREACHABLE, router.state());
    assertEquals(0, lab.table.held());
  }

  @Test
  void dropsTheOldestOfTooManyThatWait() {
    Neighbor router = lab.resolve(ROUTER);
    for (int i = 0; i < NeighborLimits.DEFAULT.heldPerNeighbor() + 2; i++) {
      assertTrue(lab.table.hold(router, lab.frame()));
    }
    lab.table.housekeep(lab.now);
    assertEquals(2, lab.abandoned);
    assertEquals(NeighborLimits.DEFAULT.heldPerNeighbor(), lab.table.held());
  }

  @Test
  void holdsMoreForARouterThatAllWaitFor() {
    lab.table.keep(TableLab.NETWORK, Set.of(ROUTER), lab.now);
    Neighbor router = lab.resolve(ROUTER);
    int most = NeighborLimits.DEFAULT.held() / 2;
    for (int i = 0; i < most; i++) {
      assertTrue(lab.table.hold(router, lab.frame()));
    }
    lab.table.housekeep(lab.now);
    assertEquals(0, lab.abandoned);
    assertTrue(lab.table.hold(router, lab.frame()));
    lab.table.housekeep(lab.now);
    assertEquals(1, lab.abandoned);
    assertEquals(most, lab.table.held());
    Neighbor other = lab.resolve(IpAddress.parse("192.0.2.253"));
    assertTrue(lab.table.hold(other, lab.frame()), "there is room for others");
  }

  @Test
  void holdsSoManyForAllAndOneMoreForNobody() {
    TableLab small = new TableLab(new NeighborLimits(100, 50, 4, 5, 500, 100));
    Neighbor one = small.resolve(ROUTER);
    Neighbor two = small.resolve(IpAddress.parse("192.0.2.253"));
    Neighbor three = small.resolve(IpAddress.parse("192.0.2.252"));
    for (int i = 0; i < 4; i++) {
      assertTrue(small.table.hold(one, small.frame()));
    }
    assertTrue(small.table.hold(two, small.frame()));
    Frame more = small.frame();
    assertFalse(small.table.hold(three, more));
    assertTrue(small.table.hold(two, more), "in the place of its own oldest");
    small.table.housekeep(small.now);
    assertEquals(1, small.abandoned);
    assertEquals(5, small.table.held());
  }

  @Test
  void asksAgainByUnicastForAsLongAsItAnswers() {
    Neighbor router = lab.resolved(ROUTER, MAC_1);
    int answered = 0;
    for (int i = 0; i < 600; i++) {
      lab.pass(SECOND);
      for (byte[] asked : lab.take()) {
        assertEquals(MAC_1, Frames.destination(asked));
        lab.table.claims().replied(lab.network(), ROUTER, MAC_1, lab.now);
        answered++;
      }
    }
    // Every 15 to 45 seconds.
    assertTrue(answered >= 600 / 46 && answered <= 600 / 15, answered + " questions");
    assertTrue(router.isResolved());
    assertEquals(List.of(), lab.said);
  }

  @Test
  void losesANeighborThatDoesNotAnswerAnyMore() {
    Neighbor router = lab.resolved(ROUTER, MAC_1);
    lab.pass(50 * SECOND);
    assertFalse(router.isResolved());
    assertEquals(List.of("lost 192.0.2.254 {5}"), lab.said);
    assertEquals(3, lab.sent.size());
    assertNull(lab.table.find(NETWORK, ROUTER));
  }

  @Test
  void keepsAskingForANeighborThatIsKept() {
    lab.keep(ROUTER);
    assertEquals(1, lab.take().size());
    Neighbor router = lab.resolved(ROUTER, MAC_1);
    lab.pass(50 * SECOND);
    assertEquals(List.of("lost 192.0.2.254 {5}"), lab.said);
    assertEquals(EthernetHeader.BROADCAST, Frames.destination(lab.take().getLast()));
    lab.pass(600 * SECOND);
    int asked = lab.take().size();
    // Three questions, then a pause of 2, 4, 8 … 64 seconds.
    assertTrue(asked >= 30 && asked <= 50, asked + " questions");
    lab.table.claims().replied(lab.network(), ROUTER, MAC_2, lab.now);
    lab.pass(70 * SECOND);
    assertFalse(lab.sent.isEmpty());
    lab.table.claims().replied(lab.network(), ROUTER, MAC_2, lab.now);
    assertTrue(router.isResolved());
    assertEquals(MAC_2, router.mac());
  }

  @Test
  void tellsOnceOfOneThatIsKeptAndNeverAnswers() {
    lab.keep(ROUTER);
    lab.pass(2 * SECOND);
    assertEquals(List.of(), lab.said);
    lab.pass(300 * SECOND);
    assertEquals(List.of("lost 192.0.2.254 {}"), lab.said);
    lab.said.clear();
    lab.table.claims().replied(lab.network(), ROUTER, MAC_1, lab.now);
    assertEquals(List.of("resolved 192.0.2.254 02:00:00:00:00:01"), lab.said);
  }

  @Test
  void tellsWhoseFlowsBearTheOldMac() {
    Neighbor router = lab.resolved(ROUTER, MAC_1);
    lab.table.resolve(NETWORK, ROUTER, 9, lab.now);
    lab.table.claims().claimed(lab.network(), ROUTER, MAC_2, lab.now);
    assertEquals(List.of("moved 192.0.2.254 {5, 9}"), lab.said);
    assertEquals(MAC_2, router.mac());
    assertTrue(router.tenants().isEmpty());
    // It is asked whether that is so.
    lab.pass(6 * SECOND);
    assertEquals(MAC_2, Frames.destination(lab.take().getFirst()));
  }

  @Test
  void doesNotFollowTwoThatQuarrel() {
    lab.resolved(ROUTER, MAC_1);
    for (int i = 0; i < 100; i++) {
      lab.table.claims().claimed(lab.network(), ROUTER, i % 2 == 0 ? MAC_2 : MAC_1, lab.now);
    }
    assertEquals(1, lab.said.size());
    lab.pass(2 * SECOND);
    lab.table.claims().claimed(lab.network(), ROUTER, MAC_1, lab.now);
    assertEquals(2, lab.said.size());
  }

  @Test
  void believesNobodyWhoIsNotWanted() {
    lab.table.claims().claimed(lab.network(), ROUTER, MAC_1, lab.now);
    lab.table.claims().replied(lab.network(), ROUTER, MAC_1, lab.now);
    lab.table.claims().advertised(lab.network(), ROUTER6, MAC_1, true, true, lab.now);
    assertEquals(List.of(), lab.table.neighbors(NETWORK));
  }

  @Test
  void believesNoMacOfMany() {
    Neighbor router = lab.resolve(ROUTER);
    lab.table.claims().replied(lab.network(), ROUTER, 0x0100_5E00_0001L, lab.now);
    lab.table.claims().replied(lab.network(), ROUTER, 0, lab.now);
    assertFalse(router.isResolved());
  }

  @Test
  void followsAdvertisementsByTheirFlags() {
    // RFC 4861 §7.2.5, for one that is known.
    check(MAC_2, false, false, MAC_1, NeighborState.STALE);
    check(MAC_2, true, false, MAC_1, NeighborState.STALE);
    check(MAC_2, false, true, MAC_2, NeighborState.STALE);
    check(MAC_2, true, true, MAC_2, NeighborState.REACHABLE);
    check(MAC_1, true, false, MAC_1, NeighborState.REACHABLE);
    check(MAC_1, false, true, MAC_1, NeighborState.REACHABLE);
    check(-1, true, false, MAC_1, NeighborState.REACHABLE);
  }

  private static void check(
      long mac, boolean solicited, boolean override, long expected, NeighborState state) {
    TableLab lab = new TableLab();
    Neighbor router = lab.resolved(ROUTER6, MAC_1);
    lab.table.claims().advertised(lab.network(), ROUTER6, mac, solicited, override, lab.now);
    assertEquals(expected, router.mac());
    assertEquals(state, router.state(), "mac " + mac + " S " + solicited + " O " + override);
  }

  @Test
  void learnsFromAnUnsolicitedAdvertisementAndAsks() {
    Neighbor router = lab.resolve(ROUTER6);
    lab.table.claims().advertised(lab.network(), ROUTER6, -1, true, true, lab.now);
    assertFalse(router.isResolved(), "without a MAC");
    lab.table.claims().advertised(lab.network(), ROUTER6, MAC_1, false, false, lab.now);
    assertEquals(NeighborState.STALE, router.state());
    lab.take();
    lab.pass(6 * SECOND);
    assertEquals(MAC_1, Frames.destination(lab.take().getFirst()));
    assertEquals(NeighborState.PROBE, router.state());
  }

  @Test
  void asksForSoManyASecondOnly() {
    TableLab slow = new TableLab(new NeighborLimits(1_000, 500, 4, 8, 10, 20));
    for (int i = 2; i < 90; i++) {
      slow.resolve(IpAddress.parse("192.0.2." + i));
    }
    assertEquals(20, slow.take().size());
    slow.pass(2 * SECOND);
    int asked = slow.take().size();
    assertTrue(asked >= 18 && asked <= 22, asked + " questions in two seconds");
    // A next router is asked for all the same.
    slow.keep(ROUTER);
    assertEquals(1, slow.take().size());
  }

  @Test
  void losesAllAtOnceWithTheLinkAndAsksWhenItIsBack() {
    lab.keep(ROUTER);
    lab.resolved(ROUTER, MAC_1);
    IpAddress host = IpAddress.parse("192.0.2.9");
    lab.resolve(host);
    lab.table.claims().replied(lab.network(), host, MAC_2, lab.now);
    lab.said.clear();
    lab.take();
    lab.up = false;
    lab.pass(NeighborTable.TICK_NS);
    assertEquals(Set.of("lost 192.0.2.254 {5}", "lost 192.0.2.9 {5}"), Set.copyOf(lab.said));
    assertEquals(2, lab.said.size());
    assertNull(lab.table.find(NETWORK, host));
    lab.said.clear();
    lab.pass(10 * SECOND);
    assertEquals(List.of(), lab.said, "told once");
    lab.take();
    lab.up = true;
    lab.pass(NeighborTable.TICK_NS);
    assertTrue(
        lab.take().stream()
            .anyMatch(f -> Frames.isArp(f, ArpPacket.REQUEST) && Frames.target(f).equals(ROUTER)));
    lab.table.claims().replied(lab.network(), ROUTER, MAC_2, lab.now);
    assertEquals(List.of("resolved 192.0.2.254 02:00:00:00:00:02"), lab.said);
  }

  @Test
  void forgetsWithThePortThatIsAnother() {
    Neighbor router = lab.resolved(ROUTER, MAC_1);
    Neighbor other = lab.resolve(IpAddress.parse("192.0.2.9"));
    lab.table.hold(other, lab.frame());
    lab.table.attach(NETWORK, TableLab.link(MacAddress.parse("02:00:00:00:aa:02")), lab.now);
    assertEquals(List.of("lost 192.0.2.254 {5}"), lab.said);
    assertFalse(router.isResolved());
    lab.table.housekeep(lab.now);
    assertEquals(1, lab.abandoned);
    lab.table.detach(NETWORK);
    assertNull(lab.table.resolve(NETWORK, ROUTER, 5, lab.now));
    assertEquals(0, lab.table.held());
    assertEquals(64, lab.pool.available());
  }
}
