// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.B1;
import static hnv.vswitch.TestNetwork.HERE;
import static hnv.vswitch.TestNetwork.ROUTER_MAC;
import static hnv.vswitch.TestNetwork.THERE;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.MeterTable;
import hnv.wire.VirtioNetHeader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every reason that the engine can give is given here, and the rest are known by name to be those
/// of the network that is built on it.
class DropReasonsTest {
  /// Given by the layers of the virtual network and tested there.
  private static final Set<DropReason> OF_THE_OVERLAY =
      EnumSet.of(
          DropReason.OUTER_DESTINATION_NOT_LOCAL,
          DropReason.SOURCE_LOCATOR_MISSING,
          DropReason.DESTINATION_LOCATOR_MISSING,
          DropReason.DESTINATION_MAC_MISMATCH,
          DropReason.SOURCE_MAC_SPOOFED,
          DropReason.SOURCE_CA_SPOOFED,
          DropReason.UNSUPPORTED_ETHERTYPE,
          DropReason.NO_ROUTE,
          DropReason.ROUTER_DISABLED,
          DropReason.NOT_FORWARDABLE,
          DropReason.ENCAPSULATION_MISMATCH,
          DropReason.SAME_PORT,
          DropReason.ACL_DENIED,
          DropReason.ACL_DEFAULT_DENIED,
          DropReason.ARP_TARGET_UNKNOWN,
          DropReason.ARP_NOT_A_REQUEST,
          DropReason.ND_TARGET_UNKNOWN,
          DropReason.ND_NOT_A_SOLICITATION,
          DropReason.ROUTER_NOT_ADDRESSED);

  /// Given by the engine to the packets of a gateway's ports: see GatewayPortsTest,
  /// ConnectionBindingsTest and FlowLimitTest.
  private static final Set<DropReason> OF_GATEWAY_PORTS =
      EnumSet.of(
          DropReason.NO_TENANT,
          DropReason.TOO_MANY_PORTS,
          DropReason.NOT_A_BEGINNING,
          DropReason.CONNECTION_LIMIT,
          DropReason.FLOW_LIMIT);

  /// Counted by the kernel's programs alone, and tested with them.
  private static final Set<DropReason> OF_THE_KERNEL =
      EnumSet.of(
          DropReason.MISS_LIMIT_EXCEEDED,
          DropReason.NO_FLOW_IN_KERNEL,
          DropReason.UNFINISHED_BY_KERNEL,
          DropReason.QUEUE_OVERFLOW);

  private static final Packet UDP = Packet.udp(A1, A2, 1, 2);

  private final Map<DropReason, Consumer<TestNetwork>> scenarios = new EnumMap<>(DropReason.class);

  DropReasonsTest() {
    ofFrames();
    ofTunnels();
    ofTheWalk();
    ofResources();
  }

  private void put(DropReason reason, Consumer<TestNetwork> scenario) {
    scenarios.put(reason, scenario);
  }

  private void fromVm(DropReason reason, byte[] octets) {
    put(reason, net -> net.receive(A1.port(), octets));
  }

  private void fromUnderlay(DropReason reason, byte[] octets) {
    put(reason, net -> net.receive(UNDERLAY, octets));
  }

  private static byte[] with(byte[] octets, int at, int value) {
    byte[] changed = octets.clone();
    changed[at] = (byte) value;
    return changed;
  }

  private void ofFrames() {
    fromVm(DropReason.MALFORMED_ETHERNET, new byte[13]);
    fromVm(DropReason.MALFORMED_VLAN, with(with(new byte[16], 12, 0x81), 13, 0));
    fromVm(
        DropReason.MALFORMED_ARP, with(with(Arrays.copyOf(UDP.bytes(), 30), 12, 0x08), 13, 0x06));
    fromVm(DropReason.MALFORMED_IPV4, with(UDP.bytes(), 14, 0x35));
    fromVm(DropReason.IPV4_CHECKSUM_INVALID, with(UDP.bytes(), 24, ~UDP.bytes()[24]));
    fromVm(DropReason.MALFORMED_IPV6, with(Packet.udp6(A1, A2, 1, 2).bytes(), 14, 0x40));
    fromVm(DropReason.MALFORMED_TRANSPORT, with(UDP.bytes(), 39, 3));
    fromVm(
        DropReason.MALFORMED_ICMP,
        HexFormat.of()
            .parseHex(
                ("020000000102 020000000101 86dd 60000000 0004 3a40"
                        + "fd000000000000000000000000000001 fd000000000000000000000000000002"
                        + "80000000")
                    .replace(" ", "")));
  }

