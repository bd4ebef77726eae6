// SPDX-License-Identifier: Apache-2.0
package hnv.bench;

import hnv.bench.exit.ExitRows;
import hnv.bench.memory.MemoryRows;
import hnv.bench.result.Machine;
import hnv.bench.result.Progress;
import hnv.bench.result.Row;
import hnv.bench.result.RowResult;
import hnv.bench.result.Settings;
import hnv.bench.wire.WireRows;
import hnv.lab.netns.LabException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./hnv bench`: measures the program in memory and beside the kernel.
@Command(
    name = "hnv bench",
    sortOptions = false,
    description = {
      "Measures this program in memory, and over network namespaces beside the kernel's VXLAN device"
          + " at the same place, in turns: A B A B … A. The result of a row is a ratio of one run on"
          + " one machine; the figures it is made of are not to be compared with those of another"
          + " run. docs/bench.md says what each row means."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:every row that this machine can run gave a result",
      "1:a row is void: the same thing measured twice differs too much, or packets are missing",
      "64:wrong options"
    })
public final class Bench implements Callable<Integer> {
  private static final int HOLDS = 0;
  private static final int VOID = 1;
  private static final int USAGE = 64;

  @Option(
      names = "--row",
      paramLabel = "NAME",
      description = "only this row, or those whose names begin so; may be repeated")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--pairs",
      paramLabel = "N",
      description = "runs of each side; default " + Settings.DEFAULT_PAIRS)
  private @Nullable Integer pairs;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description =
          "length of a run; default 1; rows in memory take a quarter of it, rows with iperf3 whole"
              + " seconds")
  private @Nullable Double seconds;

  @Option(
      names = "--quick",
      description = "3 pairs of short runs unless said otherwise: to look, not to quote")
  private boolean quick;

  @Option(
      names = "-o",
      paramLabel = "table|json",
      description = "form of the result; default table")
  private String format = "table";

  @Option(
      names = "--no-offload",
      description = "nodes leave no flow to the kernel: every packet passes Java")
  private boolean noOffload;

  @Option(names = "--list", description = "name the rows and end")
  private boolean list;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "print this and end")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  private Bench() {}

  /// Runs the benchmark with the options that `args` name.
  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String... args) {
    CommandLine commandLine = new CommandLine(new Bench());
    commandLine.setUsageHelpAutoWidth(true);
    commandLine.getCommandSpec().exitCodeOnInvalidInput(USAGE);
    return commandLine.execute(args);
  }

  @Override
  public Integer call() {
    try (WireRows wire = new WireRows(!noOffload)) {
      if (!format.equals("table") && !format.equals("json")) {
        throw new IllegalArgumentException("-o: table or json, not " + format);
      }
      List<Row> all = new ArrayList<>(MemoryRows.all());
      all.addAll(wire.all());
      all.addAll(ExitRows.all(wire.exits()));
      if (list) {
        all.forEach(row -> System.out.printf("%-16s %s%n", row.name(), row.summary()));
        return HOLDS;
      }
      return measure(choose(all), settings());
    } catch (IllegalArgumentException e) {
      System.err.println("hnv bench: " + e.getMessage());
      return USAGE;
    }
  }

  private Settings settings() {
    Settings base = quick ? Settings.QUICK : Settings.DEFAULT;
    return new Settings(
        pairs == null ? base.pairs() : pairs, seconds == null ? base.seconds() : seconds);
  }

  private List<Row> choose(List<Row> all) {
    for (String wanted : only) {
      if (all.stream().noneMatch(row -> row.name().startsWith(wanted))) {
        throw new IllegalArgumentException(
            "--row: there is no row "
                + wanted
                + "; there are "
                + String.join(", ", all.stream().map(Row::name).toList()));
      }
    }
    return all.stream()
        .filter(row -> only.isEmpty() || only.stream().anyMatch(row.name()::startsWith))
        .toList();
  }

  private int measure(List<Row> rows, Settings settings) {
    Machine machine = Machine.here();
    Progress progress = new Progress(System.err);
    List<RowResult> results = new ArrayList<>();
    List<RowResult> skipped = new ArrayList<>();
    for (Row row : rows) {
      Optional<String> lacking = row.lacking();
      if (lacking.isPresent()) {
        progress.say(row.name(), "left out: " + lacking.get());
        skipped.add(
            RowResult.notRun(row.name(), "left out: " + lacking.get(), Machine.loadAverage()));
        continue;
      }
      try {
        results.add(row.measure(settings, progress));
      } catch (LabException e) {
        String why = String.valueOf(e.getMessage());
        progress.say(row.name(), "failed: " + why);
        results.add(RowResult.notRun(row.name(), "failed: " + why, Machine.loadAverage()));
      }
    }
    List<RowResult> shown = new ArrayList<>(results);
    shown.addAll(skipped);
    System.out.print(
        format.equals("json")
            ? Reports.json(machine, settings, shown)
            : Reports.table(machine, settings, shown));
    return results.stream().allMatch(RowResult::holds) ? HOLDS : VOID;
  }
}
