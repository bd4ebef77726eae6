// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.CraftedFrame;
import hnv.lab.netns.Injector;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Patience;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.Topology;
import hnv.lab.topology.VirtualMachine;
import hnv.lab.traffic.Ping;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Lies are stopped where they are told. Each check sends forged frames and, by the same means, the
/// same frame unforged: that one must arrive, each time it is sent, or the silence of the others
/// would prove nothing.
final class ForgeryChecks {
  private static final int TIMES = 5;
  private static final Duration NO_REPLY = Duration.ofMillis(200);
  private static final String HONEST = "hnv lab: honest";
  private static final String FORGED = "hnv lab: forged ";

  private static final MacAddress NOBODY_MAC = MacAddress.parse("02:00:00:00:66:66");
  private static final Ipv4Address NOBODY = Ipv4Address.parse("10.1.1.99");
  private static final Ipv6Address NOBODY_IPV6 = Ipv6Address.parse("fd00:5001::99");
  private static final Ipv4Address FOREIGN_PA = Ipv4Address.parse("192.168.3.66");

  /// A tag with VLAN id 0 has a priority only; policy does not know any of the two.
  private static final int VLAN_ID = 100;

  private static final int PRIORITY_TAG = 0xA000;

  /// Ids that are in use nowhere, in another tenant and in another subnet of the same tenant.
  private static final int UNUSED_VSID = 4096;

