// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Encapsulation;
import hnv.nat.NatPool;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The requirements of RFC 4787 that are about packets and not about sessions alone.
class Rfc4787PacketTest {
  private static final String SERVICE = "198.51.100.20";
  private static final String FIRST = TwoTenants.DATA_CENTRE;
  private static final String SECOND = "10.21.0.6";

  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  private void openPool() {
    NatPool pool = tenants.pools.getFirst();
    tenants.pools.set(
        0,
        new NatPool(
            pool.name(),
            pool.network(),
            pool.addresses(),
            pool.firstPort(),
            pool.lastPort(),
            pool.mapping(),
            NatPool.Filtering.ENDPOINT_INDEPENDENT,
            pool.parity(),
            pool.blockSize(),
            pool.blocksPerSubscriber()));
  }

  /// The packet that leaves by Contoso's VLAN for one that came by it.
  private static Packet throughVlan(TestGateway gateway, Packet packet) {
    gateway.fromLink("l3a", packet);
    assertTrue(gateway.link("out0").take().isEmpty(), "leaves by the outside");
    List<byte[]> sent = gateway.link("l3a").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    assertEquals(TwoTenants.L3_MAC, Wire.destinationMac(sent.getFirst()));
    Packet left = Wire.packet(sent.getFirst());
    assertTrue(left.isChecksumRight());
    return left;
  }

  @Test
  void req9HairpinningBetweenTwoAddressesBehindOneConnection() {
    tenants.contosoNat =
        TwoTenants.nat(
            List.of(
                TwoTenants.inbound(SERVICE, Packet.UDP, 53, SECOND, 5_353),
                TwoTenants.inbound(SERVICE, Packet.TCP, 80, SECOND, 8_080)),
            List.of());
    TestGateway gateway = tenants.start();
    for (int i = 0; i < 3; i++) {
      Packet got = throughVlan(gateway, Packet.udp(FIRST, 4_000, SERVICE, 53, "q" + i));
      // REQ-9 a: the source is the public one.
      assertEquals(TwoTenants.POOL, got.source().toString());
      assertEquals(SECOND + " 5353", got.destination() + " " + got.destinationPort());
      Packet back =
          throughVlan(gateway, Packet.udp(SECOND, 5_353, TwoTenants.POOL, got.sourcePort(), "a"));
      assertEquals(SERVICE + ":53 > " + FIRST + ":4000", back.ends());
    }
    assertEquals(2, gateway.nat.sessions(), "one of either");
    Packet syn = throughVlan(gateway, Packet.tcp(FIRST, 4_000, SERVICE, 80, Packet.SYN, ""));
    int port = syn.sourcePort();
    throughVlan(
        gateway, Packet.tcp(SECOND, 8_080, TwoTenants.POOL, port, Packet.SYN | Packet.ACK, ""));
    throughVlan(gateway, Packet.tcp(FIRST, 4_000, SERVICE, 80, Packet.ACK, "hello"));
    throughVlan(gateway, Packet.tcp(SECOND, 8_080, TwoTenants.POOL, port, Packet.ACK, "hello"));
    // Established: longer than a connection that is being made may be silent (RFC 5382 REQ-5).
    gateway.passInSteps(3_600_000_000_000L);
    assertEquals(2, gateway.nat.sessions());
    assertEquals(
        SERVICE + ":80 > " + FIRST + ":4000",
        throughVlan(gateway, Packet.tcp(SECOND, 8_080, TwoTenants.POOL, port, Packet.ACK, "late"))
            .ends());
    gateway.passInSteps(8_000_000_000_000L);
    assertEquals(0, gateway.nat.sessions());
    assertEquals(0, gateway.vswitch.connections().size());
  }

  @Test
  void req9HairpinningByMappingsOfAPool() {
    openPool();
    TestGateway gateway = tenants.start();
    gateway.fromLink("l3a", Packet.udp(SECOND, 5_353, TwoTenants.SERVER, 9, "hello"));
    Packet out = Wire.packet(gateway.link("out0").take().getFirst());
    Packet got =
        throughVlan(gateway, Packet.udp(FIRST, 4_000, TwoTenants.POOL, out.sourcePort(), "q"));
    assertEquals(SECOND + " 5353", got.destination() + " " + got.destinationPort());
    Packet back =
        throughVlan(gateway, Packet.udp(SECOND, 5_353, TwoTenants.POOL, got.sourcePort(), "a"));
    assertEquals(TwoTenants.POOL + ":" + out.sourcePort() + " > " + FIRST + ":4000", back.ends());
  }

