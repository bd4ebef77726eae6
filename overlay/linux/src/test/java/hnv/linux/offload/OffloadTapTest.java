// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.Frame;
import hnv.dataplane.HeaderTransposition;
import hnv.linux.Lab;
import hnv.linux.port.RawTap;
import hnv.wire.InternetChecksum;
import hnv.wire.ProviderAddress;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
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

  @Test
  void sendsTheSameFramesWithTheSameMetadata() throws Exception {
    lab.in("rig", this::compareAll);
  }

  private Void compareAll() throws Exception {
    int forwarded = 0;
    long before = System.nanoTime();
    try (TapRig rig = new TapRig(THEIRS, OURS, ALSO_OURS)) {
      for (int i = 0; i < FRAMES; i++) {
        forwarded += once(rig, "frame " + i) ? 1 : 0;
      }
    }
    System.out.printf(
        "%,d frames by TAPs through both executors in %.1f s, %,d forwarded%n",
        FRAMES, (System.nanoTime() - before) / 1e9, forwarded);
    assertTrue(forwarded > FRAMES / 2, "forwarded: " + forwarded);
    return null;
  }

  private boolean once(TapRig rig, String what) throws Exception {
    boolean fromUnderlay = random.nextBoolean();
    RandomFrame frame = frame(fromUnderlay);
    boolean superFrame = frame.hasPorts() && random.nextInt(4) == 0;
    int hop = fromUnderlay || random.nextInt(3) == 0 ? TapRig.TO_OUT : 2 + random.nextInt(4);
    if (superFrame) {
      frame.payload = frame.octets(2_000 + random.nextInt(20_000));
    }
    frame.partial = superFrame || (frame.hasPorts() && random.nextBoolean());
    frame.noUdpChecksum = false;
    byte[] input = describe(frame, superFrame);
    Frame parsed = rig.toJava(input);
    if (parsed == null || TapRig.parse(parsed, fromUnderlay) != DropReason.NONE) {
      throw new AssertionError(what + ": " + hex(input));
    }
    HeaderTransposition t = transposition(frame, fromUnderlay, hop);
    rig.install(parsed, t);
    parsed.release();
    TapRig.Result kernel = rig.byKernel(input, fromUnderlay);
    MemorySegment counted = rig.kernelRecord();
    TapRig.Result java = rig.byJava(input, fromUnderlay);
    rig.remove();
    String described =
        "%s: operations %x, hop %d, in %s%n kernel %s%n java %s"
            .formatted(what, t.operations(), hop, hex(input), show(kernel), show(java));
    if (fromUnderlay && superFrame) {
      // A TAP would lose it: it goes up as it came, and Java does the rest.
      assertEquals(1, kernel.wentUp().size(), described);
      byte[] wentUp = kernel.wentUp().getFirst();
      assertArrayEquals(withoutHint(input), withoutHint(wentUp), described);
      return true;
    }
    assertEquals(java.left().size(), kernel.left().size(), described);
    // NVGRE super-frames are cut for a TAP, by Java or by the kernel; the latter leaves the
    // checksums of the pieces to whoever comes next.
    boolean cut = superFrame && (hop - TapRig.TO_TUNNEL) % 2 == 1;
    for (int i = 0; i < java.left().size(); i++) {
      byte[] one = java.left().get(i);
      byte[] other = kernel.left().get(i);
      assertArrayEquals(
          cut ? finish(one) : withoutHint(one),
          cut ? finish(other) : withoutHint(other),
          described);
    }
    if (!java.left().isEmpty()) {
      assertEquals(FlowRecord.packets(rig.record, 0), FlowRecord.packets(counted, 0), described);
      assertEquals(FlowRecord.octets(rig.record, 0), FlowRecord.octets(counted, 0), described);
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

  private RandomFrame frame(boolean fromUnderlay) {
    int tunnel = fromUnderlay ? 1 + random.nextInt(2) : 0;
    RandomFrame frame = new RandomFrame(random, tunnel, false);
    frame.outerSource = new byte[] {(byte) 192, (byte) 168, 1, 10};
    frame.outerDestination = new byte[] {(byte) 192, (byte) 168, 1, 20};
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
      gso =
          frame.protocol == RandomFrame.UDP
              ? VirtioNetHeader.GSO_UDP_L4
              : frame.ipv6 ? VirtioNetHeader.GSO_TCPV6 : VirtioNetHeader.GSO_TCPV4;
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

  private HeaderTransposition transposition(RandomFrame frame, boolean fromUnderlay, int hop) {
    HeaderTransposition t = new HeaderTransposition();
    if (fromUnderlay) {
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
