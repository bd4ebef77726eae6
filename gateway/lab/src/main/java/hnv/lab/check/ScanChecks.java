// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.dataplane.DropReason;
import hnv.lab.netns.CraftedFrame;
import hnv.lab.netns.Injector;
import hnv.lab.netns.Onion;
import hnv.lab.topology.Topology;
import hnv.lab.topology.World;
import hnv.lab.traffic.Ping;
import hnv.model.GatewayPlacement;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The scans by which hosts that open anybody's tunnels are found (Vanhoef et al., "Haunted by
/// Legacy", 2025; CERT VU#199397), recursion, and packets of a tenant in another's tunnel.
final class ScanChecks {
  private static final String TEXT = "hnv lab: scan";
  private static final int IPIP = 4;
  private static final int VXLAN = 4_789;
  private static final int GUE = 6_080;
  private static final int MOST_LEVELS = 12;

  private static final Ipv4Address STRANGER = Ipv4Address.parse("198.18.0.66");
  private static final Ipv4Address NEAR_GATEWAY = Ipv4Address.parse("203.0.113.66");
  private static final Ipv4Address ELSEWHERE = Ipv4Address.parse("192.0.2.1");
  private static final Ipv4Address GATEWAY = Ipv4Address.parse("203.0.113.2");
  private static final Ipv4Address CONTOSO_PEER = Ipv4Address.parse("198.51.100.21");
  private static final Ipv4Address FABRIKAM_PEER = Ipv4Address.parse("198.51.100.22");
  private static final Ipv4Address MACHINE = Ipv4Address.parse("10.1.1.12");
  private static final int CONTOSO_KEY = 5_001;
  private static final int FABRIKAM_KEY = 6_001;

  private final List<byte[]> packets = new ArrayList<>();
  private final Map<DropReason, Long> expected = new EnumMap<>(DropReason.class);