  private void ofTunnels() {
    byte[] inner = Packet.udp(A9, A1, 1, 2).bytes();
    byte[] vxlan = Packet.tunnel(inner, true, 5001, THERE, HERE);
    byte[] nvgre = Packet.tunnel(inner, false, 5001, THERE, HERE);
    fromUnderlay(DropReason.MALFORMED_OUTER, Arrays.copyOf(vxlan, 40));
    put(
        DropReason.OUTER_FRAGMENT,
        net -> net.receive(UNDERLAY, UDP.fragment(0x2000).length(64).bytes()));
    fromUnderlay(DropReason.NOT_A_TUNNEL_PACKET, UDP.bytes());
    fromUnderlay(DropReason.VXLAN_I_FLAG_MISSING, with(vxlan, 42, 0));
    fromUnderlay(DropReason.GRE_HEADER_UNSUPPORTED, with(nvgre, 34, 0xA0));
    fromUnderlay(
        DropReason.INNER_VLAN_TAG,
        Packet.tunnel(Packet.udp(A9, A1, 1, 2).withVlanTag().bytes(), true, 5001, THERE, HERE));
    fromUnderlay(DropReason.ECN_CE_ON_NOT_ECT, Packet.tunnel(inner, true, 5001, THERE, HERE, 3));
    fromUnderlay(DropReason.OUTER_VLAN_TAG, with(vxlan, 12, 0x81));
    fromUnderlay(DropReason.UNKNOWN_VSID, Packet.tunnel(inner, true, 4_999, THERE, HERE));
    put(
        DropReason.DESTINATION_MAC_UNKNOWN,
        net -> net.send(A9, Packet.udp(A9, A1, 1, 2).toMac(0x0200_0000_7777L)));
  }

  private void ofTheWalk() {
    put(
        DropReason.VLAN_TAG_FROM_VM,
        net -> {
          // No layer that looks at tags: the executor refuses them all the same.
          net.vswitch.apply(new ForwardingState(List.of(bare(t -> t.deliver(2))), List.of()));
          net.receive(A1.port(), UDP.withVlanTag().bytes());
        });
    put(
        DropReason.SOURCE_MAC_MISMATCH,
        net -> {
          net.vswitch.apply(
              new ForwardingState(
                  List.of(
                      bare(
                          t -> {
                            t.deliver(2);
                            t.expectSourceMac(5);
                          })),
                  List.of()));
          net.receive(A1.port(), UDP.bytes());
        });
    put(
        DropReason.SOURCE_PA_MISMATCH,
        net -> {
          net.vswitch.apply(
              new ForwardingState(
                  List.of(
                      bare(
                          t -> {
                            t.pop(hnv.dataplane.Encapsulation.VXLAN, 2);
                            t.deliver(1);
                          })),
                  List.of(new ForwardingState.SubnetPorts(5001, 1, Map.of(A1.mac(), A1.port())))));
          net.send(A9, Packet.udp(A9, A1, 1, 2));
        });
    put(
        DropReason.PORT_WITHOUT_VSID,
        net -> {
          net.vswitch.apply(ForwardingState.EMPTY);
          net.receive(A1.port(), UDP.bytes());
        });
    put(
        DropReason.FRAGMENT_WITHOUT_FIRST,
        net -> {
          net.receive(A1.port(), UDP.fragment(9).length(64).bytes());
          net.pass(HeldFragments.PATIENCE_NS);
        });
    put(
        DropReason.FRAGMENTS_HELD,
        net -> {
          for (int id = 1; id <= TestNetwork.HELD_PER_PORT + 1; id++) {
            net.receive(A1.port(), UDP.fragment(9).length(64).id(id).bytes());
          }
          // Those that wait are not waited for.
          net.receiveFirstFragments(A1, UDP, TestNetwork.HELD_PER_PORT);
          net.take(A2.port());
        });
    put(
        DropReason.TTL_EXPIRED,
        net -> net.receive(A1.port(), UDP.toMac(ROUTER_MAC).ttl(1).bytes()));
    put(
        DropReason.MTU_EXCEEDED,
        net -> net.receive(A1.port(), UDP.length(1_473).fragment(0x4000).bytes()));
    put(
        DropReason.NEXT_HOP_UNRESOLVED,
        net -> {
          net.arrays.nextHops().putUnresolved(A2.port());
          net.receive(A1.port(), UDP.bytes());
        });
    put(
        DropReason.METER_EXCEEDED,
        net -> {
          net.meters.put(A1.port(), 5);
          net.arrays.meters().put(5, 1_000);
          net.arrays.meters().admit(5, 1, 70_000, net.now);
          net.apply();
          net.receive(A1.port(), UDP.bytes());
        });
    put(
        DropReason.GSO_SIZE_REFUSED,
        net -> {
          Frame frame = net.frame(Packet.tcp(A1, A2, 1, 2, 0).length(200).bytes(), A1.port());
          frame.setGso(VirtioNetHeader.GSO_TCPV4, 255);
          net.vswitch.process(frame, net.now);
        });
    put(
        DropReason.LINK_LOCAL_SERVICE_ON_UNDERLAY,
        net -> {
          // A copy that a layer would answer goes to nobody.
          Layer answers =
              new Layer(
                  "ANSWERS",
                  List.of(),
                  List.of(),
                  new Action.Allow(),
                  (Action.Transposition) packet -> packet.answer(DropReason.NONE),
                  false);
          net.vswitch.apply(
              new ForwardingState(
                  List.of(new VPort(1, "port-1", 1, 5001, 1, List.of(answers))),
                  List.of(new ForwardingState.SubnetPorts(5001, 1, Map.of(A1.mac(), A1.port())))));
          net.send(A9, Packet.udp(A9, A1, 1, 2).toMac(0xFFFF_FFFF_FFFFL));
        });
  }

