// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A gateway whose only network card is the host's: the host goes on, and so do the tenants.
@Tag("netns")
@Timeout(180)
class SharedNicTest {
  @TempDir Path folder = Path.of("");
  private SharedNic nic;

  @AfterEach
  void clear() {
    if (nic != null) {
      nic.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tenantsAndTheHostUseTheSameCard(boolean offload) throws Exception {
    nic = new SharedNic(folder, offload);
    try (SharedNic.Session ssh = nic.new Session("isp1")) {
      ssh.assertAnswers();
      assertEquals("203.0.113.65", nic.seenFrom("contoso", "isp1"));
      ssh.assertAnswers();
      assertEquals("203.0.113.98", nic.seenFrom("fabrikam", "isp1"));
      assertEquals(SharedNic.HOST, nic.seenFrom("gw1", "isp1"));
      nic.assertPings("isp1", SharedNic.HOST);
      nic.assertPings("gw1", SharedNic.WEB);
      nic.assertPings("host1", "192.168.3.30");
      ssh.assertAnswers();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRouteOfTheHostMovesTheTenantsToItsNextRouter(boolean offload) throws Exception {
    nic = new SharedNic(folder, offload);
    try (SharedNic.Talk talk = nic.new Talk("contoso", List.of("isp1", "isp2"))) {
      talk.sendAndAwait("isp1");
      nic.namespaces.ip("gw1", "route replace default via 203.0.113.3");
      talk.sendAndAwait("isp2");
      // A route of its own for the server, longer than the default one.
      nic.namespaces.ip("gw1", "route add 198.51.100.0/24 via 203.0.113.1");
      talk.sendAndAwait("isp1");
      // A rule, and a table that only the rule leads to.
      nic.namespaces.ip(
          "gw1",
          "route add default via 203.0.113.3 table 100",
          "rule add to 198.51.100.1 table 100 priority 100");
      talk.sendAndAwait("isp2");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aNeighborOfTheHostIsFollowedToAnotherMac(boolean offload) throws Exception {
    nic = new SharedNic(folder, offload);
    try (SharedNic.Talk talk = nic.new Talk("contoso", List.of("isp1"))) {
      talk.sendAndAwait("isp1");
      nic.namespaces.run("isp1", "echo 1 > /proc/sys/net/ipv4/conf/eth0/arp_notify");
      nic.namespaces.ip("isp1", "link set eth0 address 02:00:00:00:99:99");
      talk.sendAndAwait("isp1");
      assertEquals("02:00:00:00:99:99", nic.macOf("203.0.113.1"));
    }
  }

  @Test
  void aRouteByAnotherDeviceIsNobodysHere() throws Exception {
    nic = new SharedNic(folder, true);
    try (SharedNic.Talk talk = nic.new Talk("contoso", List.of("isp1"))) {
      talk.sendAndAwait("isp1");
      nic.namespaces.ip(
          "gw1",
          "link add vpn0 type veth peer name vpn1",
          "link set vpn0 up",
          "link set vpn1 up",
          "address add 10.99.0.1/24 dev vpn0",
          "route replace default via 10.99.0.2");
      nic.await(
          () -> {
            talk.send();
            return nic.hasDropped(DropReason.HOST_ROUTE_ELSEWHERE);
          });
      assertTrue(
          nic.show("neighbors").stream()
              .anyMatch(
                  row ->
                      row.text("address").equals("0.0.0.0/0")
                          && row.text("state").contains("vpn0")),
          () -> nic.show("neighbors").toString());
      nic.namespaces.ip("gw1", "route replace default via 203.0.113.1");
      talk.sendAndAwait("isp1");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void goesOnWhenTheLinkIsBack(boolean offload) throws Exception {
    nic = new SharedNic(folder, offload);
    try (SharedNic.Talk talk = nic.new Talk("contoso", List.of("isp1"))) {
      talk.sendAndAwait("isp1");
      nic.namespaces.ip("gw1", "link set eth0 down");
      TimeUnit.MILLISECONDS.sleep(1_500);
      nic.namespaces.ip("gw1", "link set eth0 up", "route replace default via 203.0.113.1");
      talk.sendAndAwait("isp1");
      nic.assertPings("isp1", SharedNic.HOST);
    }
  }

  /// As a card on USB is: with another index, and under the same name.
  @Test
  void goesOnWithAnotherCardInTheSamePlace() throws Exception {
    nic = new SharedNic(folder, true);
    assertEquals("203.0.113.65", nic.seenFrom("contoso", "isp1"));
    nic.namespaces.ip("wire", "link del gw1");
    TimeUnit.MILLISECONDS.sleep(1_500);
    nic.plug("gw1");
    nic.addressGateway();
    nic.await(
        () ->
            nic.show("ports").stream().filter(p -> p.text("state").startsWith("up")).count() == 2);
    assertEquals("203.0.113.65", nic.seenFrom("contoso", "isp1"));
    nic.assertPings("isp1", SharedNic.HOST);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void givesBackWhatPolicyDoesNotWantAnyMore(boolean offload) throws Exception {
    nic = new SharedNic(folder, offload);
    assertEquals("203.0.113.65", nic.seenFrom("contoso", "isp1"));
    nic.changePolicy("\"203.0.113.65\"", "\"203.0.113.66\"");
    assertEquals("203.0.113.66", nic.seenFrom("contoso", "isp1"));
    nic.namespaces.ip("gw1", "address add 203.0.113.65/24 dev eth0");
    nic.assertPings("isp1", "203.0.113.65");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void neverTakesWhatIsTheHostsOwn(boolean offload) throws Exception {
    nic = new SharedNic(folder, offload);
    nic.assertSilent("isp1", "203.0.113.65");
    nic.namespaces.ip("gw1", "address add 203.0.113.65/24 dev eth0");
    nic.await(() -> nic.pings("isp1", "203.0.113.65"));
    try (SharedNic.Talk talk = nic.new Talk("contoso", List.of("isp1"))) {
      nic.await(
          () -> {
            talk.send();
            return nic.hasDropped(DropReason.PUBLIC_ADDRESS_OF_HOST);
          });
    }
    assertEquals("203.0.113.98", nic.seenFrom("fabrikam", "isp1"));
    nic.namespaces.ip("gw1", "address del 203.0.113.65/24 dev eth0");
    nic.await(() -> !nic.pings("isp1", "203.0.113.65"));
    assertEquals("203.0.113.65", nic.seenFrom("contoso", "isp1"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void leavesTheHostAloneWhenItEnds(boolean offload) throws Exception {
    nic = new SharedNic(folder, offload);
    assertEquals("203.0.113.65", nic.seenFrom("contoso", "isp1"));
    try (SharedNic.Session ssh = nic.new Session("isp1")) {
      ssh.assertAnswers();
      nic.stopGateway();
      ssh.assertAnswers();
      nic.assertPings("isp1", SharedNic.HOST);
      nic.assertPings("gw1", SharedNic.WEB);
      assertTrue(!nic.namespaces.run("gw1", "ip link show eth0").contains("ALLMULTI"));
      // What is on its way to a public address is nobody's, though the host forwards.
      String forwarded = nic.namespaces.run("gw1", "grep '^Ip: [0-9]' /proc/net/snmp");
      nic.assertSilent("isp1", "203.0.113.65");
      assertEquals(
          forwarded.split(" ", -1)[6],
          nic.namespaces.run("gw1", "grep '^Ip: [0-9]' /proc/net/snmp").split(" ", -1)[6]);
    }
  }
}
