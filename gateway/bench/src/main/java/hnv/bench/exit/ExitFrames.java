// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.ExitLine;
import hnv.bench.traffic.TranslatedFrame;
import hnv.bench.traffic.TranslatedFrame.Ends;
import hnv.bench.traffic.TunnelFrame;
import hnv.wire.Ipv4Address;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// The packets of an {@link ExitLine}, one of each flow, as they are put on the wire.
final class ExitFrames {
  /// Flows of one service (destination port) at most.
  static final int MAX_FLOWS = 50_000;

  private static final int FIRST_PORT = 10_000;

  private ExitFrames() {}

  /// The client's port of a flow.
  static int clientPort(int flow) {
    return FIRST_PORT + flow;
  }

  /// What the client sends.
  ///
  /// @param machine the client itself, or one behind it
  /// @param service the server's port
  static List<byte[]> outbound(ExitLine line, Ipv4Address machine, int service, int flows) {
    boolean tunnel = line.access() == ExitLine.Access.VXLAN;
    int outer = tunnel ? TunnelFrame.HEADER_LENGTH : 0;
    List<byte[]> frames = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(outer + TranslatedFrame.LENGTH, 8);
      for (int flow = 0; flow < flows; flow++) {
        int port = clientPort(flow);
        Ends ends = new Ends(machine.bits(), ExitLine.SERVER.bits(), port, service);
        long to = tunnel ? ExitLine.GATEWAY_MAC.bits() : ExitLine.LAN_MAC.bits();
        long from = tunnel ? ExitLine.ROUTER_MAC.bits() : ExitLine.CLIENT_MAC.bits();
        TranslatedFrame.write(frame, outer, to, from, ends, service, port, flow);
        if (tunnel) {
          TunnelFrame.writeVxlan(
              frame,
              0,
              ExitLine.LAN_MAC.bits(),
              ExitLine.CLIENT_MAC.bits(),
              ExitLine.PA_CLIENT.bits(),
              ExitLine.PA_GATEWAY.bits(),
              0xC000 | (flow & 0x3FFF),
              ExitLine.GATEWAY_VSID);
        }
        frames.add(frame.toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return frames;
  }

  /// What the client sends to the branch, without a tunnel.
  static List<byte[]> toBranch(ExitLine line, int service, int flows) {
    List<byte[]> frames = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(TranslatedFrame.LENGTH, 8);
      for (int flow = 0; flow < flows; flow++) {
        int port = clientPort(flow);
        Ends ends = new Ends(line.clientAddress().bits(), ExitLine.BRANCH.bits(), port, service);
        TranslatedFrame.write(
            frame,
            0,
            ExitLine.LAN_MAC.bits(),
            ExitLine.CLIENT_MAC.bits(),
            ends,
            service,
            port,
            flow);
        frames.add(frame.toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return frames;
  }

  /// What the branch sends, in a tunnel.
  ///
  /// @param gre in GRE; else in VXLAN
  static List<byte[]> fromBranch(ExitLine line, boolean gre, int service, int flows) {
    int outer = gre ? TunnelFrame.GRE_HEADER_LENGTH : TunnelFrame.HEADER_LENGTH;
    List<byte[]> frames = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(outer + TranslatedFrame.LENGTH, 8);
      for (int flow = 0; flow < flows; flow++) {
        int port = clientPort(flow);
        Ends ends = new Ends(ExitLine.BRANCH.bits(), line.clientAddress().bits(), service, port);
        TranslatedFrame.write(
            frame,
            outer,
            ExitLine.BRANCH_MAC_HERE.bits(),
            ExitLine.BRANCH_MAC.bits(),
            ends,
            service,
            port,
            flow);
        long to = ExitLine.WAN_MAC.bits();
        long from = ExitLine.SERVER_MAC.bits();
        int here = ExitLine.WAN_ADDRESS.bits();
        int there = ExitLine.SERVER.bits();
        if (gre) {
          TunnelFrame.writeGre(frame, 0, to, from, there, here, ExitLine.BRANCH_KEY);
        } else {
          TunnelFrame.writeVxlan(
              frame, 0, to, from, there, here, 0xC000 | flow, ExitLine.BRANCH_KEY);
        }
        frames.add(frame.toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return frames;
  }

  /// What the server answers.
  ///
  /// @param publicPorts by flow: where the translation put it
  static List<byte[]> inbound(int service, int[] publicPorts) {
    List<byte[]> frames = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(TranslatedFrame.LENGTH, 8);
      for (int flow = 0; flow < publicPorts.length; flow++) {
        Ends ends =
            new Ends(ExitLine.SERVER.bits(), ExitLine.PUBLIC.bits(), service, publicPorts[flow]);
        TranslatedFrame.write(
            frame,
            0,
            ExitLine.WAN_MAC.bits(),
            ExitLine.SERVER_MAC.bits(),
            ends,
            service,
            clientPort(flow),
            flow);
        frames.add(frame.toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return frames;
  }
}
