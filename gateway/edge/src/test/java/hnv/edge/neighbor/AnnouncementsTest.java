// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import static hnv.edge.neighbor.TableLab.NETWORK;
import static hnv.edge.neighbor.TableLab.OURS;
import static hnv.edge.neighbor.TableLab.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.edge.neighbor.AddressRanges.Range;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import hnv.wire.NeighborAdvertisement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AnnouncementsTest {
  private final TableLab lab = new TableLab();

  private static OutsideLink with(Range... more) {
    OutsideLink link = TableLab.link(OURS);
    return new OutsideLink(link.port(), link.mac(), link.own(), AddressRanges.of(List.of(more)));
  }

  private Map<IpAddress, Integer> timesOf(List<byte[]> frames) {
    Map<IpAddress, Integer> times = new TreeMap<>();
    for (byte[] frame : frames) {
      times.merge(Frames.target(frame), 1, Integer::sum);
    }
    return times;
  }

  @Test
  void announcesWhatIsNewThreeTimesASecondApart() {
    IpAddress added = IpAddress.parse("203.0.113.5");
    lab.table.attach(NETWORK, with(Range.of(added)), lab.now);
    lab.pass(NeighborTable.TICK_NS);
    assertEquals(1, lab.sent.size());
    byte[] said = lab.sent.getFirst();
    assertTrue(Frames.isArp(said, ArpPacket.REQUEST));
    assertEquals(EthernetHeader.BROADCAST, Frames.destination(said));
    assertEquals(added, Frames.sender(said));
    lab.pass(SECOND);
    assertEquals(2, lab.sent.size());
    lab.pass(10 * SECOND);
    assertEquals(Map.of(added, 3), timesOf(lab.take()));
  }

  @Test
  void announcesIpv6ToAllNodes() {
    IpAddress added = IpAddress.parse("2001:db8::777");
    lab.table.attach(NETWORK, with(Range.of(added)), lab.now);
    lab.pass(NeighborTable.TICK_NS);
    byte[] said = lab.take().getFirst();
    assertTrue(Frames.isValidDiscovery(said, Icmpv6Header.NEIGHBOR_ADVERTISEMENT));
    assertEquals(Ipv6Address.parse("ff02::1"), Frames.receiver(said));
    assertEquals(0x3333_0000_0001L, Frames.destination(said));
    assertEquals(OURS.bits(), Frames.targetMac(said));
    // RFC 4861 §7.2.6: not solicited, and what is known is to be replaced.
    assertEquals(NeighborAdvertisement.OVERRIDE | NeighborAdvertisement.ROUTER, Frames.flags(said));
  }

  @Test
  void saysAllAgainWhenThePortIsBack() {
    lab.up = false;
    lab.pass(SECOND);
    assertEquals(List.of(), lab.sent);
    lab.up = true;
    lab.pass(5 * SECOND);
    Map<IpAddress, Integer> times = timesOf(lab.take());
    // Two of its own and the link-local one, three and two public ones.
    assertEquals(8, times.size());
    assertTrue(times.values().stream().allMatch(t -> t == 3), times.toString());
  }

  @Test
  void saysNothingOfWhatIsGoneOrAsBefore() {
    lab.table.attach(NETWORK, with(Range.of(IpAddress.parse("203.0.113.5"))), lab.now);
    lab.table.attach(NETWORK, with(Range.of(IpAddress.parse("203.0.113.6"))), lab.now);
    lab.pass(5 * SECOND);
    assertEquals(Map.of(IpAddress.parse("203.0.113.6"), 3), timesOf(lab.take()));
    lab.table.attach(NETWORK, with(Range.of(IpAddress.parse("203.0.113.6"))), lab.now);
    lab.pass(5 * SECOND);
    assertEquals(List.of(), lab.sent);
  }

  @Test
  void announcesSoManyAtATimeAndOfALargePoolSoMany() {
    lab.table.attach(
        NETWORK,
        with(new Range(IpAddress.parse("203.0.0.0"), IpAddress.parse("203.255.255.255"))),
        lab.now);
    lab.pass(NeighborTable.TICK_NS);
    assertEquals(Announcements.PER_TICK, lab.take().size());
    lab.pass(60 * SECOND);
    Map<IpAddress, Integer> times = timesOf(lab.take());
    assertTrue(
        times.size() <= Announcements.MAX_ADDRESSES && times.size() > 900, "" + times.size());
    assertEquals(64, lab.pool.available());
  }

  @Test
  void defendsAnAddressOnceInTenSeconds() {
    IpAddress ours = IpAddress.parse("192.0.2.100");
    for (int i = 0; i < 100; i++) {
      lab.table.contested(lab.network(), ours, TableLab.MAC_1, lab.now);
    }
    assertEquals(1, lab.take().size());
    assertEquals(List.of("conflict 192.0.2.100"), lab.said);
    lab.pass(11 * SECOND);
    lab.table.contested(lab.network(), ours, TableLab.MAC_1, lab.now);
    assertEquals(ours, Frames.sender(lab.take().getFirst()));
  }
}
