// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import hnv.wire.Cidr;
import hnv.wire.CustomerAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import hnv.wire.RoutingDomainId;
import hnv.wire.Vsid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Policies that are put together in code. The rules one by one are tested on documents.
class PolicyValidationTest {
  private static final ResourceId NETWORK = ResourceId.of("n");
  private static final List<Cidr> SPACE = List.of(Cidr.parse("0.0.0.0/0"), Cidr.parse("::/0"));

  private static Subnet subnet(int number, Cidr... prefixes) {
    return new Subnet(
        ResourceId.of("s" + number),
        List.of(prefixes),
        new Vsid(5_000 + number),
        Optional.empty(),
        Optional.empty());
  }

  private static Policy policy(List<Subnet> subnets, List<NetworkInterface> interfaces) {
    VirtualNetwork network =
        new VirtualNetwork(NETWORK, new RoutingDomainId(new UUID(1, 1)), SPACE, subnets);
    return new Policy(
        List.of(), List.of(network), interfaces, List.of(), VirtualNetworkManager.DEFAULT);
  }

  private static NetworkInterface networkInterface(
      int number, int subnet, CustomerAddress address) {
    SubnetReference reference = new SubnetReference(NETWORK, ResourceId.of("s" + subnet));
    return new NetworkInterface(
        ResourceId.of("i" + number),
        new MacAddress(0x0200_0000_0000L | number),
        Optional.empty(),
        List.of(new IpConfiguration(ResourceId.of("c"), address, reference, Optional.empty())),
        PortSettings.DEFAULT);
  }

  private static List<String> problems(Policy policy) {
    return PolicyValidation.check(policy).stream().map(p -> p.path() + " " + p.code()).toList();
  }

  @Test
  void theEmptyPolicyIsValid() {
    assertEquals(List.of(), problems(Policy.EMPTY));
  }

  @Test
  void findsWhatADocumentCannotSay() {
    assertEquals(
        List.of(
            "$.virtualNetworks[0].properties.subnets[0].properties.addressPrefixes PropertyMissing"),
        problems(policy(List.of(subnet(0)), List.of())));
    AclRule rule =
        new AclRule(
            ResourceId.of("r"),
            AclDirection.INBOUND,
            100,
            AclAction.ALLOW,
            AclProtocol.ALL,
            AddressPattern.ANY,
            PortRange.ANY,
            AddressPattern.ANY,
            PortRange.ANY,
            false,
            "");
    AccessControlList list =
        new AccessControlList(ResourceId.of("l"), AclAction.ALLOW, AclAction.ALLOW, List.of(rule));
    Policy policy =
        new Policy(List.of(), List.of(), List.of(), List.of(list), VirtualNetworkManager.DEFAULT);
    assertEquals(
        List.of(
            "$.accessControlLists[0].properties.aclRules[0].properties.priority InvalidAclRulePriority"),
        problems(policy));
  }

  @Test
  void holdsTheLimitOfEveryList() {
    PolicyLimits none = new PolicyLimits(0, 0, 0, 0, 0, 0, 0, 0, 0, 100, GatewayLimits.DEFAULT);
    ProblemList problems = new ProblemList(100);
    CustomerAddress address = CustomerAddress.parse("10.1.0.2");
    Policy policy =
        policy(
            List.of(subnet(0, Cidr.parse("10.1.0.0/24"))),
            List.of(networkInterface(1, 0, address)));
    PolicyValidation.check(policy, none, new SourceMap(), problems);
    assertEquals(
        List.of(
            "$.virtualNetworks",
            "$.virtualNetworks[0].properties.addressSpace.addressPrefixes",
            "$.virtualNetworks[0].properties.subnets",
            "$.networkInterfaces",
            "$.networkInterfaces[0].properties.ipConfigurations"),
        problems.toList().stream()
            .filter(p -> p.code() == ProblemCode.COUNT_LIMIT_REACHED)
            .map(ConfigProblem::path)
            .toList());
  }

