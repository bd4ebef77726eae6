// SPDX-License-Identifier: Apache-2.0
package hnv.app;

import hnv.app.cli.ExitCode;
import hnv.app.cli.Failure;
import hnv.app.cli.Refusal;
import hnv.app.node.NodeCommand;
import hnv.app.replay.ReplayCommand;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command line.
@Command(
    name = "hnv",
    header = "Hyper-V Network Virtualization for Linux.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {NodeCommand.class, ReplayCommand.class},
    version = "hnv 0.1.0-SNAPSHOT")
public final class Main {
  private Main() {}

  /// Runs the command that `args` name.
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /// The commands, ready to be run; tests give it writers of their own.
  public static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler(Main::explain);
    addHelp(line);
    line.getSubcommands().values().forEach(Main::addHelp);
    return line;
  }

  private static void addHelp(CommandLine line) {
    line.getCommandSpec().mixinStandardHelpOptions(true);
    line.getCommandSpec().usageMessage().exitCodeListHeading("%nExit codes:%n");
    line.getCommandSpec()
        .usageMessage()
        .exitCodeList(CommandLine.Model.UsageMessageSpec.keyValuesMap(ExitCode.HELP));
    line.getCommandSpec().usageMessage().width(100);
  }

  /// What the user did or the machine said is told in words; only a bug shows a stack.
  private static int explain(
      Exception problem, CommandLine line, CommandLine.ParseResult parsed) {
    PrintWriter err = line.getErr();
    String command = line.getCommandSpec().qualifiedName();
    switch (problem) {
      case Refusal refusal -> {
        refusal.problems().forEach(text -> err.println(command + ": " + text));
        return ExitCode.REFUSED;
      }
      case Failure failure -> {
        err.println(command + ": " + failure.getMessage());
        return ExitCode.FAILED;
      }
      default -> {
        err.println(command + ": this is a bug of the program, please report it:");
        problem.printStackTrace(err);
        return ExitCode.BUG;
      }
    }
  }
}
