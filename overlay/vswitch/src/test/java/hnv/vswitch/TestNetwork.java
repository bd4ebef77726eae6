// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.dataplane.MeterTable;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.OuterHeader;
import hnv.dataplane.PeerTable;
import hnv.dataplane.PortKind;
import hnv.dataplane.TenantTable;
import hnv.vswitch.ForwardingState.SubnetPorts;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A switch with small hand-made layers, all in memory:
///
///     A1 (port 1) ─┐                          ┌─ A9  tenant 1, VSID 5001, VXLAN
///     A2 (port 2) ─┤ this host ── underlay ── other host
///     B1 (port 3) ─┘  .1.10        (port 9)   └─ B9  tenant 2, VSID 6001, NVGRE    .1.20
///
/// The addresses of both tenants are the same. Layers of a port, outbound: GUARD (the guest's MAC,
/// no tag), ACL (stateful, to be set by tests), SWITCH (where to).
final class TestNetwork {
  static final int UNDERLAY = 9;
  static final int TENANT_A = 1;
  static final int TENANT_B = 2;
  static final TestHost A1 = TestHost.of(1, TENANT_A, 5001, 1);
  static final TestHost A2 = TestHost.of(2, TENANT_A, 5001, 2);
  static final TestHost A9 = TestHost.of(0, TENANT_A, 5001, 9);
  static final TestHost B1 = TestHost.of(3, TENANT_B, 6001, 1);
  static final TestHost B9 = TestHost.of(0, TENANT_B, 6001, 9);
  static final List<TestHost> HOSTS = List.of(A1, A2, A9, B1, B9);
  static final long ROUTER_MAC = 0x0200_0000_00FEL;
  static final Ipv4Address HERE = Ipv4Address.parse("192.168.1.10");
  static final Ipv4Address THERE = Ipv4Address.parse("192.168.1.20");
  static final int FRAMES = 64;

  /// Later fragments that may wait here, of one port: a quarter of a quarter of the frames.
  static final int HELD_PER_PORT = FRAMES / 16;

  /// Next hops: that of a port has the port's number; these are the other host's.
  static final int BY_VXLAN = 10;
  static final int BY_NVGRE = 11;
  static final int PEER = 1;

  private static final long ALL_ONES = 0xFFFF_FFFF_FFFFL;

  final FramePool pool = new FramePool(FRAMES);
  final FlowArrays arrays =
      new FlowArrays(
          new NextHopTable(16), new PeerTable(4), new TenantTable(4), new MeterTable(16));
  final Counters counters = new Counters();
  final VSwitch vswitch;
  final Map<Integer, FakePort> ports = new HashMap<>();

  /// Rules of each port, outbound and inbound; where none matches, a connection may begin.
  final Map<Integer, List<Rule>> outbound = new HashMap<>();
  final Map<Integer, List<Rule>> inbound = new HashMap<>();

  /// Meters of ports.
  final Map<Integer, Integer> meters = new HashMap<>();

  Action aclDefault = new Action.StatefulAllow();
  int mssLimit;
  int mtuLimit;
  boolean offloadable = true;
  long now = 1_000_000_000L;
  private FakeKernel kernel;

  TestNetwork() {
    this(new VSwitchLimits(256, 256, 200, 200));
  }

  TestNetwork(VSwitchLimits limits) {
    vswitch = new VSwitch(arrays, pool, counters, limits);
    ProviderAddress here = new ProviderAddress(HERE);
    ProviderAddress there = new ProviderAddress(THERE);
    for (TestHost host : HOSTS) {
      if (host.port() != 0) {
        add(host.port(), PortKind.VIRTUAL_MACHINE);
        arrays.nextHops().putLocal(host.port(), host.port(), 1_500);
      }
    }
    add(UNDERLAY, PortKind.UNDERLAY);
    arrays
        .nextHops()
        .putTunnel(BY_VXLAN, UNDERLAY, header(Encapsulation.VXLAN, here, there), 1_550);
    arrays
        .nextHops()
        .putTunnel(BY_NVGRE, UNDERLAY, header(Encapsulation.NVGRE, here, there), 1_550);
    arrays.peers().put(PEER, List.of(there), List.of(here));
    apply();
  }

  private static OuterHeader header(Encapsulation kind, ProviderAddress from, ProviderAddress to) {
    return OuterHeader.of(
        kind,
        from,
        to,
        new MacAddress(0x02EE_0000_0001L),
        new MacAddress(0x02EE_0000_0002L),
        64,
        VSwitch.DEFAULT_VXLAN_PORT);
  }

  private void add(int number, PortKind kind) {
    FakePort port = new FakePort(number, kind);
    ports.put(number, port);
    vswitch.attach(port);
  }

  // ---- policy ----

