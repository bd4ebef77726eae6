// SPDX-License-Identifier: Apache-2.0
package hnv.app.trace;

import hnv.app.json.Json;
import hnv.app.replay.WalkTrace;
import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.FramePool;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.vswitch.PacketDescription;
import hnv.vswitch.VSwitch;
import hnv.wire.IpProtocol;
import hnv.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;

/// What would happen to a packet, as an answer in JSON:
///
///     port         where it comes in
///     description  what it is
///     octets       how long
///     steps        the walk: layer, group, rule, what was said
///     verdict      forward, answer, drop or replicate; says in a sentence
///     out          where it would leave: port, octets, description, MSS before and after, hex
public final class Explanation {
  private final Json.Members json;

  private Explanation(Json.Members json) {
    this.json = json;
  }

  /// Explains a frame that comes in by a port. Worker thread only; nothing changes.
  ///
  /// @param octets at most {@link FramePool#MAX_FRAME_LENGTH}
  /// @param portNames names by number
  public static Explanation of(
      VSwitch vswitch,
      FramePool pool,
      Port port,
      byte[] octets,
      int vxlanPort,
      Map<Integer, String> portNames,
      long nowNs) {
    Frame frame = pool.acquire();
    if (frame == null) {
      return new Explanation(Json.object().put("error", "no free frame; ask again"));
    }
    try {
      MemorySegment.copy(
          octets, 0, frame.memory(), ValueLayout.JAVA_BYTE, FramePool.HEADROOM, octets.length);
      frame.reset(FramePool.HEADROOM, octets.length);
      frame.setIngressPort(port.number());
      String description = describe(frame, port.kind(), vxlanPort);
      int mssBefore = mss(frame);
      WalkTrace walk = new WalkTrace();
      frame.reset(FramePool.HEADROOM, octets.length);
      int exit = vswitch.explain(frame, port, walk, nowNs);
      Json.Members json =
          Json.object()
              .put("port", port.name())
              .put("description", description)
              .put("octets", octets.length)
              .put("steps", walk.toJson())
              .put("verdict", walk.fate())
              .put("says", Json.Array.ofTexts(walk.verdicts()));
      if (exit >= 0 && !walk.fate().equals("drop")) {
        Port leaves = vswitch.port(exit);
        json.put(
            "out",
            out(
                frame,
                Objects.requireNonNullElse(portNames.get(exit), "port " + exit),
                leaves == null ? PortKind.VIRTUAL_MACHINE : leaves.kind(),
                vxlanPort,
                walk.fate().equals("forward") ? mssBefore : 0));
      }
      return new Explanation(json);
    } finally {
      frame.release();
    }
  }

  private static Json out(Frame frame, String port, PortKind kind, int vxlanPort, int mssBefore) {
    byte[] octets = new byte[frame.length()];
    MemorySegment.copy(
        frame.memory(), ValueLayout.JAVA_BYTE, frame.start(), octets, 0, octets.length);
    Json.Members out =
        Json.object()
            .put("port", port)
            .put("octets", frame.length())
            .put("description", describe(frame, kind, vxlanPort));
    int mssAfter = mss(frame);
    if (mssBefore != 0) {
      out.put(
          "mss", mssBefore == mssAfter ? mssAfter + ", as it was" : mssBefore + " > " + mssAfter);
    }
    return out.put("hex", HexFormat.of().formatHex(octets));
  }

  private static String describe(Frame frame, PortKind kind, int vxlanPort) {
    DropReason reason =
        kind == PortKind.UNDERLAY
            ? FrameParser.parseTunnel(frame, vxlanPort)
            : FrameParser.parsePlain(frame);
    return reason == DropReason.NONE ? PacketDescription.of(frame) : reason.text();
  }

  /// The MSS option of a parsed SYN, or 0.
  private static int mss(Frame frame) {
    boolean syn =
        frame.protocol() == IpProtocol.TCP
            && frame.l4() != 0
            && (frame.tcpFlags() & TcpHeader.SYN) != 0;
    return syn ? Math.max(0, TcpHeader.mss(frame.memory(), frame.l4())) : 0;
  }

  /// The answer.
  public Json.Members toJson() {
    return json;
  }
}
