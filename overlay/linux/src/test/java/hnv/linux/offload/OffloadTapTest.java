// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.PortKind;
import hnv.linux.Lab;
import hnv.linux.port.RawTap;
import hnv.wire.InternetChecksum;
import hnv.wire.ProviderAddress;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// As {@link OffloadEqualityTest}, through real TAPs: super-frames, partial checksums and VLAN tags
/// have the same octets and the same virtio-net header whichever executor they took.
///
/// How many, by `-Dhnv.offload.tap.frames=100000`.
@Tag("netns")
final class OffloadTapTest {
  private static final int FRAMES = Integer.getInteger("hnv.offload.tap.frames", 10_000);
  private static final ProviderAddress OURS = ProviderAddress.parse("192.168.1.20");
  private static final ProviderAddress ALSO_OURS = ProviderAddress.parse("192.168.1.21");
  private static final ProviderAddress THEIRS = ProviderAddress.parse("192.168.1.10");

  private static final PortKind[] PORTS = PortKind.values();

  private final Random random = new Random(20_26);
  private Lab lab;

  @BeforeEach
  void lay() throws Exception {
    lab = TapRig.lay();
  }

  @AfterEach
  void clear() {
    if (lab != null) {
      lab.close();
    }
  }

  /// A frame with the header that says what of it is unfinished.
  private static byte[] withHeader(
      byte[] frame, int flags, int gso, int size, int headers, int start, int at) {
    byte[] all = new byte[RawTap.HEADER_LENGTH + frame.length];
    MemorySegment header = MemorySegment.ofArray(all);
    VirtioNetHeader.write(header, 0, flags, gso, headers, size, start, at);
    System.arraycopy(frame, 0, all, RawTap.HEADER_LENGTH, frame.length);
    return all;
  }

  private static byte[] plain(byte[] frame) {
    return withHeader(frame, 0, 0, 0, 0, 0, 0);
  }

  /// One frame of a kind: whether it went out by both.
  private interface Once {
    boolean run(TapRig rig, String what) throws Exception;
  }

  private void repeat(int frames, double least, Once once) throws Exception {
    long before = System.nanoTime();
    int forwarded =
        lab.in(
            "rig",
            () -> {
              int count = 0;
              try (TapRig rig = new TapRig(THEIRS, OURS, ALSO_OURS)) {
                for (int i = 0; i < frames; i++) {
                  count += once.run(rig, "frame " + i) ? 1 : 0;
                }
              }
              return count;
            });
    System.out.printf(
        "%,d frames by TAPs through both executors in %.1f s, %,d forwarded%n",
        frames, (System.nanoTime() - before) / 1e9, forwarded);
    assertTrue(forwarded > frames * least, "forwarded: " + forwarded);
  }

  @Test
  void sendsTheSameFramesWithTheSameMetadata() throws Exception {
    LiveFlows.needsChecksumPlace();
    repeat(FRAMES, 0.8, this::once);
  }

  /// Cut short, tagged, with a checksum to be written anywhere and segments of any size.
  @Test
  void neverSendsWhatJavaWouldNot() throws Exception {
    LiveFlows.needsChecksumPlace();
    repeat(FRAMES, 0.1, this::hostile);
  }

  private boolean hostile(TapRig rig, String what) throws Exception {
    PortKind from = random.nextInt(4) == 0 ? PortKind.UNDERLAY : PortKind.VIRTUAL_MACHINE;
    from = random.nextInt(4) == 0 ? PortKind.OUTSIDE : from;
    RandomFrame frame = frame(from);
    frame.noUdpChecksum = false;
    int hop = hop();
    HeaderTransposition t = transposition(frame, hop);
    assertTrue(rig.install(plain(frame.build()), from, t), what);
    int start = 0;
    int at = 0;
    byte[] octets = frame.build();
    boolean claimed = frame.tunnel == 0 && random.nextBoolean();
    if (claimed) {
      start = random.nextBoolean() ? frame.l4() : 14 + random.nextInt(60);
      at = random.nextBoolean() ? frame.checksumAt() : random.nextInt(40);
    }
    octets =
        switch (random.nextInt(6)) {
          case 0 -> Arrays.copyOf(octets, 14 + random.nextInt(octets.length - 13));
          case 1 -> Arrays.copyOf(octets, octets.length + random.nextInt(30));
          case 2 -> tagged(octets);
          default -> octets;
        };
    int flags = claimed ? VirtioNetHeader.NEEDS_CHECKSUM : 0;
    boolean superFrame = claimed && random.nextInt(4) == 0;
    int gso = superFrame ? gsoType(frame) : 0;
    int size = superFrame ? 1 + random.nextInt(600) : 0;
    byte[] input = withHeader(octets, flags, gso, size, superFrame ? start + 20 : 0, start, at);
    TapRig.Result kernel = rig.byKernel(input, from);
    TapRig.Result java = rig.byJava(input, from);
    rig.remove();
    if (kernel.left().isEmpty()) {
      return false;
    }
    String described =
        "%s: operations %x, hop %d, in %s%n kernel %s%n java %s"
            .formatted(what, t.operations(), hop, hex(input), show(kernel), show(java));
    if (java.left().isEmpty()) {
      // A checksum summed from somewhere within the transport header, but written behind all that
      // was checked: the program sees the latter only.
      int free = frame.l4() + (frame.protocol == RandomFrame.TCP ? 18 : 8);
      assertTrue(claimed && start + at + 2 >= free, described);
      return false;
    }
    assertEquals(java.left().size(), kernel.left().size(), described);
    for (int i = 0; i < java.left().size() && gso == 0; i++) {
      assertArrayEquals(
          withoutHint(java.left().get(i)), withoutHint(kernel.left().get(i)), described);
    }
    return true;
  }

