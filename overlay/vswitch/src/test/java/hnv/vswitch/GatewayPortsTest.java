// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.GatewayNetwork.A10;
import static hnv.vswitch.GatewayNetwork.A9;
import static hnv.vswitch.GatewayNetwork.A9_OUTSIDE;
import static hnv.vswitch.GatewayNetwork.B9;
import static hnv.vswitch.GatewayNetwork.B9_OUTSIDE;
import static hnv.vswitch.GatewayNetwork.GATE_A;
import static hnv.vswitch.GatewayNetwork.GATE_B;
import static hnv.vswitch.GatewayNetwork.GATE_MAC;
import static hnv.vswitch.GatewayNetwork.LINK;
import static hnv.vswitch.GatewayNetwork.LINK2;
import static hnv.vswitch.GatewayNetwork.OUTSIDE;
import static hnv.vswitch.GatewayNetwork.SITE;
import static hnv.vswitch.GatewayNetwork.UNDERLAY;
import static hnv.vswitch.GatewayNetwork.WORLD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Packets through the ports of a gateway: translated and not, back and forth, of tenants with the
/// same addresses.
class GatewayPortsTest {
  private final GatewayNetwork net = new GatewayNetwork();

  /// Toward the outside, as the tenant sends it and as it leaves.
  private void out(TestHost from, TestHost outside, int port, int target, int flags) {
    net.send(from, Packet.tcp(from, WORLD, port, target, flags));
    net.assertSent(OUTSIDE, Packet.tcp(outside, WORLD, port + ToyNat.SHIFT, target, flags));
  }

  private void in(TestHost to, TestHost outside, int port, int source, int flags) {
    net.come(OUTSIDE, Packet.tcp(WORLD, outside, source, port + ToyNat.SHIFT, flags));
    net.assertSent(UNDERLAY, Packet.tcp(WORLD, to, source, port, flags).fromMac(GATE_MAC));
  }

  // ---- translated ----

  @Test
  void oneConnectionServesBothDirections() {
    for (int i = 0; i < 3; i++) {
      net.send(A9, Packet.udp(A9, WORLD, 5, 53));
      net.assertSent(OUTSIDE, Packet.udp(A9_OUTSIDE, WORLD, 10_005, 53));
      net.come(OUTSIDE, Packet.udp(WORLD, A9_OUTSIDE, 53, 10_005));
      net.assertSent(UNDERLAY, Packet.udp(WORLD, A9, 53, 5).fromMac(GATE_MAC));
    }
    Connection c = net.only();
    assertEquals(A9.ipv4().bits(), (int) c.sourceLow(), "as the tenant sees it");
    assertEquals(5, c.sourcePort());
    assertEquals(GATE_A, c.initiatorPort());
    assertEquals(Connection.NO_PORT, c.responderPort());
    assertEquals("replied", c.state());
    assertEquals(2, net.vswitch.flows().size());
    // The first of each direction was walked; the others went by their record.
    assertEquals("fr", net.nat.live.get(c.binding()).toString());
  }

  @Test
  void translatesAPing() {
    net.send(A9, Packet.ping(A9, WORLD, 7, false));
    net.assertSent(OUTSIDE, Packet.ping(A9_OUTSIDE, WORLD, 10_007, false));
    net.come(OUTSIDE, Packet.ping(WORLD, A9_OUTSIDE, 10_007, true));
    net.assertSent(UNDERLAY, Packet.ping(WORLD, A9, 7, true).fromMac(GATE_MAC));
    assertEquals("replied", net.only().state());
  }

  @Test
  void tenantsOfTheSameAddressesStayApart() {
    out(A9, A9_OUTSIDE, 5, 80, Packet.SYN);
    out(B9, B9_OUTSIDE, 5, 80, Packet.SYN);
    assertEquals(2, net.vswitch.connections().size());
    in(A9, A9_OUTSIDE, 5, 80, Packet.SYN | Packet.ACK);
    in(B9, B9_OUTSIDE, 5, 80, Packet.SYN | Packet.ACK);
    assertEquals(2, net.vswitch.connections().size());
    // A policy of the one leaves the other's flows alone.
    net.rulesOfA.add(new Rule("deny", 1, List.of(), new Action.Deny(DropReason.ACL_DENIED)));
    net.change(GatewayNetwork.A);
    net.send(A9, Packet.tcp(A9, WORLD, 5, 80, Packet.ACK));
    net.assertSilent();
    assertEquals(1, net.drops(UNDERLAY, DropReason.ACL_DENIED));
    assertEquals(1, net.nat.live.size());
    out(B9, B9_OUTSIDE, 5, 80, Packet.ACK);
    in(B9, B9_OUTSIDE, 5, 80, Packet.ACK);
    // From outside the denied one is nobody's either.
    net.nat.binds = false;
    assertEquals(1, net.vswitch.connections().size());
  }

