// SPDX-License-Identifier: Apache-2.0
package hnv.app.replay;

import hnv.app.cli.Failure;
import hnv.app.cli.Refusal;
import hnv.app.host.OfflineHost;
import hnv.app.json.Json;
import hnv.app.json.JsonWriter;
import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.model.Policy;
import hnv.model.Server;
import hnv.vswitch.PacketDescription;
import hnv.vswitch.VSwitch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One replay: packets in at their times, packets out, and a report. Owned by one thread.
final class Replay implements AutoCloseable {
  /// Duty cycles at one moment: as many as the ageing of the largest tables takes, and more.
  private static final int MAX_TURNS = 1_000;

  /// Before a packet that comes after a pause, the switch gets as many duty cycles as make it look
  /// at every connection once: what would have been forgotten meanwhile is.
  private static final long AGEING_STEP_NS = 100_000_000L;

  private static final long AGEING_ROUND_NS = 101 * AGEING_STEP_NS;

  private final OfflineHost host;
  private final CaptureFolder folder;
  private final List<CaptureMerge.Input> inputs;
  private final @Nullable WalkTrace trace;
  private final @Nullable Path traceFile;
  private final List<Json> sent = new ArrayList<>();

  private long packets;
  private long cutOff;
  private long firstNs;
  private long nowNs;
  private long packetNs;

  /// @param inputs ports are of this host
  /// @param traced whether to write down every packet's walk
  Replay(
      Policy policy,
      Server server,
      OfflineHost.Settings settings,
      List<CaptureMerge.Input> inputs,
      Path out,
      boolean traced)
      throws Refusal, Failure {
    this.inputs = inputs;
    folder = new CaptureFolder(out);
    host =
        new OfflineHost(
            policy,
            server,
            settings,
            (name, kind, number, mtu) -> new CapturePort(name, kind, number, mtu, this::keep));
    if (traced) {
      trace = new WalkTrace();
      traceFile = folder.workshop().resolve("trace.json");
      host.vswitch().setTrace(trace);
    } else {
      trace = null;
      traceFile = null;
    }
  }

  /// Takes all packets through the host.
  ///
  /// @throws Refusal where a capture is broken; the folder is then as it was
  /// @throws Failure where the folder cannot be written
  void run() throws Refusal, Failure {
    for (String port : host.ports().keySet()) {
      folder.open(port);
    }
    try (CaptureMerge merge = new CaptureMerge(inputs);
        JsonWriter walks = openTrace()) {
      for (Optional<CaptureMerge.Packet> next = merge.next();
          next.isPresent();
          next = merge.next()) {
        take(next.get(), walks);
      }
      if (walks != null) {
        walks.endArray();
        walks.end();
      }
    } catch (IOException | UncheckedIOException e) {
      throw new Failure("--out: cannot write the captures: " + e.getMessage(), e);
    }
    folder.finish();
  }

  private @Nullable JsonWriter openTrace() throws IOException {
    if (traceFile == null) {
      return null;
    }
    JsonWriter writer = JsonWriter.indented(Files.newBufferedWriter(traceFile));
    writer.begin();
    writer.beginArray("trace");
    return writer;
  }

  private void take(CaptureMerge.Packet packet, @Nullable JsonWriter walks) throws IOException {
    packetNs = packet.captured().timestampNs();
    if (packets == 0) {
      firstNs = packetNs;
      nowNs = packetNs;
    }
    packets++;
    cutOff += packet.captured().isCutOff() ? 1 : 0;
    rest();
    // Time never goes back, also where a capture's does.
    nowNs = Math.max(nowNs, packetNs);
    CaptureMerge.Input input = inputs.get(packet.input());
    // Cannot fail: the command looked it up.
    CapturePort port = (CapturePort) host.port(input.port()).orElseThrow();
    long[] drops = walks == null ? new long[0] : drops(port);
    port.offer(packet.captured().octets());
    host.work(nowNs);
    if (walks != null && trace != null) {
      walks.value(walk(packet, input, trace, drops, drops(port)));
      trace.clear();
      sent.clear();
    }
  }

