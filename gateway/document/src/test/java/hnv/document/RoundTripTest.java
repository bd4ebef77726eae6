// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.model.AccessControlList;
import hnv.model.AccessControlListReference;
import hnv.model.AclAction;
import hnv.model.AclDirection;
import hnv.model.AclProtocol;
import hnv.model.AclRule;
import hnv.model.AddressPattern;
import hnv.model.Encapsulation;
import hnv.model.IpConfiguration;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.model.PortRange;
import hnv.model.PortSettings;
import hnv.model.ResourceId;
import hnv.model.Server;
import hnv.model.ServerReference;
import hnv.model.Subnet;
import hnv.model.SubnetReference;
import hnv.model.VirtualNetwork;
import hnv.model.VirtualNetworkManager;
import hnv.model.VirtualSubnetIdRange;
import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import hnv.wire.RoutingDomainId;
import hnv.wire.Vsid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What is written is read back as the same.
class RoundTripTest {
  private static final List<AclProtocol> PROTOCOLS = List.of(AclProtocol.values());

  @Test
  void parsingWhatIsWrittenGivesThePolicy() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      Policy policy = policy(random, 1 + random.nextInt(12));
      String text = PolicyDocuments.write(policy);
      Policy read =
          SampleDocument.accepted(PolicyDocuments.parse(text.getBytes(StandardCharsets.UTF_8)));
      assertEquals(policy, read, "seed " + seed);
      assertEquals(text, PolicyDocuments.write(read), "seed " + seed);
    }
  }

  @Test
  void writesTheExampleAsItStands() {
    byte[] example = PolicyDocuments.twoTenants();
    Policy policy = SampleDocument.accepted(PolicyDocuments.parse(example));
    Policy again =
        SampleDocument.accepted(
            PolicyDocuments.parse(PolicyDocuments.write(policy).getBytes(StandardCharsets.UTF_8)));
    assertEquals(policy, again);
  }

  /// A valid policy with about `size` elements in each list.
  static Policy policy(Random random, int size) {
    List<AccessControlList> lists = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      lists.add(list(random, i));
    }
    List<Server> servers = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      List<ProviderAddress> addresses = new ArrayList<>();
      addresses.add(new ProviderAddress(new Ipv4Address(0xC0A8_0001 + i)));
      if (random.nextBoolean()) {
        addresses.add(new ProviderAddress(new Ipv6Address(0xFD01_0000_0000_0000L, i + 1)));
      }
      servers.add(new Server(ResourceId.of("host " + i), addresses));
    }
    List<VirtualNetwork> networks = new ArrayList<>();
    List<NetworkInterface> interfaces = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      VirtualNetwork network = network(random, i, lists);
      networks.add(network);
      for (Subnet subnet : network.subnets()) {
        interfaces.add(networkInterface(random, network, subnet, servers, lists));
      }
    }
    Vsid start = new Vsid(Vsid.LOWEST + random.nextInt(1000));
    VirtualNetworkManager manager =
        new VirtualNetworkManager(
            random.nextBoolean(),
            random.nextBoolean() ? Encapsulation.VXLAN : Encapsulation.NVGRE,
            new VirtualSubnetIdRange(start, new Vsid(Vsid.HIGHEST - random.nextInt(1000))));
    return new Policy(servers, networks, interfaces, lists, manager);
  }

  private static VirtualNetwork network(Random random, int number, List<AccessControlList> lists) {
    ResourceId name = ResourceId.of("Network-" + number);
    List<Subnet> subnets = new ArrayList<>();
    for (int i = 0; i < 1 + random.nextInt(3); i++) {
      Cidr v4 = new Cidr(new Ipv4Address(0x0A01_0000 + (i << 8)), 24);
      Cidr v6 = new Cidr(new Ipv6Address(0xFD00_0001_0000_0000L + i, 0), 64);
      Vsid vsid = new Vsid(5_000 + number * 10 + i);
      ResourceId subnet = ResourceId.of("s" + i);
      ResourceId partner = ResourceId.of("s" + i + "-v6");
      Optional<AccessControlListReference> list = anyList(random, lists);
      if (random.nextBoolean()) {
        subnets.add(new Subnet(subnet, List.of(v4, v6), vsid, list, Optional.empty()));
      } else {
        subnets.add(
            new Subnet(
                subnet, List.of(v4), vsid, list, Optional.of(new SubnetReference(name, partner))));
        subnets.add(
            new Subnet(
                partner, List.of(v6), vsid, list, Optional.of(new SubnetReference(name, subnet))));
      }
    }
    List<Cidr> space = List.of(Cidr.parse("10.1.0.0/16"), Cidr.parse("fd00::/16"));
    UUID domain = new UUID(random.nextLong(), random.nextLong() | 1);
    return new VirtualNetwork(name, new RoutingDomainId(domain), space, subnets);
  }

  private static NetworkInterface networkInterface(
      Random random,
      VirtualNetwork network,
      Subnet subnet,
      List<Server> servers,
      List<AccessControlList> lists) {
    List<IpConfiguration> configurations = new ArrayList<>();
    SubnetReference reference = new SubnetReference(network.resourceId(), subnet.resourceId());
    for (Cidr prefix : subnet.addressPrefixes()) {
      CustomerAddress address =
          switch (prefix.network()) {
            case Ipv4Address v4 ->
                new CustomerAddress(new Ipv4Address(v4.bits() + 2 + random.nextInt(200)));
            case Ipv6Address v6 ->
                new CustomerAddress(new Ipv6Address(v6.high(), 2 + (random.nextLong() >>> 1)));
          };
      configurations.add(
          new IpConfiguration(
              ResourceId.of("ip" + configurations.size()),
              address,
              reference,
              anyList(random, lists)));
    }
    Server server = servers.get(random.nextInt(servers.size()));
    boolean family = subnet.resourceId().toString().endsWith("-v6");
    long mac = 0x0200_0000_0000L | (subnet.virtualSubnetId().value() * 2L + (family ? 1 : 0));
    return new NetworkInterface(
        ResourceId.of(network.resourceId() + "." + subnet.resourceId()),
        new MacAddress(mac),
        random.nextBoolean()
            ? Optional.of(new ServerReference(server.resourceId()))
            : Optional.empty(),
        configurations,
        new PortSettings(random.nextBoolean(), mbps(random), mbps(random)));
  }

  private static OptionalLong mbps(Random random) {
    return random.nextBoolean()
        ? OptionalLong.empty()
        : OptionalLong.of(1 + random.nextLong(PortSettings.MAX_MBPS));
  }

  private static Optional<AccessControlListReference> anyList(
      Random random, List<AccessControlList> lists) {
    ResourceId name = lists.get(random.nextInt(lists.size())).resourceId();
    return random.nextBoolean()
        ? Optional.of(new AccessControlListReference(name))
        : Optional.empty();
  }

  private static AccessControlList list(Random random, int number) {
    List<AclRule> rules = new ArrayList<>();
    for (int i = 0; i < random.nextInt(5); i++) {
      AclProtocol protocol = PROTOCOLS.get(random.nextInt(PROTOCOLS.size()));
      boolean ports = protocol.hasPorts() || protocol == AclProtocol.ALL;
      int first = random.nextInt(65_536);
      PortRange range =
          ports ? new PortRange(first, first + random.nextInt(65_536 - first)) : PortRange.ANY;
      rules.add(
          new AclRule(
              ResourceId.of("rule" + i),
              random.nextBoolean() ? AclDirection.INBOUND : AclDirection.OUTBOUND,
              AclRule.MIN_PRIORITY + i,
              random.nextBoolean() ? AclAction.ALLOW : AclAction.DENY,
              protocol,
              pattern(random, protocol),
              range,
              AddressPattern.ANY,
              range,
              random.nextBoolean(),
              random.nextBoolean() ? "" : "\"quoted\" \\ \u2713 \n"));
    }
    return new AccessControlList(
        ResourceId.of("list" + number),
        random.nextBoolean() ? AclAction.ALLOW : AclAction.DENY,
        random.nextBoolean() ? AclAction.ALLOW : AclAction.DENY,
        rules);
  }

  private static AddressPattern pattern(Random random, AclProtocol protocol) {
    return switch (random.nextInt(3)) {
      case 0 -> AddressPattern.ANY;
      case 1 -> new AddressPattern.Tag(AddressPattern.ServiceTag.VIRTUALNETWORK);
      default ->
          new AddressPattern.Prefix(
              Cidr.parse(protocol == AclProtocol.ICMPV6 ? "fd00::/8" : "10.9.0.0/16"));
    };
  }
}
