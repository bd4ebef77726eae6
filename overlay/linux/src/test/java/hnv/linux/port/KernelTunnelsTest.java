// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.linux.Lab;
import hnv.linux.offload.Fate;
import hnv.linux.offload.PortCounters;
import hnv.linux.port.TunnelHost.PortsBy;
import hnv.linux.port.TunnelRouter.Side;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// From each kind of tunnel to each other one, in the kernel: the ends of VXLAN are the kernel's
/// own devices, those of NVGRE ports of Java's.
///
///     a ─ [va]              router              [va] ─ b
///          end1 u ─── u1 ▶ tunnel, tunnel ◀ u2 ─── u end2
///     10.1.1.11                                      10.1.1.12
@Tag("netns")
final class KernelTunnelsTest {
  private static final long BULK = 32 << 20;

  private Lab lab;
  private final List<AutoCloseable> ends = new ArrayList<>();

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("a", "end1", "router", "end2", "b");
    for (String namespace : List.of("a", "b", "end1", "end2")) {
      lab.run(namespace, "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad");
    }
    for (int side = 1; side <= 2; side++) {
      lab.veth("end" + side, "u", "router", "u" + side);
      lab.ip("end" + side, "link set u address " + mac(side, 1));
      lab.ip("router", "link set u" + side + " address " + mac(side, 2));
      lab.ip("end" + side, "addr add " + endAddress(side, false) + "/24 dev u");
      lab.ip("router", "addr add " + routerAddress(side, false) + "/24 dev u" + side);
      lab.ip("end" + side, "addr add " + endAddress(side, true) + "/64 dev u nodad");
      lab.ip("router", "addr add " + routerAddress(side, true) + "/64 dev u" + side + " nodad");
    }
  }

  @AfterEach
  void clear() throws Exception {
    for (AutoCloseable end : ends.reversed()) {
      end.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  private static String mac(int side, int end) {
    return "02:00:00:00:0" + side + ":0" + end;
  }

  private static String routerAddress(int side, boolean ipv6) {
    return ipv6 ? "fd00:" + side + "::1" : "192.168." + side + ".1";
  }

  private static String endAddress(int side, boolean ipv6) {
    return ipv6 ? "fd00:" + side + "::10" : "192.168." + side + ".10";
  }

  /// Lays one end; traffic begins and ends in the namespace that is returned.
  ///
  /// @param tunnel VXLAN4, VXLAN6 or NVGRE4, NVGRE6; with "sums": each packet has an outer checksum
  private String layEnd(int side, String tunnel) throws Exception {
    boolean ipv6 = tunnel.charAt(5) == '6';
    String machine = side == 1 ? "a" : "b";
    String end = "end" + side;
    if (tunnel.startsWith("NVGRE")) {
      lab.veth(end, "va", machine, "e");
      address(machine, side);
      ends.add(
          new TunnelHost(
              lab,
              end,
              PortsBy.PROGRAMS,
              Encapsulation.NVGRE,
              endAddress(side, ipv6),
              routerAddress(side, ipv6)));
      return machine;
    }
    String sums = tunnel.endsWith("sums") ? "udpcsum" : "noudpcsum udp6zerocsumtx udp6zerocsumrx";
    lab.ip(
        end,
        "link add e type vxlan id "
            + TunnelHost.VSID
            + " local "
            + endAddress(side, ipv6)
            + " remote "
            + routerAddress(side, ipv6)
            + " dstport 4789 nolearning "
            + sums);
    address(end, side);
    return end;
  }

  private void address(String namespace, int side) throws Exception {
    lab.ip(namespace, "link set e mtu 1400 address 02:00:00:00:00:0" + side);
    lab.ip(namespace, "addr add 10.1.1.1" + side + "/24 dev e");
    lab.ip(namespace, "link set e up");
    int other = 3 - side;
    lab.ip(namespace, "neigh add 10.1.1.1" + other + " lladdr 02:00:00:00:00:0" + other + " dev e");
  }

  private static Side side(int side, String tunnel) {
    boolean ipv6 = tunnel.charAt(5) == '6';
    return new Side(
        tunnel.startsWith("NVGRE") ? Encapsulation.NVGRE : Encapsulation.VXLAN,
        "u" + side,
        routerAddress(side, ipv6),
        mac(side, 2),
        endAddress(side, ipv6),
        mac(side, 1));
  }

  @ParameterizedTest
  @CsvSource({
    "VXLAN4, VXLAN4", "VXLAN4sums, VXLAN4sums", "VXLAN6, VXLAN6", "NVGRE4, NVGRE4",
    "NVGRE6, NVGRE6", "VXLAN4, VXLAN6", "NVGRE4, NVGRE6", "VXLAN4, NVGRE4",
    "VXLAN6, NVGRE6", "VXLAN4, NVGRE6", "VXLAN6, NVGRE4", "VXLAN4sums, NVGRE4"
  })
  void leadsFromTunnelToTunnel(String first, String second) throws Exception {
    String from = layEnd(1, first);
    String to = layEnd(2, second);
    try (TunnelRouter router = new TunnelRouter(lab, "router", side(1, first), side(2, second))) {
      assertTrue(lab.run(from, "ping -c 3 -i 0.1 -W 2 10.1.1.12").contains(" 3 received"));
      double there = Transfer.bulk(lab, from, to, "10.1.1.12", BULK);
      double back = Transfer.bulk(lab, to, from, "10.1.1.11", BULK);
      PortCounters one = router.kernel.portCounters(1);
      PortCounters two = router.kernel.portCounters(2);
      System.out.printf(
          "%s to %s: %.1f and %.1f Gbit/s; by the kernel %,d and %,d packets, super-frames up"
              + " %d and %d, unfinished %d and %d%n",
          first,
          second,
          there,
          back,
          one.of(Fate.FORWARDED),
          two.of(Fate.FORWARDED),
          one.of(Fate.UP_HAIRPIN),
          two.of(Fate.UP_HAIRPIN),
          one.of(Fate.UP_CHECKSUM_STATE),
          two.of(Fate.UP_CHECKSUM_STATE));
      boolean whole = first.equals(second);
      if (whole) {
        assertEquals(0, one.of(Fate.UP_HAIRPIN) + two.of(Fate.UP_HAIRPIN));
        assertTrue(one.of(Fate.FORWARDED) > BULK / 1_400, "the kernel forwards");
      }
      // What is no super-frame, at least the acknowledgements, is the kernel's in any case.
      assertTrue(one.of(Fate.FORWARDED) > 100, one.toString());
      assertEquals(0, one.dropped() + two.dropped(), one + " " + two);
      assertEquals(0, one.of(Fate.UP_REFUSED_BY_KERNEL) + two.of(Fate.UP_REFUSED_BY_KERNEL));
      assertEquals("", router.lastTrouble);
      assertEquals(DropReason.NONE, router.sw.lastFailure);
      for (String machine : List.of(from, to)) {
        assertEquals(0, lab.counter(machine, "Tcp", "InCsumErrors"));
        assertEquals(0, lab.counter(machine, "Udp", "InCsumErrors"), "outer checksums");
      }
    }
  }
}
