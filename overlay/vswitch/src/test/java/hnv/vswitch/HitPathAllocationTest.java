// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/// A packet of an established flow costs no allocation, from the port that gave it to the port that
/// takes it.
class HitPathAllocationTest {
  private static final int ROUNDS = 20_000;

  private final TestNetwork net = new TestNetwork();
  private int taken;

  /// Takes frames and keeps nothing.
  private final class Sink implements Port {
    private final int number;
    private final PortKind kind;

    Sink(int number, PortKind kind) {
      this.number = number;
      this.kind = kind;
    }

    @Override
    public String name() {
      return "sink";
    }

    @Override
    public PortKind kind() {
      return kind;
    }

    @Override
    public int number() {
      return number;
    }

    @Override
    public int mtu() {
      return 1_500;
    }

    @Override
    public int receive(FrameBatch batch) {
      return 0;
    }

    @Override
    public DropReason transmit(Frame frame) {
      taken++;
      frame.release();
      return DropReason.NONE;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private void assertAllocatesNothing(int port, byte[] octets) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    MemorySegment original = Arena.ofAuto().allocate(octets.length);
    MemorySegment.copy(octets, 0, original, ValueLayout.JAVA_BYTE, 0, octets.length);
    long allocated = Long.MAX_VALUE;
    // The first rounds run before the compiler has seen them; the least of several counts.
    for (int attempt = 0; attempt < 10 && allocated >= ROUNDS; attempt++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < ROUNDS; i++) {
        Frame frame = net.pool.acquire();
        if (frame == null) {
          throw new AssertionError("pool is empty");
        }
        frame.reset(FramePool.HEADROOM, octets.length);
        MemorySegment.copy(original, 0, frame.memory(), FramePool.HEADROOM, octets.length);
        frame.setIngressPort(port);
        net.vswitch.process(frame, net.now + i);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertTrue(allocated < ROUNDS, allocated + " octets for " + ROUNDS + " packets");
  }

  @Test
  void allocatesNothing() {
    for (int port : new int[] {A1.port(), A2.port()}) {
      net.vswitch.attach(new Sink(port, PortKind.VIRTUAL_MACHINE));
    }
    net.vswitch.attach(new Sink(UNDERLAY, PortKind.UNDERLAY));
    assertAllocatesNothing(A1.port(), Packet.udp(A1, A2, 1, 2).bytes());
    assertAllocatesNothing(A1.port(), Packet.tcp6(A1, A9, 1, 2, Packet.ACK).bytes());
    assertAllocatesNothing(UNDERLAY, TestNetwork.tunnelled(A9, Packet.udp(A9, A1, 9, 1)));
    assertEquals(3, net.flows());
    assertTrue(taken >= 3 * ROUNDS);
    assertEquals(TestNetwork.FRAMES, net.pool.available());
  }
}
