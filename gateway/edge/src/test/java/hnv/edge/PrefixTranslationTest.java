// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.vswitch.FlowListing;
import hnv.vswitch.FlowView;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// NPTv6 (RFC 6296): tenants' IPv6 prefixes on the way to an outside network and back.
class PrefixTranslationTest {
  private static final String INTERNAL = TwoTenants.SQL6;
  private TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN).withIpv6();

  /// What an address of fd00:1::/64 is in another prefix of 64 bits, by arithmetic of its own: the
  /// first word behind the prefix that is not all ones makes up for the difference of both.
  static String externalOf(String internal, String external) {
    byte[] from = Packet.octetsOf(IpAddress.parse(internal));
    byte[] to = Packet.octetsOf(IpAddress.parse(external));
    int adjusted =
        Packet.fold(
            Packet.get16(from, 8)
                + Packet.fold(Packet.sum(from, 0, 8))
                + (0xFFFF - Packet.fold(Packet.sum(to, 0, 8))));
    System.arraycopy(from, 8, to, 8, 8);
    Packet.put16(to, 8, adjusted == 0xFFFF ? 0 : adjusted);
    ByteBuffer octets = ByteBuffer.wrap(to);
    return new Ipv6Address(octets.getLong(0), octets.getLong(8)).toString();
  }

  private static Packet fromOut0(TestGateway gateway) {
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    Packet left = Wire.packet(sent.getFirst());
    assertTrue(left.isChecksumRight(), left.toString());
    return left;
  }

  private static boolean isOf(IpAddress address, String prefix) {
    long high = ((Ipv6Address) IpAddress.parse(prefix)).high();
    return address instanceof Ipv6Address v6 && v6.high() == high;
  }

  /// What the outside knows Contoso's machine by.
  private String external(TestGateway gateway) {
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(INTERNAL, 1, TwoTenants.SERVER6, 1, "who"));
    return fromOut0(gateway).source().toString();
  }

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void translatesBothWaysWithoutTouchingPortsOrChecksums(Encapsulation encapsulation) {
    tenants = new TwoTenants(encapsulation).withIpv6();
    TestGateway gateway = tenants.start();
    for (int i = 0; i < 2; i++) {
      Packet question = Packet.udp(INTERNAL, 4000, TwoTenants.SERVER6, 53, "q");
      gateway.fromTenant(tenants, TwoTenants.CONTOSO, question);
      Packet left = fromOut0(gateway);
      assertTrue(isOf(left.source(), "2001:db8:c::"), left.toString());
      assertEquals(4000, left.sourcePort());
      assertEquals(63, left.ttl());
      assertEquals(
          Packet.get16(question.body(), 6), Packet.get16(left.body(), 6), "checksum-neutral");
      gateway.fromLink(
          "out0", Packet.udp(TwoTenants.SERVER6, 53, left.source().toString(), 4000, "a"));
      Packet answer = gateway.toTenant(TwoTenants.CONTOSO);
      assertEquals("2001:db8:8::8:53 > fd00:1::11:4000", answer.ends());
      assertTrue(answer.isChecksumRight());
    }
    List<FlowView> flows = FlowListing.page(gateway.vswitch, 0, _ -> true, gateway.nowNs).flows();
    assertEquals(2, flows.size(), "a record each way does it");
    assertEquals(0, gateway.nat.sessions(), "no state");
  }

  @Test
  void letsTheOutsideBeginAndAnswersByTheSamePrefix() {
    TestGateway gateway = tenants.start();
    String external = external(gateway);
    gateway.fromLink("out0", Packet.tcp(TwoTenants.SERVER6, 999, external, 443, Packet.SYN, ""));
    Packet got = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals("2001:db8:8::8:999 > fd00:1::11:443", got.ends());
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.tcp(INTERNAL, 443, TwoTenants.SERVER6, 999, Packet.SYN | Packet.ACK, ""));
    assertEquals(external + ":443 > 2001:db8:8::8:999", fromOut0(gateway).ends());
  }

  @Test
  void translatesPingsAndOtherProtocols() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.ping(INTERNAL, TwoTenants.SERVER6, 77, "p"));
    Packet left = fromOut0(gateway);
    assertEquals(77, left.queryId());
    gateway.fromLink("out0", Packet.pong(TwoTenants.SERVER6, left.source().toString(), 77, "p"));
    assertEquals("2001:db8:8::8 > fd00:1::11 id 77", gateway.toTenant(TwoTenants.CONTOSO).ends());
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.of(INTERNAL, TwoTenants.SERVER6, 132, new byte[32]));
    assertEquals(132, fromOut0(gateway).protocol());
  }

  @Test
  void givesTheSamePrefixOfTwoTenantsToEachHisOwn() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants, TwoTenants.FABRIKAM, Packet.udp(INTERNAL, 5, TwoTenants.SERVER6, 5, "f"));
    Packet left = fromOut0(gateway);
    assertEquals(externalOf(INTERNAL, "2001:db8:f:f::"), left.source().toString());
    gateway.fromLink("out0", Packet.udp(TwoTenants.SERVER6, 5, left.source().toString(), 5, "f"));
    assertEquals("fd00:1::11", gateway.toTenant(TwoTenants.FABRIKAM).destination().toString());
    gateway.fromLink("out0", Packet.udp(TwoTenants.SERVER6, 5, external(gateway), 5, "c"));
    gateway.toTenant(TwoTenants.CONTOSO);
  }

  @Test
  void letsNoOtherSourceOut() {
    TestGateway gateway = tenants.start();
    // Behind a connection, and in no prefix that is translated.
    Packet packet = Packet.udp("fd00:30::5", 1, TwoTenants.SERVER6, 1, "x");
    gateway.fromLink("out0", Wire.gre(TwoTenants.PEER, TwoTenants.OWN, 100, packet));
    Packet told = Wire.inGre(fromOut0(gateway));
    assertEquals("fd00:30::5", told.destination().toString());
    assertEquals(0x0101, told.type() << 8 | told.code());
    assertEquals(1, gateway.drops(DropReason.NAT_PREFIX_SOURCE), gateway::describeDrops);
  }

  @Test
  void dropsForWhomTheOutsideHasNoPrefix() {
    TestGateway gateway = tenants.start();
    gateway.fromLink("out0", Packet.udp(TwoTenants.SERVER6, 5, "2001:db8:d::5", 5, "x"));
    assertEquals(1, gateway.drops(DropReason.NAT_NO_MAPPING));
    gateway.fromLink("out0", Packet.udp(TwoTenants.SERVER6, 5, INTERNAL, 5, "x"));
    assertEquals(2, gateway.drops(DropReason.NAT_NO_MAPPING));
    assertTrue(gateway.underlay.take().isEmpty());
  }

  @Test
  void letsNobodyOutsideSpeakForTheInside() {
    TestGateway gateway = tenants.start();
    String external = external(gateway);
    for (String forged : List.of("fd00:1::12", "fd00:30::1", external, "2001:db8:f:f::1")) {
      gateway.fromLink("out0", Packet.udp(forged, 5, external, 5, "x"));
    }
    assertEquals(4, gateway.drops(DropReason.NAT_SOURCE_SPOOFED), gateway::describeDrops);
    assertTrue(gateway.underlay.take().isEmpty());
  }

  @Test
  void saysThatAnAddressHasNoCounterpart() {
    TestGateway gateway = tenants.start();
    // RFC 6296 §3.5: an interface identifier of all ones.
    String none = "fd00:1::ffff:ffff:ffff:ffff";
    gateway.fromLink(
        "out0", Packet.udp(TwoTenants.SERVER6, 5, "2001:db8:c:0:ffff:ffff:ffff:ffff", 5, "x"));
    Packet told = fromOut0(gateway);
    assertEquals(1, told.type());
    assertEquals(TwoTenants.OWN6, told.source().toString());
    assertEquals(1, gateway.drops(DropReason.NAT_PREFIX_ADDRESS));
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(none, 5, TwoTenants.SERVER6, 5, "x"));
    assertTrue(gateway.link("out0").take().isEmpty());
  }

  @Test
  void turnsBackBetweenTwoTenants() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants, TwoTenants.FABRIKAM, Packet.udp(INTERNAL, 1, TwoTenants.SERVER6, 1, "who"));
    String fabrikam = fromOut0(gateway).source().toString();
    String contoso = external(gateway);
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(INTERNAL, 7, fabrikam, 8, "hairpin"));
    assertTrue(gateway.link("out0").take().isEmpty(), "leaves");
    Packet got = gateway.toTenant(TwoTenants.FABRIKAM);
    assertEquals(contoso + ":7 > fd00:1::11:8", got.ends());
    assertTrue(got.isChecksumRight());
    gateway.fromTenant(tenants, TwoTenants.FABRIKAM, Packet.udp(INTERNAL, 8, contoso, 7, "back"));
    assertEquals(fabrikam + ":8 > fd00:1::11:7", gateway.toTenant(TwoTenants.CONTOSO).ends());
    gateway.fromTenant(tenants, TwoTenants.FABRIKAM, Packet.error(INTERNAL, contoso, 1, 4, 0, got));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(fabrikam, error.source().toString());
    assertEquals("fd00:1::11:7 > " + fabrikam + ":8", error.quoted().ends());
    assertTrue(error.isChecksumRight());
  }

  @Test
  void passesErrorsOnWithWhatTheyQuote() {
    TestGateway gateway = tenants.start();
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.udp(INTERNAL, 4000, TwoTenants.SERVER6, 53, "q"));
    Packet left = fromOut0(gateway);
    gateway.fromLink(
        "out0", Packet.error("2001:db8:77::7", left.source().toString(), 2, 0, 1_400, left));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals("2001:db8:77::7", error.source().toString());
    assertEquals("fd00:1::11", error.destination().toString());
    assertEquals(1_400, error.value());
    assertEquals("fd00:1::11:4000 > 2001:db8:8::8:53", error.quoted().ends());
    assertTrue(error.isChecksumRight());
    assertTrue(error.quoted().isChecksumRight());

    Packet got = Packet.udp(TwoTenants.SERVER6, 53, INTERNAL, 4000, "a");
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.error(INTERNAL, TwoTenants.SERVER6, 1, 4, 0, got));
    Packet out = fromOut0(gateway);
    assertEquals(left.source(), out.source());
    assertEquals("2001:db8:8::8:53 > " + left.source() + ":4000", out.quoted().ends());
    assertTrue(out.quoted().isChecksumRight());

    gateway.fromLink(
        "out0", Packet.error("2001:db8:77::7", left.source().toString(), 2, 0, 1_400, got));
    assertEquals(1, gateway.drops(DropReason.NAT_ERROR_OF_NOTHING), "about another's packet");
  }

  @Test
  void saysWhatFitsBothWays() {
    TestGateway gateway = tenants.start();
    String external = external(gateway);
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(INTERNAL, 4000, TwoTenants.SERVER6, 53, "y".repeat(1_470)));
    Packet told = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(2, told.type());
    assertEquals(TestGateway.LINK_MTU, told.value());
    gateway.fromLink("out0", Packet.udp(TwoTenants.SERVER6, 53, external, 4000, "y".repeat(1_520)));
    told = fromOut0(gateway);
    assertEquals(2, told.type());
    assertEquals(TestGateway.UNDERLAY_MTU - 50, told.value());
    assertEquals(external, told.quoted().destination().toString(), "as the outside knows it");
  }

  @Test
  void translatesFragmentsInAnyOrder() {
    TestGateway gateway = tenants.start();
    String external = external(gateway);
    Packet whole = Packet.udp(INTERNAL, 4000, TwoTenants.SERVER6, 53, "y".repeat(2_400)).withId(9);
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, whole.fragment(1_200, 2_408));
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, whole.fragment(0, 1_200));
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(2, sent.size(), gateway::describeDrops);
    sent.forEach(each -> assertEquals(external, Wire.packet(each).source().toString()));
    Packet back = Packet.udp(TwoTenants.SERVER6, 53, external, 4000, "z".repeat(2_400)).withId(17);
    gateway.fromLink("out0", back.fragment(0, 1_400));
    gateway.fromLink("out0", back.fragment(1_400, 2_408));
    List<byte[]> inner = gateway.underlay.take();
    assertEquals(2, inner.size(), gateway::describeDrops);
    inner.forEach(
        each -> assertEquals(INTERNAL, Wire.packet(Wire.inner(each)).destination().toString()));
  }

  @Test
  void answersNeighborsForPrefixesOnTheLinkOnly() {
    TestGateway gateway = tenants.start();
    gateway.link("out0").take();
    gateway.receive(
        TwoTenants.OUT0_NUMBER,
        Wire.solicitation(TwoTenants.ROUTER6, TwoTenants.ROUTER_MAC, "2001:db8:f:f::1234"));
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size(), gateway::describeDrops);
    assertEquals(136, Wire.packet(sent.getFirst()).type());
    // Contoso's is routed here: nobody has to ask for it, and nobody is answered.
    gateway.receive(
        TwoTenants.OUT0_NUMBER,
        Wire.solicitation(TwoTenants.ROUTER6, TwoTenants.ROUTER_MAC, "2001:db8:c::1234"));
    assertTrue(gateway.link("out0").take().isEmpty());
    gateway.pass(5_000_000_000L);
    for (byte[] frame : gateway.link("out0").take()) {
      assertFalse(Wire.isLinkLocalService(frame), "a prefix is not announced");
    }
  }

  @Test
  void followsThePolicyAtOnce() {
    TestGateway gateway = tenants.start();
    String external = external(gateway);
    gateway.fromLink("out0", Packet.udp(TwoTenants.SERVER6, 5, external, 5, "x"));
    gateway.toTenant(TwoTenants.CONTOSO);
    // The prefix passes from one tenant to the other.
    tenants.contosoIpv6 = TwoTenants.ipv6("2001:db8:e::/64");
    tenants.fabrikamIpv6 = TwoTenants.ipv6("2001:db8:c::/64");
    gateway.apply(tenants.overlay(), tenants.network());
    gateway.fromLink("out0", Packet.udp(TwoTenants.SERVER6, 5, external, 5, "x"));
    gateway.toTenant(TwoTenants.FABRIKAM);
    assertTrue(isOf(IpAddress.parse(external(gateway)), "2001:db8:e::"));
    tenants.fabrikamIpv6 = EdgeNetwork.Ipv6Translation.NONE;
    gateway.apply(tenants.overlay(), tenants.network());
    gateway.fromLink("out0", Packet.udp(TwoTenants.SERVER6, 5, external, 5, "x"));
    assertEquals(1, gateway.drops(DropReason.NAT_NO_MAPPING));
    gateway.fromTenant(
        tenants, TwoTenants.FABRIKAM, Packet.udp(INTERNAL, 5, TwoTenants.SERVER6, 5, "x"));
    assertTrue(gateway.link("out0").take().isEmpty());
  }
}