  @Test
  void beginsFromOutside() {
    net.come(OUTSIDE, Packet.tcp(WORLD, A9_OUTSIDE, 9, 10_080, Packet.SYN));
    net.assertSent(UNDERLAY, Packet.tcp(WORLD, A9, 9, 80, Packet.SYN).fromMac(GATE_MAC));
    // The toy binds nothing there, and no layer keeps it: no connection.
    assertEquals(0, net.vswitch.connections().size());
    net.nat.bindsInbound = true;
    net.come(OUTSIDE, Packet.tcp(WORLD, A9_OUTSIDE, 9, 10_080, Packet.SYN));
    net.assertSent(UNDERLAY, Packet.tcp(WORLD, A9, 9, 80, Packet.SYN).fromMac(GATE_MAC));
    Connection c = net.only();
    assertEquals(Connection.NO_PORT, c.initiatorPort());
    assertEquals(GATE_A, c.responderPort());
    assertEquals(GatewayNetwork.A, c.tenant());
    assertEquals(80, c.destinationPort());
    out(A9, A9_OUTSIDE, 80, 9, Packet.SYN | Packet.ACK);
    assertEquals("established", net.only().state());
    assertEquals(GATE_A, c.responderPort());
    assertEquals(1, net.nat.live.size(), "the answer is not bound anew");
  }

  // ---- not translated ----

  @Test
  void aConnectionsPortIsTheOtherEnd() {
    for (int i = 0; i < 2; i++) {
      net.send(A9, Packet.udp(A9, SITE, 5, 53));
      net.assertSent(LINK, Packet.udp(A9, SITE, 5, 53).fromMac(GatewayNetwork.OUR_MAC));
      net.come(LINK, Packet.udp(SITE, A9, 53, 5));
      net.assertSent(UNDERLAY, Packet.udp(SITE, A9, 53, 5).fromMac(GATE_MAC));
    }
    assertEquals(GATE_A, net.only().initiatorPort());
    assertEquals(LINK, net.only().responderPort());
    assertEquals(2, net.vswitch.flows().size());
  }

  @Test
  void remembersTheWayThatItChose() {
    net.send(A9, Packet.udp(A9, SITE, 1, 53));
    net.send(A9, Packet.udp(A9, SITE, 2, 53));
    assertEquals(1, net.take(LINK).size());
    assertEquals(1, net.take(LINK2).size());
    net.change(GatewayNetwork.A);
    net.send(A9, Packet.udp(A9, SITE, 2, 53));
    net.send(A9, Packet.udp(A9, SITE, 1, 53));
    assertEquals(List.of(0, 0, LINK2, LINK), net.choices);
    assertEquals(1, net.take(LINK).size());
    assertEquals(1, net.take(LINK2).size());
  }

  @Test
  void theAnswerMayComeByAnotherWay() {
    net.send(A9, Packet.udp(A9, SITE, 1, 53));
    assertEquals(1, net.take(LINK).size());
    net.come(LINK2, Packet.udp(SITE, A9, 53, 1));
    assertEquals(1, net.take(UNDERLAY).size());
    assertEquals("replied", net.only().state());
    net.send(A9, Packet.udp(A9, SITE, 1, 53));
    assertEquals(1, net.take(LINK).size(), "stays where it is");
  }

  // ---- hairpin ----

  @Test
  void backIntoTheSameNetwork() {
    for (int i = 0; i < 2; i++) {
      net.send(A9, Packet.udp(A9, A10, 1, 2));
      net.assertSent(UNDERLAY, Packet.udp(A9, A10, 1, 2).fromMac(GATE_MAC));
      net.send(A10, Packet.udp(A10, A9, 2, 1));
      net.assertSent(UNDERLAY, Packet.udp(A10, A9, 2, 1).fromMac(GATE_MAC));
    }
    assertEquals(GATE_A, net.only().initiatorPort());
    assertEquals(GATE_A, net.only().responderPort());
    assertEquals(2, net.vswitch.flows().size());
    net.vswitch.forget(number -> number == GATE_A);
    assertEquals(0, net.vswitch.connections().size());
    assertEquals(0, net.vswitch.flows().size());
  }

