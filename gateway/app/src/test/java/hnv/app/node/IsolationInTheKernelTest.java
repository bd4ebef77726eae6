// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.host.OfflineHost;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.model.IpConfiguration;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.model.Server;
import hnv.wire.EthernetHeader;
import hnv.wire.Icmpv4Header;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The line that everything serves, on the very program: tenants with equal prefixes, addresses and
/// MACs send what may be anything, while their established flows lie in the kernel's maps. What
/// leaves is octet for octet what Java alone sends, by the same port, and nothing crosses a routing
/// domain.
@Tag("netns")
final class IsolationInTheKernelTest {
  private static final int PACKETS = Integer.getInteger("hnv.isolation.packets", 20_000);
  private static final int OUTER_IP = 14;
  private static final int VXLAN = OUTER_IP + 28;
  private static final int OUTER_LENGTH = VXLAN + 8;
  private static final int[] VNIS = {5001, 5002, 5101, 6001, 4999, 0, 0xFFFFFF};
  private static final String[] PROVIDERS = {"192.168.1.10", "192.168.2.20", "192.168.2.66"};

  private final SplittableRandom random = new SplittableRandom(47);
  private final Map<String, Machine> machines = new TreeMap<>();
  private final List<Machine> list = new ArrayList<>();

  /// A machine of the policy.
  private record Machine(String name, String network, String host, long mac, int address) {}

  /// The same host twice: with the kernel's executor, and by Java alone.
  private record Pair(String name, KernelHost both, KernelHost java) implements AutoCloseable {
    @Override
    public void close() {
      both.close();
      java.close();
    }
  }

  @Test
  void nothingLeavesItsRoutingDomain() throws Exception {
    Namespaces.needed();
    Policy policy = policy();
    try (Namespaces namespaces = new Namespaces()) {
      namespaces.add("isolation");
      for (int i = 0; i < 8; i++) {
        int index = KernelHost.FIRST_DEVICE + i;
        namespaces.ip(
            "isolation",
            "link add name d%d index %d type veth peer name e%d index %d"
                .formatted(i, index, i, index + 100),
            "link set d" + i + " up");
      }
      boolean done =
          namespaces.in(
              "isolation",
              () -> {
                try (Pair host1 = pair(policy, 0);
                    Pair host2 = pair(policy, 1)) {
                  run(host1, host2);
                }
                return true;
              });
      assertTrue(done);
    }
  }

  private Policy policy() {
    if (!(PolicyDocuments.parse(PolicyDocuments.twoTenants())
        instanceof Parsed.Accepted accepted)) {
      throw new AssertionError("the example is refused");
    }
    for (NetworkInterface adapter : accepted.policy().networkInterfaces()) {
      IpConfiguration first = adapter.ipConfigurations().getFirst();
      Machine machine =
          new Machine(
              adapter.resourceId().toString(),
              first.subnet().virtualNetwork().toString(),
              adapter.server().orElseThrow().resourceId().toString(),
              adapter.privateMacAddress().bits(),
              ((Ipv4Address) first.privateIpAddress().address()).bits());
      machines.put(machine.name, machine);
      list.add(machine);
    }
    return accepted.policy();
  }

  private static Pair pair(Policy policy, int index) throws Exception {
    Server server = policy.servers().get(index);
    return new Pair(
        server.resourceId().toString(),
        new KernelHost(policy, server, true),
        new KernelHost(policy, server, false));
  }

  private void run(Pair host1, Pair host2) throws Exception {
    int delivered = 0;
    for (int i = 0; i < PACKETS; i++) {
      if (random.nextInt(4) == 0) {
        Pair to = random.nextBoolean() ? host1 : host2;
        byte[] outer = forged(to.equals(host1) ? 1 : 0);
        delivered += receive(to, OfflineHost.UNDERLAY, outer, vsidOf(outer)).size();
        continue;
      }
      Machine from = list.get(random.nextInt(list.size()));
      Pair here = from.host.equals(host1.name) ? host1 : host2;
      Pair there = here.equals(host1) ? host2 : host1;
      for (KernelHost.Sent sent : receive(here, from.name, fromMachine(from), from.network)) {
        if (sent.port().equals(OfflineHost.UNDERLAY)) {
          byte[] outer = HexFormat.of().parseHex(sent.octets());
          assertEquals(from.network, vsidOf(outer), from.name + " sent into another network");
          delivered += receive(there, OfflineHost.UNDERLAY, outer, from.network).size();
        } else {
          delivered++;
        }
      }
    }
    long byKernel = host1.both.byKernel() + host2.both.byKernel();
    assertTrue(delivered > PACKETS / 20, "for want of packets: " + delivered);
    assertTrue(byKernel > PACKETS / 20, "for want of flows in the kernel: " + byKernel);
  }

  /// What both hosts make of a frame is the same; and who gets it is of the sender's network.
  private List<KernelHost.Sent> receive(Pair host, String port, byte[] octets, String network)
      throws Exception {
    List<KernelHost.Sent> java = host.java.receive(host.java.port(port), octets);
    List<KernelHost.Sent> both = host.both.receive(host.both.port(port), octets);
    assertEquals(java, both, () -> "of " + HexFormat.of().formatHex(octets) + " from " + port);
    for (KernelHost.Sent sent : both) {
      if (!sent.port().equals(OfflineHost.UNDERLAY)) {
        assertEquals(network, machine(sent.port()).network, () -> sent.port() + " got it");
      } else {
        assertTrue(!port.equals(OfflineHost.UNDERLAY), "a host passed a tunnel packet on");
      }
    }
    return both;
  }