  /// Lets time pass until the packet.
  private void rest() {
    long from = Math.max(nowNs + AGEING_STEP_NS, packetNs - AGEING_ROUND_NS);
    for (long at = from; at < packetNs; at += AGEING_STEP_NS) {
      // A Worker goes on at once while there is something to do.
      int turns = 0;
      while (host.work(at) > 0 && turns < MAX_TURNS) {
        turns++;
      }
      nowNs = at;
    }
  }

  private void keep(CapturePort port, Frame frame) {
    try {
      folder.write(port.name(), packetNs, frame);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (trace != null) {
      sent.add(
          Json.object()
              .put("port", port.name())
              .put("octets", frame.length())
              .put("description", describe(port, frame)));
    }
  }

  /// What leaves, read as whoever gets it would.
  private static String describe(Port port, Frame frame) {
    DropReason reason =
        port.kind() == PortKind.UNDERLAY
            ? FrameParser.parseTunnel(frame, VSwitch.DEFAULT_VXLAN_PORT)
            : FrameParser.parsePlain(frame);
    return reason == DropReason.NONE ? PacketDescription.of(frame) : reason.text();
  }

  private long[] drops(Port port) {
    long[] drops = new long[DropReason.NUMBERS];
    for (DropReason reason : DropReason.values()) {
      drops[reason.number()] = host.vswitch().counters().drops(port.number(), reason);
    }
    return drops;
  }

  private Json walk(
      CaptureMerge.Packet packet,
      CaptureMerge.Input input,
      WalkTrace walked,
      long[] before,
      long[] after) {
    List<String> reasons = new ArrayList<>();
    for (DropReason reason : DropReason.values()) {
      if (after[reason.number()] > before[reason.number()]) {
        reasons.add(reason.name());
      }
    }
    return Json.object()
        .put("packet", packets)
        .put("port", input.port())
        .put("index", packet.index())
        .put("timestamp", time(packetNs))
        .put("octets", packet.captured().capturedLength())
        .put("description", walked.description())
        .put("steps", walked.toJson())
        .put("verdict", walked.fate())
        .put("says", Json.Array.ofTexts(walked.verdicts()))
        .put("drops", Json.Array.ofTexts(reasons))
        .put("out", new Json.Array(sent));
  }

  static String time(long ns) {
    return Instant.ofEpochSecond(
            Math.floorDiv(ns, 1_000_000_000L), Math.floorMod(ns, 1_000_000_000L))
        .toString();
  }

  /// Writes the report, one JSON document.
  void report(Writer out) throws IOException {
    Counters counters = host.vswitch().counters();
    ReplayTotals totals = new ReplayTotals();
    Json.Members report =
        Json.object()
            .put("packets", packets)
            .put("cutOff", cutOff)
            .put("first", packets == 0 ? new Json.Null() : new Json.Text(time(firstNs)))
            .put("last", packets == 0 ? new Json.Null() : new Json.Text(time(nowNs)))
            .put(
                "ports",
                Json.Array.of(
                    host.ports().values(),
                    port ->
                        totals.add(
                            port.name(),
                            CaptureFolder.fileName(port.name()),
                            counters.snapshot(port.number()))))
            .put("totals", totals.toJson());
    if (traceFile == null) {
      out.write(JsonWriter.indented(report));
    } else {
      // The walks were written as they came; the report goes before them in one object.
      String head = JsonWriter.indented(report).stripTrailing();
      out.write(head.substring(0, head.length() - 1).stripTrailing());
      out.write(",");
      try (var walks = Files.newBufferedReader(traceFile)) {
        walks.read(); // the opening brace
        walks.transferTo(out);
      }
      out.write("\n");
    }
    out.flush();
  }

  @Override
  public void close() {
    folder.close();
  }
}
