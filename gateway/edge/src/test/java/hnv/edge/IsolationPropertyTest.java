// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import hnv.dataplane.Encapsulation;
import hnv.edge.EdgeNetwork.Target;
import hnv.nat.TenantNat.OneToOne;
import hnv.wire.Ipv4Address;
import hnv.wire.RoutingDomainId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The line that everything serves, for a gateway: two tenants with the same addresses, each with a
/// VLAN, a GRE tunnel between the same outer addresses and translation behind the same public
/// address; and with the same IPv6 prefix, known outside by another for each, and the same way to
/// IPv4. Whatever one sends (whole, in pieces, ICMP errors about anything, forged, malformed),
/// and whatever comes from its VLAN or its tunnel, never leaves by a way of the other's. Each
/// packet bears its owner's mark, in every piece of it and in quotations.
///
/// What the outside sends answers what went out before, marked as that: so a session of one tenant
/// never leads to the other.
class IsolationPropertyTest {
  private static final int STEPS = 60_000;
  private static final String CONTOSO_MARK = "@C@C@C@C";
  private static final String FABRIKAM_MARK = "@F@F@F@F";
  private static final List<String> ADDRESSES =
      List.of(
          TwoTenants.SQL,
          TwoTenants.WEB,
          TwoTenants.ADAPTER,
          TwoTenants.L3_OWN,
          TwoTenants.L3_ROUTER,
          TwoTenants.DATA_CENTRE,
          TwoTenants.SITE,
          TwoTenants.SERVER,
          TwoTenants.POOL,
          TwoTenants.OWN,
          TwoTenants.PEER,
          "198.51.100.20",
          "198.51.100.30",
          "10.99.0.1",
          "10.1.1.77");

  private static final String EXTERNAL_C = "2001:db8:c:";
  private static final String EXTERNAL_F = "2001:db8:f:f:";
  private static final List<String> ADDRESSES6 =
      List.of(
          TwoTenants.SQL6,
          TwoTenants.SQL6,
          "fd00:30::5",
          TwoTenants.SERVER6,
          TwoTenants.PREFIX64 + "808:808",
          TwoTenants.PREFIX64 + "808:808",
          // The addresses of the pool, of inbound rules, and one to one.
          TwoTenants.PREFIX64 + "c633:640a",
          TwoTenants.PREFIX64 + "c633:6414",
          TwoTenants.PREFIX64 + "c633:641e",
          // As both know it: a name for somewhere in each.
          PrefixTranslationTest.externalOf(TwoTenants.SQL6, EXTERNAL_C + ":"),
          PrefixTranslationTest.externalOf(TwoTenants.SQL6, EXTERNAL_F + ":"),
          "fd00:9::4",
          TwoTenants.OWN6,
          "fd00:1::77");

  private final SplittableRandom random = new SplittableRandom(7);
  private final List<Packet> seenC = new ArrayList<>();
  private final List<Packet> seenF = new ArrayList<>();
  private final List<Packet> leftC = new ArrayList<>();
  private final List<Packet> leftF = new ArrayList<>();
  private int toTenants;
  private int toLinks;
  private int toTunnels;
  private int translated;
  private int translated6;
  private int fromIpv4;
  private int errors;

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void nothingOfOneTenantEverReachesTheOther(Encapsulation encapsulation) {
    TwoTenants tenants = new TwoTenants(encapsulation);
    tenants.contosoNat =
        TwoTenants.nat(
            List.of(TwoTenants.inbound("198.51.100.20", Packet.TCP, 80, TwoTenants.WEB, 80)),
            List.of());
    tenants.fabrikamNat =
        TwoTenants.nat(
            List.of(TwoTenants.inbound("198.51.100.20", Packet.UDP, 80, TwoTenants.WEB, 80)),
            List.of(
                new OneToOne(
                    "web",
                    0,
                    Ipv4Address.parse("198.51.100.30"),
                    Ipv4Address.parse(TwoTenants.WEB))));
    TestGateway gateway = tenants.withIpv6().start();
    for (int step = 0; step < STEPS; step++) {
      boolean contoso = random.nextBoolean();
      boolean hairpin = step(gateway, tenants, contoso);
      check(gateway, contoso, hairpin);
      if (step % 997 == 0) {
        disturb(gateway, tenants);
      }
      if (step % 101 == 0) {
        gateway.pass(200_000_000L);
        drain(gateway);
      }
    }
    assertTrue(toTenants > STEPS / 50, "to machines: " + toTenants);
    assertTrue(toLinks > STEPS / 200, "to VLANs: " + toLinks);
    assertTrue(toTunnels > STEPS / 200, "to tunnels: " + toTunnels);
    assertTrue(translated > STEPS / 100, "translated: " + translated);
    assertTrue(translated6 > STEPS / 200, "with another prefix: " + translated6);
    assertTrue(fromIpv4 > STEPS / 200, "from IPv4 to IPv6 hosts: " + fromIpv4);
    assertTrue(errors > STEPS / 500, "ICMP errors: " + errors);
    gateway.pass(61_000_000_000L);
    gateway.passInSteps(20_000_000_000L);
    assertEquals(64, gateway.pool.available(), "no frame is lost");
  }

