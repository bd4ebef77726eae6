// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.PortKind;
import hnv.linux.offload.TwoExecutors.Outcome;
import hnv.linux.probe.OffloadFeature;
import hnv.linux.probe.OffloadProbe;
import hnv.wire.VirtioNetHeader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Both executors do the same: random records on random frames, valid and hostile, through
/// BPF_PROG_TEST_RUN and through Java. Octets, exit, verdict and counters are identical; the kernel
/// may send up more than Java would, but only what it is documented to, and never forwards what
/// Java does not.
///
/// How many, by `-Dhnv.offload.frames=1000000`; from which seed, by `-Dhnv.offload.seed`.
@Tag("netns")
final class OffloadEqualityTest {
  private static final int FRAMES = Integer.getInteger("hnv.offload.frames", 100_000);
  private static final long SEED = Long.getLong("hnv.offload.seed", 20_26L);

  private final Random random = new Random(SEED);
  private final Map<Fate, Integer> seen = new EnumMap<>(Fate.class);
  private final boolean changesFamily =
      OffloadProbe.run().stream()
          .anyMatch(found -> found.feature() == OffloadFeature.FAMILY_CHANGE && found.present());
  private TwoExecutors both;
  private RandomTables tables;

  @BeforeEach
  void fillTables() throws Exception {
    both = new TwoExecutors();
    tables = new RandomTables(random, both);
    for (int tenant = 0; tenant < TwoExecutors.TENANTS; tenant++) {
      for (int i = 0; i < tenant; i++) {
        both.arrays.tenants().advanceEpoch(tenant);
      }
    }
    both.copyTables();
  }

  @AfterEach
  void close() {
    if (both != null) {
      both.close();
    }
  }

  private byte[] octets(int count) {
    byte[] result = new byte[count];
    random.nextBytes(result);
    return result;
  }

  @Test
  void doesInTheKernelWhatItDoesInJava() throws Exception {
    long before = System.nanoTime();
    for (int i = 0; i < FRAMES; i++) {
      once("frame " + i + " of seed " + SEED);
    }
    System.out.printf(
        "%,d frames through both executors in %.1f s: %s%n",
        FRAMES, (System.nanoTime() - before) / 1e9, seen);
    // A test that compares nothing but misses would pass as well.
    assertTrue(seen.getOrDefault(Fate.FORWARDED, 0) > FRAMES / 5, seen.toString());
    for (Fate fate : Fate.values()) {
      if (FRAMES >= 100_000 && !NOT_HERE.contains(fate)) {
        assertTrue(seen.containsKey(fate), "never seen: " + fate);
      }
    }
  }

  private static final List<Fate> GRE_OF_OTHERS =
      List.of(
          Fate.UP_OUTER_HEADER,
          Fate.UP_GRE_PEER,
          Fate.UP_NUMBERED,
          Fate.UP_NOT_IP,
          Fate.UP_OPTIONS,
          Fate.UP_NEXT_HOP);

  /// What BPF_PROG_TEST_RUN cannot bring about: partial checksums, VLAN tags in the metadata,
  /// frames beyond a page, races, and what has tests of its own.
  private static final List<Fate> NOT_HERE =
      List.of(
          Fate.UP_NO_HEARTBEAT,
          Fate.UP_TORN_RECORD,
          Fate.UP_TOO_LONG,
          Fate.UP_POPPED_SUPER_FRAME,
          Fate.UP_CHECKSUM_STATE,
          Fate.DROP_CHECKSUM_PLACE,
          Fate.DROP_UNKNOWN_TO_BOTH,
          Fate.DROP_BROKEN,
          Fate.DROP_NO_CHANNEL,
          Fate.DROP_MISS_LIMIT);