  private static byte[] tagged(byte[] octets) {
    byte[] tagged = new byte[octets.length + 4];
    System.arraycopy(octets, 0, tagged, 0, 12);
    RandomFrame.put16(tagged, 12, 0x8100);
    RandomFrame.put16(tagged, 14, 42);
    System.arraycopy(octets, 12, tagged, 16, octets.length - 12);
    return tagged;
  }

  private static int gsoType(RandomFrame frame) {
    if (frame.protocol == RandomFrame.UDP) {
      return VirtioNetHeader.GSO_UDP_L4;
    }
    return frame.ipv6 ? VirtioNetHeader.GSO_TCPV6 : VirtioNetHeader.GSO_TCPV4;
  }

  /// To a VM, or by a tunnel of any kind and family.
  private int hop() {
    return random.nextInt(3) == 0 ? TapRig.TO_OUT : TapRig.TO_TUNNEL + random.nextInt(8);
  }

  private boolean once(TapRig rig, String what) throws Exception {
    PortKind from = PORTS[random.nextInt(PORTS.length)];
    RandomFrame frame = frame(from);
    // A TAP's header has no word for a super-frame in NVGRE or GRE.
    boolean describable = frame.tunnel == 0 || frame.tunnel == RandomFrame.VXLAN;
    boolean superFrame = frame.hasPorts() && describable && random.nextInt(4) == 0;
    int hop = hop();
    if (superFrame) {
      frame.payload = frame.octets(2_000 + random.nextInt(20_000));
    }
    frame.partial = superFrame || (frame.hasPorts() && random.nextBoolean());
    frame.noUdpChecksum = false;
    byte[] input = describe(frame, superFrame);
    HeaderTransposition t = transposition(frame, hop);
    assertTrue(rig.install(input, from, t), what);
    TapRig.Result kernel = rig.byKernel(input, from);
    MemorySegment counted = rig.kernelRecord();
    TapRig.Result java = rig.byJava(input, from);
    rig.remove();
    String described =
        "%s: operations %x, hop %d, in %s%n kernel %s%n java %s"
            .formatted(what, t.operations(), hop, hex(input), show(kernel), show(java));
    if (frame.tunnel != 0 && superFrame && hop != TapRig.TO_TUNNEL) {
      // A TAP would lose it, or it is one of VXLAN: it goes up as it came, Java does the rest.
      assertEquals(1, kernel.wentUp().size(), described);
      byte[] wentUp = kernel.wentUp().getFirst();
      assertArrayEquals(withoutHint(input), withoutHint(wentUp), described);
      return true;
    }
    assertEquals(DropReason.NONE, rig.javaSent, described);
    assertEquals(java.left().size(), kernel.left().size(), described);
    // NVGRE and GRE super-frames are cut for a TAP, by Java or by the kernel; the latter leaves the
    // checksums of the pieces to whoever comes next.
    boolean cut = superFrame && (hop >= TapRig.TO_GRE || (hop - TapRig.TO_TUNNEL) % 2 == 1);
    for (int i = 0; i < java.left().size(); i++) {
      byte[] one = java.left().get(i);
      byte[] other = kernel.left().get(i);
      assertArrayEquals(
          cut ? finish(one) : withoutHint(one),
          cut ? finish(other) : withoutHint(other),
          described);
    }
    if (!java.left().isEmpty()) {
      assertEquals(
          FlowRecord.packets(rig.java.record, 0), FlowRecord.packets(counted, 0), described);
      assertEquals(FlowRecord.octets(rig.java.record, 0), FlowRecord.octets(counted, 0), described);
    }
    return !java.left().isEmpty();
  }

  /// A super-frame's length of headers is a hint: the kernel says how much happens to lie in place.
  private static byte[] withoutHint(byte[] headerAndFrame) {
    byte[] same = headerAndFrame.clone();
    RandomFrame.put16(same, VirtioNetHeader.HEADER_LENGTH_AT, 0);
    return same;
  }

