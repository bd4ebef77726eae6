// SPDX-License-Identifier: Apache-2.0
package hnv.app;

import hnv.app.capture.CaptureCommand;
import hnv.app.cli.ExitCode;
import hnv.app.cli.Failure;
import hnv.app.cli.Refusal;
import hnv.app.doctor.DoctorCommand;
import hnv.app.node.NodeCommand;
import hnv.app.replay.ReplayCommand;
import hnv.app.show.ShowCommand;
import hnv.app.trace.TraceCommand;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command line.
@Command(
    name = "hnv",
    header = "Hyper-V Network Virtualization for Linux.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      NodeCommand.class,
      DoctorCommand.class,
      ShowCommand.class,
      ReplayCommand.class,
      TraceCommand.class,
      CaptureCommand.class
    },
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
    line.setParameterExceptionHandler(Main::refuse);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    addHelp(line);
    line.getSubcommands().values().forEach(Main::addHelp);
    return line;
  }

  private static void addHelp(CommandLine line) {
    line.getCommandSpec().mixinStandardHelpOptions(true);
    line.getCommandSpec().usageMessage().exitCodeListHeading("%nExit codes:%n");
    line.getCommandSpec()
        .usageMessage()
        .exitCodeList(
            CommandLine.Model.UsageMessageSpec.keyValuesMap(ExitCode.HELP.toArray(String[]::new)));
    line.getCommandSpec().usageMessage().width(100);
  }

  /// One line about what is wrong with the options, and where to read on.
  private static int refuse(CommandLine.ParameterException problem, String[] args) {
    CommandLine line = problem.getCommandLine();
    String command = line.getCommandSpec().qualifiedName();
    line.getErr().println(command + ": " + problem.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(problem, line.getErr());
    line.getErr().println("'" + command + " --help' says more.");
    return ExitCode.REFUSED;
  }

  /// What the user did or the machine said is told in words; only a bug shows a stack.
  private static int explain(Exception problem, CommandLine line, CommandLine.ParseResult parsed) {
    PrintWriter err = line.getErr();
    String command = line.getCommandSpec().qualifiedName();
    return switch (problem) {
      case Refusal refusal -> {
        refusal.problems().forEach(text -> err.println(command + ": " + text));
        yield ExitCode.REFUSED;
      }
      case Failure failure -> {
        err.println(command + ": " + failure.getMessage());
        yield ExitCode.FAILED;
      }
      default -> {
        err.println(command + ": this is a bug of the program, please report it:");
        problem.printStackTrace(err);
        yield ExitCode.BUG;
      }
    };
  }
}