  private void once(String what) throws Exception {
    int tunnel = random.nextInt(4);
    PortKind from = from(tunnel);
    int peer = 1 + random.nextInt(TwoExecutors.ENTRIES - 1);
    boolean outerIpv6 = tables.remote.get(peer).getFirst().length == 16;
    RandomFrame live = new RandomFrame(random, tunnel, outerIpv6);
    live.outerSource = any(tables.remote.get(peer));
    live.outerDestination = any(tables.local.get(peer));
    if (tunnel == RandomFrame.L3_GRE) {
      live.outerSource = tables.remote.get(peer).getFirst();
      live.outerDestination = tables.local.get(peer).getFirst();
      live.greFlags = RandomTables.greKey(peer).isPresent() ? 0x2000 : 0;
      live.greKey = RandomTables.greKey(peer).orElse(0);
      live.outerOptionWords = 0;
    }
    HeaderTransposition t = transposition(live, peer);
    int tenant = random.nextInt(TwoExecutors.TENANTS);
    int stale = random.nextInt(32) == 0 ? 1 : 0;
    FlowRecord.write(both.java.record, 0, t, tenant, both.arrays.tenants().epoch(tenant) + stale);
    if (!both.install(live.build(), from)) {
      return;
    }
    RandomFrame frame = live.clone();
    byte[] octets = vary(frame);
    int gsoSize = gsoSize(frame, t);
    int gsoType = gsoType(frame);
    if (!runs(octets)) {
      both.remove();
      return;
    }
    Outcome kernel = both.runInKernel(octets, from, gsoSize);
    Outcome java = both.runInJava(octets, from, gsoType, gsoSize);
    both.remove();
    seen.merge(kernel.fate(), 1, Integer::sum);
    compare(octets, gsoSize, kernel, java, frame, t, what);
  }

  private PortKind from(int tunnel) {
    return switch (tunnel) {
      case 0 -> random.nextBoolean() ? PortKind.VIRTUAL_MACHINE : PortKind.OUTSIDE;
      case RandomFrame.L3_GRE -> PortKind.OUTSIDE;
      default -> PortKind.UNDERLAY;
    };
  }

  /// BPF_PROG_TEST_RUN makes no frame that ends within its first IP header (EINVAL); those run
  /// through a TAP in {@link OffloadTapTest}.
  private static boolean runs(byte[] octets) {
    int etherType = RandomFrame.u16(octets, 12);
    return octets.length >= (etherType == 0x86DD ? 54 : etherType == 0x0800 ? 34 : 15);
  }

  private void compare(
      byte[] octets,
      int gsoSize,
      Outcome kernel,
      Outcome java,
      RandomFrame frame,
      HeaderTransposition t,
      String what) {
    Supplier<String> described =
        () ->
            "%s: kernel %s, java %s, operations %x, in %s, kernel's %s, java's %s"
                .formatted(
                    what,
                    kernel.fate(),
                    java.fate(),
                    t.operations(),
                    HexFormat.of().formatHex(octets),
                    kernel.octets(),
                    java.octets());
    if (kernel.fate().isUp()) {
      // As it came; but for what lies behind the packet.
      assertTrue(HexFormat.of().formatHex(octets).startsWith(kernel.octets()), described);
      assertEquals(-1, kernel.exit(), described);
      assertEquals(0, kernel.packets(), described);
      if (!java.fate().isUp() && !mayGoUp(kernel.fate(), octets, gsoSize, frame, t)) {
        fail(described.get());
      }
      return;
    }
    if (kernel.fate() == Fate.DROP_UNKNOWN_VSID) {
      // Java drops it as well, at the walk that finds no subnet; here that is "no flow".
      assertTrue(java.fate().isUp(), described);
      assertEquals(-1, kernel.exit(), described);
      return;
    }
    assertEquals(java.fate(), kernel.fate(), described);
    assertEquals(java.packets(), kernel.packets(), described);
    assertEquals(java.octetCount(), kernel.octetCount(), described);
    if (kernel.fate() == Fate.FORWARDED) {
      assertEquals(java.exit(), kernel.exit(), described);
      assertEquals(java.octets(), kernel.octets(), described);
    }
  }

  /// What the kernel's executor leaves to Java though Java's would do it.
  private boolean mayGoUp(
      Fate fate, byte[] octets, int gsoSize, RandomFrame frame, HeaderTransposition t) {
    int inner = frame.outerLength() + 14;
    if (frame.tunnel == 0 && frame.protocol == RandomFrame.GRE) {
      // Somebody else's tunnel through an outside network: a flow of Java's.
      return GRE_OF_OTHERS.contains(fate);
    }
    return switch (fate) {
      case UP_OPTIONS -> frame.extension || (octets[inner] & 0xF) != 5 || frame.ipv6;
      case UP_ICMP -> !frame.hasPorts();
      case UP_OUTER_HEADER -> !frame.outerIpv6 && (octets[14] & 0xF) != 5;
      case UP_HAIRPIN ->
          gsoSize != 0
              && (t.operations() & FlowRecord.PUSH) != 0
              && (t.operations() & FlowRecord.POP) != 0;
      // The kernel cannot cut what lies behind the packet of a super-frame; before Linux 6.3 it
      // takes off no header of another family.
      case UP_REFUSED_BY_KERNEL ->
          gsoSize != 0
              || (!changesFamily
                  && (t.operations() & FlowRecord.POP) != 0
                  && frame.ipv6 != frame.outerIpv6);
      case UP_NUMBERED -> (frame.greFlags & 0x9000) != 0 || hopIsNumbered(t);
      case UP_NEXT_HOP -> true;
      default -> false;
    };
  }

