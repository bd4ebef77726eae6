// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hnv.dataplane.Direction;
import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.wire.Cidr;
import hnv.wire.EthernetHeader;
import hnv.wire.IpAddress;
import hnv.wire.IpProtocol;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Conditions, rules, groups, layers, and the order in which a port asks them.
class RulesTest {
  private static final Action.Allow ALLOW = new Action.Allow();
  private static final Action.Deny DENY = new Action.Deny(DropReason.ACL_DENIED);
  private static final Action.Deny DEFAULT_DENY = new Action.Deny(DropReason.ACL_DEFAULT_DENIED);

  private final TestNetwork net = new TestNetwork();
  private final Packet udp = Packet.udp(TestNetwork.A1, TestNetwork.A2, 1_000, 2_000);

  private PacketContext context(byte[] octets) {
    Frame frame = net.frame(octets, 1);
    assertEquals(DropReason.NONE, FrameParser.parsePlain(frame));
    PacketContext context = new PacketContext(net.arrays);
    context.begin(frame, 5001, null, false, net.now);
    frame.release();
    return context;
  }

  private PacketContext context(Packet packet) {
    return context(packet.bytes());
  }

  private void assertMatches(boolean expected, Condition condition, Packet packet) {
    assertEquals(expected, condition.matches(context(packet)), condition.toString());
    assertEquals(!expected, new Condition.Not(condition).matches(context(packet)));
  }

  // ---- conditions ----

  @Test
  void matchesMacs() {
    assertMatches(true, new Condition.SourceMac(TestNetwork.A1.mac()), udp);
    assertMatches(false, new Condition.SourceMac(TestNetwork.A2.mac()), udp);
    assertMatches(true, new Condition.DestinationMac(TestNetwork.A2.mac()), udp);
    assertMatches(false, new Condition.DestinationMac(TestNetwork.A1.mac()), udp);
    assertMatches(false, new Condition.GroupDestination(), udp);
    assertMatches(true, new Condition.GroupDestination(), udp.toMac(0x0100_5E00_0001L));
    assertMatches(true, new Condition.GroupDestination(), udp.toMac(0xFFFF_FFFF_FFFFL));
    assertMatches(false, new Condition.GroupDestination(), udp.toMac(0xFEFF_FFFF_FFFFL));
  }

  @Test
  void matchesEtherTypesAndTags() {
    assertMatches(true, new Condition.EtherType(EthernetHeader.IPV4), udp);
    assertMatches(true, new Condition.EtherType(EthernetHeader.IPV4), udp.withVlanTag());
    assertMatches(false, new Condition.EtherType(EthernetHeader.IPV6), udp);
    assertMatches(false, new Condition.VlanTagged(), udp);
    assertMatches(true, new Condition.VlanTagged(), udp.withVlanTag());
    assertMatches(true, new Condition.Any(), udp);
  }

  @Test
  void matchesPrefixesAsTheAddressTypeDoes() {
    Random random = new Random(4_632);
    for (int i = 0; i < 2_000; i++) {
      boolean six = random.nextBoolean();
      Packet packet = six ? Packet.udp6(TestNetwork.A1, TestNetwork.A2, 1, 2) : udp;
      IpAddress source = six ? TestNetwork.A1.ipv6() : TestNetwork.A1.ipv4();
      IpAddress destination = six ? TestNetwork.A2.ipv6() : TestNetwork.A2.ipv4();
      boolean sixPrefix = random.nextBoolean();
      IpAddress near =
          sixPrefix
              ? random.nextBoolean() ? TestNetwork.A1.ipv6() : TestNetwork.A9.ipv6()
              : random.nextBoolean() ? TestNetwork.A1.ipv4() : TestNetwork.A9.ipv4();
      Cidr prefix = Cidr.containing(near, random.nextInt(near.width() + 1));
      assertMatches(prefix.contains(source), new Condition.SourceIn(prefix), packet);
      assertMatches(prefix.contains(destination), new Condition.DestinationIn(prefix), packet);
    }
  }

  @Test
  void matchesProtocolsAndPorts() {
    assertMatches(true, new Condition.Protocol(IpProtocol.UDP), udp);
    assertMatches(false, new Condition.Protocol(IpProtocol.TCP), udp);
    for (int[] range : new int[][] {{1_000, 1_000}, {0, 1_000}, {1_000, 65_535}}) {
      assertMatches(true, new Condition.SourcePort(range[0], range[1]), udp);
    }
    assertMatches(false, new Condition.SourcePort(1_001, 65_535), udp);
    assertMatches(false, new Condition.SourcePort(0, 999), udp);
    assertMatches(true, new Condition.DestinationPort(2_000, 2_000), udp);
    assertMatches(false, new Condition.DestinationPort(1_000, 1_999), udp);
    // An identifier is no port.
    Packet ping = Packet.ping(TestNetwork.A1, TestNetwork.A2, 1_000, false);
    assertMatches(false, new Condition.SourcePort(0, 65_535), ping);
    assertMatches(false, new Condition.DestinationPort(0, 65_535), ping);
    // A later fragment has the ports of its first, once these are known.
    PacketContext later = context(udp.length(64).fragment(9));
    later.setPorts(1_000, 2_000);
    assertEquals(true, new Condition.DestinationPort(2_000, 2_000).matches(later));
  }

