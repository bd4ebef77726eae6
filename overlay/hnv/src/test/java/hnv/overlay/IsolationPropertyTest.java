// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import hnv.dataplane.Encapsulation;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.EthernetHeader;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.NvgreHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The line that everything serves, as a property: whatever VMs and the underlay send (valid,
/// forged or malformed), nothing ever leaves its routing domain, and no forged packet is delivered.
/// Two tenants have identical prefixes, addresses and MACs. Packets are processed one at a time, so
/// what comes out is due to what went in.
class IsolationPropertyTest {
  private static final int PACKETS = 500_000;
  private static final int OUTER_IP = 14;
  private static final String ROGUE_PA = "192.168.1.66";
  private static final List<String> PAS =
      List.of(TwoTenants.HOST1_PA, TwoTenants.HOST2_PA, ROGUE_PA);
  private static final int[] VNIS = {5001, 5002, 6001, 5101, 0, 0xFFFFFF};

  private final Map<String, Domain> domainOf = new HashMap<>();
  private final Map<String, Adapter> adapters = new HashMap<>();
  private final Set<Long> macs = new HashSet<>();
  private final List<String> addresses = new ArrayList<>();

  private OverlayNetwork network(Encapsulation encapsulation) {
    OverlayNetwork network = TwoTenants.network(encapsulation);
    for (Domain domain : network.domains()) {
      for (Adapter adapter : domain.adapters()) {
        domainOf.put(adapter.name(), domain);
        adapters.put(adapter.name(), adapter);
        macs.add(adapter.mac().bits());
        for (CustomerAddress address : adapter.addresses()) {
          if (address.address() instanceof Ipv4Address v4) {
            addresses.add(v4.toString());
          }
        }
      }
    }
    macs.add(RouterMac.BITS);
    macs.add(EthernetHeader.BROADCAST);
    macs.add(0x0200_DEAD_BEEFL);
    addresses.add("10.1.1.99");
    addresses.add("10.1.1.1");
    addresses.add("10.1.1.255");
    addresses.add("8.8.8.8");
    return network;
  }

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  void nothingOfAVmLeavesItsRoutingDomain(Encapsulation encapsulation) {
    OverlayNetwork network = network(encapsulation);
    TestHost[] hosts = {new TestHost("host1"), new TestHost("host2")};
    hosts[0].apply(network);
    hosts[1].apply(network);
    SplittableRandom random = new SplittableRandom(42);
    List<String> names = adapters.keySet().stream().sorted().toList();
    int delivered = 0;
    for (int i = 0; i < PACKETS; i++) {
      Adapter from = adapters.get(names.get(random.nextInt(names.size())));
      TestHost here = hosts[from.host().equals("host1") ? 0 : 1];
      TestHost there = hosts[from.host().equals("host1") ? 1 : 0];
      byte[] packet = fromVm(random, from);
      here.nowNs += 1_000;
      here.fromVm(from.name(), packet);
      delivered += checkPorts(here, from);
      for (byte[] outer : here.underlay.take()) {
        checkVni(outer, from, encapsulation);
        there.fromUnderlay(outer);
        delivered += checkPorts(there, from);
        assertTrue(there.underlay.take().isEmpty(), "a host passed a tunnel packet on");
      }
    }
    assertTrue(
        delivered > PACKETS / 20, "the property must not hold for want of packets: " + delivered);
    assertEquals(64, hosts[0].pool.available());
    assertEquals(64, hosts[1].pool.available());
  }

  /// Everything that came out of VM ports must be in the sender's domain; counts it.
  private int checkPorts(TestHost host, Adapter from) {
    int count = 0;
    for (Adapter adapter : adapters.values()) {
      if (!adapter.host().equals(host.name)) {
        continue;
      }
      int got = host.vm(adapter.name()).take().size();
      if (got > 0 && !domainOf.get(adapter.name()).id().equals(domainOf.get(from.name()).id())) {
        fail(adapter.name() + " got a packet of " + from.name());
      }
      count += got;
    }
    return count;
  }

  private void checkVni(byte[] outer, Adapter from, Encapsulation encapsulation) {
    MemorySegment f = Packets.segment(outer);
    int vsid =
        encapsulation == Encapsulation.VXLAN
            ? VxlanHeader.vni(f, OUTER_IP + 28)
            : NvgreHeader.vsid(f, OUTER_IP + 20);
    assertTrue(
        domainOf.get(from.name()).subnets().stream().anyMatch(s -> s.vsid().value() == vsid),
        () -> from.name() + " sent in VSID " + vsid);
  }

  private byte[] fromVm(SplittableRandom random, Adapter from) {
    long mac = random.nextInt(8) == 0 ? anyMac(random) : from.mac().bits();
    String source =
        random.nextInt(8) == 0 ? anyAddress(random) : from.addresses().getFirst().toString();
    byte[] packet = inner(random, mac, source);
    return switch (random.nextInt(10)) {
      case 0 -> tagged(packet, random);
      case 1, 2 -> mutated(packet, random);
      default -> packet;
    };
  }