  @Test
  void countsTheProblemsBeyondTheLimit() {
    ProblemList problems = new ProblemList(2);
    for (int i = 0; i < 5; i++) {
      problems.add("$", ProblemCode.INVALID_JSON, "x");
    }
    List<ConfigProblem> list = problems.toList();
    assertEquals(3, list.size());
    assertEquals(ProblemCode.TOO_MANY_PROBLEMS, list.getLast().code());
    assertEquals("3 more problems are not listed; correct these 2 first", list.getLast().text());
  }

  /// Against the naive answer: a subnet that shares an address with another is part of an overlap.
  @Test
  void findsOverlapsExactlyWhereTwoSubnetsShareAnAddress() {
    for (int seed = 0; seed < 300; seed++) {
      List<Subnet> subnets = randomSubnets(new Random(seed));
      boolean overlap = false;
      for (int i = 0; i < subnets.size(); i++) {
        for (int j = 0; j < i; j++) {
          overlap |= overlaps(subnets.get(i), subnets.get(j));
        }
      }
      boolean found =
          PolicyValidation.check(policy(subnets, List.of())).stream()
              .anyMatch(p -> p.code() == ProblemCode.SUBNET_PREFIX_OVERLAP);
      assertEquals(overlap, found, "seed " + seed);
    }
  }

  private static List<Subnet> randomSubnets(Random random) {
    List<Subnet> subnets = new ArrayList<>();
    for (int i = random.nextInt(12); i >= 0; i--) {
      Cidr v4 =
          Cidr.containing(
              new Ipv4Address(0x0A00_0000 | random.nextInt(1 << 12)), 20 + random.nextInt(10));
      Cidr v6 =
          Cidr.containing(
              new Ipv6Address(0xFD00L << 48, random.nextInt(1 << 12)), 116 + random.nextInt(10));
      subnets.add(random.nextBoolean() ? subnet(i, v4) : subnet(i, v6, v4));
    }
    return subnets;
  }

  private static boolean overlaps(Subnet a, Subnet b) {
    return a.addressPrefixes().stream()
        .anyMatch(p -> b.addressPrefixes().stream().anyMatch(p::overlaps));
  }

  /// Against the naive answer, for every address of a small subnet.
  @Test
  void acceptsExactlyTheAddressesOfMachines() {
    Cidr prefix = Cidr.parse("10.1.0.0/28");
    for (int i = -2; i < 18; i++) {
      CustomerAddress address = new CustomerAddress(new Ipv4Address(0x0A01_0000 + i));
      Policy policy = policy(List.of(subnet(0, prefix)), List.of(networkInterface(1, 0, address)));
      boolean machine = i >= 2 && i <= 14;
      assertEquals(machine, PolicyValidation.check(policy).isEmpty(), address.toString());
    }
  }

  @Test
  void findsEveryAddressThatIsThereTwice() {
    Random random = new Random(7);
    List<NetworkInterface> interfaces = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    int twice = 0;
    for (int i = 0; i < 500; i++) {
      int host = 2 + random.nextInt(1_000);
      twice += seen.add(host) ? 0 : 1;
      interfaces.add(
          networkInterface(i, 0, new CustomerAddress(new Ipv4Address(0x0A01_0000 + host))));
    }
    Policy policy = policy(List.of(subnet(0, Cidr.parse("10.1.0.0/16"))), interfaces);
    List<ConfigProblem> problems = PolicyValidation.check(policy);
    assertEquals(twice, problems.size());
    problems.forEach(p -> assertEquals(ProblemCode.PRIVATE_IP_ADDRESS_IN_USE, p.code()));
  }

  /// A quarter of a million interfaces in one subnet: a pair-wise comparison would take an hour.
  @Test
  void doesNotTakeTheSquareOfTheSize() {
    List<NetworkInterface> interfaces = new ArrayList<>();
    for (int i = 0; i < 250_000; i++) {
      interfaces.add(networkInterface(i, 0, new CustomerAddress(new Ipv4Address(0x0A00_0002 + i))));
    }
    Policy policy = policy(List.of(subnet(0, Cidr.parse("10.0.0.0/8"))), interfaces);
    assertEquals(
        List.of(), assertTimeout(Duration.ofSeconds(30), () -> PolicyValidation.check(policy)));
  }
}