  private ForgeryChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "forged-address",
            "a frame with a customer address that is not the VM's goes nowhere",
            ForgeryChecks::forgedAddress),
        new Check(
            "forged-ipv6",
            "an IPv6 packet with a customer address that is not the VM's goes nowhere",
            ForgeryChecks::forgedIpv6),
        new Check(
            "forged-mac",
            "a frame with a source MAC that is not the VM's goes nowhere",
            ForgeryChecks::forgedMac),
        new Check(
            "forged-vlan",
            "a frame with an inner VLAN tag goes nowhere",
            ForgeryChecks::forgedVlan),
        new Check(
            "forged-provider",
            "a tunnel packet from a PA that policy does not give that VM is dropped",
            ForgeryChecks::forgedProvider),
        new Check(
            "forged-vni",
            "a tunnel packet in another tenant's or subnet's number is dropped",
            ForgeryChecks::forgedNumber),
        new Check(
            "forged-inner",
            "a tunnel packet whose inner address, MAC or tag contradicts policy is dropped",
            ForgeryChecks::forgedInner));
  }

  private static void forgedAddress(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine web = lab.machine("contoso-web");
    VirtualMachine app = lab.machine("contoso-app1");
    CraftedFrame honest = honest(sql, web);
    Map<String, CraftedFrame> forged = new LinkedHashMap<>();
    forged.put("nobody's address", honest.withFrom(NOBODY));
    forged.put("a VM of another subnet", honest.withFrom(app.ipv4()));
    forged.put("the receiver's own address", honest.withFrom(web.ipv4()));
    forged.put("a provider address", honest.withFrom(lab.scenario().host(sql.host()).address()));
    forged.put("the unspecified address", honest.withFrom(new Ipv4Address(0)));
    fromMachine(lab, evidence, "forged-address", sql, web, honest, forged);
  }

  /// The machine gives itself an address more, as its administrator could.
  private static void forgedIpv6(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine web = lab.machine("contoso-web");
    Namespace from = lab.namespace(sql);
    List<VirtualMachine> others = lab.othersThan(sql);
    List<Point> points = new ArrayList<>(lab.passing(others));
    points.add(lab.underlay(sql.host()));
    List<Point> all = new ArrayList<>(points);
    all.add(lab.passing(sql));
    try (Wire wire = Wire.capture(evidence, "forged-ipv6", all)) {
      from.ip("address add %s/64 dev %s nodad".formatted(NOBODY_IPV6, Topology.DEVICE));
      from.run(
          words(
              "ping -n -q -l %d -W %s -c %d -I %s %s"
                  .formatted(TIMES, Patience.seconds(NO_REPLY), TIMES, NOBODY_IPV6, web.ipv6())));
      from.ip("address del %s/64 dev %s".formatted(NOBODY_IPV6, Topology.DEVICE));
      evidence.equal("honest replies", TIMES, Ping.echo(from, web.ipv6(), TIMES));
      for (Point point : points) {
        wire.none(point, "forged packets at " + point.name(), "ipv6.addr == " + NOBODY_IPV6);
      }
      wire.exactly(
          TIMES,
          lab.passing(sql),
          "forged requests that contoso-sql sent",
          "icmpv6.type == 128 && ipv6.src == " + NOBODY_IPV6);
      wire.exactly(
          TIMES,
          lab.passing(web),
          "honest requests at contoso-web",
          "icmpv6.type == 128 && ipv6.src == " + sql.ipv6());
      wire.judge();
    }
    figure(evidence, 1, others.size());
  }

  private static void forgedMac(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine web = lab.machine("contoso-web");
    CraftedFrame honest = honest(sql, web);
    Map<String, CraftedFrame> forged = new LinkedHashMap<>();
    forged.put("nobody's MAC", honest.withSource(NOBODY_MAC));
    forged.put("the receiver's own MAC", honest.withSource(web.mac()));
    forged.put("another VM's MAC", honest.withSource(lab.machine("contoso-app1").mac()));
    forged.put("a broadcast MAC", honest.withSource(MacAddress.BROADCAST));
    fromMachine(lab, evidence, "forged-mac", sql, web, honest, forged);
  }

  private static void forgedVlan(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine web = lab.machine("contoso-web");
    CraftedFrame honest = honest(sql, web);
    Map<String, CraftedFrame> forged = new LinkedHashMap<>();
    forged.put("VLAN 100", honest.withVlan(VLAN_ID));
    forged.put("a priority tag", honest.withVlan(PRIORITY_TAG));
    forged.put(
        "a tagged broadcast", honest.withVlan(VLAN_ID).withDestination(MacAddress.BROADCAST));
    fromMachine(lab, evidence, "forged-vlan", sql, web, honest, forged);
  }

  private static void forgedProvider(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine web = lab.machine("contoso-web");
    Scenario.Host here = lab.scenario().host(web.host());
    CraftedFrame honest = honest(sql, web);
    CraftedFrame.Tunnel tunnel = tunnel(lab, sql, web);
    Map<String, byte[]> forged = new LinkedHashMap<>();
    forged.put(
        "a PA that policy does not know",
        tunnel.withFrom(FOREIGN_PA).carry(named(honest, "a PA that policy does not know")));
    forged.put(
        "the receiving host's own PA",
        tunnel.withFrom(here.address()).carry(named(honest, "the receiving host's own PA")));
    if (here.router() instanceof Ipv4Address router) {
      forged.put("the router", tunnel.withFrom(router).carry(named(honest, "the router")));
    }
    fromUnderlay(lab, evidence, "forged-provider", web, tunnel.carry(honest), forged);
  }

  private static void forgedNumber(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine web = lab.machine("contoso-web");
    VirtualMachine app = lab.machine("contoso-app2");
    CraftedFrame honest = honest(sql, web);
    CraftedFrame.Tunnel tunnel = tunnel(lab, sql, web);
    Map<String, byte[]> forged = new LinkedHashMap<>();
    for (int vsid :
        new int[] {UNUSED_VSID, app.vsid(), lab.machine("contoso-dev1").vsid(), 0, 0xFFFFFF}) {
      String name = "number " + vsid;
      forged.put(name, tunnel.withVsid(vsid).carry(named(honest, name)));
    }
    // The same frame in Fabrikam's number is an honest one there: the two tenants have the same
    // addresses and MACs. So the lie is one that only Contoso's machines could tell.
    String name = "Contoso's app in Fabrikam's number";
    int fabrikam = lab.machine("fabrikam-web").vsid();
    forged.put(
        name,
        tunnel
            .withVsid(fabrikam)
            .carry(
                named(honest, name)
                    .withSource(lab.machine("contoso-app1").mac())
                    .withFrom(lab.machine("contoso-app1").ipv4())));
    fromUnderlay(lab, evidence, "forged-vni", web, tunnel.carry(honest), forged);
  }

  private static void forgedInner(Lab lab, Evidence evidence) {
    VirtualMachine sql = lab.machine("contoso-sql");
    VirtualMachine web = lab.machine("contoso-web");
    CraftedFrame honest = honest(sql, web);
    CraftedFrame.Tunnel tunnel = tunnel(lab, sql, web);
    Map<String, byte[]> forged = new LinkedHashMap<>();
    forged.put(
        "nobody's address", tunnel.carry(named(honest, "nobody's address").withFrom(NOBODY)));
    forged.put(
        "the receiver's address",
        tunnel.carry(named(honest, "the receiver's address").withFrom(web.ipv4())));
    forged.put("nobody's MAC", tunnel.carry(named(honest, "nobody's MAC").withSource(NOBODY_MAC)));
    forged.put("a VLAN tag", tunnel.carry(named(honest, "a VLAN tag").withVlan(VLAN_ID)));
    fromUnderlay(lab, evidence, "forged-inner", web, tunnel.carry(honest), forged);
  }

  /// What `from` may send to `to`.
  static CraftedFrame honest(VirtualMachine from, VirtualMachine to) {
    return new CraftedFrame(from.mac(), to.mac(), from.ipv4(), to.ipv4(), HONEST);
  }

  private static CraftedFrame named(CraftedFrame frame, String lie) {
    return frame.withText(FORGED + lie);
  }

  /// As `from`'s host would send to `to`'s, seen on the last link.
  static CraftedFrame.Tunnel tunnel(Lab lab, VirtualMachine from, VirtualMachine to) {
    Namespace router = lab.topology().router();
    Namespace host = lab.topology().host(to.host());
    return lab.tunnels()
        .craft(
            mac(router, Topology.leg(to.host())),
            mac(host, Topology.DEVICE),
            lab.scenario().host(from.host()).address(),
            lab.scenario().host(to.host()).address(),
            from.vsid());
  }

  /// The MAC of a device.
  static MacAddress mac(Namespace namespace, String device) {
    return MacAddress.parse(
        namespace.run("cat", "/sys/class/net/" + device + "/address").require().strip());
  }

  private static void fromMachine(
      Lab lab,
      Evidence evidence,
      String label,
      VirtualMachine sender,
      VirtualMachine receiver,
      CraftedFrame honest,
      Map<String, CraftedFrame> forged) {
    List<byte[]> frames = new ArrayList<>();
    forged.forEach(
        (lie, frame) -> frames.addAll(Collections.nCopies(TIMES, named(frame, lie).octets())));
    // The honest frames go last: when they are there, all that was to come has come.
    frames.addAll(Collections.nCopies(TIMES, honest.octets()));
    Point underlay = lab.underlay(sender.host());
    List<VirtualMachine> others = lab.othersThan(sender);
    List<Point> points = new ArrayList<>(lab.passing(others));
    points.add(underlay);
    try (Wire wire = Wire.capture(evidence, label, points)) {
      Injector.send(lab.namespace(sender), Topology.DEVICE, label, frames);
      wire.await(lab.passing(receiver), HONEST, TIMES);
      wire.exactly(
          TIMES,
          underlay,
          "honest frames in the tunnel",
          CraftedFrame.withText(lab.tunnels().of(sender.vsid()), HONEST));
      wire.none(underlay, "forged frames on the underlay", CraftedFrame.withText("", FORGED));
      nowhere(lab, wire, others, receiver);
      wire.judge();
    }
    figure(evidence, forged.size(), others.size());
  }

  private static void fromUnderlay(
      Lab lab,
      Evidence evidence,
      String label,
      VirtualMachine receiver,
      byte[] honest,
      Map<String, byte[]> forged) {
    List<byte[]> frames = new ArrayList<>();
    forged.values().forEach(frame -> frames.addAll(Collections.nCopies(TIMES, frame)));
    frames.addAll(Collections.nCopies(TIMES, honest));
    List<VirtualMachine> all = lab.scenario().machines();
    try (Wire wire = Wire.capture(evidence, label, lab.passing(all))) {
      Injector.send(lab.topology().router(), Topology.leg(receiver.host()), label, frames);
      wire.await(lab.passing(receiver), HONEST, TIMES);
      nowhere(lab, wire, all, receiver);
      wire.judge();
    }
    figure(evidence, forged.size(), all.size());
  }

  /// Honest frames reach the receiver and nobody else, forged ones nobody.
  private static void nowhere(
      Lab lab, Wire wire, List<VirtualMachine> machines, VirtualMachine receiver) {
    for (VirtualMachine machine : machines) {
      wire.exactly(
          machine.equals(receiver) ? TIMES : 0,
          lab.passing(machine),
          "honest frames at " + machine.name(),
          CraftedFrame.withText("", HONEST));
      wire.none(
          lab.passing(machine),
          "forged frames at " + machine.name(),
          CraftedFrame.withText("", FORGED));
    }
  }

  private static void figure(Evidence evidence, int lies, int machines) {
    if (evidence.holds()) {
      evidence.figure(
          "%d lies x %d: 0 at %d machines; honest %d of %d"
              .formatted(lies, TIMES, machines, TIMES, TIMES));
    }
  }
}