  /// Publishes ports with the rules as they are now. Epochs are the test's.
  void apply() {
    List<VPort> vports = new ArrayList<>();
    Map<Integer, Map<Long, Integer>> macs = new HashMap<>();
    Map<Integer, Integer> tenants = new HashMap<>();
    for (TestHost host : HOSTS) {
      if (host.port() != 0) {
        vports.add(vport(host));
        macs.computeIfAbsent(host.vsid(), v -> new HashMap<>()).put(host.mac(), host.port());
        tenants.put(host.vsid(), host.tenant());
      }
    }
    List<SubnetPorts> subnets = new ArrayList<>();
    macs.forEach(
        (vsid, map) -> subnets.add(new SubnetPorts(vsid, tenants.getOrDefault(vsid, 0), map)));
    vswitch.apply(new ForwardingState(vports, subnets));
  }

  VPort vport(TestHost host) {
    return new VPort(
        host.port(),
        "port-" + host.port(),
        host.tenant(),
        host.vsid(),
        host.port(),
        List.of(guard(host), acl(host.port()), switching(host)));
  }

  /// Applies the rules and has the tenant's connections judged again.
  void change(int tenant) {
    apply();
    arrays.tenants().advanceEpoch(tenant);
  }

  void deny(Map<Integer, List<Rule>> direction, int port, Condition... conditions) {
    direction.put(
        port,
        List.of(new Rule("deny", 1, List.of(conditions), new Action.Deny(DropReason.ACL_DENIED))));
  }

  private Layer acl(int port) {
    return new Layer(
        "ACL",
        List.of(new Group("out", outbound.getOrDefault(port, List.of()))),
        List.of(new Group("in", inbound.getOrDefault(port, List.of()))),
        aclDefault,
        aclDefault,
        true);
  }

  private static Layer layer(String name, Action.Transposition out, Action.Transposition in) {
    return new Layer(name, List.of(), List.of(), out, in, false);
  }

  private static Layer guard(TestHost host) {
    return layer(
        "GUARD",
        packet -> {
          if (packet.isVlanTagged()) {
            return packet.drop(DropReason.VLAN_TAG_FROM_VM);
          }
          if (packet.sourceMac() != host.mac()) {
            return packet.drop(DropReason.SOURCE_MAC_SPOOFED);
          }
          packet.transposition().expectSourceMac(host.mac());
          return Verdict.CONTINUE;
        },
        packet -> Verdict.CONTINUE);
  }

  private Layer switching(TestHost host) {
    return layer("SWITCH", packet -> sendFrom(host, packet), packet -> receiveAt(host, packet));
  }

  private Verdict sendFrom(TestHost host, PacketContext packet) {
    packet.transposition().meterOutbound(meters.getOrDefault(host.port(), MeterTable.NONE));
    if (packet.destinationMac() == ALL_ONES) {
      return packet.replicate(replicationOf(host), 0xC000);
    }
    if (!offloadable) {
      packet.transposition().keepInJava("the test says so");
    }
    boolean routed = packet.destinationMac() == ROUTER_MAC;
    TestHost to = find(host.tenant(), packet, routed);
    if (to == null) {
      return packet.drop(routed ? DropReason.NO_ROUTE : DropReason.DESTINATION_MAC_UNKNOWN);
    }
    if (to.port() == host.port()) {
      return packet.drop(DropReason.SAME_PORT);
    }
    if (routed) {
      packet.route(to.vsid(), to.mac(), ROUTER_MAC);
    }
    if (mssLimit > 0) {
      packet.limitMss(mssLimit);
    }
    if (mtuLimit > 0) {
      packet.transposition().limitMtu(mtuLimit);
    }
    if (to.port() != 0) {
      packet.deliverTo(to.port());
      packet.transposition().deliver(to.port());
    } else {
      int nextHop = to.tenant() == TENANT_A ? BY_VXLAN : BY_NVGRE;
      packet.transposition().push(nextHop, to.vsid(), 0xC000 | (packet.sourcePort() & 0xFF));
    }
    return Verdict.CONTINUE;
  }

  private static Replication replicationOf(TestHost host) {
    return host.tenant() == TENANT_A
        ? new Replication(new int[] {A1.port(), A2.port()}, new int[] {BY_VXLAN})
        : new Replication(new int[] {B1.port()}, new int[] {BY_NVGRE});
  }

  private static TestHost find(int tenant, PacketContext packet, boolean byAddress) {
    for (TestHost host : HOSTS) {
      boolean address =
          packet.isIpv6()
              ? host.ipv6().low() == packet.destinationLow()
              : host.ipv4().bits() == (int) packet.destinationLow();
      if (host.tenant() == tenant
          && (byAddress ? address : host.mac() == packet.destinationMac())) {
        return host;
      }
    }
    return null;
  }

