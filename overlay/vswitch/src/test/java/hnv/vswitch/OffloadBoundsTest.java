// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.B1;
import static hnv.vswitch.TestNetwork.B9;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

/// What happens when there is no room, and how long what is in the kernel lives.
class OffloadBoundsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long SWEEP = 10 * SECOND + SECOND / 5;

  private TestNetwork net = new TestNetwork(new VSwitchLimits(256, 256, 256, 256));

  private void open(int port) {
    net.assertPasses(A1, Packet.udp(A1, A9, port, 2), UNDERLAY);
    net.assertPasses(A9, Packet.udp(A9, A1, 2, port), A1.port());
  }

  private void send(int port) {
    net.assertPasses(A1, Packet.udp(A1, A9, port, 2), UNDERLAY);
  }

  // ---- the kernel's table ----

  @Test
  void aFullKernelLeavesFlowsInJava() {
    FakeKernel kernel = net.offload(4);
    for (int port = 1; port <= 50; port++) {
      open(port);
      net.drain();
    }
    assertEquals(4, kernel.size());
    assertEquals(4, kernel.installs);
    assertEquals(0, kernel.removals);
    assertEquals(
        Map.of(OffloadState.IN_KERNEL, 4, OffloadState.NO_ROOM, 96), FlowInstallerTest.states(net));
    // Asked once, and not for each flow or packet.
    assertEquals(1, kernel.refusals);
    for (int i = 0; i < 20; i++) {
      for (int port = 1; port <= 50; port++) {
        send(port);
      }
      net.drain();
    }
    assertEquals(1, kernel.refusals);
  }

  /// As many as go into one call of the kernel, and one more.
  @Test
  void handsOverInBursts() {
    FakeKernel kernel = net.offload(256);
    for (int port = 1; port <= UnifiedFlowTable.TOGETHER + 1; port++) {
      open(port);
    }
    net.drain();
    assertEquals(2 * (UnifiedFlowTable.TOGETHER + 1), kernel.size());
    assertEquals(kernel.size(), net.vswitch.flows().inKernel());
    // Two a port: one direction of a flow enters by the one, the other by the other.
    assertEquals(4, kernel.bursts);
  }

  @Test
  void aBurstFillsTheKernelAndNoMore() {
    FakeKernel kernel = net.offload(99);
    for (int port = 1; port <= 100; port++) {
      open(port);
    }
    net.drain();
    assertEquals(99, kernel.size());
    assertEquals(99, net.vswitch.flows().inKernel());
    assertEquals(
        Map.of(OffloadState.IN_KERNEL, 99, OffloadState.NO_ROOM, 101),
        FlowInstallerTest.states(net));
    assertEquals(1, kernel.refusals);
  }

  @Test
  void aBurstKeepsToATenantsShare() {
    net = new TestNetwork(new VSwitchLimits(64, 64, 32, 64));
    FakeKernel kernel = net.offload(12);
    for (int port = 1; port <= 10; port++) {
      open(port);
    }
    net.drain();
    assertEquals(6, kernel.size());
    assertEquals(0, kernel.refusals);
  }

  /// A tenant's share of the kernel's room is his share of Java's.
  @Test
  void aTenantLeavesRoomToOthers() {
    net = new TestNetwork(new VSwitchLimits(64, 64, 32, 64));
    FakeKernel kernel = net.offload(12);
    for (int port = 1; port <= 10; port++) {
      open(port);
      net.drain();
    }
    assertEquals(6, kernel.size());
    assertEquals(0, kernel.refusals);
    net.assertPasses(B1, Packet.udp(B1, B9, 1, 2), UNDERLAY);
    net.assertPasses(B9, Packet.udp(B9, B1, 2, 1), B1.port());
    net.drain();
    assertEquals(8, kernel.size());
    // Whose flows are taken back has room again.
    net.change(TestNetwork.TENANT_A);
    for (int port = 10; port >= 1; port--) {
      send(port);
    }
    net.drain();
    assertEquals(8, kernel.size());
  }

  @Test
  void triesAgainWhenAFlowHasLeft() {
    FakeKernel kernel = net.offload(2);
    open(1);
    net.drain();
    open(2);
    net.drain();
    assertEquals(2, kernel.size());
    // The first ends; the second lives on in Java.
    for (int i = 0; i < 11; i++) {
      net.pass(30 * SECOND);
      send(2);
    }
    assertEquals(1, net.connections());
    assertEquals(0, kernel.size());
    send(2);
    net.drain();
    assertEquals(1, kernel.size());
  }

  /// The other family has a table of its own, and a second later all may be otherwise.
  @Test
  void oneFamilyDoesNotSpeakForTheOther() {
    FakeKernel kernel = net.offload(1);
    open(1);
    net.drain();
    assertEquals(1, kernel.refusals);
    net.assertPasses(A1, Packet.udp6(A1, A9, 1, 2), UNDERLAY);
    net.assertPasses(A9, Packet.udp6(A9, A1, 2, 1), A1.port());
    net.drain();
    assertEquals(2, kernel.size());
    net.now += FlowInstaller.RETRY_NS;
    for (int i = 0; i < 10; i++) {
      send(1);
      net.assertPasses(A9, Packet.udp(A9, A1, 2, 1), A1.port());
      net.drain();
    }
    assertEquals(3, kernel.refusals);
  }

  // ---- those who wait ----

  @Test
  void whoDoesNotFitAmongThoseWhoWaitComesLater() {
    net = new TestNetwork(new VSwitchLimits(8_192, 8_192, 8_192, 8_192));
    FakeKernel kernel = net.offload(10_000);
    int connections = PendingFlows.CAPACITY / 2 + 10;
    for (int port = 1; port <= connections; port++) {
      open(port);
    }
    assertEquals(PendingFlows.CAPACITY, net.vswitch.flows().pending().size());
    assertEquals(
        Map.of(OffloadState.QUEUED, PendingFlows.CAPACITY, OffloadState.OPENING, 20),
        FlowInstallerTest.states(net));
    net.drain();
    assertEquals(PendingFlows.CAPACITY, kernel.size());
    for (int port = 1; port <= connections; port++) {
      send(port);
      net.assertPasses(A9, Packet.udp(A9, A1, 2, port), A1.port());
    }
    net.drain();
    assertEquals(PendingFlows.CAPACITY + 20, kernel.size());
  }

  @Test
  void whatEndsWaitsNoLonger() {
    FakeKernel kernel = net.offload(10);
    open(1);
    net.vswitch.detach(net.ports.get(A1.port()));
    assertEquals(0, net.vswitch.flows().pending().size());
    net.drain();
    assertEquals(0, kernel.installs);
  }

  // ---- time ----

  @Test
  void livesOnByWhatTheKernelSaw() {
    FakeKernel kernel = net.offload(10);
    open(1);
    net.drain();
    for (int i = 0; i < 20; i++) {
      net.pass(200 * SECOND);
      send(1);
    }
    assertEquals(1, net.connections());
    // Asked where it mattered, not at each look.
    assertTrue(kernel.reads > 0 && kernel.reads < 2 * 4_000 / 200, kernel.reads + " reads");
    net.pass(300 * SECOND - SECOND / 10);
    assertEquals(1, net.connections());
    net.pass(SWEEP);
    assertEquals(0, net.connections());
    assertEquals(0, kernel.size());
  }

  @Test
  void livesOnByItsAnswersInTheKernel() {
    FakeKernel kernel = net.offload(10);
    open(1);
    net.drain();
    for (int i = 0; i < 5; i++) {
      net.pass(290 * SECOND);
      net.assertPasses(A9, Packet.udp(A9, A1, 2, 1), A1.port());
    }
    assertEquals(1, net.connections());
    assertEquals(5, kernel.forwarded);
  }

  /// A million flows: 300 s of UDP, so each is read at most once in 300 s; at 1 µs that is 0.3 % of
  /// a core. Streams that nobody answers, 60 s: 1.7 %.
  @Test
  void readsEachFlowOnceInATimeout() {
    net = new TestNetwork(new VSwitchLimits(2_000, 1_000, 2_000, 1_000));
    FakeKernel kernel = net.offload(2_000);
    for (int port = 1; port <= 1_000; port++) {
      open(port);
    }
    net.drain();
    assertEquals(2_000, kernel.size());
    for (int round = 0; round < 10; round++) {
      for (int port = 1; port <= 1_000; port++) {
        send(port);
        net.assertPasses(A9, Packet.udp(A9, A1, 2, port), A1.port());
      }
      net.pass(60 * SECOND);
    }
    assertEquals(1_000, net.connections());
    assertTrue(kernel.reads <= 2 * 2_000, kernel.reads + " reads in 600 s");
  }

  /// All time out at once: the Worker asks on in its next turns, between which packets pass.
  @Test
  void asksTheKernelInSmallSteps() {
    net = new TestNetwork(new VSwitchLimits(100_000, 100_000, 100_000, 100_000));
    FakeKernel kernel = net.offload(2_000);
    for (int port = 1; port <= 1_000; port++) {
      open(port);
    }
    net.drain();
    net.now += 3_600 * SECOND;
    int most = 0;
    for (int turn = 0; turn < 20; turn++) {
      int before = kernel.reads + kernel.removals;
      net.vswitch.housekeep(net.now);
      most = Math.max(most, kernel.reads + kernel.removals - before);
    }
    assertTrue(most > 200 && most < 264, most + " calls in one turn");
    // The slice of these 100 ms was 1,001 connections: all that began.
    assertEquals(0, net.connections());
    assertEquals(0, kernel.size());
  }

  // ---- a full table of connections ----

  /// It has sent a stream, which the kernel carries: it does not give way as a probe does.
  @Test
  void aStreamDoesNotGiveWay() {
    net = new TestNetwork(new VSwitchLimits(64, 16, 64, 16));
    FakeKernel kernel = net.offload(16);
    for (int i = 0; i < FlowInstaller.STREAM_PACKETS; i++) {
      send(1_000);
    }
    net.drain();
    assertEquals(1, kernel.size());
    for (int port = 1; port <= 200; port++) {
      send(port);
    }
    assertEquals(16, net.connections());
    assertEquals(1, kernel.size());
    send(1_000);
    assertEquals(1, kernel.forwarded);
  }

  @Test
  void tenantsAreApart() {
    FakeKernel kernel = net.offload(10);
    open(1);
    net.assertPasses(B1, Packet.udp(B1, B9, 1, 2), UNDERLAY);
    net.assertPasses(B9, Packet.udp(B9, B1, 2, 1), B1.port());
    net.drain();
    assertEquals(4, kernel.size());
    // The policy of one is no matter of the other's.
    net.change(TestNetwork.TENANT_B);
    net.assertPasses(A1, Packet.udp(A1, A9, 1, 2), UNDERLAY);
    net.assertPasses(B1, Packet.udp(B1, B9, 1, 2), UNDERLAY);
    assertEquals(1, kernel.forwarded);
  }
}