  @Test
  void matchesNeighborDiscovery() {
    for (int type = 128; type < 144; type++) {
      Packet packet = Packet.of(TestNetwork.A1, TestNetwork.A2, true, IpProtocol.ICMPV6, 0, type);
      assertMatches(type >= 133 && type <= 137, new Condition.NeighborDiscovery(), packet);
    }
    assertMatches(false, new Condition.NeighborDiscovery(), udp);
    assertMatches(
        false,
        new Condition.NeighborDiscovery(),
        Packet.udp6(TestNetwork.A1, TestNetwork.A2, 1, 135 << 8));
    assertMatches(
        false,
        new Condition.NeighborDiscovery(),
        Packet.of(TestNetwork.A1, TestNetwork.A2, false, IpProtocol.ICMP, 0, 135));
  }

  @Test
  void matchesAnyOf() {
    Condition tcp = new Condition.Protocol(IpProtocol.TCP);
    Condition port = new Condition.SourcePort(1_000, 1_000);
    assertMatches(true, new Condition.AnyOf(List.of(tcp, port)), udp);
    assertMatches(false, new Condition.AnyOf(List.of(tcp)), udp);
    assertMatches(false, new Condition.AnyOf(List.of()), udp);
  }

  @Test
  void matchesARuleWhereAllConditionsHold() {
    Condition yes = new Condition.Any();
    Condition no = new Condition.Not(yes);
    PacketContext packet = context(udp);
    assertEquals(true, new Rule("r", 1, List.of(), ALLOW).matches(packet));
    assertEquals(true, new Rule("r", 1, List.of(yes, yes), ALLOW).matches(packet));
    assertEquals(false, new Rule("r", 1, List.of(yes, no), ALLOW).matches(packet));
  }

  // ---- groups ----

  @Test
  void asksRulesAsALinearScanByPriorityDoes() {
    Random random = new Random(77);
    List<PacketContext> packets = new ArrayList<>();
    for (int port = 0; port < 40; port++) {
      packets.add(context(Packet.udp(TestNetwork.A1, TestNetwork.A2, port, 39 - port)));
    }
    for (int round = 0; round < 200; round++) {
      List<Rule> rules = new ArrayList<>();
      for (int i = random.nextInt(30); i > 0; i--) {
        int from = random.nextInt(40);
        Condition condition =
            random.nextBoolean()
                ? new Condition.SourcePort(from, from + random.nextInt(10))
                : new Condition.DestinationPort(from, from + random.nextInt(10));
        // Few priorities, so that ties are common.
        rules.add(new Rule("rule " + i, random.nextInt(5), List.of(condition), ALLOW));
      }
      Group group = new Group("group", rules);
      for (PacketContext packet : packets) {
        Rule expected = null;
        for (Rule rule : rules) {
          boolean better = expected == null || rule.priority() < expected.priority();
          if (better && rule.conditions().stream().allMatch(c -> c.matches(packet))) {
            expected = rule;
          }
        }
        assertSame(expected, group.match(packet));
      }
    }
  }

  @Test
  void boundsTheRulesOfAGroup() {
    Rule[] rules = new Rule[Group.MAX_RULES + 1];
    Arrays.fill(rules, new Rule("r", 1, List.of(), ALLOW));
    List<Rule> tooMany = Arrays.asList(rules);
    assertThrows(IllegalArgumentException.class, () -> new Group("g", tooMany));
    assertEquals(4_096, new Group("g", tooMany.subList(0, 4_096)).rules().size());
  }

  // ---- layers ----

  private static Rule rule(String id, Condition condition, Action action) {
    return new Rule(id, 1, List.of(condition), action);
  }

  private static final Condition TO_2000 = new Condition.DestinationPort(2_000, 2_000);
  private static final Condition TO_OTHERS = new Condition.Not(TO_2000);

  private Verdict ask(Layer layer, Direction direction, PacketContext packet) {
    packet.enter(net.vport(TestNetwork.A1), direction);
    return layer.process(packet);
  }

  @Test
  void actsByDefaultWhereNoRuleMatches() {
    Group none = new Group("g", List.of(rule("r", TO_OTHERS, ALLOW)));
    Layer layer = new Layer("L", List.of(none), List.of(none), DEFAULT_DENY, ALLOW, false);
    PacketContext packet = context(udp);
    assertEquals(Verdict.DROP, ask(layer, Direction.OUTBOUND, packet));
    assertEquals(DropReason.ACL_DEFAULT_DENIED, packet.dropReason());
    assertEquals(Verdict.CONTINUE, ask(layer, Direction.INBOUND, context(udp)));
    Layer empty = new Layer("L", List.of(), List.of(), ALLOW, DEFAULT_DENY, false);
    assertEquals(Verdict.CONTINUE, ask(empty, Direction.OUTBOUND, context(udp)));
    assertEquals(Verdict.DROP, ask(empty, Direction.INBOUND, context(udp)));
  }