  @Test
  void req9HairpinningFromAMachineToAConnection() {
    tenants.contosoNat =
        TwoTenants.nat(
            List.of(TwoTenants.inbound(SERVICE, Packet.UDP, 53, SECOND, 5_353)), List.of());
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(TwoTenants.SQL, 4_000, SERVICE, 53, "q"));
    List<byte[]> sent = gateway.link("l3a").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    Packet got = Wire.packet(sent.getFirst());
    assertEquals(SECOND, got.destination().toString());
    gateway.fromLink("l3a", Packet.udp(SECOND, 5_353, TwoTenants.POOL, got.sourcePort(), "a"));
    assertEquals(
        SERVICE + ":53 > " + TwoTenants.SQL + ":4000", gateway.toTenant(TwoTenants.CONTOSO).ends());
  }

  // ---- what is not about hairpins ----

  /// A question of Contoso's that has left.
  private Packet ask(TestGateway gateway, Packet packet) {
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, packet);
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    return Wire.packet(sent.getFirst());
  }

  @Test
  void req10NoPayloadIsLookedInto() {
    TestGateway gateway = tenants.start();
    // What application gateways would look for: SIP, H.323's port, FTP and PPTP.
    String told = "PORT 10,1,1,11,15,160 INVITE sip:a@10.1.1.11 c=IN IP4 10.1.1.11";
    for (int port : new int[] {21, 53, 69, 554, 1_720, 1_723, 5_060}) {
      Packet tcp = Packet.tcp(TwoTenants.SQL, 4_000, TwoTenants.SERVER, port, Packet.ACK, told);
      assertEquals(told, ask(gateway, tcp).data());
      Packet udp = Packet.udp(TwoTenants.SQL, 4_000, TwoTenants.SERVER, port, told);
      assertEquals(told, ask(gateway, udp).data());
    }
  }

  @Test
  void req12aErrorsPassWhoeverSendsThem() {
    TestGateway gateway = tenants.start();
    Packet left = ask(gateway, Packet.udp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, "q"));
    for (String from : List.of("7.7.7.7", TwoTenants.SERVER, TwoTenants.ROUTER, "192.168.9.9")) {
      gateway.fromLink("out0", Packet.error(from, TwoTenants.POOL, 11, 0, 0, left));
      assertEquals(from, gateway.toTenant(TwoTenants.CONTOSO).source().toString());
    }
  }

  @Test
  void req12bUnreachableIsToldAndEndsNothing() {
    TestGateway gateway = tenants.start();
    Packet query = Packet.udp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, "q");
    Packet left = ask(gateway, query);
    for (int code = 0; code < 16; code++) {
      gateway.fromLink("out0", Packet.error("7.7.7.7", TwoTenants.POOL, 3, code, 0, left));
      assertEquals(code, gateway.toTenant(TwoTenants.CONTOSO).code());
    }
    assertEquals(1, gateway.nat.sessions());
    assertEquals(left.ends(), ask(gateway, query).ends(), "the same mapping");
  }

  @Test
  void req13WithDfTheSenderIsToldTheSize() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, "x".repeat(1_490)));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals("3 4", error.type() + " " + error.code());
    assertEquals(TestGateway.LINK_MTU, error.value());
    assertTrue(gateway.link("out0").take().isEmpty());
  }

  @Test
  void req13aWithoutDfThePacketIsCutInOrder() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, "x".repeat(3_500)).withId(7));
    int at = 0;
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(3, sent.size(), gateway::describeDrops);
    for (byte[] frame : sent) {
      Packet piece = Wire.packet(frame);
      assertEquals(at, piece.fragmentOffset());
      assertEquals(TwoTenants.POOL, piece.source().toString());
      at += piece.body().length;
    }
    assertEquals(3_508, at);
  }

  @Test
  void req14FragmentsPassInAnyOrder() {
    TestGateway gateway = tenants.start();
    Packet left = ask(gateway, Packet.udp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, "q"));
    int id = 100;
    for (int[] order : new int[][] {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}}) {
      Packet whole =
          Packet.udp(TwoTenants.SERVER, 2, TwoTenants.POOL, left.sourcePort(), "x".repeat(3_000))
              .withId(id++);
      for (int piece : order) {
        gateway.fromLink(
            "out0", whole.fragment(piece * 1_200, Math.min(3_008, piece * 1_200 + 1_200)));
      }
      List<byte[]> sent = gateway.underlay.take();
      assertEquals(3, sent.size(), gateway::describeDrops);
      for (byte[] frame : sent) {
        assertEquals(TwoTenants.SQL, Wire.packet(Wire.inner(frame)).destination().toString());
      }
    }
    assertEquals(0, gateway.vswitch.heldFragments());
  }

  @Test
  void req14aAFloodOfFragmentsHarmsNobodyElse() {
    TestGateway gateway = tenants.start();
    Packet query = Packet.udp(TwoTenants.SQL, 1, TwoTenants.SERVER, 2, "q");
    Packet left = ask(gateway, query);
    for (int id = 0; id < 2_000; id++) {
      Packet rogue =
          Packet.udp("9.9.9.9", 2, TwoTenants.POOL, 5, "x".repeat(2_000)).withId(id & 0xFFFF);
      gateway.fromLink("out0", rogue.fragment(1_000, 2_008));
    }
    assertTrue(gateway.vswitch.heldFragments() <= 64 / 4, "a quarter of the pool's frames");
    Packet whole =
        Packet.udp(TwoTenants.SERVER, 2, TwoTenants.POOL, left.sourcePort(), "x".repeat(2_000))
            .withId(7);
    gateway.fromLink("out0", whole.fragment(0, 1_200));
    gateway.fromLink("out0", whole.fragment(1_200, 2_008));
    assertEquals(2, gateway.underlay.take().size());
    assertEquals(left.ends(), ask(gateway, query).ends());
  }
}
