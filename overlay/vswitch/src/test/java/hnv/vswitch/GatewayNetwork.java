// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A gateway with small hand-made layers, all in memory. Both tenants have the same addresses:
///
///     A9  tenant 1 ─ VXLAN 5001 ─┐                        ┌─ LINK, LINK2: tenant 1's other site
///                         underlay (9)   this gateway   ──┤
///     B9  tenant 2 ─ NVGRE 6001 ─┘                        └─ OUTSIDE (8): 198.51.100.7
///
/// The port of a tenant's network is GATE_A or GATE_B: neither has a device. Outside, A9 is
/// 203.0.113.1 and B9 is 203.0.113.2, and ports and identifiers are 10,000 more: {@link ToyNat}.
final class GatewayNetwork {
  static final int UNDERLAY = 9;
  static final int OUTSIDE = 8;
  static final int LINK = 7;
  static final int LINK2 = 6;
  static final int GATE_A = 60_001;
  static final int GATE_B = 60_002;
  static final int A = 1;
  static final int B = 2;
  static final int BY_VXLAN = 10;
  static final int BY_NVGRE = 11;
  static final int PEER = 1;
  static final int FRAMES = 64;
  static final long GATE_MAC = 0x0200_0000_00FEL;
  static final long OUR_MAC = 0x0200_0000_0801L;
  static final TestHost A9 = TestHost.of(0, A, 5001, 9);
  static final TestHost B9 = TestHost.of(0, B, 6001, 9);
  static final TestHost A10 = TestHost.of(0, A, 5001, 10);

  /// Machines outside and at the other site, as their neighbours see them, and what the tenants'
  /// machines look like from there.
  static final TestHost WORLD = host("198.51.100.7", 0x0200_0000_0807L);

  static final TestHost SITE = host("10.1.0.7", 0x0200_0000_0707L);
  static final TestHost A9_OUTSIDE = host("203.0.113.1", OUR_MAC);
  static final TestHost B9_OUTSIDE = host("203.0.113.2", OUR_MAC);

  final FramePool pool = new FramePool(FRAMES);
  final FlowArrays arrays =
      new FlowArrays(
          new NextHopTable(16), new PeerTable(4), new TenantTable(4), new MeterTable(16));
  final Counters counters = new Counters();
  final VSwitch vswitch;
  final ToyNat nat = new ToyNat();
  final Map<Integer, FakePort> ports = new HashMap<>();
  final List<Rule> rulesOfA = new ArrayList<>();
  final List<Integer> choices = new ArrayList<>();
  long now = 1_000_000_000L;
  private int nextChoice;
  private FakeKernel kernel;

  GatewayNetwork() {
    this(new VSwitchLimits(256, 256, 200, 200));
  }

  GatewayNetwork(VSwitchLimits limits) {
    vswitch = new VSwitch(arrays, pool, counters, limits);
    vswitch.bindTo(nat);
    ProviderAddress here = new ProviderAddress(TestNetwork.HERE);
    ProviderAddress there = new ProviderAddress(TestNetwork.THERE);
    add(UNDERLAY, PortKind.UNDERLAY);
    for (int number : new int[] {OUTSIDE, LINK, LINK2}) {
      add(number, PortKind.OUTSIDE);
      arrays.nextHops().putLocal(number, number, 1_500);
    }
    var hops = arrays.nextHops();
    hops.putTunnel(BY_VXLAN, UNDERLAY, header(Encapsulation.VXLAN, here, there), 1_550);
    hops.putTunnel(BY_NVGRE, UNDERLAY, header(Encapsulation.NVGRE, here, there), 1_550);
    arrays.peers().put(PEER, List.of(there), List.of(here));
    apply();
  }

