// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.traffic.FrameSender;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One tenant's machine, or anybody on the underlay, floods a host with packets of which each is
/// the first of its flow. Another tenant's established flow loses nothing, and its new ones come
/// about.
@Tag("netns")
final class FloodTest {
  private static final int PER_SECOND = 2_000;
  private static final int CONNECTIONS = 10;

  @TempDir private Path folder;
  private volatile boolean flooding = true;

  @Test
  void leavesOthersAloneWhenAMachineFloods() throws Exception {
    try (TwoHosts hosts = new TwoHosts(folder, PolicyText.over("VXLAN"))) {
      byte[] frame = udp("00155D010111", "00155D010112", 0x0A01010B, 0x0A01010C);
      survives(hosts, "red1", frame, 34);
      assertTrue(
          hosts.counters("host1", TwoHosts.port("red")).receivedPackets() > 10 * CONNECTIONS);
    }
  }

  @Test
  void leavesOthersAloneWhenTheUnderlayFloods() throws Exception {
    try (TwoHosts hosts = new TwoHosts(folder, PolicyText.over("VXLAN"))) {
      // From the other host's address, in a VSID that nobody has.
      byte[] inner = udp("00155D010111", "00155D010112", 0x0A01010B, 0x0A01010C);
      byte[] outer = udp("020000000010", "020000000020", 0xC0A8010A, 0xC0A80114);
      ByteBuffer frame = ByteBuffer.allocate(50 + inner.length);
      frame.put(outer, 0, 42).putInt(0x0800_0000).putInt(4_999 << 8).put(inner);
      frame.putShort(16, (short) (frame.capacity() - 14)).putShort(36, (short) 4789);
      frame.putShort(38, (short) (frame.capacity() - 34)).putShort(24, (short) 0);
      frame.putShort(24, checksum(frame.array(), 14));
      survives(hosts, "host1", frame.array(), 84);
      long unknown =
          hosts
              .counters("host2", TwoHosts.UNDERLAY)
              .drops()
              .getOrDefault(DropReason.UNKNOWN_VSID, 0L);
      assertTrue(unknown > 1_000, () -> unknown + " of an unknown VSID");
    }
  }

  /// @param from the namespace that floods by its `eth0`
  /// @param portsAt where in the frame the ports of UDP are, which each copy has others of
  private void survives(TwoHosts hosts, String from, byte[] frame, int portsAt) throws Exception {
    try (NumberedStream blue =
        new NumberedStream(hosts.namespaces, "blue1", "blue2", TwoHosts.SECOND, 7001)) {
      blue.sendNow(PER_SECOND, 200);
      TwoHosts.await("established", () -> blue.received() == 200);
      CompletableFuture<Long> flood = hosts.namespaces.begin(from, () -> flood(frame, portsAt));
      blue.start(PER_SECOND);
      TimeUnit.MILLISECONDS.sleep(200);
      for (int i = 0; i < CONNECTIONS; i++) {
        try (NumberedStream fresh =
            new NumberedStream(hosts.namespaces, "blue1", "blue2", TwoHosts.SECOND, 7300 + i)) {
          fresh.sendNow(PER_SECOND, 2);
          TwoHosts.await("first packets pass", () -> fresh.received() == 2);
        }
      }
      TimeUnit.MILLISECONDS.sleep(500);
      blue.stop();
      flooding = false;
      long flooded = flood.get(20, TimeUnit.SECONDS);
      TwoHosts.await("all of the established flow", () -> blue.received() == blue.sent());
      assertTrue(flooded > 1_000, () -> flooded + " frames are no flood");
      assertEquals(0, hosts.counters("host1", TwoHosts.port("blue")).drops().size());
      hosts.requireWell();
    }
  }

  private long flood(byte[] frame, int portsAt) throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    long sent = 0;
    try (HostNetwork network = HostNetwork.open();
        FrameSender sender =
            new FrameSender(
                network.link("eth0").orElseThrow().index(),
                Collections.nCopies(FrameSender.BATCH, frame))) {
      while (flooding) {
        for (int i = 0; i < FrameSender.BATCH; i++) {
          MemorySegment each = sender.frame(i);
          each.set(ValueLayout.JAVA_INT_UNALIGNED, portsAt, random.nextInt());
        }
        sent += sender.send();
      }
    }
    return sent;
  }

  private static byte[] udp(String from, String to, int source, int destination) {
    ByteBuffer frame = ByteBuffer.allocate(60);
    frame.put(HexFormat.of().parseHex(to)).put(HexFormat.of().parseHex(from));
    frame.putShort((short) 0x0800).putShort((short) 0x4500).putShort((short) 46).putInt(0);
    frame.putShort((short) 0x4011).putShort((short) 0).putInt(source).putInt(destination);
    frame.putInt(0).putShort((short) 26).putShort((short) 0);
    frame.putShort(24, checksum(frame.array(), 14));
    return frame.array();
  }

  private static short checksum(byte[] frame, int at) {
    int sum = 0;
    for (int i = at; i < at + 20; i += 2) {
      sum += ((frame[i] & 0xFF) << 8) | (frame[i + 1] & 0xFF);
    }
    sum = (sum & 0xFFFF) + (sum >>> 16);
    return (short) ~((sum & 0xFFFF) + (sum >>> 16));
  }
}
