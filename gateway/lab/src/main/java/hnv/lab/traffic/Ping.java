// SPDX-License-Identifier: Apache-2.0
package hnv.lab.traffic;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.Deadline;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Patience;
import hnv.lab.netns.RunningProcess;
import hnv.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Echo requests: some, counted, or a steady stream whose gaps are measured.
public final class Ping implements AutoCloseable {
  private static final Pattern SUMMARY =
      Pattern.compile("(\\d+) packets transmitted, (\\d+)(?: packets)? received");

  /// A line of `ping -D`; the first group is the time of the reply in seconds.
  private static final Pattern REPLY =
      Pattern.compile("\\[(\\d+\\.\\d+)] \\d+ bytes from .*icmp_seq=(\\d+)");

  private final RunningProcess process;

  private Ping(RunningProcess process) {
    this.process = process;
  }

  /// Sends `count` requests of 56 octets and gives the number of replies.
  public static int echo(Namespace from, IpAddress to, int count) {
    return echo(from, to, count, 56);
  }

  /// Sends `count` requests with `octets` of data and gives the number of replies; waits one second
  /// for the last, by [Patience].
  public static int echo(Namespace from, IpAddress to, int count, int octets) {
    // All at once: ping waits no longer than its interval for the last reply, so a short interval
    // loses what a busy machine delays.
    String last = Patience.seconds(Duration.ofSeconds(1));
    String line =
        "ping -n -q -l %d -i %s -W %s -c %d -s %d %s"
            .formatted(count, last, last, count, octets, to);
    Matcher summary = SUMMARY.matcher(from.run(words(line)).output());
    return summary.find() ? Integer.parseInt(summary.group(2)) : 0;
  }

  /// Sends `count` requests, one after the other, and gives how many were answered by "destination
  /// unreachable".
  public static int refusals(Namespace from, IpAddress to, int count) {
    String last = Patience.seconds(Duration.ofSeconds(1));
    String line = "ping -n -i 0.2 -W %s -c %d %s".formatted(last, count, to);
    return (int)
        from.run(words(line)).output().lines().filter(each -> each.contains("Unreachable")).count();
  }

  /// Waits until there is a reply.
  ///
  /// @throws LabException when there is none in time
  public static void awaitReply(Namespace from, IpAddress to, Duration limit) {
    Deadline.in(limit)
        .await(
            "a reply of " + to + " to " + from.name(),
            () -> {
              String each = Patience.seconds(Duration.ofMillis(200));
              return from.run(words("ping -n -q -c 1 -W %s %s".formatted(each, to))).succeeded();
            });
  }

  /// Begins a stream of requests.
  ///
  /// @param interval between two requests; at least 2 ms
  public static Ping stream(Namespace from, String label, IpAddress to, Duration interval) {
    return new Ping(
        from.start(
            "ping-" + label,
            words("ping -n -D -i %s %s".formatted(interval.toMillis() / 1000.0, to))));
  }

  /// The times of all replies until now, in milliseconds of the wall clock.
  public List<Double> replies() {
    List<Double> times = new ArrayList<>();
    Matcher reply = REPLY.matcher(process.output());
    while (reply.find()) {
      times.add(1000 * Double.parseDouble(reply.group(1)));
    }
    return times;
  }

  /// Waits until replies come again after `since`, in milliseconds of the wall clock, and gives the
  /// time of the first.
  ///
  /// @throws LabException when there is none in time
  public double awaitReplyAfter(double since, Duration limit) {
    Deadline.in(limit)
        .await("replies to ping", () -> replies().stream().anyMatch(time -> time > since));
    return replies().stream().filter(time -> time > since).findFirst().orElse(since);
  }

  /// The longest time without a reply, in milliseconds.
  public double longestGap() {
    double gap = 0;
    double previous = Double.NaN;
    for (double time : replies()) {
      gap = Double.isNaN(previous) ? 0 : Math.max(gap, time - previous);
      previous = time;
    }
    return gap;
  }

  @Override
  public void close() {
    process.close();
  }
}