  /// Sends something of a tenant.
  ///
  /// @return whether it may come out at the other tenant's by a public address of that
  private boolean step(TestGateway gateway, TwoTenants tenants, boolean contoso) {
    RoutingDomainId tenant = contoso ? TwoTenants.CONTOSO : TwoTenants.FABRIKAM;
    Packet packet = packet(contoso);
    switch (random.nextInt(9)) {
      case 0, 1, 2, 3 -> {
        for (Packet piece : pieces(packet)) {
          gateway.fromTenant(tenants, tenant, piece);
        }
      }
      case 4 -> {
        for (Packet piece : pieces(packet)) {
          gateway.fromLink(contoso ? "l3a" : "l3b", piece);
        }
      }
      case 5 -> {
        for (Packet piece : pieces(packet)) {
          Packet outer = Wire.gre(TwoTenants.PEER, TwoTenants.OWN, contoso ? 100 : 200, piece);
          gateway.fromLink("out0", outer);
        }
      }
      case 6 -> {
        Packet answer = answerOf(contoso ? leftC : leftF, contoso);
        for (Packet piece : pieces(answer)) {
          gateway.fromLink("out0", piece);
        }
      }
      case 7 -> {
        // Nobody has to have been asked to speak to a prefix that is known outside.
        String to = (contoso ? EXTERNAL_C : EXTERNAL_F) + ":" + (random.nextInt(4) + 0x10);
        String mark = contoso ? CONTOSO_MARK : FABRIKAM_MARK;
        Packet stranger = Packet.udp(TwoTenants.SERVER6, 7, external(to), 8, mark.repeat(9));
        for (Packet piece : pieces(stranger)) {
          gateway.fromLink("out0", piece);
        }
      }
      default -> {
        byte[] frame = Wire.ethernet(1, 2, packet);
        for (int i = random.nextInt(3); i >= 0; i--) {
          frame[14 + random.nextInt(20)] = (byte) random.nextInt(256);
        }
        gateway.receive(
            TestGateway.UNDERLAY,
            Wire.overlay(
                tenants.encapsulation,
                TwoTenants.HOST_PA,
                TwoTenants.GATEWAY_PA,
                TwoTenants.vsid(tenant) + 8,
                addressed(frame)));
      }
    }
    return isPublic(packet.destination().toString());
  }

  private String external(String random) {
    return this.random.nextBoolean()
        ? PrefixTranslationTest.externalOf(
            TwoTenants.SQL6, random.startsWith(EXTERNAL_C) ? EXTERNAL_C + ":" : EXTERNAL_F + ":")
        : random;
  }

  private static boolean isPublic(String address) {
    return address.startsWith("198.51.100.")
        || address.startsWith(TwoTenants.PREFIX64 + "c633:64")
        || address.startsWith(EXTERNAL_C)
        || address.startsWith(EXTERNAL_F);
  }

  private static byte[] addressed(byte[] frame) {
    byte[] result = frame.clone();
    for (int i = 0; i < 6; i++) {
      result[i] = (byte) (TwoTenants.ADAPTER_MAC >>> (40 - 8 * i));
      result[6 + i] = (byte) (hnv.overlay.RouterMac.BITS >>> (40 - 8 * i));
    }
    return result;
  }