  private ScanChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "gateway-scan",
            "tunnels of strangers, in one another, or in a wrong one: none opened, each counted",
            ScanChecks::scan));
  }

  private static void scan(Lab lab, Evidence evidence) {
    Ipv4Address pool = lab.scenario().publicAddress("contoso");
    ScanChecks outside = new ScanChecks();
    for (Ipv4Address target : List.of(World.GRE_VIP, GATEWAY, pool)) {
      outside.ofStrangers(target);
    }
    outside.ofPeers(pool);
    outside.recursive();
    ScanChecks vlan = new ScanChecks();
    vlan.inTheVlan();
    ScanChecks underlay = new ScanChecks();
    Map<DropReason, Long> all = new EnumMap<>(DropReason.class);
    List<byte[]> hosts = underlay.ofHosts(lab);
    for (ScanChecks each : List.of(outside, vlan, underlay)) {
      each.expected.forEach((reason, count) -> all.merge(reason, count, Long::sum));
    }
    Admin gateway = Admin.of(lab.node("gw1"));
    Map<DropReason, Long> before = gateway.drops();
    Point internet = lab.internet();
    Point trunk = lab.trunk();
    List<Point> points = new ArrayList<>(lab.arriving(lab.scenario().machines()));
    points.add(internet);
    points.add(trunk);
    MacAddress own = lab.macOf(lab.topology().host("gw1"), World.DEVICE);
    try (Wire wire = Wire.capture(evidence, "gateway-scan", points)) {
      Injector.send(
          lab.world().internet(), internet.device(), "gateway-scan", outside.frames(lab, internet));
      Point corporate = new Point("corp", lab.world().corporate(), Topology.DEVICE, "");
      Injector.send(
          corporate.namespace(), corporate.device(), "vlan-scan", vlan.frames(lab, corporate));
      Point router = lab.underlay("gw1");
      Injector.send(router.namespace(), router.device(), "host-scan", hosts);
      evidence.equal(
          "honest replies",
          2,
          Ping.echo(lab.namespace(lab.machine("fabrikam-web")), World.BRANCH_LAN, 2));
      String marked = CraftedFrame.withText("", TEXT);
      for (Point machine : lab.arriving(lab.scenario().machines())) {
        wire.none(machine, "packets of the scans at " + machine.name(), marked);
      }
      wire.exactly(
          outside.packets.size(),
          internet,
          "packets that the scans sent",
          "eth.dst == %s && frame contains \"%s\"".formatted(own, TEXT));
      wire.none(
          trunk,
          "packets of the scans that the gateway sent on",
          "eth.src == " + own + " && " + marked);
      wire.none(
          trunk,
          "answers to strangers",
          "eth.src == %s && (ip.dst#1 == %s || ip.dst#1 == %s)"
              .formatted(own, STRANGER, NEAR_GATEWAY));
      wire.judge();
    }
    Map<DropReason, Long> after = gateway.drops();
    after.forEach(
        (reason, count) ->
            evidence.equal(
                "drops for " + reason,
                all.getOrDefault(reason, 0L),
                count - before.getOrDefault(reason, 0L)));
    long sent = all.values().stream().mapToLong(Long::longValue).sum();
    evidence.figure("%d packets, %d reasons".formatted(sent, all.size()));
  }

  private static MacAddress gatewayMac(Lab lab) {
    return lab.scenario().policy().gatewayResources().gateways().stream()
        .filter(gateway -> gateway.server().resourceId().toString().equals("gw1"))
        .map(GatewayPlacement::mac)
        .findFirst()
        .orElseThrow();
  }

  private void expect(DropReason reason, byte[] packet) {
    packets.add(packet);
    expected.merge(reason, 1L, Long::sum);
  }

  private List<byte[]> frames(Lab lab, Point from) {
    MacAddress own = lab.macOf(lab.topology().host("gw1"), World.DEVICE);
    MacAddress sender = lab.macOf(from.namespace(), from.device());
    return packets.stream()
        .map(packet -> Onion.ethernet(own, sender, EthernetHeader.IPV4, packet))
        .toList();
  }

  private static byte[] request(Ipv4Address from, Ipv4Address to, int ttl) {
    return Onion.ipv4(from, to, IpProtocol.ICMP, ttl, Onion.echo(TEXT));
  }

  /// Each way to say it, in each tunnel that somebody may open.
  private void ofStrangers(Ipv4Address target) {
    List<byte[]> ways =
        List.of(
            request(STRANGER, MACHINE, 64), // "standard": whoever is inside answers
            request(NEAR_GATEWAY, MACHINE, 64), // "subnet spoof"
            request(ELSEWHERE, STRANGER, 64), // "spoof": sent on in another's name
            request(STRANGER, GATEWAY, 64), // "ping": the gateway itself answers
            request(STRANGER, MACHINE, 1)); // "TTL": the router says that it is used up
    boolean isEnd = target.equals(World.GRE_VIP);
    DropReason other =
        target.equals(GATEWAY) ? DropReason.ROUTER_NOT_ADDRESSED : DropReason.NAT_NO_MAPPING;
    DropReason gre = isEnd ? DropReason.GRE_PEER_UNKNOWN : other;
    MacAddress mac = new MacAddress(0x0247_0000_0001L);
    for (byte[] way : ways) {
      byte[] frame = Onion.ethernet(mac, mac, EthernetHeader.IPV4, way);
      expect(other, Onion.ipv4(STRANGER, target, IPIP, 64, way));
      expect(gre, strange(target, Onion.gre(EthernetHeader.IPV4, way)));
      expect(gre, strange(target, Onion.gre(CONTOSO_KEY, EthernetHeader.IPV4, way)));
      expect(gre, strange(target, Onion.gre(5_001 << 8, EthernetHeader.TEB, frame)));
      expect(
          other,
          Onion.ipv4(
              STRANGER, target, IpProtocol.UDP, 64, Onion.udp(VXLAN, Onion.vxlan(5_001, frame))));
      expect(other, Onion.ipv4(STRANGER, target, IpProtocol.UDP, 64, Onion.udp(GUE, way)));
    }
  }

  private static byte[] strange(Ipv4Address target, byte[] gre) {
    return Onion.ipv4(STRANGER, target, IpProtocol.GRE, 64, gre);
  }

  /// Who writes a peer's address as his own: what the key, and the routes behind the tunnel,
  /// refuse.
  private void ofPeers(Ipv4Address pool) {
    byte[] honest = request(World.BRANCH_LAN, MACHINE, 64);
    expect(DropReason.GRE_PEER_UNKNOWN, contoso(Onion.gre(EthernetHeader.IPV4, honest)));
    expect(
        DropReason.GRE_PEER_UNKNOWN, contoso(Onion.gre(FABRIKAM_KEY, EthernetHeader.IPV4, honest)));
    expect(DropReason.GRE_PEER_UNKNOWN, contoso(Onion.gre(1, EthernetHeader.IPV4, honest)));
    for (Ipv4Address from : List.of(MACHINE, pool, GATEWAY, ELSEWHERE, FABRIKAM_PEER)) {
      expect(
          DropReason.CONNECTION_SOURCE_SPOOFED,
          contoso(Onion.gre(CONTOSO_KEY, EthernetHeader.IPV4, request(from, MACHINE, 64))));
    }
    MacAddress mac = new MacAddress(0x0247_0000_0001L);
    expect(
        DropReason.GRE_PROTOCOL_UNSUPPORTED,
        contoso(
            Onion.gre(
                CONTOSO_KEY,
                EthernetHeader.TEB,
                Onion.ethernet(mac, mac, EthernetHeader.IPV4, honest))));
    // A keepalive that is to be sent back to somebody else.
    expect(
        DropReason.CONNECTION_SOURCE_SPOOFED,
        contoso(
            Onion.gre(
                CONTOSO_KEY,
                EthernetHeader.IPV4,
                Onion.ipv4(
                    World.GRE_VIP,
                    STRANGER,
                    IpProtocol.GRE,
                    64,
                    Onion.gre(CONTOSO_KEY, 0, TEXT.getBytes(StandardCharsets.US_ASCII))))));
  }

  private static byte[] contoso(byte[] gre) {
    return Onion.ipv4(CONTOSO_PEER, World.GRE_VIP, IpProtocol.GRE, 64, gre);
  }

  /// One level is opened where it is a peer's; what is inside is a packet like any other.
  private void recursive() {
    byte[] honest = request(World.BRANCH_LAN, MACHINE, 64);
    for (int levels = 1; levels <= MOST_LEVELS; levels++) {
      // In a tunnel of a stranger nothing is opened, however much there is.
      expect(
          DropReason.GRE_PEER_UNKNOWN,
          strange(
              World.GRE_VIP,
              Onion.gre(
                  CONTOSO_KEY,
                  EthernetHeader.IPV4,
                  Onion.nested(levels, CONTOSO_PEER, World.GRE_VIP, CONTOSO_KEY, honest))));
      // In a peer's: as if from a peer of another tenant, and as if from the branch itself.
      expect(
          DropReason.CONNECTION_SOURCE_SPOOFED,
          contoso(
              Onion.gre(
                  CONTOSO_KEY,
                  EthernetHeader.IPV4,
                  Onion.nested(levels, FABRIKAM_PEER, World.GRE_VIP, FABRIKAM_KEY, honest))));
      expect(
          DropReason.ROUTER_NOT_ADDRESSED,
          contoso(
              Onion.gre(
                  CONTOSO_KEY,
                  EthernetHeader.IPV4,
                  Onion.nested(levels, World.BRANCH_LAN, World.GRE_VIP, FABRIKAM_KEY, honest))));
    }
  }

  /// A tenant's VLAN cannot speak for the peer of a tunnel, its own or another's.
  private void inTheVlan() {
    byte[] honest = request(World.BRANCH_LAN, MACHINE, 64);
    expect(
        DropReason.GRE_PEER_UNKNOWN, contoso(Onion.gre(CONTOSO_KEY, EthernetHeader.IPV4, honest)));
    expect(
        DropReason.GRE_PEER_UNKNOWN,
        Onion.ipv4(
            FABRIKAM_PEER,
            World.GRE_VIP,
            IpProtocol.GRE,
            64,
            Onion.gre(FABRIKAM_KEY, EthernetHeader.IPV4, honest)));
  }

  /// Whoever is on the provider's network: wrong numbers of the right host, right numbers of a
  /// wrong one.
  private List<byte[]> ofHosts(Lab lab) {
    Point router = lab.underlay("gw1");
    MacAddress from = lab.macOf(router.namespace(), router.device());
    MacAddress to = lab.macOf(lab.topology().host("gw1"), Topology.DEVICE);
    Ipv4Address gateway = lab.scenario().host("gw1").address();
    Ipv4Address host1 = lab.scenario().host("host1").address();
    Ipv4Address host2 = lab.scenario().host("host2").address();
    CraftedFrame inner =
        new CraftedFrame(
            lab.machine("contoso-web").mac(), gatewayMac(lab), MACHINE, ELSEWHERE, TEXT);
    CraftedFrame.Tunnel honest = Tunnels.VXLAN.craft(from, to, host2, gateway, 5_255);
    List<byte[]> frames = new ArrayList<>();
    frames.add(honest.withFrom(Ipv4Address.parse("192.168.1.99")).carry(inner));
    expected.merge(DropReason.SOURCE_PA_MISMATCH, 1L, Long::sum);
    frames.add(honest.withFrom(host1).carry(inner));
    expected.merge(DropReason.SOURCE_PA_MISMATCH, 1L, Long::sum);
    frames.add(honest.withVsid(9_999).carry(inner));
    expected.merge(DropReason.UNKNOWN_VSID, 1L, Long::sum);
    // Woodgrove is on NVGRE, and Contoso on VXLAN.
    frames.add(honest.withVsid(7_255).carry(inner));
    expected.merge(DropReason.ENCAPSULATION_MISMATCH, 1L, Long::sum);
    frames.add(Tunnels.NVGRE.craft(from, to, host2, gateway, 5_255).carry(inner));
    expected.merge(DropReason.ENCAPSULATION_MISMATCH, 1L, Long::sum);
    frames.add(honest.carry(inner.withSource(new MacAddress(0x0015_5D00_0099L))));
    expected.merge(DropReason.SOURCE_MAC_MISMATCH, 1L, Long::sum);
    return frames;
  }
}