  private static VPort bare(Consumer<hnv.dataplane.HeaderTransposition> edit) {
    Action.Transposition act =
        packet -> {
          edit.accept(packet.transposition());
          return Verdict.CONTINUE;
        };
    Layer layer = new Layer("BARE", List.of(), List.of(), act, act, false);
    return new VPort(1, "port-1", 1, 5001, 1, List.of(layer));
  }

  private void ofResources() {
    put(
        DropReason.FRAME_POOL_EXHAUSTED,
        net -> {
          List<Frame> taken = new ArrayList<>();
          while (net.pool.available() > 1) {
            taken.add(net.frame(new byte[14], A1.port()));
          }
          Frame last = net.frame(UDP.toMac(0xFFFF_FFFF_FFFFL).bytes(), A1.port());
          net.vswitch.process(last, net.now);
          taken.forEach(Frame::release);
        });
    put(
        DropReason.NO_HEADROOM,
        net -> {
          byte[] octets = Packet.udp(A1, A9, 1, 2).bytes();
          Frame frame = net.frame(octets, A1.port());
          frame.reset(10, octets.length);
          java.lang.foreign.MemorySegment.copy(
              octets,
              0,
              frame.memory(),
              java.lang.foreign.ValueLayout.JAVA_BYTE,
              10,
              octets.length);
          net.vswitch.process(frame, net.now);
        });
    put(
        DropReason.PORT_DOWN,
        net -> {
          net.vswitch.detach(net.ports.get(A2.port()));
          net.receive(A1.port(), UDP.bytes());
        });
    put(
        DropReason.TRANSMIT_FAILED,
        net -> {
          net.ports.get(A2.port()).refusal = DropReason.TRANSMIT_FAILED;
          net.receive(A1.port(), UDP.bytes());
        });
  }

  @TestFactory
  List<DynamicTest> givesEachReason() {
    List<DynamicTest> tests = new ArrayList<>();
    scenarios.forEach(
        (reason, scenario) ->
            tests.add(
                DynamicTest.dynamicTest(
                    reason.name(),
                    () -> {
                      TestNetwork net = new TestNetwork();
                      scenario.accept(net);
                      long counted = 0;
                      for (int port : net.ports.keySet()) {
                        var drops = net.counters.snapshot(port).drops();
                        counted += drops.getOrDefault(reason, 0L);
                        drops
                            .keySet()
                            .forEach(other -> assertEquals(reason, other, "another reason"));
                      }
                      long copies = reason == DropReason.FRAME_POOL_EXHAUSTED ? 2 : 1;
                      assertEquals(copies, counted);
                      assertEquals(TestNetwork.FRAMES, net.pool.available(), "frames leak");
                      assertEquals(List.of(), net.sent(A2.port()));
                      assertEquals(List.of(), net.sent(B1.port()));
                      assertEquals(0, net.arrays.meters().packets(MeterTable.NONE));
                    })));
    return tests;
  }

  @Test
  void knowsEveryReason() {
    Set<DropReason> known = EnumSet.of(DropReason.NONE);
    known.addAll(scenarios.keySet());
    Set<DropReason> both = EnumSet.copyOf(OF_THE_OVERLAY);
    both.retainAll(known);
    assertEquals(Set.of(), both, "listed as the overlay's and given here");
    known.addAll(OF_THE_OVERLAY);
    known.addAll(OF_THE_KERNEL);
    known.addAll(OF_GATEWAY_PORTS);
    for (DropReason reason : DropReason.values()) {
      if (isGivenByTheGateway(reason)) {
        known.add(reason);
      }
    }
    assertEquals(EnumSet.allOf(DropReason.class), known, "a reason that no test gives");
  }

  /// GRE, translation, and the gateway's ports and routes: given and tested there.
  private static boolean isGivenByTheGateway(DropReason reason) {
    int number = reason.number();
    return (number >= 28 && number < 40) || (number >= 110 && number < 150);
  }
}
