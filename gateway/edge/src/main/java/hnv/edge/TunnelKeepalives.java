// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.FramePool;
import hnv.dataplane.HeaderTransposition;
import hnv.edge.EdgeChange.Tunnel;
import hnv.edge.EdgeNews.TunnelNews;
import hnv.gre.GreKeepalive;
import hnv.vswitch.PacketContext;
import hnv.vswitch.VSwitch;
import hnv.vswitch.Verdict;
import hnv.wire.EthernetHeader;
import hnv.wire.GreHeader;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks the other ends of tunnels whether they are there, and answers those that ask. Owned by the
/// Worker.
final class TunnelKeepalives {
  private final VSwitch vswitch;
  private final FramePool pool;
  private final Consumer<EdgeNews> news;
  private final FlowRecordExecutor executor;
  private final MemorySegment record = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
  private final HeaderTransposition push = new HeaderTransposition();
  private final Map<Integer, Asked> tunnels = new HashMap<>();
  private long nextNs = Long.MAX_VALUE;

  private record Asked(Tunnel tunnel, GreKeepalive keepalive) {}

  TunnelKeepalives(VSwitch vswitch, FramePool pool, Consumer<EdgeNews> news) {
    this.vswitch = vswitch;
    this.pool = pool;
    this.news = news;
    executor = new FlowRecordExecutor(vswitch.arrays());
  }

  /// These are all tunnels; one that stays as it is keeps its state, the others are taken for up.
  void set(Map<Integer, Tunnel> next, long nowNs) {
    Map<Integer, Asked> before = new HashMap<>(tunnels);
    tunnels.clear();
    nextNs = Long.MAX_VALUE;
    next.forEach(
        (port, tunnel) -> {
          Asked asked = goOn(before.get(port), tunnel);
          if (asked == null) {
            asked = new Asked(tunnel, new GreKeepalive(tunnel.tunnel(), nowNs));
            news.accept(new TunnelNews(port, true));
          }
          tunnels.put(port, asked);
          nextNs = Math.min(nextNs, asked.keepalive().nextNs());
        });
  }

  private static @Nullable Asked goOn(@Nullable Asked before, Tunnel tunnel) {
    return before != null && before.tunnel().equals(tunnel) ? before : null;
  }

  /// Sends the questions that are due.
  ///
  /// @return how many
  int housekeep(long nowNs) {
    if (nowNs < nextNs) {
      return 0;
    }
    int asked = 0;
    nextNs = Long.MAX_VALUE;
    for (Map.Entry<Integer, Asked> each : tunnels.entrySet()) {
      GreKeepalive keepalive = each.getValue().keepalive();
      boolean up = keepalive.isUp();
      if (keepalive.ask(nowNs)) {
        ask(each.getValue(), nowNs);
        asked++;
      }
      if (up && !keepalive.isUp()) {
        news.accept(new TunnelNews(each.getKey(), false));
        // Whoever answers next may be one that has begun anew.
        vswitch.arrays().endpoints().forgetSequence(each.getKey());
      }
      nextNs = Math.min(nextNs, keepalive.nextNs());
    }
    return asked;
  }

  /// What cannot be sent now counts as not answered.
  private void ask(Asked of, long nowNs) {
    Frame frame = pool.acquire();
    if (frame == null) {
      return;
    }
    int ip = FramePool.HEADROOM + EthernetHeader.LENGTH;
    int length = of.keepalive().write(frame.memory(), ip);
    EthernetHeader.write(frame.memory(), FramePool.HEADROOM, 0, 0, of.keepalive().protocolType());
    frame.reset(FramePool.HEADROOM, EthernetHeader.LENGTH + length);
    int exit = FlowRecordExecutor.MISFIT;
    if (FrameParser.parsePlain(frame) == DropReason.NONE) {
      push.clear();
      push.push(of.tunnel().nextHop(), 0, 0);
      FlowRecord.write(record, 0, push, 0, 0);
      exit = executor.apply(frame, record, 0, nowNs);
    }
    if (exit < 0) {
      frame.release();
    } else {
      frame.setIngressPort(exit);
      vswitch.emit(frame, exit);
    }
  }

  /// Looks at a packet that came out of a tunnel: an answer to a question is taken, and a question
  /// of the other end goes back to it.
  ///
  /// @param outside by which the outer packet came; null where that is not known
  /// @return null where the packet is neither
  @Nullable Verdict handle(PacketContext packet, EdgePort port, @Nullable EdgePort outside) {
    Asked of = tunnels.get(port.number());
    Frame frame = packet.frame();
    if (of == null) {
      return null;
    }
    if (packet.etherType() == GreHeader.KEEPALIVE) {
      return answered(packet, port, of);
    }
    return outside != null && isQuestion(packet, port) ? sendBack(packet, frame, outside) : null;
  }

  /// Whether a packet of a tunnel asks whether we are there. The addresses in it are the tunnel's.
  boolean isQuestion(PacketContext packet, EdgePort port) {
    Asked of = tunnels.get(port.number());
    Frame frame = packet.frame();
    return of != null
        && packet.isIp()
        && GreKeepalive.isQuestion(
            of.tunnel().tunnel(), frame.memory(), frame.l3(), frame.isIpv6());
  }

  private Verdict answered(PacketContext packet, EdgePort port, Asked of) {
    if (packet.isTraced()) {
      packet.say("the other end is there");
    }
    if (!packet.isDryRun()) {
      boolean up = of.keepalive().isUp();
      of.keepalive().answered();
      if (!up) {
        news.accept(new TunnelNews(port.number(), true));
      }
      packet.frame().release();
    }
    return Verdict.TAKEN;
  }

  /// As it is, one hop less to live, to the router that the question came from.
  private static Verdict sendBack(PacketContext packet, Frame frame, EdgePort outside) {
    MemorySegment f = frame.memory();
    int l3 = frame.l3();
    if (FlowRecordExecutor.ttl(frame) <= 1) {
      return packet.drop(DropReason.TTL_EXPIRED);
    }
    // Read first: the new header may be written over it.
    long toMac = EthernetHeader.source(f, frame.start());
    int length = frame.l3Length();
    if (frame.isIpv6()) {
      Ipv6Header.decrementHopLimit(f, l3);
    } else {
      Ipv4Header.decrementTtl(f, l3);
    }
    int start = l3 - EthernetHeader.LENGTH;
    EthernetHeader.write(f, start, toMac, outside.mac(), frame.etherType());
    frame.reset(start, EthernetHeader.LENGTH + length);
    return packet.answer(DropReason.NONE);
  }
}
