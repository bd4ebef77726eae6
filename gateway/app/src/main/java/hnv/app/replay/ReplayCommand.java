// SPDX-License-Identifier: Apache-2.0
package hnv.app.replay;

import hnv.app.cli.ExitCode;
import hnv.app.cli.Failure;
import hnv.app.cli.PolicyFile;
import hnv.app.cli.Refusal;
import hnv.app.host.OfflineHost;
import hnv.app.host.UnderlayAddresses;
import hnv.app.policy.PolicyCompiler;
import hnv.document.Parsed;
import hnv.model.Policy;
import hnv.model.Server;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hnv replay`.
@Command(
    name = "replay",
    header = "Takes captures through a policy, offline, without root.",
    description = {
      "",
      "The dataplane of a node, on one of the policy's servers, with captures for ports. What comes"
          + " in is merged by timestamp; what goes out stands in one capture for each port of the"
          + " host, DIR/PORT.pcap, also where it is empty. A report in JSON goes to standard output."
          + " Two runs give identical octets.",
      "",
      "docs/replay.md says what is fixed, so that the octets can be computed."
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  hnv replay --policy two-tenants.json --server host1 \\",
      "    --in contoso-sql=sql.pcap --in underlay=wire.pcapng --out result --trace"
    })
public final class ReplayCommand implements Callable<Integer> {
  private static final int MIN_MTU = 576;
  private static final int MAX_MTU = 65_535;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--policy",
      required = true,
      paramLabel = "FILE",
      description = "The policy document.")
  private Path policyFile = Path.of("");

  @Option(
      names = "--server",
      required = true,
      paramLabel = "SERVER",
      description = "resourceId of the server whose virtual switch it is.")
  private String serverName = "";

  @Option(
      names = "--in",
      required = true,
      paramLabel = "PORT=FILE",
      description = {
        "A capture, pcap or pcapng, that comes in by a port: the resourceId of one of the server's"
            + " network interfaces, or underlay. May be given several times."
      })
  private List<String> in = List.of();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where the captures go; made if it is not there.")
  private Path out = Path.of("");

  @Option(
      names = "--trace",
      description = "Adds the walk of each packet to the report: layer, group, rule, verdict.")
  private boolean traced;

  @Option(
      names = "--neighbor",
      paramLabel = "PA=MAC",
      description = {
        "MAC address of a provider address; without, a.b.c.d has 02:00:aa:bb:cc:dd. May be given"
            + " several times."
      })
  private List<String> neighbors = List.of();

  @Option(
      names = "--underlay-mtu",
      paramLabel = "OCTETS",
      defaultValue = "1500",
      description = "Largest IP packet of the underlay (default: ${DEFAULT-VALUE}).")
  private int underlayMtu;

  @Option(
      names = "--no-flow-table",
      description = "Walks the layers for every packet; the octets are the same.")
  private boolean withoutFlowTable;

  /// A command to be filled by picocli.
  public ReplayCommand() {}

  @Override
  public Integer call() throws Refusal, Failure {
    PrintWriter err = spec.commandLine().getErr();
    List<String> problems = new ArrayList<>();
    if (underlayMtu < MIN_MTU || underlayMtu > MAX_MTU) {
      problems.add("--underlay-mtu: " + underlayMtu + " is not within 576 to 65535");
    }
    UnderlayAddresses addresses = new UnderlayAddresses(parseNeighbors(problems));
    Parsed.Accepted accepted;
    try {
      accepted = PolicyFile.read("--policy", policyFile);
    } catch (Refusal e) {
      problems.addAll(e.problems());
      throw new Refusal(problems);
    }
    accepted.warnings().forEach(warning -> err.println("hnv replay: --policy: " + warning));
    Policy policy = accepted.policy();
    Server server = PolicyFile.server("--server", policy, serverName);
    List<CaptureMerge.Input> inputs = parseInputs(policy, server, problems);
    if (!problems.isEmpty()) {
      throw new Refusal(problems);
    }
    OfflineHost.Settings settings =
        new OfflineHost.Settings(underlayMtu, addresses, !withoutFlowTable);
    try (Replay replay = new Replay(policy, server, settings, inputs, out, traced)) {
      replay.run();
      replay.report(spec.commandLine().getOut());
    } catch (IOException e) {
      throw new Failure("cannot write the report: " + e.getMessage(), e);
    }
    return ExitCode.OK;
  }

  private Map<ProviderAddress, MacAddress> parseNeighbors(List<String> problems) {
    Map<ProviderAddress, MacAddress> result = new HashMap<>();
    for (String text : neighbors) {
      int at = text.indexOf('=');
      if (at < 0) {
        problems.add("--neighbor: \"" + text + "\" is not PA=MAC");
        continue;
      }
      try {
        result.put(
            ProviderAddress.parse(text.substring(0, at)), MacAddress.parse(text.substring(at + 1)));
      } catch (IllegalArgumentException e) {
        problems.add("--neighbor " + text + ": " + e.getMessage());
      }
    }
    return result;
  }

  private List<CaptureMerge.Input> parseInputs(
      Policy policy, Server server, List<String> problems) {
    Map<String, String> ports = new LinkedHashMap<>();
    ports.put(OfflineHost.UNDERLAY, OfflineHost.UNDERLAY);
    for (var networkInterface : PolicyCompiler.interfacesOn(policy, server)) {
      String name = networkInterface.resourceId().toString();
      if (ports.putIfAbsent(networkInterface.resourceId().key(), name) != null) {
        problems.add(
            "--policy: the network interface \""
                + name
                + "\" has the name of the port to the provider network; rename it to replay");
      }
    }
    List<CaptureMerge.Input> inputs = new ArrayList<>();
    for (String text : in) {
      int at = separator(text, ports);
      if (at < 0) {
        problems.add("--in: \"" + text + "\" is not PORT=FILE");
        continue;
      }
      String port = ports.get(text.substring(0, at).toLowerCase(Locale.ROOT));
      if (port == null) {
        problems.add(
            "--in "
                + text
                + ": there is no port \""
                + text.substring(0, at)
                + "\" on "
                + server.resourceId()
                + "; it has "
                + String.join(", ", ports.values()));
        continue;
      }
      inputs.add(new CaptureMerge.Input(port, Path.of(text.substring(at + 1))));
    }
    return inputs;
  }

  /// The equals sign that ends the port's name. A name may hold some itself.
  private static int separator(String text, Map<String, String> ports) {
    for (int at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) {
      if (ports.containsKey(text.substring(0, at).toLowerCase(Locale.ROOT))) {
        return at;
      }
    }
    return text.indexOf('=');
  }
}