  @Test
  void fromTenantToTenantByPublicAddresses() {
    for (int i = 0; i < 2; i++) {
      net.nat.binds = true;
      net.send(A9, Packet.udp(A9, B9_OUTSIDE, 1, 10_002));
      net.assertSent(UNDERLAY, Packet.udp(A9_OUTSIDE, B9, 10_001, 2).fromMac(GATE_MAC));
      net.nat.binds = false;
      net.send(B9, Packet.udp(B9, A9_OUTSIDE, 2, 10_001));
      net.assertSent(UNDERLAY, Packet.udp(B9_OUTSIDE, A9, 10_002, 1).fromMac(GATE_MAC));
    }
    Connection c = net.only();
    assertEquals(GatewayNetwork.A, c.tenant());
    assertEquals(GATE_A, c.initiatorPort());
    assertEquals(Connection.NO_PORT, c.responderPort(), "B knows other addresses");
    assertEquals("replied", c.state());
    assertEquals("frfr", net.nat.live.get(c.binding()).toString(), "each is walked");
    // One tenant's epoch would not guard it.
    assertEquals(0, net.vswitch.flows().size());
  }

  @Test
  void fromAMachineToItselfByItsPublicAddress() {
    net.send(A9, Packet.udp(A9, A9_OUTSIDE, 1, 10_002));
    net.assertSent(UNDERLAY, Packet.udp(A9_OUTSIDE, A9, 10_001, 2).fromMac(GATE_MAC));
    Connection c = net.only();
    assertEquals(GATE_A, c.initiatorPort());
    assertEquals(Connection.NO_PORT, c.responderPort(), "known there by other addresses");
    net.nat.binds = false;
    net.send(A9, Packet.udp(A9, A9_OUTSIDE, 2, 10_001));
    net.assertSent(UNDERLAY, Packet.udp(A9_OUTSIDE, A9, 10_002, 1).fromMac(GATE_MAC));
    assertEquals("replied", net.only().state());
    assertEquals(2, net.vswitch.flows().size());
  }

  // ---- ICMP errors ----

  private void errorsAbout(Packet sent, Packet leaves, Packet reply, Packet arrives) {
    net.send(A9, sent);
    net.assertSent(OUTSIDE, leaves);
    net.come(OUTSIDE, reply);
    net.assertSent(UNDERLAY, arrives.fromMac(GATE_MAC));
    // About what left, as it was when it left; and about what came, as it arrived.
    net.come(OUTSIDE, Packet.error(WORLD, A9_OUTSIDE, leaves.ttl(63)));
    net.assertSent(UNDERLAY, Packet.error(WORLD, A9, sent.ttl(63)).fromMac(GATE_MAC));
    net.send(A9, Packet.error(A9, WORLD, arrives));
    net.assertSent(OUTSIDE, Packet.error(A9_OUTSIDE, WORLD, reply));
    assertEquals(0, net.drops(OUTSIDE, DropReason.NO_ROUTE));
  }

  @Test
  void errorsAboutUdpAreTranslatedWithWhatTheyQuote() {
    errorsAbout(
        Packet.udp(A9, WORLD, 5, 53),
        Packet.udp(A9_OUTSIDE, WORLD, 10_005, 53),
        Packet.udp(WORLD, A9_OUTSIDE, 53, 10_005),
        Packet.udp(WORLD, A9, 53, 5));
  }

  @Test
  void errorsAboutTcpAreTranslatedWithWhatTheyQuote() {
    errorsAbout(
        Packet.tcp(A9, WORLD, 5, 80, Packet.ACK),
        Packet.tcp(A9_OUTSIDE, WORLD, 10_005, 80, Packet.ACK),
        Packet.tcp(WORLD, A9_OUTSIDE, 80, 10_005, Packet.ACK),
        Packet.tcp(WORLD, A9, 80, 5, Packet.ACK));
  }

  @Test
  void errorsAboutPingsAreTranslatedWithWhatTheyQuote() {
    errorsAbout(
        Packet.ping(A9, WORLD, 5, false),
        Packet.ping(A9_OUTSIDE, WORLD, 10_005, false),
        Packet.ping(WORLD, A9_OUTSIDE, 10_005, true),
        Packet.ping(WORLD, A9, 5, true));
  }

  @Test
  void errorsAreOfPermittedConnectionsOnly() {
    net.send(A9, Packet.udp(A9, WORLD, 5, 53));
    net.take(OUTSIDE);
    net.rulesOfA.add(
        new Rule(
            "deny-icmp",
            1,
            List.of(new Condition.Protocol(1)),
            new Action.Deny(DropReason.ACL_DENIED)));
    net.apply();
    // The layer lets an error out where it is about a live connection, by the tenant's addresses.
    net.send(A9, Packet.error(A9, WORLD, Packet.udp(WORLD, A9, 53, 5)));
    assertEquals(1, net.take(OUTSIDE).size());
    net.send(A9, Packet.error(A9, WORLD, Packet.udp(WORLD, A9, 54, 5)));
    net.assertSilent();
    assertEquals(1, net.drops(UNDERLAY, DropReason.ACL_DENIED));
  }

  // ---- what cannot be ----

