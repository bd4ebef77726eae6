// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import hnv.dataplane.FlowRecord;
import hnv.dataplane.HeaderTransposition;
import hnv.linux.port.RawTap;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A record earned by one packet carries no other: frames that share a live flow's 5-tuple and
/// differ in what Java checked go up, not out; each by a real TAP.
final class OffloadForgeryTest extends LiveFlows {
  private static final int SIZE = 1_000;

  // ---- what a forged packet may differ in ----

  @Test
  void sendsUpAnotherOuterSource() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    frame.outerSource = new byte[] {(byte) 192, (byte) 168, 1, 11};
    assertGoesUp(plain(frame), true, Fate.UP_OUTER_SOURCE);
  }

  @Test
  void sendsUpAnotherOuterDestination() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    frame.outerDestination = new byte[] {(byte) 192, (byte) 168, 1, 21};
    assertGoesUp(plain(frame), true, Fate.UP_OUTER_DESTINATION);
  }

  @Test
  void leavesToTheHostWhatIsForNoAddressOfOurs() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    frame.outerDestination = new byte[] {(byte) 192, (byte) 168, 1, 99};
    TapRig.Result result = rig.byKernel(plain(frame), true);
    assertEquals(List.of(), result.left());
    assertEquals(List.of(), result.wentUp());
  }

  @Test
  void sendsUpAnotherSourceMac() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    frame.sourceMac ^= 1;
    assertGoesUp(plain(frame), false, Fate.UP_SOURCE_MAC);
  }

  @Test
  void sendsUpAnotherSourceMacOutOfATunnel() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    frame.sourceMac ^= 1L << 40;
    assertGoesUp(plain(frame), true, Fate.UP_SOURCE_MAC);
  }

  @Test
  void sendsUpAVlanTag() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    byte[] untagged = frame.build();
    byte[] tagged = new byte[untagged.length + 4];
    System.arraycopy(untagged, 0, tagged, 0, 12);
    RandomFrame.put16(tagged, 12, 0x8100);
    RandomFrame.put16(tagged, 14, 42);
    System.arraycopy(untagged, 12, tagged, 16, untagged.length - 12);
    assertGoesUp(describe(tagged, 0, 0, 0, 0, 0), false, Fate.UP_VLAN_TAG);
  }

  @Test
  void leavesTaggedUnderlayPacketsToTheHost() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    byte[] untagged = frame.build();
    byte[] tagged = new byte[untagged.length + 4];
    System.arraycopy(untagged, 0, tagged, 0, 12);
    RandomFrame.put16(tagged, 12, 0x8100);
    System.arraycopy(untagged, 12, tagged, 16, untagged.length - 12);
    TapRig.Result result = rig.byKernel(describe(tagged, 0, 0, 0, 0, 0), true);
    assertEquals(List.of(), result.left());
    assertEquals(List.of(), result.wentUp());
  }

  @Test
  void sendsUpAFrameLongerThanTheMtu() throws Exception {
    RandomFrame frame = live(false);
    frame.tcpOptionWords = 0;
    frame.payload = frame.octets(TapRig.MTU - 40);
    establish(frame);
    frame.payload = frame.octets(TapRig.MTU - 40 + 1);
    assertGoesUp(plain(frame), false, Fate.UP_MTU);
  }

  @Test
  void sendsUpASuperFrameWhoseSegmentsAreLongerThanTheMtu() throws Exception {
    needsChecksumPlace();
    RandomFrame frame = live(false);
    frame.tcpOptionWords = 0;
    establish(frame);
    frame.payload = frame.octets(10_000);
    frame.partial = true;
    byte[] fits = superFrame(frame, TapRig.MTU - 40);
    assertEquals(1, rig.byKernel(fits, false).left().size());
    assertGoesUp(superFrame(frame, TapRig.MTU - 40 + 1), false, Fate.UP_MTU);
  }

  @Test
  void sendsUpASuperFrameOfTinySegments() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    frame.payload = frame.octets(10_000);
    frame.partial = true;
    assertGoesUp(superFrame(frame, 255), false, Fate.UP_SEGMENT_SIZE);
  }

  static byte[] superFrame(RandomFrame frame, int size) {
    return describe(
        frame.build(),
        VirtioNetHeader.NEEDS_CHECKSUM,
        VirtioNetHeader.GSO_TCPV4,
        size,
        frame.l4(),
        frame.checksumAt());
  }

  @Test
  void sendsUpASuperFrameTooLongForAnOuterHeader() throws Exception {
    needsChecksumPlace();
    RandomFrame frame = live(false);
    frame.tcpOptionWords = 0;
    establish(frame);
    frame.partial = true;
    // 14 + 20 + 20 + payload, and before it 20 + 8 + 8: at most 65,535 behind the outer Ethernet.
    frame.payload = frame.octets(65_535 - 36 - 54);
    // A TAP takes 65,536 octets, Ethernet included: the kernel cuts it for this one.
    assertFalse(rig.byKernel(superFrame(frame, SIZE), false).left().isEmpty());
    frame.payload = frame.octets(65_535 - 36 - 54 + 1);
    assertGoesUp(superFrame(frame, SIZE), false, Fate.UP_TOO_LONG);
  }

  @Test
  void dropsCongestionMarksOverPacketsThatKnowNoCongestion() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    frame.outerTrafficClass = 3;
    assertDropped(plain(frame), true, Fate.DROP_ECN);
  }

  // ---- where a checksum is to be written ----

  @Test
  void sendsUpPartialChecksumsWhosePlaceTheKernelDoesNotTell() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    rig.offload.setTellsChecksumPlace(false);
    assertGoesUp(partial(frame, frame.l4(), 16), false, Fate.UP_CHECKSUM_STATE);
    assertGoesUp(partial(frame, frame.l4(), 2), false, Fate.UP_CHECKSUM_STATE);
  }

  @Test
  void dropsAChecksumToBeWrittenOverAnAddress() throws Exception {
    needsChecksumPlace();
    RandomFrame frame = live(false);
    establish(frame);
    // Summed from anywhere, written over the low half of the source address.
    assertDropped(partial(frame, 20, 28 - 20), false, Fate.DROP_CHECKSUM_PLACE);
  }

  @Test
  void dropsAChecksumToBeWrittenOverAPort() throws Exception {
    needsChecksumPlace();
    RandomFrame frame = live(false);
    establish(frame);
    assertDropped(partial(frame, frame.l4(), 2), false, Fate.DROP_CHECKSUM_PLACE);
  }

  @Test
  void dropsAChecksumToBeWrittenRightBeforeItsField() throws Exception {
    needsChecksumPlace();
    RandomFrame frame = live(false);
    establish(frame);
    assertDropped(partial(frame, frame.l4(), 14), false, Fate.DROP_CHECKSUM_PLACE);
    assertEquals(1, rig.byKernel(partial(frame, frame.l4(), 16), false).left().size());
  }

  @Test
  void passesAChecksumWithinThePayload() throws Exception {
    needsChecksumPlace();
    RandomFrame frame = live(false);
    frame.tcpOptionWords = 0;
    establish(frame);
    byte[] input = partial(frame, frame.l4() + 20 + 16, 6);
    List<byte[]> left = rig.byKernel(input, false).left();
    assertEquals(1, left.size());
    MemorySegment header = MemorySegment.ofArray(left.getFirst());
    assertEquals(50 + frame.l4() + 36, VirtioNetHeader.checksumStart(header, 0));
    assertEquals(6, VirtioNetHeader.checksumOffset(header, 0));
  }

  @Test
  void sendsUpAChecksumWithinThePayloadOfATranslatedPacket() throws Exception {
    RandomFrame frame = live(false);
    frame.tcpOptionWords = 0;
    HeaderTransposition t = new HeaderTransposition();
    t.rewriteSourcePort(frame.sourcePort, 1234);
    t.deliver(TapRig.TO_OUT);
    establish(frame, t);
    byte[] complete = frame.build();
    byte[] input =
        describe(complete, VirtioNetHeader.NEEDS_CHECKSUM, 0, 0, frame.l4() + 20 + 16, 6);
    assertGoesUp(input, false, Fate.UP_CHECKSUM_STATE);
  }

  // ---- policy and life cycle ----

  @Test
  void sendsUpPacketsOfAnOlderEpoch() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    rig.offload.arrays().tenants().advanceEpoch(0);
    assertGoesUp(plain(frame), false, Fate.UP_STALE_EPOCH);
  }

  @Test
  void sendsAllUpOfAProcessThatSaysNothing() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    rig.offload.alive(System.nanoTime() + 60_000_000_000L);
    assertEquals(1, rig.byKernel(plain(frame), false).left().size());
    rig.offload.alive(System.nanoTime() - 200_000_000L);
    assertGoesUp(plain(frame), false, Fate.UP_NO_HEARTBEAT);
    rig.offload.alive(System.nanoTime() + 60_000_000_000L);
    assertEquals(1, rig.byKernel(plain(frame), false).left().size());
  }

  @Test
  void sendsTunnelPacketsUpOfAProcessThatSaysNothing() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    rig.offload.alive(0);
    assertGoesUp(plain(frame), true, Fate.UP_NO_HEARTBEAT);
    frame.outerDestination = new byte[] {(byte) 192, (byte) 168, 1, 99};
    assertEquals(List.of(), rig.byKernel(plain(frame), true).wentUp(), "the host's");
  }

  @Test
  void sendsUpPacketsOfANextHopThatIsUnresolved() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    rig.arrays.nextHops().putUnresolved(TapRig.TO_TUNNEL);
    Publish.all(rig.offload, rig.arrays);
    assertGoesUp(plain(frame), false, Fate.UP_NEXT_HOP);
  }

  @Test
  void sendsUpPacketsOfAnExitThatIsGone() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    rig.offload.putExit(TapRig.OUT, 0, 0, ExitDevice.ORDINARY);
    assertGoesUp(plain(frame), false, Fate.UP_NEXT_HOP);
  }

  @Test
  void sendsUpPacketsOfAFlowThatWasTakenBack() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    rig.remove();
    TapRig.Result result = rig.byKernel(plain(frame), false);
    assertEquals(List.of(), result.left());
    assertEquals(1, result.wentUp().size());
    assertEquals(1, rig.offload.portCounters(TapRig.VM).of(Fate.UP_NO_FLOW));
  }

  @Test
  void dropsFramesOfJavaThatHaveNoFlow() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    rig.remove();
    lab.in(
        "rig",
        () -> {
          rig.offload.putEmitter(rig.index("vm"), TapRig.VM);
          return null;
        });
    assertDropped(plain(frame), false, Fate.DROP_UNKNOWN_TO_BOTH);
  }

  @Test
  void dropsWhatNobodyWaitsFor() throws Exception {
    RandomFrame frame = live(false);
    int vm = rig.index("vm");
    rig.offload.putPort(vm, TapRig.VM, 0);
    assertDropped(plain(frame), false, Fate.DROP_NO_CHANNEL);
    rig.offload.removePort(vm);
    TapRig.Result result = rig.byKernel(plain(frame), false);
    assertEquals(List.of(), result.left());
    assertEquals(List.of(), result.wentUp());
  }

  @Test
  void countsToThePacket() throws Exception {
    needsChecksumPlace();
    RandomFrame frame = live(false);
    frame.tcpOptionWords = 0;
    establish(frame);
    PortCounters in = rig.offload.portCounters(TapRig.VM);
    PortCounters out = rig.offload.portCounters(TapRig.OUT);
    frame.payload = frame.octets(9 * SIZE + 1);
    frame.partial = true;
    byte[] input = superFrame(frame, SIZE);
    assertEquals(1, rig.byKernel(input, false).left().size());
    int octets = input.length - RawTap.HEADER_LENGTH;
    PortCounters inNow = rig.offload.portCounters(TapRig.VM);
    PortCounters outNow = rig.offload.portCounters(TapRig.OUT);
    assertEquals(10, inNow.receivedPackets() - in.receivedPackets());
    assertEquals(octets, inNow.receivedOctets() - in.receivedOctets());
    assertEquals(10, outNow.sentPackets() - out.sentPackets());
    assertEquals(octets + 50, outNow.sentOctets() - out.sentOctets());
    assertEquals(11, FlowRecord.packets(rig.kernelRecord(), 0));
  }
}
