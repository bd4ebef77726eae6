// SPDX-License-Identifier: Apache-2.0
package hnv.lab.gre;

import hnv.lab.RunLogs;
import hnv.lab.check.Evidence;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Patience;
import hnv.lab.netns.Processes;
import hnv.lab.netns.Watchdog;
import hnv.lab.topology.FlowsBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./hnv gre-peer`: two tenants' tunnels to GRE devices of the kernel, one kind after the other.
@Command(
    name = "hnv gre-peer",
    mixinStandardHelpOptions = false,
    sortOptions = false,
    description = {
      "Lays a host, a gateway and two branches in network namespaces; the branches' ends of the"
          + " tunnels are GRE devices of the kernel. For each kind of tunnel both tenants, with the"
          + " same addresses, talk with their branches, with the same prefix; what was on the wire is"
          + " counted. Where this machine's kernel has no GRE, a guest with Debian's does it, by"
          + " emulation (./hnv older-kernel): that takes some minutes."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:all hold",
      "1:something does not hold",
      "4:the laboratory could not be laid",
      "64:wrong options",
      "77:not root: nothing was tried"
    })
public final class GrePeer implements Callable<Integer> {
  private static final int HOLDS = 0;
  private static final int FAILS = 1;
  private static final int NOT_LAID = 4;
  private static final int USAGE = 64;
  private static final int NOT_ROOT = 77;

  @Option(
      names = "--only",
      paramLabel = "KIND",
      description = "only this kind of tunnel; may be repeated")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--no-offload",
      description = "leave no flow to the kernel: every packet passes the nodes' processes")
  private boolean noOffload;

  @Option(
      names = "--keep-logs",
      paramLabel = "DIR",
      description = "copy the captures and logs of the run there")
  private @Nullable Path keepLogs;

  @Option(names = "--list", description = "print the kinds of tunnels and end")
  private boolean list;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "print this and end")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  private GrePeer() {}

  /// Runs with the options that `args` name.
  public static void main(String[] args) {
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    CommandLine commandLine = new CommandLine(new GrePeer());
    commandLine.setUsageHelpAutoWidth(true);
    commandLine.getCommandSpec().exitCodeOnInvalidInput(USAGE);
    System.exit(commandLine.execute(args));
  }

  @Override
  public Integer call() throws IOException {
    List<TunnelCase> cases;
    try {
      cases = cases();
      Patience.factor();
    } catch (IllegalArgumentException e) {
      System.err.println("hnv gre-peer: " + e.getMessage());
      return USAGE;
    }
    if (list) {
      cases.forEach(tunnel -> print("%-15s %s".formatted(tunnel.name(), tunnel.describe())));
      return HOLDS;
    }
    if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
      System.err.println("hnv gre-peer: needs root, for network namespaces and tunnels");
      return NOT_ROOT;
    }
    Watchdog.removeLeftovers();
    String run = Watchdog.newRun();
    try (Watchdog _ = Watchdog.watch(run)) {
      RunLogs logs = RunLogs.of(run, keepLogs);
      int status = NOT_LAID;
      try {
        status = run(new Processes(run, logs.folder()), cases);
        return status;
      } finally {
        if (keepLogs != null || status != HOLDS) {
          logs.keep();
        }
      }
    } catch (LabException e) {
      System.err.println("hnv gre-peer: " + e.getMessage());
      return NOT_LAID;
    }
  }

  private List<TunnelCase> cases() {
    for (String name : only) {
      if (TunnelCase.all().stream().noneMatch(tunnel -> tunnel.name().equals(name))) {
        throw new IllegalArgumentException(
            "no kind '%s'; there are: %s"
                .formatted(
                    name,
                    String.join(", ", TunnelCase.all().stream().map(TunnelCase::name).toList())));
      }
    }
    return TunnelCase.all().stream()
        .filter(tunnel -> only.isEmpty() || only.contains(tunnel.name()))
        .toList();
  }

  private int run(Processes processes, List<TunnelCase> cases) {
    String kernel = processes.run("uname", "-r").require().strip();
    print(
        "A gateway and GRE of Linux %s, MTU %d; flows by %s"
            .formatted(
                kernel, TunnelCase.LINK_MTU, noOffload ? "Java alone" : "the kernel where it can"));
    int failed = 0;
    int counts = 0;
    try (GreLab lab = GreLab.lay(processes, cases, noOffload ? FlowsBy.JAVA : FlowsBy.KERNEL)) {
      print(
          "%-7s%-16s%-18s%6s%10s%10s%9s"
              .formatted("", "kind", "outer", "MTU", "there", "back", "counts"));
      for (TunnelCase tunnel : cases) {
        Evidence evidence = new Evidence();
        List<Long> packets = prove(lab, tunnel, evidence);
        print(
            "%-7s%-16s%-18s%6d%10d%10d%9d"
                .formatted(
                    evidence.holds() ? "ok" : "FAILED",
                    tunnel.name(),
                    tunnel.describe(),
                    tunnel.mtu(),
                    packets.getFirst(),
                    packets.getLast(),
                    evidence.size()));
        for (Evidence.Finding finding : evidence.failures()) {
          print(
              "       %s: expected %s, seen %s"
                  .formatted(finding.what(), finding.expected(), finding.seen()));
          if (!finding.source().isEmpty()) {
            print("         %s".formatted(finding.source()));
          }
        }
        failed += evidence.holds() ? 0 : 1;
        counts += evidence.size();
      }
    }
    print(
        "%n%d of %d kinds of tunnels hold, by %d counts"
            .formatted(cases.size() - failed, cases.size(), counts));
    return failed == 0 ? HOLDS : FAILS;
  }

  private static List<Long> prove(GreLab lab, TunnelCase tunnel, Evidence evidence) {
    try {
      return TunnelProof.prove(lab, tunnel, evidence);
    } catch (LabException e) {
      evidence.holds(String.valueOf(e.getMessage()), false, "no");
      return List.of(0L, 0L);
    }
  }

  private static void print(String text) {
    System.out.println(text);
    System.out.flush();
  }
}