  private boolean hopIsNumbered(HeaderTransposition t) {
    return both.arrays.nextHops().isNumbered(t.nextHop());
  }

  private byte[] any(List<byte[]> list) {
    return list.get(random.nextInt(list.size()));
  }

  // ---- records ----

  private HeaderTransposition transposition(RandomFrame live, int peer) {
    HeaderTransposition t = new HeaderTransposition();
    int hop = 1 + random.nextInt(TwoExecutors.ENTRIES - 1);
    if (live.tunnel == RandomFrame.L3_GRE && random.nextInt(50) != 0) {
      t.popGre();
    } else if (live.tunnel != 0) {
      boolean right = random.nextInt(50) != 0;
      t.pop(
          (live.tunnel == RandomFrame.VXLAN) == right ? Encapsulation.VXLAN : Encapsulation.NVGRE,
          random.nextInt(50) == 0 ? 1 + random.nextInt(TwoExecutors.ENTRIES - 1) : peer);
    }
    if (live.tunnel != 0 && tables.isTunnel[hop] && random.nextInt(4) != 0) {
      hop &= ~1;
    }
    if (tables.isTunnel[hop]) {
      t.push(hop, random.nextInt(1 << 24), random.nextInt(65_536));
    } else {
      t.deliver(hop);
    }
    if (random.nextBoolean()) {
      t.expectSourceMac(live.tunnel == RandomFrame.L3_GRE ? 0 : live.sourceMac);
    }
    if (random.nextBoolean()) {
      t.rewriteMacs(random.nextLong() & 0xFFFF_FFFF_FFFFL, random.nextLong() & 0xFFFF_FFFF_FFFFL);
    }
    if (random.nextBoolean()) {
      t.decrementTtl();
    }
    if (random.nextInt(3) == 0) {
      translate(live, t);
    }
    if (random.nextInt(16) == 0) {
      t.limitMtu(28 + random.nextInt(200));
    }
    if (random.nextInt(4) == 0) {
      t.meterOutbound(random.nextInt(TwoExecutors.COUNTING_METER + 1));
      t.meterInbound(random.nextInt(8) == 0 ? TwoExecutors.DRAINED_METER : 1);
    }
    return t;
  }

  private void translate(RandomFrame live, HeaderTransposition t) {
    if (random.nextBoolean()) {
      byte[] to = octets(live.source.length);
      if (live.ipv6) {
        t.rewriteIpv6Source(high(live.source), low(live.source), high(to), low(to));
      } else {
        t.rewriteIpv4Source(bits(live.source), bits(to));
      }
    }
    if (random.nextBoolean()) {
      byte[] to = octets(live.destination.length);
      if (live.ipv6) {
        t.rewriteIpv6Destination(high(live.destination), low(live.destination), high(to), low(to));
      } else {
        t.rewriteIpv4Destination(bits(live.destination), bits(to));
      }
    }
    if (random.nextBoolean()) {
      t.rewriteSourcePort(live.sourcePort, random.nextInt(65_536));
    }
    if (live.hasPorts() && random.nextBoolean()) {
      t.rewriteDestinationPort(live.destinationPort, random.nextInt(65_536));
    }
  }

  // ---- frames ----

  /// The flow's next packet, or one that somebody made to look like it.
  private byte[] vary(RandomFrame frame) {
    if (random.nextInt(8) == 0) {
      frame.ttl = random.nextInt(256);
      frame.trafficClass = random.nextInt(256);
      frame.outerTrafficClass = random.nextInt(256);
      frame.payload = octets(random.nextInt(200));
    }
    switch (random.nextInt(40)) {
      case 0 -> frame.outerSource = octets(frame.outerSource.length);
      case 1 -> frame.outerDestination = anotherOfOurs(frame.outerDestination);
      case 9 -> frame.outerDestination = octets(frame.outerDestination.length);
      case 2 -> frame.sourceMac ^= 1L << random.nextInt(48);
      case 3 -> frame.destinationMac ^= 1L << random.nextInt(48);
      case 4 -> frame.tcpFlags = random.nextInt(256);
      case 5 -> frame.outerFragment = 1 << random.nextInt(14);
      case 6 -> frame.vsid ^= 1 << random.nextInt(24);
      case 7 -> frame.optionWords = random.nextInt(11);
      case 8 -> frame.extension = true;
      case 10 -> frame.greFlags ^= 1 << random.nextInt(16);
      case 11 -> frame.greKey ^= 1 << random.nextInt(32);
      default -> {}
    }
    byte[] octets = frame.build();
    return switch (random.nextInt(10)) {
      case 0 -> flip(octets);
      case 1 -> Arrays.copyOf(octets, 15 + random.nextInt(octets.length - 14));
      case 2 -> Arrays.copyOf(octets, octets.length + 1 + random.nextInt(46));
      case 3 -> breakIpv4(octets, frame);
      case 4 -> random.nextInt(8) == 0 ? tag(octets, frame) : breakTransport(octets, frame);
      default -> octets;
    };
  }

