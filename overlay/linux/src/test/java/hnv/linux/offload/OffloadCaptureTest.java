// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hnv.linux.port.RawTap;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Who watches a port sees every frame of it, as it is there; and the port does not notice.
final class OffloadCaptureTest extends LiveFlows {
  private static final int SIZE = 1_000;

  private List<byte[]> captured() {
    return rig.captured().stream().map(OffloadCaptureTest::frame).toList();
  }

  private static byte[] frame(byte[] headerAndFrame) {
    return Arrays.copyOfRange(headerAndFrame, RawTap.HEADER_LENGTH, headerAndFrame.length);
  }

  private void startCapture(int port) throws Exception {
    rig.offload.startCapture(port, rig.index("capture"));
  }

  private static void assertSame(List<byte[]> expected, List<byte[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "frame " + i);
    }
  }

  @Test
  void copiesWhatComesInBeforeItIsChanged() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    startCapture(TapRig.VM);
    byte[] input = plain(frame);
    TapRig.Result result = rig.byKernel(input, false);
    assertEquals(1, result.left().size(), "the flow goes on in the kernel");
    assertSame(List.of(frame(input)), captured());
    PortCounters counters = rig.offload.portCounters(TapRig.VM);
    assertEquals(1, counters.captured());
    assertEquals(0, counters.notCaptured());
  }

  @Test
  void copiesWhatLeavesAsItLeaves() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    startCapture(TapRig.OUT);
    TapRig.Result result = rig.byKernel(plain(frame), false);
    assertSame(List.of(frame(result.left().getFirst())), captured());
    assertEquals(1, rig.offload.portCounters(TapRig.OUT).captured());
  }

  @Test
  void copiesWhatLeavesATunnelAsItLeaves() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    startCapture(TapRig.OUT);
    TapRig.Result result = rig.byKernel(plain(frame), true);
    assertSame(List.of(frame(result.left().getFirst())), captured());
  }

  @Test
  void copiesWhatGoesUp() throws Exception {
    RandomFrame frame = live(false);
    startCapture(TapRig.VM);
    byte[] input = plain(frame);
    assertEquals(1, rig.byKernel(input, false).wentUp().size());
    assertSame(List.of(frame(input)), captured());
  }

  @Test
  void copiesWhatIsDropped() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    frame.outerTrafficClass = 3;
    startCapture(TapRig.UNDERLAY);
    byte[] input = plain(frame);
    assertDropped(input, true, Fate.DROP_ECN);
    assertSame(List.of(frame(input)), captured());
  }

  @Test
  void leavesTheHostsPacketsAlone() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    startCapture(TapRig.UNDERLAY);
    frame.outerDestination = new byte[] {(byte) 192, (byte) 168, 1, 99};
    rig.byKernel(plain(frame), true);
    assertEquals(List.of(), captured());
  }

  @Test
  void copiesSuperFramesWhole() throws Exception {
    RandomFrame frame = live(false);
    frame.tcpOptionWords = 0;
    establish(frame);
    frame.payload = frame.octets(9 * SIZE);
    frame.partial = true;
    byte[] input = OffloadForgeryTest.superFrame(frame, SIZE);
    startCapture(TapRig.VM);
    assertEquals(1, rig.byKernel(input, false).left().size());
    assertSame(List.of(frame(input)), captured());
  }

  @Test
  void copiesWhatJavaSends() throws Exception {
    RandomFrame frame = live(false);
    startCapture(TapRig.OUT);
    byte[] input = plain(frame);
    rig.emitByExecutor(input);
    assertSame(List.of(frame(input)), captured());
    assertSame(List.of(frame(input)), rig.left().stream().map(OffloadCaptureTest::frame).toList());
    assertEquals(0, rig.offload.portCounters(TapRig.OUT).sentPackets(), "Java counts it");
  }

  @Test
  void endsAndBeginsAgain() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    startCapture(TapRig.VM);
    rig.byKernel(plain(frame), false);
    rig.offload.stopCapture(TapRig.VM);
    rig.byKernel(plain(frame), false);
    rig.offload.stopCapture(TapRig.VM);
    assertEquals(1, captured().size());
    startCapture(TapRig.VM);
    // A device that is opened anew, or comes back, is watched as before.
    rig.offload.putPort(rig.index("vm"), TapRig.VM, rig.index("miss"));
    rig.byKernel(plain(frame), false);
    assertEquals(1, captured().size());
  }

  @Test
  void watchesOnePortAndNoOther() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    startCapture(TapRig.VM);
    rig.byKernel(plain(frame), true);
    assertEquals(List.of(), captured());
  }

  @Test
  void goesOnWhereTheWatcherIsGone() throws Exception {
    RandomFrame frame = live(false);
    establish(frame);
    rig.offload.startCapture(TapRig.VM, 4_711);
    assertEquals(1, rig.byKernel(plain(frame), false).left().size());
    PortCounters counters = rig.offload.portCounters(TapRig.VM);
    assertEquals(0, counters.captured());
    assertEquals(1, counters.notCaptured());
    assertThrows(IllegalArgumentException.class, () -> rig.offload.startCapture(TapRig.VM, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> rig.offload.startCapture(16, 1));
  }
}
