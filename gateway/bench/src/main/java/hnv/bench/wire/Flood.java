// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Inside;
import hnv.bench.line.Line;
import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.MarkedFrame;
import hnv.lab.netns.Namespace;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.traffic.FrameSender;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Octets;
import hnv.wire.UdpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/// A machine that sends UDP packets as fast as a processor can, each with ports at random: each
/// the first of a flow. Runs until it is closed.
final class Flood implements AutoCloseable {
  private static final int PORTS_AT = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;

  /// Octets of a frame: not those of a marked one, so that its sink lets these pass.
  private static final int LENGTH = MarkedFrame.LENGTH + 8;

  private static final int TTL = 64;
  private static final long SEED = 20_260_101;

  private final Namespace machine;
  private final CompletableFuture<Long> sending;
  private volatile boolean ended;

  /// Begins.
  ///
  /// @param machine of the second tenant
  Flood(Namespace machine, int cpu) {
    this.machine = machine;
    sending = Inside.begin(machine, cpu, this::sendHere);
  }

  private long sendHere() throws LinuxException {
    SplittableRandom random = new SplittableRandom(SEED);
    long sent = 0;
    try (HostNetwork network = HostNetwork.open();
        FrameSender sender =
            new FrameSender(network.link(Line.DEVICE).orElseThrow().index(), frames())) {
      while (!ended) {
        for (int i = 0; i < FrameSender.BATCH; i++) {
          Octets.putU32(sender.frame(i), PORTS_AT, random.nextInt());
        }
        sent += sender.send();
      }
    }
    return sent;
  }

  private static List<byte[]> frames() {
    List<byte[]> frames = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(LENGTH, 8);
      for (int i = 0; i < FrameSender.BATCH; i++) {
        write(frame);
        frames.add(frame.toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return frames;
  }

  private static void write(MemorySegment frame) {
    int length = LENGTH - EthernetHeader.LENGTH;
    int from = BenchPolicy.CA_HERE.bits();
    int to = BenchPolicy.CA_THERE.bits();
    EthernetHeader.write(
        frame, 0, BenchPolicy.MAC_THERE.bits(), BenchPolicy.MAC_HERE.bits(), EthernetHeader.IPV4);
    long ip = EthernetHeader.LENGTH;
    Ipv4Header.write(frame, ip, 0, length, 0, Ipv4Header.FLAG_DF, TTL, IpProtocol.UDP, from, to);
    Ipv4Header.writeChecksum(frame, ip);
    UdpHeader.write(frame, PORTS_AT, 0, 0, length - Ipv4Header.MIN_LENGTH, 0);
  }

  /// Ends it.
  ///
  /// @return packets that were sent
  long end() {
    ended = true;
    return Inside.await(machine, sending);
  }

  @Override
  public void close() {
    end();
  }
}
