// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Header;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The order of a flow's packets while it passes from Java to the kernel. A model of the queue in
/// which what the kernel does not forward waits for Java: bounded, read in batches; packets bear
/// numbers, and come at a steady pace.
class OffloadOrderTest {
  private static final int QUEUE = 500;
  private static final int PACKETS = 5_000;
  private static final int NUMBER_AT =
      EthernetHeader.LENGTH
          + Ipv4Header.MIN_LENGTH
          + UdpHeader.LENGTH
          + VxlanHeader.LENGTH
          + EthernetHeader.LENGTH
          + 4;

  private final TestNetwork net = new TestNetwork();
  private final FakeKernel kernel = net.offload(10);
  private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
  private int sent;
  private int lost;

  /// A packet comes in at the device.
  private void arrive() {
    byte[] octets = Packet.udp(A1, A9, 1, 2).id(++sent).bytes();
    Frame frame = net.frame(octets, A1.port());
    if (kernel.takes(frame)) {
      return;
    }
    frame.release();
    if (queue.size() == QUEUE) {
      lost++;
    } else {
      queue.add(octets);
    }
  }

  /// One turn of the Worker, during which `meanwhile` packets come in.
  private void work(int meanwhile) {
    int read = Math.min(FrameBatch.CAPACITY, queue.size());
    for (int i = 0; i < read; i++) {
      net.vswitch.process(net.frame(queue.remove(), A1.port()), net.now);
    }
    for (int i = 0; i < meanwhile; i++) {
      arrive();
    }
    if (read < FrameBatch.CAPACITY) {
      net.vswitch.drained(net.ports.get(A1.port()), net.now);
    }
    net.vswitch.housekeep(net.now);
  }

  /// Packets that left after one that came in later.
  private int late() {
    List<byte[]> left = net.take(UNDERLAY);
    assertEquals(PACKETS - lost, left.size());
    int late = 0;
    int highest = 0;
    for (byte[] octets : left) {
      int number =
          MemorySegment.ofArray(octets)
                  .get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), NUMBER_AT)
              & 0xFFFF;
      late += number < highest ? 1 : 0;
      highest = Math.max(highest, number);
    }
    return late;
  }

  /// @param perTurn packets that come in between two turns
  /// @param meanwhile of them, while Java hands over
  private void run(int perTurn, int meanwhile, long turnNs) {
    while (sent + perTurn <= PACKETS) {
      for (int i = 0; i < perTurn - meanwhile; i++) {
        arrive();
      }
      work(meanwhile);
      net.now += turnNs;
    }
    while (!queue.isEmpty()) {
      work(0);
    }
  }

  @Test
  void keepsTheOrderOfAFlowThatJavaKeepsUpWith() {
    run(10, 0, 100_000);
    assertEquals(0, late());
    assertEquals(0, net.vswitch.flows().overtaken());
    assertEquals(0, lost);
    assertTrue(kernel.forwarded >= PACKETS - 20, "forwarded " + kernel.forwarded);
  }

  /// What came in after the queue was read and before the kernel had the flow.
  @Test
  void countsWhatCameInMeanwhile() {
    run(10, 3, 100_000);
    int late = late();
    assertTrue(late > 0 && late <= 3, late + " late");
    assertEquals(late, net.vswitch.flows().overtaken());
  }

  /// Never read empty: after 10 ms the flow is handed over all the same, and what waits is late.
  @Test
  void boundsWhatIsOvertakenInAQueueThatNeverEnds() {
    run(100, 0, 1_000_000);
    int late = late();
    assertTrue(late > 0 && late <= QUEUE, late + " late");
    assertEquals(late, net.vswitch.flows().overtaken());
    assertTrue(kernel.forwarded > 0);
    assertEquals(0, net.vswitch.flows().pending().size());
  }

  /// TCP sends nothing before it has the SYN-ACK: nothing can be overtaken.
  @Test
  void tcpIsNeverLate() {
    net.send(A1, Packet.tcp(A1, A9, 1, 2, Packet.SYN));
    net.send(A9, Packet.tcp(A9, A1, 2, 1, Packet.SYN | Packet.ACK));
    for (int i = 0; i < 100; i++) {
      net.send(A1, Packet.tcp(A1, A9, 1, 2, Packet.ACK));
    }
    assertEquals(100, kernel.forwarded);
    assertEquals(0, net.vswitch.flows().overtaken());
  }
}
