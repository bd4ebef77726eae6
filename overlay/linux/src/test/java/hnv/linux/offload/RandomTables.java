// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static java.util.stream.Collectors.toSet;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.OuterHeader;
import hnv.dataplane.TunnelEndpoints;
import hnv.linux.LinuxException;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/// Next hops, peers and ends of GRE tunnels at random, in the tables of both executors.
final class RandomTables {
  final List<List<byte[]>> remote = new ArrayList<>();
  final List<List<byte[]>> local = new ArrayList<>();
  final boolean[] isTunnel = new boolean[TwoExecutors.ENTRIES];
  private final Random random;
  private final TwoExecutors both;

  RandomTables(Random random, TwoExecutors both) throws LinuxException {
    this.random = random;
    this.both = both;
    remote.add(List.of());
    local.add(List.of());
    for (int i = 1; i < TwoExecutors.ENTRIES; i++) {
      remote.add(addresses(i % 4 == 0));
      local.add(addresses(i % 4 == 0));
      both.arrays
          .peers()
          .put(
              i,
              remote.get(i).stream().map(RandomTables::address).toList(),
              local.get(i).stream().map(RandomTables::address).toList());
      fillNextHop(i);
    }
    both.arrays
        .endpoints()
        .set(
            IntStream.range(1, TwoExecutors.ENTRIES)
                .mapToObj(
                    i ->
                        new TunnelEndpoints.Endpoint(
                            address(remote.get(i).getFirst()).address(),
                            address(local.get(i).getFirst()).address(),
                            greKey(i),
                            100 + i,
                            false))
                .toList());
    both.filter.setAddresses(
        local.stream().flatMap(List::stream).map(a -> address(a).address()).collect(toSet()));
  }

  /// The key of the GRE tunnel to a peer.
  static OptionalInt greKey(int peer) {
    return peer % 3 == 0 ? OptionalInt.empty() : OptionalInt.of(peer * 0x0101_0101);
  }

  private List<byte[]> addresses(boolean ofIpv6) {
    List<byte[]> result = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(4); i++) {
      result.add(unicast(ofIpv6));
    }
    return result;
  }

  private byte[] unicast(boolean ofIpv6) {
    byte[] address = octets(ofIpv6 ? 16 : 4);
    address[0] = (byte) (ofIpv6 ? 0x20 : 10 + random.nextInt(100));
    return address;
  }

  private void fillNextHop(int i) {
    NextHopTable nextHops = both.arrays.nextHops();
    int exit = random.nextInt(TwoExecutors.LAST_EXIT + 1);
    int mtu = random.nextInt(6) == 0 ? 40 + random.nextInt(100) : 1_500;
    if (i % 8 == 7) {
      nextHops.putUnresolved(i);
    } else if (i % 2 == 0) {
      nextHops.putLocal(i, i % 16 == 0 ? TwoExecutors.LAST_EXIT + 1 : exit, mtu);
    } else {
      boolean ofIpv6 = random.nextInt(3) == 0;
      isTunnel[i] = true;
      OuterHeader header = random.nextInt(3) == 0 ? greHeader(ofIpv6) : header(ofIpv6);
      nextHops.putTunnel(i, exit, header, mtu + header.length());
    }
  }

  private OuterHeader greHeader(boolean ofIpv6) {
    return OuterHeader.ofGre(
        address(unicast(ofIpv6)).address(),
        address(unicast(ofIpv6)).address(),
        new MacAddress(random.nextLong() & 0xFFFF_FFFF_FFFFL),
        new MacAddress(random.nextLong() & 0xFFFF_FFFF_FFFFL),
        1 + random.nextInt(255),
        random.nextBoolean() ? OptionalInt.of(random.nextInt()) : OptionalInt.empty(),
        random.nextInt(16) == 0,
        random.nextInt(16) == 0);
  }

  private OuterHeader header(boolean ofIpv6) {
    return OuterHeader.of(
        random.nextBoolean() ? Encapsulation.VXLAN : Encapsulation.NVGRE,
        address(unicast(ofIpv6)),
        address(unicast(ofIpv6)),
        new MacAddress(random.nextLong() & 0xFFFF_FFFF_FFFFL),
        new MacAddress(random.nextLong() & 0xFFFF_FFFF_FFFFL),
        1 + random.nextInt(255),
        1 + random.nextInt(65_535));
  }

  private byte[] octets(int count) {
    byte[] result = new byte[count];
    random.nextBytes(result);
    return result;
  }

  private static ProviderAddress address(byte[] octets) {
    ByteBuffer b = ByteBuffer.wrap(octets);
    return new ProviderAddress(
        octets.length == 4
            ? new Ipv4Address(b.getInt())
            : new Ipv6Address(b.getLong(), b.getLong()));
  }
}
