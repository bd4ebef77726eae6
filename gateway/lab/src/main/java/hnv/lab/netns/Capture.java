// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import static hnv.lab.netns.Processes.words;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What passes one device, written by tcpdump and read by tshark: two programs that know nothing of
/// this one.
///
/// A capture that lost a frame proves nothing. So [#stop] waits until tcpdump has read all that the
/// kernel gave it, and throws when the kernel dropped some.
public final class Capture implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(10);
  private static final Duration DRAIN = Duration.ofSeconds(10);

  /// The statistics that tcpdump prints, on SIGUSR1 in one line and at its end in three.
  private static final Pattern COUNTS =
      Pattern.compile(
          "(\\d+) packets? captured\\W+(\\d+) packets? received by filter\\W+"
              + "(\\d+) packets? dropped by kernel");

  /// Octets kept of each frame: the headers and the text in the frames that the lab makes.
  private static final int SNAP_LENGTH = 512;

  private final Processes processes;
  private final Path file;
  private final RunningProcess tcpdump;
  private long frames = -1;

  private Capture(Processes processes, Path file, RunningProcess tcpdump) {
    this.processes = processes;
    this.file = file;
    this.tcpdump = tcpdump;
  }

  /// Begins to capture; [#awaitReady] says when it does.
  ///
  /// All frames are kept, in both directions: with a filter, libpcap judges the first frame by
  /// other means than the rest and may lose it.
  ///
  /// @param label names the file
  public static Capture start(Namespace namespace, String device, String label) {
    Processes processes = namespace.processes();
    Path file = processes.logs().resolve(label + ".pcap");
    List<String> command =
        words(
            "tcpdump -n -U --immediate-mode -Z root -B 16384 -s %d -i %s -w %s"
                .formatted(SNAP_LENGTH, device, file));
    return new Capture(processes, file, namespace.start(label + ".tcpdump", command));
  }

  /// Waits until frames are captured.
  public void awaitReady() {
    tcpdump.awaitOutput("listening on", READY);
  }

  /// The capture file.
  public Path file() {
    return file;
  }

  /// Waits until the frames in the file hold `text` so many times: for what is still on its way
  /// through another process. Whether that was enough is for [#count] to say.
  public void awaitText(String text, int times, Duration limit) {
    Deadline.in(limit).holds(() -> occurrences(text) >= times);
  }

  /// Whether the file holds these octets by now, as ISO 8859-1.
  public boolean holds(String octets) {
    return occurrences(octets) > 0;
  }

  private int occurrences(String text) {
    String octets;
    try {
      octets = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new LabException("cannot read " + file, e);
    }
    int count = 0;
    for (int at = octets.indexOf(text); at >= 0; at = octets.indexOf(text, at + text.length())) {
      count++;
    }
    return count;
  }

  /// Ends the capture, once all frames until now are in the file.
  ///
  /// @throws LabException when frames were lost
  public void stop() {
    if (frames >= 0) {
      return;
    }
    Deadline.in(DRAIN).await(file.getFileName() + " to be complete", this::isDrained);
    tcpdump.signal("INT");
    tcpdump.awaitEnd(DRAIN);
    Matcher counts = lastCounts();
    if (counts == null || !counts.group(3).equals("0")) {
      throw new LabException("tcpdump lost frames: " + tcpdump.output().strip());
    }
    frames = Long.parseLong(counts.group(1));
  }

  /// Frames in the file.
  public long frames() {
    return frames;
  }

  /// How many frames each of the filters lets pass, in the language of wireshark-filter(4).
  ///
  /// @param filters without commas
  public List<Long> count(List<String> filters) {
    stop();
    if (frames == 0) {
      return filters.stream().map(filter -> 0L).toList();
    }
    // All in one pass; "frame" in front is the number of frames that tshark has read.
    String statistics = "io,stat,0,frame," + String.join(",", filters);
    String table = tshark(List.of("-q", "-z", statistics));
    List<Long> counts = new ArrayList<>(filters.size());
    for (String line : table.lines().toList()) {
      // | 0.000 <> 1.234 |      3 |   294 |      0 |     0 |
      String[] cells = line.split("\\|", -1);
      if (line.contains("<>") && cells.length == 2 * filters.size() + 5) {
        requireAllRead(Long.parseLong(cells[2].strip()));
        for (int i = 0; i < filters.size(); i++) {
          counts.add(Long.parseLong(cells[4 + 2 * i].strip()));
        }
      }
    }
    // tshark leaves the table empty where all frames have one time.
    return counts.isEmpty() ? filters.stream().map(this::countOne).toList() : counts;
  }

  /// The values of fields in the frames that a filter lets pass: a row for each frame.
  public List<List<String>> fields(String filter, String... names) {
    stop();
    List<String> arguments = new ArrayList<>(List.of("-Y", filter, "-T", "fields"));
    for (String name : names) {
      arguments.add("-e");
      arguments.add(name);
    }
    return tshark(arguments)
        .lines()
        .filter(line -> !line.isBlank())
        .map(line -> List.of(line.split("\t", -1)))
        .toList();
  }

  /// Stops without asking whether all is there.
  @Override
  public void close() {
    if (frames < 0) {
      tcpdump.close();
    }
  }

  private long countOne(String filter) {
    return fields(filter, "frame.number").size();
  }

  private void requireAllRead(long read) {
    if (read != frames) {
      throw new LabException(file + ": tshark reads " + read + " of " + frames + " frames");
    }
  }

  private boolean isDrained() {
    int before = tcpdump.output().length();
    tcpdump.signal("USR1");
    if (!Deadline.in(Duration.ofSeconds(1)).holds(() -> tcpdump.output().length() > before)) {
      return false;
    }
    Matcher counts = lastCounts();
    return counts != null && counts.group(1).equals(counts.group(2));
  }

  private @Nullable Matcher lastCounts() {
    Matcher matcher = COUNTS.matcher(tcpdump.output());
    Matcher last = null;
    for (int from = 0; matcher.find(from); from = matcher.end()) {
      last = COUNTS.matcher(matcher.group());
    }
    return last != null && last.matches() ? last : null;
  }

  private String tshark(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
    command.addAll(arguments);
    return processes.run(command, null, Processes.LIMIT).require();
  }
}