  private byte[] inner(SplittableRandom random, long mac, String source) {
    long to = anyMac(random);
    String destination = anyAddress(random);
    int sport = 1_000 + random.nextInt(4);
    return switch (random.nextInt(4)) {
      case 0 -> Packets.tcp(mac, to, source, destination, sport, 80, random.nextInt(64), 10);
      case 1 -> Packets.ping(mac, to, source, destination, sport);
      default -> Packets.udp(mac, to, source, destination, sport, 53, random.nextInt(40));
    };
  }

  private long anyMac(SplittableRandom random) {
    return macs.stream().sorted().skip(random.nextInt(macs.size())).findFirst().orElseThrow();
  }

  private String anyAddress(SplittableRandom random) {
    return addresses.get(random.nextInt(addresses.size()));
  }

  private static byte[] tagged(byte[] packet, SplittableRandom random) {
    byte[] result = new byte[packet.length + 4];
    System.arraycopy(packet, 0, result, 0, 12);
    result[12] = (byte) (random.nextBoolean() ? 0x81 : 0x88);
    result[13] = (byte) (result[12] == (byte) 0x81 ? 0x00 : 0xA8);
    result[15] = (byte) random.nextInt(256);
    System.arraycopy(packet, 12, result, 16, packet.length - 12);
    return result;
  }

  private static byte[] mutated(byte[] packet, SplittableRandom random) {
    int length = random.nextInt(4) == 0 ? random.nextInt(packet.length) + 1 : packet.length;
    byte[] result = Arrays.copyOf(packet, length);
    for (int i = random.nextInt(4); i >= 0; i--) {
      result[random.nextInt(length)] = (byte) random.nextInt(256);
    }
    return result;
  }

  /// An oracle of its own: who may have sent this tunnel packet, and to whom, by the policy alone.
  @Test
  void noForgedTunnelPacketIsDelivered() {
    OverlayNetwork network = network(Encapsulation.VXLAN);
    TestHost host2 = new TestHost("host2");
    host2.apply(network);
    SplittableRandom random = new SplittableRandom(43);
    int delivered = 0;
    for (int i = 0; i < PACKETS; i++) {
      String outerSource = PAS.get(random.nextInt(PAS.size()));
      String outerDestination = random.nextInt(8) == 0 ? ROGUE_PA : TwoTenants.HOST2_PA;
      int vni = VNIS[random.nextInt(VNIS.length)];
      byte[] inner = inner(random, anyMac(random), anyAddress(random));
      byte[] packet = vxlan(outerSource, outerDestination, vni, inner);
      if (random.nextInt(10) == 0) {
        packet = mutated(packet, random);
      }
      host2.fromUnderlay(packet);
      assertTrue(host2.underlay.take().isEmpty());
      for (Adapter adapter : adapters.values()) {
        if (!adapter.host().equals("host2")) {
          continue;
        }
        for (byte[] got : host2.vm(adapter.name()).take()) {
          delivered++;
          assertTrue(
              mayReceive(adapter, outerSource, outerDestination, vni, got),
              () -> adapter.name() + " got a forged packet from " + outerSource + " VNI " + vni);
        }
      }
    }
    assertTrue(delivered > 100, "the property must not hold for want of packets: " + delivered);
    assertEquals(64, host2.pool.available());
  }

  private boolean mayReceive(
      Adapter to, String outerSource, String outerDestination, int vni, byte[] got) {
    MemorySegment f = Packets.segment(got);
    String source = new Ipv4Address(Ipv4Header.source(f, 14)).toString();
    long sourceMac = EthernetHeader.source(f, 0);
    if (!outerDestination.equals(TwoTenants.HOST2_PA)
        || !outerSource.equals(TwoTenants.HOST1_PA)
        || to.vsid().value() != vni) {
      return false;
    }
    for (Adapter from : domainOf.get(to.name()).adapters()) {
      boolean owns =
          from.addresses().stream().anyMatch(a -> a.address().equals(IpAddress.parse(source)));
      boolean bySwitch = sourceMac == from.mac().bits() && from.vsid().equals(to.vsid());
      if (owns && from.host().equals("host1") && (bySwitch || sourceMac == RouterMac.BITS)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] vxlan(String from, String to, int vni, byte[] inner) {
    byte[] outer = Packets.udp(1, 2, from, to, 50_000, 4_789, 8 + inner.length);
    MemorySegment f = Packets.segment(outer);
    VxlanHeader.write(f, OUTER_IP + 28, vni);
    MemorySegment.copy(inner, 0, f, ValueLayout.JAVA_BYTE, OUTER_IP + 36, inner.length);
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void theTenantsOfThisTestOverlap() {
    OverlayNetwork network = network(Encapsulation.VXLAN);
    Domain contoso = network.domains().get(0);
    Domain fabrikam = network.domains().get(1);
    assertEquals(contoso.adapters().get(0).mac(), fabrikam.adapters().get(0).mac(), "same MACs");
    assertEquals(Cidr.parse("10.1.1.0/24"), fabrikam.subnets().getFirst().prefixes().getFirst());
    assertEquals(AccessControl.OPEN, contoso.adapters().get(0).accessControl());
  }
}