  @Test
  void neitherPortIsATenants() {
    net.vswitch.apply(
        new ForwardingState(
            List.of(lone(OUTSIDE, p -> Verdict.CONTINUE), lone(LINK, p -> Verdict.CONTINUE)),
            List.of()));
    net.come(OUTSIDE, Packet.udp(WORLD, A9_OUTSIDE, 1, 2));
    assertEquals(1, net.drops(OUTSIDE, DropReason.NO_TENANT));
    net.vswitch.apply(
        new ForwardingState(
            List.of(
                lone(
                    OUTSIDE,
                    p -> {
                      p.deliverTo(LINK);
                      return Verdict.CONTINUE;
                    }),
                lone(LINK, p -> Verdict.CONTINUE)),
            List.of()));
    net.come(OUTSIDE, Packet.udp(WORLD, A9_OUTSIDE, 1, 2));
    assertEquals(2, net.drops(OUTSIDE, DropReason.NO_TENANT));
    net.assertSilent();
  }

  private static VPort lone(int number, Action.Transposition both) {
    Layer layer = new Layer("LONE", List.of(), List.of(), both, both, false);
    return new VPort(number, "port", PortRole.OUTSIDE, VPort.NO_TENANT, 0, number, List.of(layer));
  }

  @Test
  void sentOnForEver() {
    Action.Transposition on =
        p -> {
          p.deliverTo(p.port().number() == OUTSIDE ? LINK : OUTSIDE);
          return Verdict.CONTINUE;
        };
    net.vswitch.apply(new ForwardingState(List.of(lone(OUTSIDE, on), lone(LINK, on)), List.of()));
    net.come(OUTSIDE, Packet.udp(WORLD, A9_OUTSIDE, 1, 2));
    assertEquals(1, net.drops(OUTSIDE, DropReason.TOO_MANY_PORTS));
  }

  @Test
  void aPortWithoutATenantIsOutside() {
    List<Layer> none = List.of();
    assertThrows(
        IllegalArgumentException.class, () -> new VPort(1, "p", PortRole.OUTSIDE, 1, 0, 0, none));
    assertThrows(
        IllegalArgumentException.class,
        () -> new VPort(1, "p", PortRole.GATEWAY, VPort.NO_TENANT, 0, 0, none));
    assertThrows(IllegalArgumentException.class, () -> new VPort(65_536, "p", 1, 0, 0, none));
  }

  @Test
  void whatIsForAllStopsAtAGateway() {
    net.receive(
        UNDERLAY, TestNetwork.tunnelled(A9, Packet.udp(A9, WORLD, 1, 2).toMac(0xFFFF_FFFF_FFFFL)));
    assertEquals(1, net.drops(UNDERLAY, DropReason.NOT_FORWARDABLE));
  }

  @Test
  void aVirtualPortCountsWhatItsTenantLost() {
    net.send(B9, Packet.tcp(B9, WORLD, 1, 2, Packet.RST));
    assertEquals(1, net.drops(UNDERLAY, DropReason.NOT_A_BEGINNING));
    assertEquals(1, net.drops(GATE_B, DropReason.NOT_A_BEGINNING));
    assertEquals(0, net.drops(GATE_A, DropReason.NOT_A_BEGINNING));
  }

  // ---- leaving ----

  @Test
  void flowsEndWithTheOutsidePort() {
    FakeKernel kernel = net.offload();
    out(A9, A9_OUTSIDE, 5, 80, Packet.SYN);
    in(A9, A9_OUTSIDE, 5, 80, Packet.SYN | Packet.ACK);
    assertEquals(2, kernel.size(), "both directions at the SYN-ACK");
    out(A9, A9_OUTSIDE, 5, 80, Packet.ACK);
    in(A9, A9_OUTSIDE, 5, 80, Packet.ACK);
    assertEquals(2, kernel.forwarded);
    net.vswitch.detach(net.ports.get(OUTSIDE));
    assertEquals(0, kernel.size());
    assertEquals(0, net.vswitch.flows().size());
    assertEquals("established", net.only().state(), "the port may come back");
    net.send(A9, Packet.tcp(A9, WORLD, 5, 80, Packet.ACK));
    assertEquals(1, net.drops(UNDERLAY, DropReason.PORT_DOWN));
    assertTrue(net.nat.ended.isEmpty());
    net.vswitch.forget(number -> number == GATE_A);
    assertFalse(net.nat.ended.isEmpty());
  }

  @Test
  void noMoreLayersAreInFrontThanThereAre() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new VPort(1, "x", PortRole.CONNECTION, 1, 0, 0, List.of(), 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> new VPort(1, "x", PortRole.CONNECTION, 1, 0, 0, List.of(), -1));
  }
}
