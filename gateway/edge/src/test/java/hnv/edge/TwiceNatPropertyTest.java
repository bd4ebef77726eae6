// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Encapsulation;
import hnv.edge.EdgeNetwork.GreConnection;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.Target;
import hnv.nat.TwiceNat;
import hnv.wire.RoutingDomainId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two tenants, and behind a VLAN and a tunnel of each a network, all six with the addresses
/// 10.1.0.0/16. Whatever any of them sends, whole or in pieces, right or forged, errors about
/// anything: what comes out bears on either side only what that side knows, is exactly the
/// translation of what went in, and is nobody else's. Each packet says inside whose it is and
/// between whom it was sent.
class TwiceNatPropertyTest {
  private static final int STEPS = 40_000;
  private static final String SAME = "10.1.";
  private static final String SEEN_LOCAL = "172.31.";
  private static final String SEEN_DC = "172.30.";
  private static final String SEEN_SITE = "172.29.";
  private static final Pattern ENDS = Pattern.compile("@([CF])\\[([0-9.]+)>([0-9.]+)\\]");
  private static final List<String> HOSTS = List.of("1.11", "1.12", "9.4", "1.77", "200.3");
  private static final List<String> PREFIXES = List.of(SAME, SEEN_LOCAL, SEEN_DC, SEEN_SITE);
  private static final List<String> OTHERS =
      List.of(TwoTenants.DATA_CENTRE, TwoTenants.SITE, TwoTenants.L3_OWN, "192.168.7.7");

  private final SplittableRandom random = new SplittableRandom(11);
  private final List<Packet> got = new ArrayList<>();
  private int toTenants;
  private int toLinks;
  private int toTunnels;
  private int errors;

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void eachSideHasOnlyWhatItKnows(Encapsulation encapsulation) {
    TwoTenants tenants = new TwoTenants(encapsulation);
    TwiceNat dc =
        TwiceNatLayerTest.nat("10.1.0.0/16", "172.31.0.0/16", "10.1.0.0/16", "172.30.0.0/16");
    TwiceNat site =
        TwiceNatLayerTest.nat("10.1.0.0/16", "172.31.0.0/16", "10.1.0.0/16", "172.29.0.0/16");
    for (var connections : List.of(tenants.contosoConnections, tenants.fabrikamConnections)) {
      L3Connection l3 = (L3Connection) connections.getFirst();
      GreConnection gre = (GreConnection) connections.get(1);
      connections.set(
          0, new L3Connection(l3.name(), l3.attachment(), l3.peers(), 0, 0, List.of(dc)));
      connections.set(
          1,
          new GreConnection(gre.name(), gre.outsideNetwork(), gre.tunnel(), 0, 0, List.of(site)));
    }
    for (var routes : List.of(tenants.contosoRoutes, tenants.fabrikamRoutes)) {
      routes.add(TwoTenants.route("172.30.0.0/16", by("dc")));
      routes.add(TwoTenants.route("172.29.0.0/16", by("site")));
      routes.add(TwoTenants.route("192.168.0.0/16", by("dc")));
    }
    TestGateway gateway = tenants.start();
    for (int step = 0; step < STEPS; step++) {
      step(gateway, tenants, random.nextBoolean());
      check(gateway);
      if (step % 997 == 0) {
        gateway.apply(tenants.overlay(), tenants.network());
      }
      if (step % 101 == 0) {
        gateway.pass(200_000_000L);
        check(gateway);
      }
    }
    assertTrue(toTenants > STEPS / 10, "to machines: " + toTenants);
    assertTrue(toLinks > STEPS / 50, "to VLANs: " + toLinks);
    assertTrue(toTunnels > STEPS / 50, "to tunnels: " + toTunnels);
    assertTrue(errors > STEPS / 200, "ICMP errors: " + errors);
  }

  private static Target by(String connection) {
    return new Target.ByConnection(connection, Optional.empty());
  }

  // ---- what goes in ----

  private void step(TestGateway gateway, TwoTenants tenants, boolean contoso) {
    RoutingDomainId tenant = contoso ? TwoTenants.CONTOSO : TwoTenants.FABRIKAM;
    int way = random.nextInt(3);
    String near = way == 0 ? SAME : SEEN_LOCAL;
    String far = way == 0 ? (random.nextBoolean() ? SEEN_DC : SEEN_SITE) : SAME;
    Packet packet =
        way == 0
            ? packet(contoso, address(near), address(far))
            : packet(contoso, address(far), address(near));
    for (Packet piece : pieces(packet)) {
      switch (way) {
        case 0 -> gateway.fromTenant(tenants, tenant, piece);
        case 1 -> gateway.fromLink(contoso ? "l3a" : "l3b", piece);
        default ->
            gateway.fromLink(
                "out0", Wire.gre(TwoTenants.PEER, TwoTenants.OWN, contoso ? 100 : 200, piece));
      }
    }
  }

  /// Mostly what belongs there.
  private String address(String prefix) {
    return switch (random.nextInt(10)) {
      case 0 -> OTHERS.get(random.nextInt(OTHERS.size()));
      case 1 -> PREFIXES.get(random.nextInt(PREFIXES.size())) + "1.11";
      case 2 -> prefix + HOSTS.get(random.nextInt(HOSTS.size()));
      default -> prefix + HOSTS.get(random.nextInt(2));
    };
  }

