// SPDX-License-Identifier: Apache-2.0
package hnv.bench.probe;

import hnv.bench.line.Commands;
import hnv.bench.line.ExitGateway;
import hnv.bench.line.ExitLine;
import hnv.bench.line.ExitLines;
import hnv.bench.line.Lines;
import hnv.lab.netns.LabException;
import hnv.linux.LinuxException;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./hnv nat-probe`: asks translations what they do, and prints a column for each.
@Command(
    name = "hnv nat-probe",
    description = {
      "Lays a client, a translation and servers in network namespaces (root), asks the translation"
          + " what it does, in the terms of RFC 4787, and prints a column for each: the kernel with"
          + " nftables masquerade, and this program. The asking knows nothing of either."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:every column was asked", "1:one could not be", "64:wrong options"})
public final class NatProbeMain implements Callable<Integer> {
  private static final int USAGE = 64;

  @Option(
      names = "--idle",
      paramLabel = "SECONDS",
      description = "ask for mappings again after so long; 0, the default: do not; 3600 at most")
  private int idleSeconds;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "print this and end")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  private NatProbeMain() {}

  /// Runs it with the options that `args` name.
  public static void main(String[] args) {
    CommandLine commandLine = new CommandLine(new NatProbeMain());
    commandLine.setUsageHelpAutoWidth(true);
    commandLine.getCommandSpec().exitCodeOnInvalidInput(USAGE);
    System.exit(commandLine.execute(args));
  }

  @Override
  public Integer call() {
    Optional<String> lacking = Commands.lackingForLines().or(() -> Commands.lacking("nft"));
    if (lacking.isPresent() || idleSeconds < 0 || idleSeconds > 3_600) {
      System.err.println("hnv nat-probe: " + lacking.orElse("--idle: 0 to 3600 seconds"));
      return USAGE;
    }
    Map<String, Map<String, String>> columns = new LinkedHashMap<>();
    boolean all = true;
    try (Lines lines = new Lines(true)) {
      ExitLines exits = new ExitLines(lines);
      all &= ask(columns, "nftables", () -> exits.kernel(ExitLine.Access.L3));
      all &= ask(columns, "hnv", exits::nodeOfManyAddresses);
    }
    print(columns);
    return all ? 0 : 1;
  }

  private boolean ask(
      Map<String, Map<String, String>> columns, String name, Callable<ExitGateway> laid) {
    try (NatProbe probe = new NatProbe(laid.call().line())) {
      columns.put(name, probe.ask(Duration.ofSeconds(idleSeconds)));
      return true;
    } catch (LabException | IOException | LinuxException e) {
      System.err.println(name + ": " + e.getMessage());
      return false;
    } catch (Exception e) {
      throw new IllegalStateException(e); // Cannot happen: laying throws no others.
    }
  }

  private static void print(Map<String, Map<String, String>> columns) {
    Set<String> questions = new LinkedHashSet<>();
    columns.values().forEach(column -> questions.addAll(column.keySet()));
    System.out.printf("%-52s", "");
    columns.keySet().forEach(name -> System.out.printf("  %-26s", name));
    System.out.println();
    for (String question : questions) {
      System.out.printf("%-52s", question);
      columns
          .values()
          .forEach(column -> System.out.printf("  %-26s", column.getOrDefault(question, "")));
      System.out.println();
    }
  }
}
