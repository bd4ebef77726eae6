// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.wire.IpProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// What happens in a test network, step by step at random but the same for the same seed: packets
/// of few flows, good and bad, and now and then time or policy.
final class RandomTraffic {
  /// One thing that happens.
  interface Step {
    void happen(TestNetwork net);
  }

  /// A packet that comes in.
  record Arrival(int port, List<Byte> octets) implements Step {
    static Arrival of(int port, byte[] octets) {
      List<Byte> list = new ArrayList<>(octets.length);
      for (byte octet : octets) {
        list.add(octet);
      }
      return new Arrival(port, list);
    }

    byte[] bytes() {
      byte[] bytes = new byte[octets.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = octets.get(i);
      }
      return bytes;
    }

    @Override
    public void happen(TestNetwork net) {
      net.receive(port, bytes());
    }
  }

  private static final TestHost[][] PAIRS = {
    {TestNetwork.A1, TestNetwork.A2}, {TestNetwork.A1, TestNetwork.A9},
    {TestNetwork.A2, TestNetwork.A9}, {TestNetwork.B1, TestNetwork.B9}
  };
  private static final int[] TCP_FLAGS = {
    Packet.SYN,
    Packet.SYN | Packet.ACK,
    Packet.ACK,
    Packet.ACK,
    Packet.ACK,
    Packet.ACK,
    Packet.FIN | Packet.ACK,
    Packet.RST
  };

  private final Random random;

  RandomTraffic(long seed) {
    random = new Random(seed);
  }

  Step next() {
    return switch (random.nextInt(200)) {
      case 0, 1 -> time();
      case 2 -> policy();
      default -> arrival();
    };
  }

  private Step time() {
    long ns = (long) (random.nextDouble() * random.nextInt(100) * 1_000_000_000L);
    return net -> net.pass(ns);
  }

  private Step policy() {
    TestHost host = TestNetwork.HOSTS.get(random.nextInt(2) == 0 ? 0 : 1 + 2 * random.nextInt(2));
    int port = host.port() == 0 ? TestNetwork.A2.port() : host.port();
    boolean out = random.nextBoolean();
    int from = random.nextInt(4);
    boolean deny = random.nextInt(3) != 0;
    int tenant = port == TestNetwork.B1.port() ? TestNetwork.TENANT_B : TestNetwork.TENANT_A;
    return net -> {
      Map<Integer, List<Rule>> rules = out ? net.outbound : net.inbound;
      rules.remove(port);
      if (deny) {
        net.deny(rules, port, new Condition.DestinationPort(from, from + 1));
      }
      net.change(tenant);
    };
  }

  Arrival arrival() {
    TestHost[] pair = PAIRS[random.nextInt(PAIRS.length)];
    boolean there = random.nextBoolean();
    TestHost from = pair[there ? 0 : 1];
    TestHost to = pair[there ? 1 : 0];
    Packet packet = packet(from, to);
    boolean first = random.nextInt(6) != 0;
    if (!first) {
      packet = odd(packet, from, to);
    }
    byte[] octets = packet.bytes();
    if (random.nextInt(20) == 0) {
      int at = random.nextInt(octets.length);
      octets[at] ^= (byte) (1 << random.nextInt(8));
    }
    if (from.port() != 0) {
      return Arrival.of(from.port(), octets);
    }
    boolean vxlan = (from.tenant() == TestNetwork.TENANT_A) ^ (random.nextInt(50) == 0);
    int vsid = random.nextInt(50) == 0 ? 7_777 : from.vsid();
    var pa = random.nextInt(50) == 0 ? TestNetwork.HERE : TestNetwork.THERE;
    int ecn = random.nextInt(10) == 0 ? random.nextInt(4) : 0;
    return Arrival.of(
        TestNetwork.UNDERLAY, Packet.tunnel(octets, vxlan, vsid, pa, TestNetwork.HERE, ecn));
  }

  private Packet packet(TestHost from, TestHost to) {
    boolean six = random.nextBoolean();
    int source = random.nextInt(4);
    int target = random.nextInt(4);
    return switch (random.nextInt(6)) {
      case 0, 1 -> Packet.of(from, to, six, IpProtocol.UDP, source, target);
      case 2 ->
          six
              ? Packet.ping6(from, to, source, random.nextBoolean())
              : Packet.ping(from, to, source, random.nextBoolean());
      case 3 -> Packet.error(from, to, Packet.of(to, from, six, IpProtocol.UDP, target, source));
      default ->
          Packet.of(from, to, six, IpProtocol.TCP, source, target)
              .flags(TCP_FLAGS[random.nextInt(TCP_FLAGS.length)]);
    };
  }

  private Packet tooLong(Packet packet) {
    return random.nextBoolean() ? packet : packet.fragment(0x4000);
  }

  private Packet odd(Packet packet, TestHost from, TestHost to) {
    return switch (random.nextInt(10)) {
      case 0 -> packet.toMac(TestNetwork.ROUTER_MAC);
      case 1 -> packet.toMac(TestNetwork.ROUTER_MAC).ttl(random.nextInt(3));
      case 2 -> packet.withVlanTag();
      case 3 -> packet.fromMac(random.nextInt() & 0xFEFF_FFFFL);
      case 4 -> packet.toMac(0xFFFF_FFFF_FFFFL);
      case 5 -> Packet.udp(from, to, 1, 2).length(64).fragment(0x2000);
      case 6 -> Packet.udp(from, to, 1, 2).length(64).fragment(9);
      case 7 -> tooLong(Packet.udp(from, to, 1, 2).length(1_400 + random.nextInt(200)));
      case 8 -> packet.toMac(0x0200_0000_7777L);
      default -> Packet.of(from, to, random.nextBoolean(), 132, 0, 0);
    };
  }
}