  private Packet packet(boolean contoso) {
    String mark = contoso ? CONTOSO_MARK : FABRIKAM_MARK;
    List<String> addresses = random.nextInt(3) == 0 ? ADDRESSES6 : ADDRESSES;
    String from = addresses.get(random.nextInt(random.nextInt(3) == 0 ? addresses.size() : 2));
    String to = addresses.get(random.nextInt(addresses.size()));
    int sport = 1_000 + random.nextInt(8);
    int dport = random.nextBoolean() ? 80 : 1_000 + random.nextInt(4);
    String data =
        mark.repeat(1 + random.nextInt(4)) + mark.repeat(random.nextInt(8) == 0 ? 200 : 0);
    Packet packet =
        switch (random.nextInt(8)) {
          case 0, 1 -> Packet.tcp(from, sport, to, dport, random.nextInt(32), data);
          case 2 -> Packet.ping(from, to, sport, data);
          case 3 -> Packet.pong(from, to, sport, data);
          case 4 -> error(contoso ? seenC : seenF, from, to, mark);
          default -> Packet.udp(from, sport, to, dport, data);
        };
    return random.nextInt(16) == 0 ? packet.withTtl(random.nextInt(3)) : packet;
  }

  /// An error about something that the tenant got, or about nothing.
  private Packet error(List<Packet> got, String from, String to, String mark) {
    Packet about =
        got.isEmpty() || random.nextInt(4) == 0
            ? Packet.udp(to, 1_000 + random.nextInt(8), from, 80, mark)
            : got.get(random.nextInt(got.size()));
    if (from.contains(":") != about.isIpv6()) {
      return Packet.udp(from, 1_000, to, 80, mark);
    }
    if (about.isIpv6()) {
      int type = 1 + random.nextInt(3);
      return Packet.error(from, about.source().toString(), type, 0, type == 2 ? 1_300 : 0, about);
    }
    int type = random.nextBoolean() ? 3 : 11;
    return Packet.error(from, about.source().toString(), type, type == 3 ? 4 : 0, 1_300, about);
  }

  /// What the outside says to something that left, or an error about it; marked as whose it was.
  private Packet answerOf(List<Packet> left, boolean contoso) {
    String mark = contoso ? CONTOSO_MARK : FABRIKAM_MARK;
    if (left.isEmpty()) {
      return Packet.udp(TwoTenants.SERVER, 1, "203.0.113.77", 1, mark);
    }
    Packet of = left.get(random.nextInt(left.size()));
    String from = of.destination().toString();
    String to = of.source().toString();
    if (random.nextInt(4) == 0) {
      return of.isIpv6()
          ? Packet.error("2001:db8:77::7", to, 2, 0, 1_280, of)
          : Packet.error("7.7.7.7", to, 3, 4, 1_280, of);
    }
    return switch (of.protocol()) {
      case Packet.UDP ->
          Packet.udp(from, of.destinationPort(), to, of.sourcePort(), mark.repeat(2));
      case Packet.TCP ->
          Packet.tcp(from, of.destinationPort(), to, of.sourcePort(), Packet.ACK, mark.repeat(2));
      default -> Packet.pong(from, to, of.queryId(), mark.repeat(2));
    };
  }

  /// Whole, or in pieces in any order, or not all of them.
  private List<Packet> pieces(Packet packet) {
    int length = packet.body().length;
    if (length < 48 || random.nextInt(6) != 0) {
      return List.of(random.nextInt(4) == 0 ? packet.withoutDf() : packet);
    }
    Packet whole = packet.withId(random.nextInt(16));
    int cut = 16 + 8 * random.nextInt((length - 24) / 8);
    List<Packet> pieces =
        new ArrayList<>(List.of(whole.fragment(0, cut), whole.fragment(cut, length)));
    if (random.nextInt(3) == 0) {
      pieces = new ArrayList<>(pieces.reversed());
    }
    if (random.nextInt(8) == 0) {
      pieces.remove(random.nextInt(2));
    }
    return pieces;
  }

  /// A policy that changes nothing, or a route of one tenant; a tunnel that goes and comes.
  private void disturb(TestGateway gateway, TwoTenants tenants) {
    if (random.nextBoolean()) {
      tenants.contosoRoutes.removeIf(route -> route.metric() == 30);
      if (random.nextBoolean()) {
        tenants.contosoRoutes.add(
            new EdgeNetwork.Route(
                hnv.wire.Cidr.parse("10.30.0.0/16"),
                new Target.ByConnection("dc", Optional.empty()),
                30));
      }
      gateway.apply(tenants.overlay(), tenants.network());
    } else {
      int port = gateway.portOf(TwoTenants.CONTOSO, "site");
      gateway.edge.tell(new EdgeNews.TunnelNews(port, random.nextBoolean()));
      gateway.settle();
    }
    drain(gateway);
  }