  private Verdict receiveAt(TestHost host, PacketContext packet) {
    if (packet.source() != null) {
      packet.transposition().meterInbound(meters.getOrDefault(host.port(), MeterTable.NONE));
      return Verdict.CONTINUE;
    }
    TestHost from = host.tenant() == TENANT_A ? A9 : B9;
    Encapsulation kind = host.tenant() == TENANT_A ? Encapsulation.VXLAN : Encapsulation.NVGRE;
    if (packet.frame().encapsulation() != kind) {
      return packet.drop(DropReason.ENCAPSULATION_MISMATCH);
    }
    if (!arrays.peers().matches(PEER, packet.frame())) {
      return packet.drop(DropReason.SOURCE_PA_MISMATCH);
    }
    if (packet.sourceMac() != from.mac()) {
      return packet.drop(DropReason.SOURCE_MAC_MISMATCH);
    }
    packet.transposition().pop(kind, PEER);
    packet.transposition().expectSourceMac(from.mac());
    packet.transposition().meterInbound(meters.getOrDefault(host.port(), MeterTable.NONE));
    packet.transposition().deliver(host.port());
    return Verdict.CONTINUE;
  }

  // ---- packets ----

  Frame frame(byte[] octets, int port) {
    Frame frame = pool.acquire();
    assertNotNull(frame, "frame pool");
    frame.reset(FramePool.HEADROOM, octets.length);
    MemorySegment.copy(
        octets, 0, frame.memory(), ValueLayout.JAVA_BYTE, FramePool.HEADROOM, octets.length);
    frame.setIngressPort(port);
    frame.setReceivedNs(now);
    return frame;
  }

  void receive(int port, byte[] octets) {
    Frame frame = frame(octets, port);
    if (kernel == null || !kernel.takes(frame)) {
      vswitch.process(frame, now);
    }
    assertEquals(FRAMES, pool.available() + vswitch.heldFragments(), "frames leak");
  }

  /// Puts a kernel in front of all ports, which executes what it is handed over.
  FakeKernel offload(int capacity) {
    FakeKernel made = new FakeKernel(arrays, ports, vswitch, () -> now, capacity);
    kernel = made;
    vswitch.offloadTo(made);
    ports.values().forEach(port -> port.executesRecords = true);
    return made;
  }

  /// All ports have been read empty.
  void drain() {
    ports.values().forEach(port -> vswitch.drained(port, now));
  }

  /// A packet from where its source is: a VM's port, or the other host's tunnel.
  void send(TestHost from, Packet packet) {
    if (from.port() != 0) {
      receive(from.port(), packet.bytes());
    } else {
      receive(UNDERLAY, tunnelled(from, packet));
    }
  }

  static byte[] tunnelled(TestHost from, Packet packet) {
    return Packet.tunnel(packet.bytes(), from.tenant() == TENANT_A, from.vsid(), THERE, HERE);
  }

  List<byte[]> sent(int port) {
    return ports.get(port).sent;
  }

  /// Takes the frames that a port has sent.
  List<byte[]> take(int port) {
    List<byte[]> taken = List.copyOf(sent(port));
    sent(port).clear();
    ports.get(port).gsoTypes.clear();
    return taken;
  }

  /// The packet goes out by this port, alone and nowhere else; the octets are left to other tests.
  void assertPasses(TestHost from, Packet packet, int port) {
    Map<Integer, Integer> before = counts();
    send(from, packet);
    before.merge(port, 1, Integer::sum);
    assertEquals(before, counts());
    if (port != UNDERLAY && from.port() != 0) {
      assertArrayEquals(packet.bytes(), sent(port).getLast());
    }
  }

  void assertDropped(TestHost from, Packet packet, DropReason reason) {
    int port = from.port() != 0 ? from.port() : UNDERLAY;
    Map<Integer, Integer> before = counts();
    Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
    drops.putAll(vswitch.counters(port).drops());
    send(from, packet);
    drops.merge(reason, 1L, Long::sum);
    assertEquals(drops, vswitch.counters(port).drops());
    assertEquals(before, counts());
  }

  /// The first fragments of packets with identification 1 to `count`.
  void receiveFirstFragments(TestHost from, Packet like, int count) {
    for (int id = 1; id <= count; id++) {
      send(from, like.fragment(0x2000).length(64).id(id));
    }
  }

  /// The packet waits here: it goes nowhere yet, and is not dropped.
  void assertHeld(TestHost from, Packet packet) {
    int port = from.port() != 0 ? from.port() : UNDERLAY;
    Map<Integer, Integer> before = counts();
    var drops = vswitch.counters(port).drops();
    int held = vswitch.heldFragments();
    send(from, packet);
    assertEquals(held + 1, vswitch.heldFragments());
    assertEquals(drops, vswitch.counters(port).drops());
    assertEquals(before, counts());
  }

  private Map<Integer, Integer> counts() {
    Map<Integer, Integer> counts = new HashMap<>();
    ports.forEach((number, port) -> counts.put(number, port.sent.size()));
    return counts;
  }

  long drops(int port, DropReason reason) {
    return counters.drops(port, reason);
  }

  /// Lets time pass in the steps of the Worker's background work.
  void pass(long ns) {
    long until = now + ns;
    while (now < until) {
      now = Math.min(until, now + 100_000_000L);
      vswitch.housekeep(now);
    }
  }

  int connections() {
    return vswitch.connections().size();
  }

  int flows() {
    return vswitch.flows().size();
  }
}
