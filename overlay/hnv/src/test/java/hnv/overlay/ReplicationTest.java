// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static hnv.overlay.TwoTenants.SQL;
import static hnv.overlay.TwoTenants.SQL_IP;
import static hnv.overlay.TwoTenants.WEB;
import static hnv.overlay.TwoTenants.WEB_IP;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.EthernetHeader;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.MacAddress;
import hnv.wire.RoutingDomainId;
import hnv.wire.UdpHeader;
import hnv.wire.VirtioNetHeader;
import hnv.wire.Vsid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Broadcasts: one copy each, whatever the size, and within the sender's limit.
class ReplicationTest {
  private static final long LIMIT = 100_000;
  private static final String EVERYBODY = "10.1.1.255";
  private final TestHost host1 = new TestHost("host1");

  @AfterEach
  void noFrameIsLost() {
    assertEquals(64, host1.pool.available());
  }

  /// One virtual subnet on three hosts, two of its machines on the first.
  private static OverlayNetwork threeHosts(long outboundLimit) {
    return new OverlayNetwork(
        Encapsulation.VXLAN,
        true,
        List.of(
            TwoTenants.host("host1", "192.168.1.10"),
            TwoTenants.host("host2", "192.168.2.20"),
            TwoTenants.host("host3", "192.168.3.30")),
        List.of(
            new Domain(
                new RoutingDomainId(new UUID(1, 1)),
                "contoso",
                List.of(
                    new OverlayNetwork.Subnet(new Vsid(5001), List.of(Cidr.parse("10.1.1.0/24")))),
                List.of(
                    adapter("sql", SQL, SQL_IP, "host1", outboundLimit),
                    adapter("near", SQL + 1, "10.1.1.13", "host1", 0),
                    adapter("web", WEB, WEB_IP, "host2", 0),
                    adapter("far", WEB + 1, "10.1.1.14", "host3", 0)))));
  }

  private static Adapter adapter(
      String name, long mac, String address, String host, long outboundLimit) {
    return new Adapter(
        name,
        new MacAddress(mac),
        new Vsid(5001),
        List.of(new CustomerAddress(IpAddress.parse(address))),
        host,
        false,
        AccessControl.OPEN,
        outboundLimit,
        0);
  }

  private static byte[] broadcast(int data) {
    return Packets.udp(SQL, EthernetHeader.BROADCAST, SQL_IP, EVERYBODY, 1, 2, data);
  }

  @Test
  void cutsALongSuperFrameOnceForEachHost() {
    host1.apply(threeHosts(0));
    int size = 1_400;
    int segments = 47;
    // With outer headers longer than an IP packet can be: it must be cut before it is sent.
    byte[] packet = broadcast(size * segments - 300);
    assertEquals(65_528, packet.length - Packets.IP);
    host1.superFrameFromVm("sql", packet, VirtioNetHeader.GSO_UDP_L4, size, UdpHeader.CHECKSUM_AT);
    Map<Integer, Integer> copies = new HashMap<>();
    for (byte[] sent : host1.underlay.take()) {
      copies.merge(Ipv4Header.destination(Packets.segment(sent), 14), 1, Integer::sum);
    }
    assertEquals(
        Map.of(
            Ipv4Address.parse("192.168.2.20").bits(), segments,
            Ipv4Address.parse("192.168.3.30").bits(), segments),
        copies);
    assertEquals(1, host1.vm("near").take().size());
    assertEquals(0, host1.vm("sql").take().size());
  }

  @Test
  void limitsBroadcastsAsAllElse() {
    host1.apply(threeHosts(LIMIT));
    host1.nowNs = 1;
    int sent = 200;
    for (int i = 0; i < sent; i++) {
      host1.fromVm("sql", broadcast(1_000));
    }
    // The bucket holds 65,536 octets.
    int passed = 65_536 / 1_042 + 1;
    assertEquals(sent - passed, host1.drops("sql", DropReason.METER_EXCEEDED));
    assertEquals(2 * passed, host1.underlay.take().size());
    assertEquals(passed, host1.vm("near").take().size());
  }
}