  private Packet packet(boolean contoso, String from, String to) {
    int sport = 1_000 + random.nextInt(4);
    int dport = 1_000 + random.nextInt(4);
    String mark = (contoso ? "@C" : "@F") + "[" + from + ">" + to + "]";
    String data = mark.repeat(random.nextInt(12) == 0 ? 30 : 1);
    Packet packet =
        switch (random.nextInt(7)) {
          case 0, 1 -> Packet.tcp(from, sport, to, dport, random.nextInt(32), data);
          case 2 -> Packet.ping(from, to, sport, data);
          case 3 -> Packet.pong(from, to, sport, data);
          case 4 -> error(from, to, data);
          default -> Packet.udp(from, sport, to, dport, data);
        };
    return random.nextInt(16) == 0 ? packet.withTtl(random.nextInt(3)) : packet;
  }

  /// An error about something that came out anywhere, or about what its receiver may have sent.
  private Packet error(String from, String to, String data) {
    Packet about =
        got.isEmpty() || random.nextBoolean()
            ? Packet.udp(to, 1_000, from, 1_000, data)
            : got.get(random.nextInt(got.size()));
    String receiver = random.nextInt(8) == 0 ? to : about.source().toString();
    return Packet.error(from, receiver, 3, 4, 1_300, about);
  }

  private List<Packet> pieces(Packet packet) {
    int length = packet.body().length;
    if (length < 64 || random.nextInt(6) != 0) {
      return List.of(packet);
    }
    Packet whole = packet.withId(random.nextInt(64));
    List<Packet> pieces = List.of(whole.fragment(0, 40), whole.fragment(40, length));
    return random.nextBoolean() ? pieces : pieces.reversed();
  }

  // ---- what comes out ----

  private void check(TestGateway gateway) {
    for (byte[] frame : gateway.underlay.take()) {
      toTenants++;
      Packet packet = Wire.packet(Wire.inner(frame));
      toTenant(packet, Wire.vsid(frame) < 6_000);
    }
    for (byte[] frame : gateway.link("l3a").take()) {
      toLinks++;
      toOtherSide(Wire.packet(frame), true, SEEN_DC);
    }
    for (byte[] frame : gateway.link("l3b").take()) {
      toLinks++;
      toOtherSide(Wire.packet(frame), false, SEEN_DC);
    }
    for (byte[] frame : gateway.link("out0").take()) {
      Packet outer = Wire.packet(frame);
      if (outer.protocol() == Packet.GRE) {
        toTunnels++;
        toOtherSide(Wire.inGre(outer), Wire.greKey(outer) == 100, SEEN_SITE);
      }
    }
  }

  private void toTenant(Packet packet, boolean contoso) {
    String source = packet.source().toString();
    boolean own = source.equals(TwoTenants.ADAPTER) || source.equals(TwoTenants.L3_OWN);
    assertTrue(own || !source.startsWith(SAME), packet::toString);
    assertFalse(source.startsWith(SEEN_LOCAL), packet::toString);
    String destination = packet.destination().toString();
    assertTrue(destination.startsWith(SAME), packet::toString);
    if (isError(packet) && !own) {
      errors++;
      Packet quoted = packet.quoted();
      assertEquals(destination, quoted.source().toString(), packet::toString);
      assertFalse(quoted.destination().toString().startsWith(SAME), packet::toString);
    } else if (!own) {
      String seen = source.startsWith(SEEN_DC) ? SEEN_DC : SEEN_SITE;
      exact(packet, contoso, SAME, seen, SEEN_LOCAL, SAME);
    }
    keep(packet);
  }

  private void toOtherSide(Packet packet, boolean contoso, String seenRemote) {
    String source = packet.source().toString();
    String destination = packet.destination().toString();
    assertFalse(source.startsWith(SAME), packet::toString);
    assertFalse(source.startsWith(seenRemote), packet::toString);
    boolean own = source.equals(TwoTenants.L3_OWN) || source.equals("172.31.9.4");
    if (!own) {
      assertFalse(destination.startsWith(seenRemote), packet::toString);
      assertFalse(destination.startsWith(SEEN_LOCAL), packet::toString);
      if (isError(packet)) {
        errors++;
        Packet quoted = packet.quoted();
        assertEquals(destination, quoted.source().toString(), packet::toString);
        assertFalse(quoted.source().toString().startsWith(seenRemote), packet::toString);
      } else {
        exact(packet, contoso, SAME, SEEN_LOCAL, seenRemote, SAME);
      }
    }
    keep(packet);
  }

  /// The ends are those that the packet was sent with, either translated as it must be, both or
  /// none; and it has the right owner, and the right checksum.
  private void exact(
      Packet packet, boolean contoso, String from, String toSource, String of, String toDest) {
    if (packet.fragmentOffset() > 0 || packet.hasMoreFragments()) {
      return;
    }
    Matcher ends = ENDS.matcher(new String(packet.body(), StandardCharsets.ISO_8859_1));
    assertTrue(ends.find(), packet::toString);
    assertEquals(contoso ? "C" : "F", ends.group(1), packet::toString);
    String source = ends.group(2);
    String destination = ends.group(3);
    boolean translated = source.startsWith(from) && destination.startsWith(of);
    if (translated) {
      source = toSource + source.substring(from.length());
      destination = toDest + destination.substring(of.length());
    }
    assertEquals(source + " > " + destination, packet.source() + " > " + packet.destination());
    assertTrue(packet.isChecksumRight(), packet::toString);
  }

  private static boolean isError(Packet packet) {
    return packet.protocol() == Packet.ICMP
        && packet.fragmentOffset() == 0
        && (packet.type() == 3 || packet.type() == 11);
  }

  private void keep(Packet packet) {
    if (packet.fragmentOffset() == 0 && !packet.hasMoreFragments() && !isError(packet)) {
      if (got.size() < 200) {
        got.add(packet);
      } else {
        got.set(random.nextInt(got.size()), packet);
      }
    }
  }
}
