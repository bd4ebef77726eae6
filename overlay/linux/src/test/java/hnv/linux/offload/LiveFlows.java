// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.HeaderTransposition;
import hnv.linux.Lab;
import hnv.linux.port.RawTap;
import hnv.linux.probe.OffloadProbe;
import hnv.wire.ProviderAddress;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/// Flows that are live in the kernel's executor, between real TAPs, and what becomes of frames that
/// look like theirs. For tests to inherit.
@Tag("netns")
abstract class LiveFlows {
  private static final ProviderAddress OURS = ProviderAddress.parse("192.168.1.20");
  private static final ProviderAddress ALSO_OURS = ProviderAddress.parse("192.168.1.21");
  private static final ProviderAddress THEIRS = ProviderAddress.parse("192.168.1.10");

  final Random random = new Random(7);
  Lab lab;
  TapRig rig;

  @BeforeEach
  void lay() throws Exception {
    lab = TapRig.lay();
    rig = lab.in("rig", () -> new TapRig(THEIRS, OURS, ALSO_OURS));
  }

  @AfterEach
  void clear() {
    if (rig != null) {
      rig.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  /// Some kernels have all partial checksums of VMs go up, and that has a test of its own.
  static void needsChecksumPlace() {
    assumeTrue(
        OffloadProbe.tellsChecksumPlace(), "this kernel does not tell where a checksum is written");
  }

  // ---- frames ----

  /// A TCP segment from the VM, or from the underlay in VXLAN, with a payload of 100 octets.
  RandomFrame live(boolean fromUnderlay) {
    RandomFrame frame = new RandomFrame(random, fromUnderlay ? RandomFrame.VXLAN : 0, false);
    frame.ipv6 = false;
    frame.source = new byte[] {10, 0, 0, 1};
    frame.destination = new byte[] {10, 0, 0, 2};
    frame.protocol = RandomFrame.TCP;
    frame.tcpFlags = 0x10;
    frame.optionWords = 0;
    frame.outerOptionWords = 0;
    frame.extension = false;
    frame.ttl = 64;
    frame.trafficClass = 0;
    frame.outerTrafficClass = 0;
    frame.payload = frame.octets(100);
    frame.outerSource = new byte[] {(byte) 192, (byte) 168, 1, 10};
    frame.outerDestination = new byte[] {(byte) 192, (byte) 168, 1, 20};
    return frame;
  }

  static byte[] describe(byte[] frame, int flags, int gso, int size, int start, int at) {
    byte[] all = new byte[RawTap.HEADER_LENGTH + frame.length];
    VirtioNetHeader.write(MemorySegment.ofArray(all), 0, flags, gso, start + 20, size, start, at);
    System.arraycopy(frame, 0, all, RawTap.HEADER_LENGTH, frame.length);
    return all;
  }

  static byte[] plain(RandomFrame frame) {
    return describe(frame.build(), 0, 0, 0, 0, 0);
  }

  static byte[] partial(RandomFrame frame, int start, int at) {
    frame.partial = true;
    return describe(frame.build(), VirtioNetHeader.NEEDS_CHECKSUM, 0, 0, start, at);
  }

  static RandomFrame with(RandomFrame frame, Consumer<RandomFrame> change) {
    RandomFrame other = frame.clone();
    change.accept(other);
    return other;
  }

  /// Makes the frame's flow live, and proves that it is: the frame goes out.
  HeaderTransposition establish(RandomFrame frame) throws Exception {
    boolean fromUnderlay = frame.tunnel != 0;
    HeaderTransposition t = new HeaderTransposition();
    if (fromUnderlay) {
      t.pop(Encapsulation.VXLAN, TapRig.PEER);
      t.deliver(TapRig.TO_OUT);
    } else {
      t.push(TapRig.TO_TUNNEL, 5001, 50_000);
    }
    t.expectSourceMac(frame.sourceMac);
    establish(frame, t);
    return t;
  }

  void establish(RandomFrame frame, HeaderTransposition t) throws Exception {
    boolean fromUnderlay = frame.tunnel != 0;
    assertTrue(rig.install(plain(frame), fromUnderlay, t));
    TapRig.Result result = rig.byKernel(plain(frame), fromUnderlay);
    assertEquals(1, result.left().size(), "the live flow's own packet goes out");
    assertEquals(0, result.wentUp().size());
  }

  /// The frame comes up as it was, is counted by its cause, and the flow knows nothing of it.
  void assertGoesUp(byte[] input, boolean fromUnderlay, Fate cause) throws Exception {
    int port = fromUnderlay ? TapRig.UNDERLAY : TapRig.VM;
    long before = rig.offload.portCounters(port).of(cause);
    long packets = FlowRecord.packets(rig.kernelRecord(), 0);
    TapRig.Result result = rig.byKernel(input, fromUnderlay);
    assertEquals(List.of(), result.left());
    assertEquals(1, result.wentUp().size());
    assertArrayEquals(
        Arrays.copyOfRange(input, RawTap.HEADER_LENGTH, input.length),
        Arrays.copyOfRange(
            result.wentUp().getFirst(), RawTap.HEADER_LENGTH, result.wentUp().getFirst().length));
    assertEquals(before + 1, rig.offload.portCounters(port).of(cause));
    assertEquals(packets, FlowRecord.packets(rig.kernelRecord(), 0));
  }

  void assertDropped(byte[] input, boolean fromUnderlay, Fate cause) throws Exception {
    int port = fromUnderlay ? TapRig.UNDERLAY : TapRig.VM;
    long before = rig.offload.portCounters(port).of(cause);
    TapRig.Result result = rig.byKernel(input, fromUnderlay);
    assertEquals(List.of(), result.left());
    assertEquals(List.of(), result.wentUp());
    assertEquals(before + 1, rig.offload.portCounters(port).of(cause));
  }
}
