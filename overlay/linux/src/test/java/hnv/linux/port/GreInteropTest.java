// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.linux.Lab;
import hnv.linux.offload.Fate;
import hnv.linux.offload.PortCounters;
import hnv.linux.port.TunnelRouter.Side;
import hnv.wire.MacAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A tenant's machine behind the kernel's VXLAN device, and his other site behind GRE of Open
/// vSwitch: IP packets in GRE without Ethernet headers, with and without key, checksum and numbers.
/// Not with both of the latter: Open vSwitch 3.1 writes the number after it has summed.
///
///     tenant                     router                  site
///     10.1.1.11 VXLAN u ── u1 ▶ records ◀ u2 ── pa  br-phy, GRE, br-int 10.2.0.1
@Tag("netns")
final class GreInteropTest {
  private static final long BULK = 4 << 20;

  private Lab lab;
  private OpenVswitch ovs;

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("tenant", "router", "site");
    lab.run("router", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
    lab.run("tenant", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
    lab.run("site", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
    lab.veth("tenant", "u", "router", "u1");
    lab.ip("tenant", "link set u address 02:00:00:00:01:01");
    lab.ip("router", "link set u1 address 02:00:00:00:01:02");
    lab.ip("tenant", "addr add 192.168.1.10/24 dev u");
    lab.ip("router", "addr add 192.168.1.1/24 dev u1");
    lab.ip(
        "tenant",
        "link add e type vxlan id 5001 local 192.168.1.10 remote 192.168.1.1 dstport 4789"
            + " nolearning noudpcsum");
    lab.ip("tenant", "link set e mtu 1400 address 02:00:00:00:00:01");
    lab.ip("tenant", "addr add 10.1.1.11/24 dev e");
    lab.ip("tenant", "link set e up");
    // Open vSwitch in user space does not finish a checksum that its neighbour left to a NIC.
    lab.run("tenant", "ethtool -K e tx off");
    lab.ip("tenant", "route add 10.2.0.0/24 via 10.1.1.1");
    lab.ip("tenant", "neigh add 10.1.1.1 lladdr 02:00:00:00:00:77 dev e");
    lab.veth("router", "u2", "site", "pa");
    lab.ip("router", "link set u2 address 02:00:00:00:02:02");
  }

  @AfterEach
  void clear() throws Exception {
    if (ovs != null) {
      ovs.stop();
    }
    if (lab != null) {
      lab.close();
    }
  }

  private void laySite(String options) throws Exception {
    ovs = OpenVswitch.start(lab, "site");
    lab.run("site", "ethtool -K pa tx off");
    ovs.configure(
        "add-br br-phy -- set bridge br-phy datapath_type=netdev fail_mode=standalone"
            + " other-config:hwaddr=02:00:00:00:02:01 -- add-port br-phy pa");
    lab.ip("site", "addr add 203.0.113.2/24 dev br-phy");
    lab.ip("site", "link set br-phy up");
    ovs.configure(
        "add-br br-int -- set bridge br-int datapath_type=netdev fail_mode=secure"
            + " other-config:hwaddr=02:00:00:00:03:01 -- add-port br-int gre1"
            + " -- set interface gre1 type=gre options:packet_type=legacy_l3"
            + " options:remote_ip=203.0.113.1 "
            + options);
    lab.ip("site", "addr add 10.2.0.1/24 dev br-int");
    lab.ip("site", "link set br-int up mtu 1400");
    lab.run("site", "ethtool -K br-int tx off");
    lab.ip("site", "route add 10.1.1.0/24 via 10.2.0.254");
    lab.ip("site", "neigh add 10.2.0.254 lladdr 02:00:00:00:03:fe dev br-int");
    ovs.flow("br-int", "in_port=gre1,actions=mod_dl_dst:02:00:00:00:03:01,LOCAL");
    ovs.flow("br-int", "in_port=LOCAL,ip,actions=output:gre1");
    ovs.control("tnl/neigh/set br-phy 203.0.113.1 02:00:00:00:02:02");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                              |    | false | false
          options:key=77                  | 77 | false | false
          options:key=4294967295          | -1 | false | false
          options:key=77 options:csum=true | 77 | true  | false
          options:key=77 options:seq=true  | 77 | false | true
          """)
  void joinsATenantWithHisOtherSite(String options, Integer key, boolean checksum, boolean sequence)
      throws Exception {
    boolean numbered = checksum || sequence;
    laySite(options);
    Side tenant =
        new Side(
            Encapsulation.VXLAN,
            "u1",
            "192.168.1.1",
            "02:00:00:00:01:02",
            "192.168.1.10",
            "02:00:00:00:01:01");
    GreRouter.Tunnel tunnel =
        new GreRouter.Tunnel(
            "203.0.113.1",
            "02:00:00:00:02:02",
            "203.0.113.2",
            "02:00:00:00:02:01",
            key == null ? OptionalInt.empty() : OptionalInt.of(key),
            checksum,
            sequence);
    try (GreRouter router =
        new GreRouter(lab, "router", tenant, tunnel, MacAddress.parse("02:00:00:00:00:01"))) {
      String pings = lab.run("tenant", "ping -c 5 -i 0.2 -W 2 10.2.0.1 || true");
      assertTrue(pings.contains(" 5 received"), pings + router.lastTrouble);
      assertTrue(pings.contains("ttl=63"), pings);
      pings = lab.run("site", "ping -c 3 -i 0.2 -W 2 -s 1300 10.1.1.11 || true");
      assertTrue(pings.contains(" 3 received"), pings + router.lastTrouble);
      double there = Transfer.bulk(lab, "tenant", "site", "10.2.0.1", BULK);
      double back = Transfer.bulk(lab, "site", "tenant", "10.1.1.11", BULK);
      PortCounters in = router.kernel.portCounters(GreRouter.UNDERLAY);
      PortCounters out = router.kernel.portCounters(GreRouter.OUTSIDE);
      System.out.printf(
          "GRE '%s': %.2f and %.2f Gbit/s; by the kernel %,d and %,d packets, super-frames up %d%n",
          options,
          there,
          back,
          in.of(Fate.FORWARDED),
          out.of(Fate.FORWARDED),
          in.of(Fate.UP_HAIRPIN));
      assertEquals("", router.lastTrouble);
      assertEquals(DropReason.NONE, router.sw.lastFailure);
      if (numbered) {
        assertTrue(in.of(Fate.UP_NUMBERED) > 0 && out.of(Fate.UP_NUMBERED) > 100, in + " " + out);
        assertEquals(0, out.of(Fate.FORWARDED));
      } else {
        assertTrue(out.of(Fate.FORWARDED) > BULK / 1_400, "the kernel forwards to the tenant");
        assertTrue(in.of(Fate.FORWARDED) > 4, "the kernel forwards to the site");
      }
      assertEquals(0, in.dropped() + out.dropped(), in + " " + out);
      assertEquals(0, lab.counter("tenant", "Tcp", "InCsumErrors"));
      assertEquals(0, lab.counter("site", "Tcp", "InCsumErrors"));
      if (Files.isExecutable(Path.of("/usr/bin/tshark"))) {
        assertReadByTshark(key, checksum);
      }
    }
  }

  /// What we send is GRE to others, too: key, checksum and numbers as said, the packet inside
  /// whole.
  private void assertReadByTshark(Integer key, boolean checksum) throws Exception {
    Path capture = Files.createTempFile("hnv-gre", ".pcap");
    Process tshark =
        lab.start(
            "site",
            List.of("tshark", "-q", "-i", "pa", "-w", capture.toString(), "-a", "duration:3"));
    TimeUnit.MILLISECONDS.sleep(1_500);
    lab.run("tenant", "ping -c 3 -i 0.2 -W 2 10.2.0.1");
    tshark.waitFor(20, TimeUnit.SECONDS);
    String read =
        lab.run(
            "site",
            "tshark -r "
                + capture
                + " -Y 'icmp.type == 8 && gre' -T fields -E separator=+ -e gre.proto -e gre.key"
                + " -e gre.checksum.status -e ip.dst -e ip.ttl -e ip.checksum.status"
                + " -e icmp.checksum.status -o ip.check_checksum:TRUE 2>/dev/null");
    Files.delete(capture);
    String keyText = key == null ? "" : "0x%08x".formatted(key);
    String expected =
        "0x0800+" + keyText + (checksum ? "+1+" : "++") + "203.0.113.2,10.2.0.1+64,63+1,1+1";
    assertEquals(Set.of(expected), Set.copyOf(read.lines().toList()), read);
  }
}
