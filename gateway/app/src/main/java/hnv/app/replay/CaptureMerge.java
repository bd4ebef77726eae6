// SPDX-License-Identifier: Apache-2.0
package hnv.app.replay;

import hnv.app.cli.PolicyFile;
import hnv.app.cli.Refusal;
import hnv.dataplane.FramePool;
import hnv.wire.capture.CaptureReader;
import hnv.wire.capture.CapturedPacket;
import hnv.wire.capture.LinkType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Several captures as one stream of packets, by timestamp; of equal ones, that of the input named
/// first. Each capture is taken in its own order. Owned by one thread; memory does not grow with
/// the captures.
final class CaptureMerge implements AutoCloseable {
  /// A capture to come in by a port.
  ///
  /// @param port name of the port, as policy spells it
  record Input(String port, Path file) {
    @Override
    public String toString() {
      return "--in " + port + "=" + file;
    }
  }

  /// A packet of one of the captures.
  ///
  /// @param input which of the inputs, from 0
  /// @param index which packet of its capture, from 1
  record Packet(int input, long index, CapturedPacket captured) {}

  private final List<Source> sources = new ArrayList<>();

  private static final class Source {
    final Input input;
    final CaptureReader reader;
    long index;
    @Nullable CapturedPacket head;

    Source(Input input, CaptureReader reader) {
      this.input = input;
      this.reader = reader;
    }
  }

  /// Opens all captures.
  ///
  /// @throws Refusal where one is missing, is no capture, or begins with a packet that cannot be
  ///     replayed
  CaptureMerge(List<Input> inputs) throws Refusal {
    List<String> problems = new ArrayList<>();
    for (Input input : inputs) {
      try {
        Source source = new Source(input, CaptureReader.open(input.file()));
        sources.add(source);
        advance(source);
      } catch (IOException e) {
        problems.add(input + ": " + PolicyFile.unreadable(input.file(), e));
      } catch (Refusal e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      close();
      throw new Refusal(problems);
    }
  }

  /// The next packet of all captures, or empty at the end of all.
  ///
  /// @throws Refusal where a capture is broken or holds what cannot be replayed
  Optional<Packet> next() throws Refusal {
    int next = -1;
    long earliest = Long.MAX_VALUE;
    for (int i = 0; i < sources.size(); i++) {
      CapturedPacket head = sources.get(i).head;
      if (head != null && (next < 0 || head.timestampNs() < earliest)) {
        next = i;
        earliest = head.timestampNs();
      }
    }
    if (next < 0) {
      return Optional.empty();
    }
    Source source = sources.get(next);
    CapturedPacket head = source.head;
    if (head == null) {
      throw new IllegalStateException("chosen without a packet");
    }
    Packet packet = new Packet(next, source.index, head);
    try {
      advance(source);
    } catch (IOException e) {
      throw new Refusal(
          source.input + ": broken after packet " + source.index + ": " + e.getMessage());
    }
    return Optional.of(packet);
  }

  private static void advance(Source source) throws IOException, Refusal {
    source.head = source.reader.next().orElse(null);
    CapturedPacket head = source.head;
    if (head == null) {
      return;
    }
    source.index++;
    String where = source.input + ": packet " + source.index;
    if (head.linkType() != LinkType.ETHERNET) {
      throw new Refusal(
          where
              + " has link type "
              + head.linkType()
              + "; only Ethernet (link type 1) can be replayed");
    }
    if (head.capturedLength() > FramePool.MAX_FRAME_LENGTH) {
      throw new Refusal(
          where
              + " has "
              + head.capturedLength()
              + " octets; at most "
              + FramePool.MAX_FRAME_LENGTH
              + " can be replayed");
    }
  }

  @Override
  public void close() {
    for (Source source : sources) {
      try {
        source.reader.close();
      } catch (IOException e) {
        // Nothing is lost: the file was only read.
      }
    }
  }
}
