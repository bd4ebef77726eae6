// SPDX-License-Identifier: Apache-2.0
package hnv.app.replay;

import hnv.app.cli.Failure;
import hnv.dataplane.Frame;
import hnv.wire.capture.CaptureReader;
import hnv.wire.capture.CapturedPacket;
import hnv.wire.capture.LinkType;
import hnv.wire.capture.PcapWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// One capture for each port, written beside its place and put there when all are whole: a replay
/// that fails leaves the folder as it was. Owned by one thread.
///
/// Times are in microseconds, which every program reads; in nanoseconds where one of them would
/// lose something otherwise.
final class CaptureFolder implements AutoCloseable {
  private static final int NS_PER_MICROSECOND = 1_000;

  private final Path folder;
  private final Path workshop;
  private final Map<String, PcapWriter> writers = new LinkedHashMap<>();
  private boolean nanoseconds;

  /// @param folder made if it is not there
  CaptureFolder(Path folder) throws Failure {
    this.folder = folder;
    try {
      Files.createDirectories(folder);
      workshop = Files.createTempDirectory(folder, ".replay-");
    } catch (IOException e) {
      throw new Failure("--out: cannot write to the folder " + folder + ": " + reason(e), e);
    }
  }

  /// A place for what is to stand on standard output at the end.
  Path workshop() {
    return workshop;
  }

  /// The name of a port's capture in the folder.
  static String fileName(String port) {
    return port + ".pcap";
  }

  /// Begins the capture of a port.
  void open(String port) throws Failure {
    try {
      writers.put(
          port,
          PcapWriter.nanoseconds(
              new BufferedOutputStream(Files.newOutputStream(workshop.resolve(fileName(port)))),
              LinkType.ETHERNET));
    } catch (IOException e) {
      throw new Failure("--out: cannot write the capture of " + port + ": " + reason(e), e);
    }
  }

  /// Adds a frame to the capture of a port.
  void write(String port, long timestampNs, Frame frame) throws IOException {
    nanoseconds |= timestampNs % NS_PER_MICROSECOND != 0;
    PcapWriter writer = writers.get(port);
    if (writer == null) {
      throw new IllegalStateException("no capture of " + port);
    }
    writer.write(timestampNs, frame.memory(), frame.start(), frame.length());
  }

  /// Puts all captures in their places.
  void finish() throws Failure {
    try {
      for (PcapWriter writer : writers.values()) {
        writer.close();
      }
      for (String port : writers.keySet()) {
        Path file = workshop.resolve(fileName(port));
        Files.move(
            nanoseconds ? file : inMicroseconds(file),
            folder.resolve(fileName(port)),
            StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new Failure("--out: cannot write the captures: " + reason(e), e);
    }
  }

  private static Path inMicroseconds(Path file) throws IOException {
    Path copy = file.resolveSibling(file.getFileName() + ".us");
    try (CaptureReader reader = CaptureReader.open(file);
        PcapWriter writer = PcapWriter.create(copy)) {
      for (Optional<CapturedPacket> packet = reader.next();
          packet.isPresent();
          packet = reader.next()) {
        CapturedPacket captured = packet.get();
        writer.write(captured.timestampNs(), captured.octets(), 0, captured.capturedLength());
      }
    }
    return copy;
  }

  private static String reason(IOException e) {
    return e.getClass().getSimpleName() + " " + e.getMessage();
  }

  /// Removes what is not in its place.
  @Override
  public void close() {
    try (var files = Files.list(workshop)) {
      for (PcapWriter writer : writers.values()) {
        writer.close();
      }
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(workshop);
    } catch (IOException e) {
      // What stays is a folder of ours with a name that says so; the captures are whole or absent.
    }
  }
}
