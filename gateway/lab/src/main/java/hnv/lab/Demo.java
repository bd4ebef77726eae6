// SPDX-License-Identifier: Apache-2.0
package hnv.lab;

import hnv.lab.check.Check;
import hnv.lab.check.Checks;
import hnv.lab.check.Evidence;
import hnv.lab.check.Lab;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Patience;
import hnv.lab.netns.Processes;
import hnv.lab.netns.Watchdog;
import hnv.lab.topology.FlowsBy;
import hnv.lab.topology.Node;
import hnv.lab.topology.Scenario;
import hnv.lab.topology.VirtualMachine;
import hnv.model.Encapsulation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./hnv demo`: lays the two-tenant lab, proves it, stays up.
@Command(
    name = "hnv demo",
    mixinStandardHelpOptions = false,
    sortOptions = false,
    description = {
      "Lays two tenants with the same addresses on two hosts in network namespaces of this machine,"
          + " then once more with a gateway between them and the world; proves with real traffic"
          + " that each meets its own and nobody else, prints a line per check and stays up until"
          + " Ctrl-C. Leaves nothing behind, also when killed."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  HNV_LAB_PATIENCE=N   wait N times longer (1 to 100) before giving up: for emulated and other"
          + " slow machines; rates and times mean nothing there"
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:all checks hold",
      "1:a check does not hold",
      "4:the lab could not be laid",
      "64:wrong options",
      "77:not root: nothing was tried"
    })
public final class Demo implements Callable<Integer> {
  private static final int HOLDS = 0;
  private static final int FAILS = 1;
  private static final int NOT_LAID = 4;
  private static final int USAGE = 64;
  private static final int NOT_ROOT = 77;

  @Option(names = "--exit", description = "end after the checks")
  private boolean exit;

  @Option(
      names = "--encap",
      paramLabel = "vxlan|nvgre",
      defaultValue = "vxlan",
      description = "how packets travel between the hosts; default vxlan")
  private String encapsulation = "vxlan";

  @Option(
      names = "--only",
      paramLabel = "CHECK",
      description = "only this check, or those whose names begin so; may be repeated")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--keep-logs",
      paramLabel = "DIR",
      description = "keep the captures and logs of the run there")
  private @Nullable Path keepLogs;

  @Option(
      names = "--no-offload",
      description = "leave no flow to the kernel: every packet passes the nodes' processes")
  private boolean noOffload;

  @Option(
      names = "--print-policy",
      description =
          "print the policy document and end; with --only, that of the lab of the first check")
  private boolean printPolicy;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "print this and end")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  private final Printout printout = Printout.standard();
  private int held;
  private int proved;
  private int comparisons;
  private @Nullable Lab last;
  private volatile @Nullable Watchdog watchdog;
  private volatile int status = NOT_LAID;
  private volatile boolean staysUp;

  private Demo() {}

  /// Runs the demo with the options that `args` name.
  public static void main(String[] args) {
    // One way to write figures, whatever the user's: they are compared and pasted.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    CommandLine commandLine = new CommandLine(new Demo());
    commandLine.setUsageHelpAutoWidth(true);
    commandLine.getCommandSpec().exitCodeOnInvalidInput(USAGE);
    System.exit(commandLine.execute(args));
  }

  @Override
  public Integer call() throws IOException {
    List<Stage> stages;
    try {
      stages = stages();
      Patience.factor();
    } catch (IllegalArgumentException e) {
      System.err.println("hnv demo: " + e.getMessage());
      return USAGE;
    }
    if (printPolicy) {
      printout.line(stages.getFirst().scenario().document().stripTrailing());
      return HOLDS;
    }
    if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
      System.err.println(
          "hnv demo: needs root, for network namespaces and tc programs. Try: sudo ./hnv demo");
      System.err.println("          Without root: ./hnv replay runs the same code on captures.");
      return NOT_ROOT;
    }
    return run(stages);
  }

  /// A lab and what is proved in it.
  private record Stage(Scenario scenario, List<Check> checks) {}

  private List<Stage> stages() {
    List<Check> chosen = Checks.only(only);
    List<Stage> stages = new ArrayList<>();
    for (Stage stage :
        List.of(
            new Stage(
                Scenario.twoTenants(Encapsulation.valueOf(encapsulation.toUpperCase(Locale.ROOT))),
                Checks.ofHosts()),
            new Stage(Scenario.gateway(), Checks.ofGateway()))) {
      List<String> names = stage.checks().stream().map(Check::name).toList();
      List<Check> checks = chosen.stream().filter(each -> names.contains(each.name())).toList();
      if (!checks.isEmpty()) {
        stages.add(new Stage(stage.scenario(), checks));
      }
    }
    return stages;
  }

  private int run(List<Stage> stages) throws IOException {
    Watchdog.removeLeftovers();
    String run = Watchdog.newRun();
    RunLogs logs = RunLogs.of(run, keepLogs);
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> end(logs)));
    long begin = System.nanoTime();
    try {
      for (Stage stage : stages) {
        prove(run, stage, logs, stage.equals(stages.getLast()));
      }
    } catch (LabException e) {
      logs.keep();
      status = NOT_LAID;
      System.err.println("hnv demo: the lab could not be laid: " + e.getMessage());
      System.err.println("          logs: " + logs.kept());
      return status;
    }
    status = held == proved ? HOLDS : FAILS;
    printout.line(
        "%n%d of %d checks hold, by %d counts; %.0f s in all"
            .formatted(held, proved, comparisons, secondsSince(begin)));
    if (last != null && !exit) {
      stay(last);
    }
    return status;
  }

  /// Lays a lab, proves it, and removes it unless it is the last.
  private void prove(String run, Stage stage, RunLogs logs, boolean isLast) throws IOException {
    Watchdog watched = Watchdog.watch(run);
    watchdog = watched;
    // The folder of the lab before went with it.
    Files.createDirectories(logs.folder());
    long begin = System.nanoTime();
    FlowsBy flowsBy = noOffload ? FlowsBy.JAVA : FlowsBy.KERNEL;
    printout.line(stage.scenario().gateways().isEmpty() ? hostsText(stage) : gatewayText(stage));
    if (Patience.isUnusual()) {
      printout.line(
          "Waits up to %d times longer than usual; rates and times mean nothing here"
              .formatted(Patience.factor()));
    }
    Lab lab = Lab.lay(new Processes(run, logs.folder()), stage.scenario(), flowsBy);
    printout.line(
        "Up after %.1f s; each claim below is measured on the wire".formatted(secondsSince(begin)));
    prove(lab, stage.checks(), logs);
    if (isLast) {
      last = lab;
    } else {
      if (keepLogs != null) {
        logs.keep();
      }
      lab.close();
      watched.close();
      printout.line("");
    }
  }

  private String hostsText(Stage stage) {
    return "Laying %d virtual machines of %d networks on %d hosts, joined by a router; %s, flows by %s"
        .formatted(
            stage.scenario().machines().size(),
            stage.scenario().policy().virtualNetworks().size(),
            stage.scenario().hosts().size(),
            stage.scenario().encapsulation(),
            noOffload ? "Java alone" : "the kernel where it can");
  }

  private String gatewayText(Stage stage) {
    return "Laying %d virtual machines of %d networks, and a gateway to the Internet, a branch of each and a VLAN; flows by %s"
        .formatted(
            stage.scenario().machines().size(),
            stage.scenario().policy().virtualNetworks().size(),
            noOffload ? "Java alone" : "the kernel where it can");
  }

  /// Runs the checks one by one.
  private void prove(Lab lab, List<Check> checks, RunLogs logs) {
    for (Check check : checks) {
      proved++;
      Evidence evidence = new Evidence();
      long begin = System.nanoTime();
      try {
        check.proof().prove(lab, evidence);
        held += evidence.holds() ? 1 : 0;
        comparisons += evidence.size();
        if (!evidence.holds()) {
          logs.keep();
        }
        Duration time = Duration.ofNanos(System.nanoTime() - begin);
        printout.check(check, evidence, time, logs.folder(), logs.kept());
      } catch (LabException e) {
        logs.keep();
        printout.broken(check, String.valueOf(e.getMessage()), logs.kept());
      }
    }
  }

  private void stay(Lab lab) {
    printout.line("\nThe lab stays up; Ctrl-C removes it. To look around, in another terminal:");
    for (VirtualMachine machine : lab.scenario().machines()) {
      printout.line(
          "  %-48s # %s, VSID %d on %s"
              .formatted(
                  lab.namespace(machine).enter(),
                  machine.addresses().getFirst().address(),
                  machine.vsid(),
                  machine.host()));
    }
    for (Node node : lab.nodes()) {
      printout.line("  ./hnv show flows --socket " + node.controlSocket());
    }
    printout.line("  ip netns exec " + lab.topology().router().name() + " tcpdump -ni any");
    staysUp = true;
    while (true) {
      LockSupport.park();
    }
  }

  /// The one way out: after the last check, by Ctrl-C, by an error.
  private void end(RunLogs logs) {
    if (keepLogs != null) {
      logs.keep();
    }
    Watchdog watched = watchdog;
    if (watched != null) {
      watched.close();
    }
    if (staysUp) {
      // Ctrl-C is how this is meant to end.
      Runtime.getRuntime().halt(status);
    }
  }

  private static double secondsSince(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }
}