  private Machine machine(String name) {
    return list.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
  }

  /// The network of a tunnel packet's virtual subnet.
  private static String vsidOf(byte[] outer) {
    return switch (outer.length < OUTER_LENGTH ? 0 : VxlanHeader.vni(segment(outer), VXLAN)) {
      case 5001, 5002 -> "contoso";
      case 5101 -> "contoso-dev";
      case 6001 -> "fabrikam";
      default -> "nobody";
    };
  }

  // ---- frames ----

  private byte[] fromMachine(Machine from) {
    long mac = random.nextInt(10) == 0 ? any().mac : from.mac;
    int address = random.nextInt(10) == 0 ? any().address : from.address;
    return spoiled(inner(mac, address, from));
  }

  /// @param sender the provider address that a right one comes from
  private byte[] forged(int sender) {
    int source = random.nextInt(6) == 0 ? random.nextInt(PROVIDERS.length) : sender;
    int destination = random.nextInt(8) == 0 ? random.nextInt(PROVIDERS.length) : 1 - sender;
    Machine from = any();
    byte[] inner = inner(from.mac, from.address, from);
    MemorySegment f = Arena.ofAuto().allocate(OUTER_LENGTH + inner.length);
    EthernetHeader.write(f, 0, 0x0200_0000_0001L, 0x0200_0000_0002L, EthernetHeader.IPV4);
    int length = inner.length + OUTER_LENGTH - OUTER_IP;
    Ipv4Header.write(
        f,
        OUTER_IP,
        random.nextInt(8) == 0 ? random.nextInt(4) : 0,
        length,
        0,
        Ipv4Header.FLAG_DF,
        63,
        IpProtocol.UDP,
        Ipv4Address.parse(PROVIDERS[source]).bits(),
        Ipv4Address.parse(PROVIDERS[destination]).bits());
    UdpHeader.write(f, OUTER_IP + 20, 50_000, 4_789, length - 20, 0);
    VxlanHeader.write(
        f, VXLAN, random.nextInt(6) == 0 ? VNIS[random.nextInt(VNIS.length)] : vsid(from));
    MemorySegment.copy(inner, 0, f, ValueLayout.JAVA_BYTE, OUTER_LENGTH, inner.length);
    return spoiled(f.toArray(ValueLayout.JAVA_BYTE));
  }

  private static int vsid(Machine from) {
    return switch (from.network) {
      case "fabrikam" -> 6001;
      case "contoso-dev" -> 5101;
      default -> from.name.contains("app") ? 5002 : 5001;
    };
  }

  private Machine any() {
    return list.get(random.nextInt(list.size()));
  }

  private byte[] inner(long mac, int address, Machine from) {
    Machine to = any();
    while (random.nextInt(8) != 0 && !to.network.equals(from.network)) {
      to = any();
    }
    int sourcePort = 1_000 + random.nextInt(2);
    int destinationPort = 1_000 + random.nextInt(2);
    int data = random.nextInt(40);
    boolean tcp = random.nextInt(3) == 0;
    boolean ping = random.nextInt(6) == 0;
    int header = tcp ? TcpHeader.MIN_LENGTH : UdpHeader.LENGTH;
    int l4 = OUTER_IP + 20;
    MemorySegment f = Arena.ofAuto().allocate(l4 + header + data);
    EthernetHeader.write(f, 0, to.mac, mac, EthernetHeader.IPV4);
    int protocol = tcp ? IpProtocol.TCP : ping ? IpProtocol.ICMP : IpProtocol.UDP;
    Ipv4Header.write(
        f, OUTER_IP, 0, 20 + header + data, 7, 0x4000, 64, protocol, address, to.address);
    int pseudo = Ipv4Header.pseudoHeader(f, OUTER_IP, protocol, header + data);
    if (tcp) {
      int flags = random.nextInt(4) == 0 ? random.nextInt(64) : TcpHeader.ACK;
      TcpHeader.write(f, l4, sourcePort, destinationPort, 1, 1, flags, 65_535);
      TcpHeader.writeChecksum(f, l4, header + data, pseudo);
    } else if (ping) {
      int type = random.nextBoolean() ? Icmpv4Header.ECHO_REQUEST : 0;
      Icmpv4Header.writeQuery(f, l4, type, 0, 1, 1);
      Icmpv4Header.writeChecksum(f, l4, header + data);
    } else {
      UdpHeader.write(f, l4, sourcePort, destinationPort, header + data, 0);
      UdpHeader.writeChecksum(f, l4, pseudo);
    }
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  private byte[] spoiled(byte[] frame) {
    return switch (random.nextInt(12)) {
      case 0 -> tagged(frame);
      case 1, 2 -> mutated(frame);
      default -> frame;
    };
  }

  private byte[] tagged(byte[] frame) {
    byte[] tagged = new byte[frame.length + 4];
    System.arraycopy(frame, 0, tagged, 0, 12);
    tagged[12] = (byte) 0x81;
    tagged[15] = (byte) random.nextInt(256);
    System.arraycopy(frame, 12, tagged, 16, frame.length - 12);
    return tagged;
  }

  private byte[] mutated(byte[] frame) {
    int length = random.nextInt(4) == 0 ? 1 + random.nextInt(frame.length) : frame.length;
    byte[] mutated = Arrays.copyOf(frame, length);
    for (int i = random.nextInt(4); i >= 0; i--) {
      mutated[random.nextInt(length)] = (byte) random.nextInt(256);
    }
    return mutated;
  }

  private static MemorySegment segment(byte[] octets) {
    return MemorySegment.ofArray(octets);
  }
}