  private static TestHost host(String address, long mac) {
    TestHost like = TestHost.of(0, 0, 0, 0);
    return new TestHost(0, 0, 0, mac, Ipv4Address.parse(address), like.ipv6());
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

  void apply() {
    vswitch.apply(
        new ForwardingState(
            List.of(
                port(GATE_A, PortRole.GATEWAY, A, 5001, acl(), layer(this::fromA, this::intoA)),
                port(GATE_B, PortRole.GATEWAY, B, 6001, layer(this::fromB, this::intoB)),
                port(
                    OUTSIDE,
                    PortRole.OUTSIDE,
                    VPort.NO_TENANT,
                    0,
                    layer(this::fromOutside, this::toOutside)),
                port(LINK, PortRole.CONNECTION, A, 0, layer(this::fromLink, p -> exit(p, LINK))),
                port(LINK2, PortRole.CONNECTION, A, 0, layer(this::fromLink, p -> exit(p, LINK2)))),
            List.of(
                new SubnetPorts(5001, A, Map.of(GATE_MAC, GATE_A)),
                new SubnetPorts(6001, B, Map.of(GATE_MAC, GATE_B)))));
  }

  private static VPort port(int number, PortRole role, int tenant, int vsid, Layer... layers) {
    return new VPort(number, "port-" + number, role, tenant, vsid, number, List.of(layers));
  }

  private Layer acl() {
    return new Layer(
        "ACL",
        List.of(new Group("out", rulesOfA)),
        List.of(),
        new Action.Allow(),
        new Action.Allow(),
        true);
  }

  private static Layer layer(Action.Transposition out, Action.Transposition in) {
    return new Layer("GATEWAY", List.of(), List.of(), out, in, false);
  }

  void change(int tenant) {
    apply();
    arrays.tenants().advanceEpoch(tenant);
  }

  // ---- layers ----

  private Verdict fromA(PacketContext packet) {
    return fromNetwork(packet, Encapsulation.VXLAN, GATE_A);
  }

  private Verdict fromB(PacketContext packet) {
    return fromNetwork(packet, Encapsulation.NVGRE, GATE_B);
  }

  private Verdict fromNetwork(PacketContext packet, Encapsulation kind, int gate) {
    packet.transposition().pop(kind, PEER);
    packet.transposition().expectSourceMac(packet.sourceMac());
    packet.transposition().decrementTtl();
    packet.keepConnection();
    int network = (int) packet.destinationLow() >>> 16;
    if (network == 0x0A01) {
      packet.deliverTo(chooseLink(packet));
    } else if (network == 0x0A00) {
      packet.deliverTo(gate);
    } else {
      packet.deliverTo(OUTSIDE);
    }
    return Verdict.CONTINUE;
  }

  /// Each new connection takes the other of the two ways.
  private int chooseLink(PacketContext packet) {
    choices.add(packet.choice());
    if (packet.choice() == PacketContext.NO_CHOICE) {
      packet.choose(nextChoice++ % 2 == 0 ? LINK : LINK2);
    }
    return packet.choice();
  }

  private Verdict intoA(PacketContext packet) {
    return intoNetwork(packet, BY_VXLAN, 5001, A9);
  }

  private Verdict intoB(PacketContext packet) {
    return intoNetwork(packet, BY_NVGRE, 6001, B9);
  }

  private Verdict intoNetwork(PacketContext packet, int nextHop, int vsid, TestHost host) {
    TestHost to = packet.destinationLow() == A10.ipv4().bits() ? A10 : host;
    packet.transposition().rewriteMacs(to.mac(), GATE_MAC);
    packet.transposition().push(nextHop, vsid, 0xC000);
    return Verdict.CONTINUE;
  }

  private Verdict fromLink(PacketContext packet) {
    packet.transposition().decrementTtl();
    packet.keepConnection();
    packet.deliverTo(GATE_A);
    return Verdict.CONTINUE;
  }

  private static Verdict exit(PacketContext packet, int number) {
    packet.transposition().rewriteMacs(SITE.mac(), OUR_MAC);
    packet.transposition().deliver(number);
    return Verdict.CONTINUE;
  }

  private Verdict fromOutside(PacketContext packet) {
    packet.transposition().decrementTtl();
    int tenant = nat.toTenant(packet);
    if (tenant == 0) {
      return packet.drop(DropReason.NO_ROUTE);
    }
    packet.deliverTo(tenant == A ? GATE_A : GATE_B);
    return Verdict.CONTINUE;
  }

  private Verdict toOutside(PacketContext packet) {
    VPort source = packet.source();
    assertNotNull(source);
    nat.toOutside(packet, source.tenant());
    if (nat.verdict != DropReason.NONE) {
      return packet.drop(nat.verdict);
    }
    int tenant = nat.turnsBack(packet);
    if (tenant != 0) {
      packet.deliverTo(tenant == A ? GATE_A : GATE_B);
      return Verdict.CONTINUE;
    }
    packet.transposition().rewriteMacs(WORLD.mac(), OUR_MAC);
    packet.transposition().deliver(OUTSIDE);
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
    return frame;
  }

  void receive(int port, byte[] octets) {
    Frame frame = frame(octets, port);
    if (kernel == null || !kernel.takes(frame)) {
      vswitch.process(frame, now);
    }
    assertEquals(FRAMES, pool.available() + vswitch.heldFragments(), "frames leak");
  }

  /// Puts a kernel in front of all ports.
  FakeKernel offload() {
    FakeKernel made = new FakeKernel(arrays, ports, vswitch, () -> now, 64);
    kernel = made;
    vswitch.offloadTo(made);
    ports.values().forEach(port -> port.executesRecords = true);
    return made;
  }

  /// From a tenant's machine, to the gateway's MAC.
  void send(TestHost from, Packet packet) {
    receive(UNDERLAY, TestNetwork.tunnelled(from, packet.toMac(GATE_MAC)));
  }

  /// From outside or from the other site.
  void come(int port, Packet packet) {
    receive(port, packet.bytes());
  }

  /// The frames that a port has sent, outer headers cut off.
  List<byte[]> take(int port) {
    List<byte[]> taken = new ArrayList<>();
    for (byte[] octets : ports.get(port).sent) {
      // IPv4 in the protocol field: 17 is VXLAN's UDP, 47 is NVGRE.
      int outer = port != UNDERLAY ? 0 : octets[23] == 17 ? 50 : 42;
      taken.add(java.util.Arrays.copyOfRange(octets, outer, octets.length));
    }
    ports.get(port).sent.clear();
    return taken;
  }

  /// This port has sent one frame, which is this packet with one hop less to live.
  void assertSent(int port, Packet packet) {
    List<byte[]> taken = take(port);
    assertEquals(1, taken.size(), "frames");
    org.junit.jupiter.api.Assertions.assertArrayEquals(
        packet.ttl(63).bytes(), taken.getFirst(), "by port " + port);
    ports.forEach((number, other) -> assertEquals(List.of(), other.sent, "by port " + number));
  }

  void assertSilent() {
    ports.forEach((number, port) -> assertEquals(List.of(), port.sent, "by port " + number));
  }

  void pass(long ns) {
    long until = now + ns;
    while (now < until) {
      now = Math.min(until, now + 100_000_000L);
      vswitch.housekeep(now);
    }
  }

  Connection only() {
    assertEquals(1, vswitch.connections().size());
    for (int id = 1; id <= vswitch.connections().capacity(); id++) {
      Connection c = vswitch.connections().get(id);
      if (c != null && c.isLive()) {
        return c;
      }
    }
    throw new AssertionError("counted and not there");
  }

  long drops(int port, DropReason reason) {
    return counters.drops(port, reason);
  }
}
