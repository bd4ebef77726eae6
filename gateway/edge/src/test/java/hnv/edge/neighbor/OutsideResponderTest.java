// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import static hnv.edge.neighbor.TableLab.MAC_1;
import static hnv.edge.neighbor.TableLab.NETWORK;
import static hnv.edge.neighbor.TableLab.OURS;
import static hnv.edge.neighbor.TableLab.PORT;
import static hnv.edge.neighbor.TableLab.ROUTER;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.PacketTrace;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv6Header;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import hnv.wire.NeighborAdvertisement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutsideResponderTest {
  private static final long ALL = EthernetHeader.BROADCAST;
  private static final String HOST = "192.0.2.254";
  private static final String HOST6 = "2001:db8::fe";

  private final ResponderLab lab = new ResponderLab();

  @AfterEach
  void everyFrameHasAnOwner() {
    lab.pass(60 * TableLab.SECOND);
    assertEquals(32, lab.pool.available());
  }

  private static byte[] who(String target) {
    return Frames.arp(ArpPacket.REQUEST, MAC_1, HOST, ALL, target);
  }

  private static byte[] who6(String target) {
    Ipv6Address group = NeighborFrames.solicitedNode(Ipv6Address.parse(target));
    return Frames.solicitation(
        MAC_1, HOST6, NeighborFrames.groupMac(group), group.toString(), target);
  }

  @Test
  void answersArpForItsOwnAndPublicAddresses() {
    for (String address : List.of("192.0.2.1", "192.0.2.100", "192.0.2.102", "198.51.100.7")) {
      byte[] answer = lab.receive(who(address)).getFirst();
      assertTrue(Frames.isArp(answer, ArpPacket.REPLY));
      assertEquals(MAC_1, Frames.destination(answer));
      assertEquals(OURS.bits(), Frames.source(answer));
      assertEquals(IpAddress.parse(address), Frames.sender(answer));
      assertEquals(ROUTER, Frames.target(answer));
    }
  }

  @Test
  void answersArpForNobodyElse() {
    for (String address : List.of("192.0.2.2", "192.0.2.103", "198.51.100.8", "10.0.0.1")) {
      assertEquals(List.of(), lab.receive(who(address)));
    }
    assertEquals(4, lab.dropped(PORT, DropReason.ARP_TARGET_UNKNOWN));
  }

  @Test
  void answersAProbeForAnAddressOfOurs() {
    // RFC 5227 §2.1.1: a probe has no sender; the answer tells him that the address is taken.
    byte[] answer =
        lab.receive(Frames.arp(ArpPacket.REQUEST, MAC_1, "0.0.0.0", ALL, "192.0.2.100")).getFirst();
    assertTrue(Frames.isArp(answer, ArpPacket.REPLY));
    assertEquals(MAC_1, Frames.destination(answer));
  }

  @Test
  void answersNeighborSolicitations() {
    String linkLocal = OutsideLink.linkLocal(OURS).toString();
    for (String address : List.of("2001:db8::1", "2001:db8::100", linkLocal)) {
      byte[] answer = lab.receive(who6(address)).getFirst();
      assertTrue(Frames.isValidDiscovery(answer, Icmpv6Header.NEIGHBOR_ADVERTISEMENT));
      assertEquals(MAC_1, Frames.destination(answer));
      assertEquals(Ipv6Address.parse(HOST6), Frames.receiver(answer));
      assertEquals(IpAddress.parse(address), Frames.target(answer));
      assertEquals(OURS.bits(), Frames.targetMac(answer));
      assertEquals(
          NeighborAdvertisement.SOLICITED
              | NeighborAdvertisement.OVERRIDE
              | NeighborAdvertisement.ROUTER,
          Frames.flags(answer));
    }
    assertEquals(List.of(), lab.receive(who6("2001:db8::101")));
    assertEquals(1, lab.dropped(PORT, DropReason.ND_TARGET_UNKNOWN));
  }

  @Test
  void tellsAllNodesThatAnAddressIsTaken() {
    byte[] answer =
        lab.receive(Frames.duplicateAddressDetection(MAC_1, "2001:db8::100")).getFirst();
    assertTrue(Frames.isValidDiscovery(answer, Icmpv6Header.NEIGHBOR_ADVERTISEMENT));
    assertEquals(Ipv6Address.parse("ff02::1"), Frames.receiver(answer));
    assertEquals(0x3333_0000_0001L, Frames.destination(answer));
    assertEquals(
        NeighborAdvertisement.OVERRIDE | NeighborAdvertisement.ROUTER, Frames.flags(answer));
  }

  @Test
  void ignoresDiscoveryThatCameThroughARouterOrIsDamaged() {
    byte[] routed = who6("2001:db8::1");
    routed[EthernetHeader.LENGTH + 7] = (byte) 254;
    assertEquals(List.of(), lab.receive(routed));
    byte[] damaged = who6("2001:db8::1");
    damaged[damaged.length - 1] ^= 1;
    assertEquals(List.of(), lab.receive(damaged));
    assertEquals(2, lab.dropped(PORT, DropReason.ND_NOT_A_SOLICITATION));
  }

  @Test
  void readsAnswersAndSendsWhatWaited() {
    byte[] packet = Frames.udp(ResponderLab.TENANT_MAC, "10.0.0.1", 0x0200_0000_7002L, HOST);
    byte[] question = lab.receive(ResponderLab.TENANT_PORT, packet).getFirst();
    assertEquals(ROUTER, Frames.target(question));
    assertEquals(1, lab.table.held());
    assertEquals(
        List.of(), lab.receive(Frames.arp(ArpPacket.REPLY, MAC_1, HOST, OURS.bits(), "192.0.2.1")));
    lab.table.housekeep(lab.now);
    byte[] sent = lab.take().getFirst();
    assertEquals(MAC_1, Frames.destination(sent));
    assertEquals(OURS.bits(), Frames.source(sent));
    assertArrayEquals(
        Arrays.copyOfRange(packet, 14, packet.length), Arrays.copyOfRange(sent, 14, sent.length));
    assertEquals(1, lab.vswitch.counters(ResponderLab.TENANT_PORT).receivedPackets());
    // The next one does not wait.
    assertEquals(1, lab.receive(ResponderLab.TENANT_PORT, packet).size());
    assertTrue(lab.vswitch.counters(PORT).drops().isEmpty(), "an answer that was read is no drop");
  }

  @Test
  void dropsWhatWaitedInVain() {
    byte[] packet = Frames.udp(ResponderLab.TENANT_MAC, "10.0.0.1", 0x0200_0000_7002L, HOST);
    lab.receive(ResponderLab.TENANT_PORT, packet);
    lab.pass(4 * TableLab.SECOND);
    assertEquals(1, lab.dropped(ResponderLab.TENANT_PORT, DropReason.NEXT_HOP_UNRESOLVED));
    assertEquals(0, lab.table.held());
  }

  @Test
  void learnsFromGratuitousArpOnlyOfWhoIsWanted() {
    byte[] gratuitous = Frames.arp(ArpPacket.REQUEST, MAC_1, HOST, ALL, HOST);
    assertEquals(List.of(), lab.receive(gratuitous));
    assertEquals(List.of(), lab.table.neighbors(NETWORK));
    lab.table.resolve(NETWORK, ROUTER, 1, lab.now);
    lab.receive(gratuitous);
    assertEquals(
        NeighborState.STALE, Objects.requireNonNull(lab.table.find(NETWORK, ROUTER)).state());
  }

  @Test
  void readsAdvertisements() {
    IpAddress router = IpAddress.parse(HOST6);
    lab.table.resolve(NETWORK, router, 1, lab.now);
    lab.take();
    byte[] answer =
        Frames.advertisement(
            MAC_1,
            HOST6,
            OURS.bits(),
            "2001:db8::1",
            HOST6,
            NeighborAdvertisement.SOLICITED | NeighborAdvertisement.OVERRIDE);
    assertEquals(List.of(), lab.receive(answer));
    assertEquals(
        NeighborState.REACHABLE, Objects.requireNonNull(lab.table.find(NETWORK, router)).state());
    // RFC 4861 §7.1.2: an answer to many is none.
    byte[] toAll =
        Frames.advertisement(
            MAC_1, HOST6, 0x3333_0000_0001L, "ff02::1", HOST6, NeighborAdvertisement.SOLICITED);
    lab.receive(toAll);
    assertEquals(1, lab.dropped(PORT, DropReason.ND_NOT_A_SOLICITATION));
  }

  @Test
  void saysSoWhereSomebodyUsesAnAddressOfOurs() {
    byte[] defence =
        lab.receive(Frames.arp(ArpPacket.REQUEST, MAC_1, "192.0.2.100", ALL, "192.0.2.100"))
            .getFirst();
    assertEquals(IpAddress.parse("192.0.2.100"), Frames.sender(defence));
    assertEquals(ALL, Frames.destination(defence));
    lab.receive(
        Frames.advertisement(
            MAC_1, "2001:db8::100", 0x3333_0000_0001L, "ff02::1", "2001:db8::100", 0));
    assertEquals(2, lab.dropped(PORT, DropReason.ADDRESS_CONTESTED));
  }

  @Test
  void takesPacketsForItselfAndPassesOnThoseForServices() {
    lab.receive(Frames.udp(MAC_1, HOST, OURS.bits(), "192.0.2.1"));
    assertEquals(1, lab.toUs);
    lab.receive(Frames.udp(MAC_1, HOST, OURS.bits(), "192.0.2.100"));
    assertEquals(1, lab.toUs);
    assertEquals(1, lab.inside.sent.size());
  }

  @Test
  void takesNothingThatIsForAnotherOrForMany() {
    lab.receive(Frames.udp(MAC_1, HOST, 0x0200_0000_9999L, "192.0.2.100"));
    assertEquals(1, lab.dropped(PORT, DropReason.DESTINATION_MAC_UNKNOWN));
    lab.receive(Frames.udp(MAC_1, HOST, ALL, "192.0.2.255"));
    assertEquals(1, lab.dropped(PORT, DropReason.NOT_FORWARDABLE));
    byte[] other = Frames.udp(MAC_1, HOST, OURS.bits(), "192.0.2.100");
    other[12] = (byte) 0x88;
    other[13] = (byte) 0xCC;
    lab.receive(other);
    assertEquals(1, lab.dropped(PORT, DropReason.UNSUPPORTED_ETHERTYPE));
    assertEquals(List.of(), lab.inside.sent);
  }

  @Test
  void dropsVlansThatItDoesNotHave() {
    byte[] plain = Frames.udp(MAC_1, HOST, OURS.bits(), "192.0.2.100");
    byte[] tagged = new byte[plain.length + 4];
    System.arraycopy(plain, 0, tagged, 0, 12);
    tagged[12] = (byte) 0x81;
    tagged[15] = 77;
    System.arraycopy(plain, 12, tagged, 16, plain.length - 12);
    lab.receive(tagged);
    assertEquals(1, lab.dropped(PORT, DropReason.VLAN_UNKNOWN));
  }

  @Test
  void changesNothingInADryRun() {
    lab.table.resolve(NETWORK, ROUTER, 1, lab.now);
    lab.take();
    Frame frame =
        lab.frame(Frames.arp(ArpPacket.REPLY, MAC_1, HOST, OURS.bits(), "192.0.2.1"), PORT);
    List<String> told = new ArrayList<>();
    lab.vswitch.explain(frame, lab.outside, new Told(told), lab.now);
    frame.release();
    assertFalse(Objects.requireNonNull(lab.table.find(NETWORK, ROUTER)).isResolved());
    assertTrue(told.contains("192.0.2.254 says that it is at 02:00:00:00:00:01"), told.toString());
  }

  private record Told(List<String> sentences) implements PacketTrace {
    @Override
    public void step(String layer, String group, String rule, String says) {
      sentences.add(says);
    }

    @Override
    public void verdict(String verdict) {
      sentences.add(verdict);
    }
  }
}