  private byte[] anotherOfOurs(byte[] address) {
    for (int i = 0; i < 100; i++) {
      byte[] other = any(tables.local.get(1 + random.nextInt(tables.local.size() - 1)));
      if (other.length == address.length) {
        return other;
      }
    }
    return address;
  }

  /// A VLAN tag in the octets of the inner frame.
  private static byte[] tag(byte[] octets, RandomFrame frame) {
    int at = frame.outerLength() + 12;
    byte[] tagged = new byte[octets.length + 4];
    System.arraycopy(octets, 0, tagged, 0, at);
    System.arraycopy(octets, at, tagged, at + 4, octets.length - at);
    RandomFrame.put16(tagged, at, 0x8100);
    RandomFrame.put16(tagged, at + 2, 42);
    return tagged;
  }

  private byte[] flip(byte[] octets) {
    int headers = Math.min(octets.length, 120);
    for (int i = 0; i <= random.nextInt(2); i++) {
      octets[random.nextInt(headers)] ^= (byte) (1 << random.nextInt(8));
    }
    return octets;
  }

  /// Something wrong in an IPv4 header under a right checksum.
  private byte[] breakIpv4(byte[] octets, RandomFrame frame) {
    boolean outer = frame.tunnel != 0 && !frame.outerIpv6 && random.nextBoolean();
    if (!outer && frame.ipv6) {
      octets[frame.l3() + random.nextInt(8)] ^= (byte) (1 << random.nextInt(8));
      return octets;
    }
    int at = outer ? 14 : frame.l3();
    switch (random.nextInt(5)) {
      case 0 -> octets[at] = (byte) (0x40 | random.nextInt(16));
      case 1 -> RandomFrame.put16(octets, at + 2, random.nextInt(octets.length + 40));
      case 2 -> RandomFrame.put16(octets, at + 6, 1 << random.nextInt(16));
      case 3 -> octets[at] = (byte) (random.nextInt(16) << 4 | 5);
      default -> octets[at + 9] = (byte) random.nextInt(256);
    }
    RandomFrame.repairIpv4(octets, at);
    return octets;
  }

  private byte[] breakTransport(byte[] octets, RandomFrame frame) {
    int at = frame.l4() + random.nextInt(20);
    if (at < octets.length) {
      octets[at] = (byte) random.nextInt(256);
    }
    return octets;
  }

  /// BPF_PROG_TEST_RUN gives a frame a segment size but no type, so that the kernel would not move
  /// its headers: super-frames here go from port to port only.
  private int gsoSize(RandomFrame frame, HeaderTransposition t) {
    boolean pops = (t.operations() & FlowRecord.POP) != 0;
    boolean pushes = (t.operations() & FlowRecord.PUSH) != 0;
    // From tunnel to tunnel; what else changes its headers needs a frame of a device's.
    if (!frame.hasPorts() || pops != pushes || frame.udpChecksum != 0 || random.nextInt(6) != 0) {
      return 0;
    }
    return random.nextInt(3) == 0 ? 1 + random.nextInt(300) : 256 + random.nextInt(400);
  }

  private static int gsoType(RandomFrame frame) {
    if (frame.protocol == RandomFrame.UDP) {
      return VirtioNetHeader.GSO_UDP_L4;
    }
    return frame.ipv6 ? VirtioNetHeader.GSO_TCPV6 : VirtioNetHeader.GSO_TCPV4;
  }

  private static int bits(byte[] address) {
    return ByteBuffer.wrap(address).getInt();
  }

  private static long high(byte[] address) {
    return ByteBuffer.wrap(address).getLong(0);
  }

  private static long low(byte[] address) {
    return ByteBuffer.wrap(address).getLong(8);
  }
}