  /// A piece without its virtio-net header, the checksum completed, the outer header unnumbered.
  private static byte[] finish(byte[] headerAndFrame) {
    MemorySegment header = MemorySegment.ofArray(headerAndFrame);
    MemorySegment frame = Arena.ofAuto().allocate(headerAndFrame.length - RawTap.HEADER_LENGTH);
    frame.copyFrom(header.asSlice(RawTap.HEADER_LENGTH));
    if ((VirtioNetHeader.flags(header, 0) & VirtioNetHeader.NEEDS_CHECKSUM) != 0) {
      int start = VirtioNetHeader.checksumStart(header, 0);
      InternetChecksum.completePartial(
          frame, start, start + VirtioNetHeader.checksumOffset(header, 0), frame.byteSize());
    }
    byte[] octets = frame.toArray(ValueLayout.JAVA_BYTE);
    if (RandomFrame.u16(octets, 12) == 0x0800) {
      // The kernel numbers the pieces, Java does not: of atomic datagrams both are right (RFC
      // 6864).
      RandomFrame.put16(octets, 18, 0);
      RandomFrame.repairIpv4(octets, 14);
    }
    return octets;
  }

  private RandomFrame frame(PortKind from) {
    int tunnel =
        switch (from) {
          case VIRTUAL_MACHINE -> 0;
          case UNDERLAY -> 1 + random.nextInt(2);
          case OUTSIDE -> random.nextBoolean() ? RandomFrame.L3_GRE : 0;
        };
    RandomFrame frame = new RandomFrame(random, tunnel, false);
    frame.outerSource = new byte[] {(byte) 192, (byte) 168, 1, 10};
    frame.outerDestination = new byte[] {(byte) 192, (byte) 168, 1, 20};
    frame.greKey = TapRig.GRE_KEY;
    frame.optionWords = 0;
    frame.outerOptionWords = 0;
    frame.extension = false;
    frame.tcpFlags = 0x10;
    frame.ttl = Math.max(2, frame.ttl);
    if (!frame.hasPorts()) {
      frame.protocol = RandomFrame.TCP;
    }
    if (frame.payload.length > 1_300) {
      frame.payload = frame.octets(1_300);
    }
    return frame;
  }

  private byte[] describe(RandomFrame frame, boolean superFrame) {
    byte[] octets = frame.build();
    if (!frame.partial) {
      return plain(octets);
    }
    int gso = 0;
    int size = 0;
    int headers = 0;
    if (superFrame) {
      size = 256 + random.nextInt(1_000);
      headers = octets.length - frame.payload.length;
      gso = gsoType(frame);
      if (frame.tunnel != 0) {
        gso |= VirtioNetHeader.GSO_UDP_TUNNEL_IPV4;
      }
    }
    byte[] all =
        withHeader(
            octets,
            VirtioNetHeader.NEEDS_CHECKSUM,
            gso,
            size,
            headers,
            frame.l4(),
            frame.checksumAt());
    if (superFrame && frame.tunnel != 0) {
      VirtioNetHeader.writeTunnel(MemorySegment.ofArray(all), 0, 34, frame.l3());
    }
    return all;
  }

  private HeaderTransposition transposition(RandomFrame frame, int hop) {
    HeaderTransposition t = new HeaderTransposition();
    if (frame.tunnel == RandomFrame.L3_GRE) {
      t.popGre();
    } else if (frame.tunnel != 0) {
      t.pop(
          frame.tunnel == RandomFrame.VXLAN ? Encapsulation.VXLAN : Encapsulation.NVGRE,
          TapRig.PEER);
    }
    if (hop == TapRig.TO_OUT) {
      t.deliver(hop);
    } else {
      t.push(hop, frame.vsid, 0xC000 + random.nextInt(1 << 14));
    }
    if (random.nextBoolean()) {
      t.rewriteMacs(0x0200_0000_0011L, 0x0200_0000_0012L);
      t.decrementTtl();
    }
    if (random.nextInt(3) == 0 && !frame.ipv6) {
      t.rewriteIpv4Source(bits(frame.source), random.nextInt());
      t.rewriteSourcePort(frame.sourcePort, random.nextInt(65_536));
    } else if (random.nextInt(3) == 0 && frame.ipv6) {
      byte[] from = frame.destination;
      t.rewriteIpv6Destination(high(from), low(from), random.nextLong(), random.nextLong());
      t.rewriteDestinationPort(frame.destinationPort, random.nextInt(65_536));
    }
    return t;
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

  private static String show(TapRig.Result result) {
    StringBuilder text = new StringBuilder();
    result.left().forEach(frame -> text.append(" left ").append(hex(frame)));
    result.wentUp().forEach(frame -> text.append(" up ").append(hex(frame)));
    return text.toString();
  }

  private static String hex(byte[] octets) {
    return octets.length + ":" + HexFormat.of().formatHex(octets, 0, Math.min(octets.length, 180));
  }
}
