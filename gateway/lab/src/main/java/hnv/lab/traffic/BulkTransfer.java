// SPDX-License-Identifier: Apache-2.0
package hnv.lab.traffic;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import hnv.wire.IpAddress;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One TCP stream as fast as it goes, by iperf3.
///
/// @param bitsPerSecond received
/// @param retransmits by the sender
public record BulkTransfer(double bitsPerSecond, long retransmits) {
  private static final int PORT = 5201;
  private static final Pattern RATE =
      Pattern.compile("\"sum_received\":\\s*\\{[^}]*?\"bits_per_second\":\\s*([0-9.e+]+)");
  private static final Pattern RETRANSMITS =
      Pattern.compile("\"sum_sent\":\\s*\\{[^}]*?\"retransmits\":\\s*(\\d+)");

  /// Starts a server that serves one transfer after the other; it says
  /// `Server listening` when it does.
  public static RunningProcess serve(Namespace machine, String label) {
    return machine.start("iperf3-" + label, "iperf3", "-s", "--forceflush");
  }

  /// Transfers for so long.
  ///
  /// @param warmUp time at the start that does not count
  public static BulkTransfer measure(
      Namespace client, IpAddress server, Duration warmUp, Duration length) {
    var outcome =
        client.run(
            warmUp.plus(length).plus(Duration.ofSeconds(15)),
            words(
                "iperf3 -J -c %s -p %d -O %d -t %d"
                    .formatted(server, PORT, warmUp.toSeconds(), length.toSeconds())));
    Matcher rate = RATE.matcher(outcome.output());
    Matcher retransmits = RETRANSMITS.matcher(outcome.output());
    if (!outcome.succeeded() || !rate.find() || !retransmits.find()) {
      throw new LabException(
          "iperf3 gave no rate: " + outcome.output().strip() + outcome.errors().strip());
    }
    return new BulkTransfer(
        Double.parseDouble(rate.group(1)), Long.parseLong(retransmits.group(1)));
  }

  /// In words: `9.4 Gbit/s`.
  public String rate() {
    return bitsPerSecond >= 1e9
        ? "%.1f Gbit/s".formatted(bitsPerSecond / 1e9)
        : "%.0f Mbit/s".formatted(bitsPerSecond / 1e6);
  }
}