  /// What came out late, having waited: judged by its marks alone.
  private void drain(TestGateway gateway) {
    check(gateway, true, true);
  }

  // ---- what came out ----

  private void check(TestGateway gateway, boolean contoso, boolean hairpin) {
    for (byte[] frame : gateway.underlay.take()) {
      int vsid = Wire.vsid(frame);
      boolean toContoso = vsid == 5001 || vsid == 5009;
      assertTrue(toContoso || vsid == 6001 || vsid == 6009, "VSID " + vsid);
      Packet inner = Wire.packet(Wire.inner(frame));
      toTenants++;
      // By a public address of his a tenant hears the other, as he hears anybody.
      boolean byPublic = isPublic(inner.source().toString());
      boolean ofIpv4 = inner.source().toString().startsWith(TwoTenants.PREFIX64);
      fromIpv4 += ofIpv4 && !isError(inner) ? 1 : 0;
      if (!byPublic) {
        owned(inner, toContoso, "VSID " + vsid);
      }
      assertTrue(hairpin || !byPublic || toContoso == contoso || isError(inner), inner::toString);
      remember(toContoso ? seenC : seenF, inner);
    }
    for (byte[] frame : gateway.link("l3a").take()) {
      toLinks++;
      owned(Wire.packet(frame), true, "l3a");
    }
    for (byte[] frame : gateway.link("l3b").take()) {
      toLinks++;
      owned(Wire.packet(frame), false, "l3b");
    }
    for (byte[] frame : gateway.link("out0").take()) {
      Packet packet = Wire.packet(frame);
      if (packet.protocol() == Packet.GRE
          && packet.destination().toString().equals(TwoTenants.PEER)) {
        toTunnels++;
        int key = Wire.greKey(packet);
        assertTrue(key == 100 || key == 200, "key " + key);
        owned(Wire.inGre(packet), key == 100, "tunnel " + key);
      } else {
        outside(packet);
      }
    }
  }

  /// Nothing of the inside is on the outside but behind public addresses.
  private void outside(Packet packet) {
    String source = packet.source().toString();
    boolean own = source.equals(TwoTenants.OWN) || source.equals(TwoTenants.OWN6);
    assertTrue(own || isPublic(source), packet::toString);
    if (!isError(packet) && packet.fragmentOffset() == 0 && !own) {
      translated++;
      translated6 += packet.isIpv6() ? 1 : 0;
      Boolean of = mark(packet);
      assertTrue(
          of == null || !packet.isIpv6() || source.startsWith(of ? EXTERNAL_C : EXTERNAL_F),
          () -> "not by its own prefix: " + packet);
      if (of != null) {
        remember(of ? leftC : leftF, packet);
      }
    }
  }

  private static boolean isError(Packet packet) {
    if (packet.protocol() == Packet.ICMPV6) {
      return packet.fragmentOffset() == 0 && packet.type() < 128;
    }
    return packet.protocol() == Packet.ICMP
        && packet.fragmentOffset() == 0
        && (packet.type() == 3 || packet.type() == 11);
  }

  private void owned(Packet packet, boolean contoso, String where) {
    if (isError(packet)) {
      errors++;
    }
    Boolean of = mark(packet);
    if (of != null && of != contoso) {
      fail(where + " got what is the other tenant's: " + packet);
    }
  }

  /// Whose mark the packet bears, true for Contoso; null where it has none, as a short error.
  private static Boolean mark(Packet packet) {
    String text = new String(packet.body(), StandardCharsets.ISO_8859_1);
    boolean c = text.contains("@C");
    boolean f = text.contains("@F");
    if (c && f) {
      return fail("of both: " + packet);
    }
    return c ? Boolean.TRUE : f ? Boolean.FALSE : null;
  }

  private void remember(List<Packet> list, Packet packet) {
    if (packet.fragmentOffset() > 0 || packet.hasMoreFragments() || packet.body().length < 16) {
      return;
    }
    if (list.size() < 200) {
      list.add(packet);
    } else {
      list.set(random.nextInt(list.size()), packet);
    }
  }

  /// So that a failing run says what it was about.
  @Override
  public String toString() {
    return Arrays.toString(
        new int[] {toTenants, toLinks, toTunnels, translated, errors, seenC.size()});
  }
}