  @Test
  void asksGroupsUntilOneStops() {
    Group allow = new Group("first", List.of(rule("a", TO_2000, ALLOW)));
    Group deny = new Group("second", List.of(rule("d", TO_2000, DENY)));
    Layer layer = new Layer("L", List.of(allow, deny), List.of(), ALLOW, ALLOW, false);
    PacketContext packet = context(udp);
    assertEquals(Verdict.DROP, ask(layer, Direction.OUTBOUND, packet));
    assertEquals(DropReason.ACL_DENIED, packet.dropReason());
    Layer stopped = new Layer("L", List.of(deny, allow), List.of(), ALLOW, ALLOW, false);
    assertEquals(Verdict.DROP, ask(stopped, Direction.OUTBOUND, context(udp)));
  }

  @Test
  void letsOneRuleOfAGroupSpeak() {
    Group group =
        new Group(
            "g",
            List.of(
                new Rule("later", 2, List.of(), DENY), new Rule("sooner", 1, List.of(), ALLOW)));
    Layer layer = new Layer("L", List.of(group), List.of(), DENY, DENY, false);
    assertEquals(Verdict.CONTINUE, ask(layer, Direction.OUTBOUND, context(udp)));
  }

  @Test
  void asksNoRuleForAPermittedConnectionWhereStateful() {
    Group deny = new Group("g", List.of(rule("d", TO_2000, DENY)));
    PacketContext packet = context(udp);
    packet.claim().permits = true;
    Layer stateful = new Layer("L", List.of(deny), List.of(deny), DENY, DENY, true);
    assertEquals(Verdict.CONTINUE, ask(stateful, Direction.OUTBOUND, packet));
    assertEquals(Verdict.CONTINUE, ask(stateful, Direction.INBOUND, packet));
    Layer stateless = new Layer("L", List.of(deny), List.of(deny), DENY, DENY, false);
    assertEquals(Verdict.DROP, ask(stateless, Direction.OUTBOUND, packet));
    packet.claim().permits = false;
    assertEquals(Verdict.DROP, ask(stateful, Direction.OUTBOUND, packet));
  }

  @Test
  void keepsAConnectionWhereARuleSaysSo() {
    PacketContext packet = context(udp);
    Layer allow = new Layer("L", List.of(), List.of(), ALLOW, ALLOW, true);
    ask(allow, Direction.OUTBOUND, packet);
    assertEquals(false, packet.claim().begins);
    Action keep = new Action.StatefulAllow();
    ask(new Layer("L", List.of(), List.of(), keep, keep, true), Direction.OUTBOUND, packet);
    assertEquals(true, packet.claim().begins);
  }

  // ---- ports ----

  private static Layer noting(String name, List<String> asked, Verdict verdict, boolean stateful) {
    Action.Transposition note =
        packet -> {
          asked.add(name);
          return verdict;
        };
    return new Layer(name, List.of(), List.of(), note, note, stateful);
  }

  @Test
  void asksLayersInReverseInbound() {
    List<String> asked = new ArrayList<>();
    VPort port =
        new VPort(
            1,
            "port",
            1,
            5001,
            1,
            List.of(
                noting("a", asked, Verdict.CONTINUE, false),
                noting("b", asked, Verdict.CONTINUE, true),
                noting("c", asked, Verdict.CONTINUE, false)));
    assertEquals(Verdict.CONTINUE, port.process(context(udp), Direction.OUTBOUND));
    assertEquals(List.of("a", "b", "c"), asked);
    asked.clear();
    assertEquals(Verdict.CONTINUE, port.process(context(udp), Direction.INBOUND));
    assertEquals(List.of("c", "b", "a"), asked);
    asked.clear();
    // A judgement asks the stateful layers alone.
    assertEquals(Verdict.CONTINUE, port.judge(context(udp), Direction.INBOUND));
    assertEquals(List.of("b"), asked);
  }

  @Test
  void stopsAtTheFirstLayerThatDoesNotGoOn() {
    for (Verdict verdict : new Verdict[] {Verdict.DROP, Verdict.HAIRPIN, Verdict.REPLICATE}) {
      List<String> asked = new ArrayList<>();
      VPort port =
          new VPort(
              1,
              "port",
              1,
              5001,
              1,
              List.of(
                  noting("a", asked, Verdict.CONTINUE, false),
                  noting("b", asked, verdict, true),
                  noting("c", asked, Verdict.CONTINUE, false)));
      assertEquals(verdict, port.process(context(udp), Direction.OUTBOUND));
      assertEquals(List.of("a", "b"), asked);
      assertEquals(verdict, port.judge(context(udp), Direction.OUTBOUND));
    }
  }
}
