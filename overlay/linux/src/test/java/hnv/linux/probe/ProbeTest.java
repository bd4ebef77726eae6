// SPDX-License-Identifier: Apache-2.0
package hnv.linux.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.linux.Errno;
import hnv.linux.Lab;
import hnv.linux.LinuxException;
import hnv.wire.Ipv4Address;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What the probes find on a path with a narrow second half.
///
///     host 9000 ─── 9000 router 1400 ─── 1400 other
///     192.168.1.10                       192.168.2.20
@Tag("netns")
final class ProbeTest {
  private static final Ipv4Address OTHER = Ipv4Address.parse("192.168.2.20");

  private Lab lab;

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("host", "router", "other");
    lab.veth("host", "u", "router", "r1");
    lab.veth("router", "r2", "other", "u");
    lab.ip("host", "link set u mtu 9000");
    lab.ip("router", "link set r1 mtu 9000");
    lab.ip("router", "link set r2 mtu 1400");
    lab.ip("other", "link set u mtu 1400");
    lab.ip("host", "addr add 192.168.1.10/24 dev u");
    lab.ip("router", "addr add 192.168.1.1/24 dev r1");
    lab.ip("router", "addr add 192.168.2.1/24 dev r2");
    lab.ip("other", "addr add 192.168.2.20/24 dev u");
    lab.run("router", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    lab.ip("host", "route add default via 192.168.1.1");
    lab.ip("other", "route add default via 192.168.2.1");
  }

  @AfterEach
  void clear() {
    if (lab != null) {
      lab.close();
    }
  }

  private OptionalInt measure() throws Exception {
    return lab.in("host", () -> PathMtuProbe.measure(OTHER, 9000));
  }

  @Test
  void believesTheRouter() throws Exception {
    assertEquals(OptionalInt.of(1400), measure());
  }

  @Test
  void bisectsWhereTheRouterIsSilent() throws Exception {
    lab.run("router", "nft add table ip t");
    lab.run("router", "nft 'add chain ip t c { type filter hook output priority 0; }'");
    lab.run("router", "nft add rule ip t c icmp type destination-unreachable drop");
    assertEquals(OptionalInt.of(1400), measure());
  }

  @Test
  void findsTheLinkItselfWide() throws Exception {
    assertEquals(
        OptionalInt.of(9000),
        lab.in("host", () -> PathMtuProbe.measure(Ipv4Address.parse("192.168.1.1"), 9000)));
  }

  @Test
  void saysNothingOfAHostThatDoesNotAnswer() throws Exception {
    lab.run("other", "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all");
    assertEquals(OptionalInt.empty(), measure());
  }

  @Test
  void tellsOfAMissingRoute() throws Exception {
    lab.ip("host", "route del default");
    LinuxException refused = assertThrows(LinuxException.class, this::measure);
    assertEquals(Errno.ENETUNREACH, refused.errno());
  }

  @Test
  void findsEveryFeatureOnceAndLeavesNothing() throws Exception {
    String before = lab.ip("host", "-o link show");
    List<KernelProbe.Finding> findings = lab.in("host", KernelProbe::run);
    assertEquals(
        Arrays.asList(KernelFeature.values()),
        findings.stream().map(KernelProbe.Finding::feature).toList());
    assertTrue(findings.getFirst().present(), "root has CAP_NET_ADMIN");
    assertEquals(before, lab.ip("host", "-o link show"));
    assertFalse(KernelProbe.kernelRelease().isEmpty());
    findings.forEach(System.out::println);
  }
}
