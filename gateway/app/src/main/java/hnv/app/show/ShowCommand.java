// SPDX-License-Identifier: Apache-2.0
package hnv.app.show;

import hnv.app.cli.AdminClient;
import hnv.app.cli.ExitCode;
import hnv.app.cli.Failure;
import hnv.app.cli.OutputFormat;
import hnv.app.cli.Refusal;
import hnv.app.json.Json;
import hnv.app.json.JsonWriter;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hnv show`.
@Command(
    name = "show",
    header = "Lists what a running node holds.",
    description = {
      "",
      "  ports     the ports, their devices and tenants",
      "  layers    the layers of each port, in outbound order (list-layer)",
      "  rules     the groups and rules of each layer (list-group, list-rule)",
      "  mappings  where every customer address is (list-mapping)",
      "  flows     the unified flows (list-unified-flow)",
      "  counters  packets, bytes and drops by reason of each port; sizes of the tables",
      "",
      "Of a gateway:",
      "  connections  network connections: up or down and why, packets, bytes and limits",
      "  routes       the routing table of each tenant, and which routes packets follow",
      "  neighbors    routers and hosts on its links to the outside",
      "  nat          translated sessions, with their public addresses and ports",
      "  pools        public addresses: how much is given out, and what each tenant has",
      "  log          who is told of translation, what was sent and what was lost",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  hnv show ports",
      "  hnv show rules --port contoso-sql --layer FW_CONTROLLER_LAYER",
      "  hnv show flows --tenant contoso -o json"
    })
public final class ShowCommand implements Callable<Integer> {
  /// What can be listed.
  enum What {
    PORTS,
    LAYERS,
    RULES,
    MAPPINGS,
    FLOWS,
    COUNTERS,
    CONNECTIONS,
    ROUTES,
    NEIGHBORS,
    NAT,
    POOLS,
    LOG
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "WHAT",
      description =
          "ports, layers, rules, mappings, flows, counters, connections, routes, neighbors, nat,"
              + " pools or log.")
  private What what = What.PORTS;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      defaultValue = "/run/hnv/node.sock",
      description = "The node's control socket (default: ${DEFAULT-VALUE}).")
  private Path socket = Path.of("");

  @Option(names = "--port", paramLabel = "PORT", description = "Of this port or connection only.")
  private String port = "";

  @Option(names = "--tenant", paramLabel = "NETWORK", description = "Of this virtual network only.")
  private String tenant = "";

  @Option(names = "--layer", paramLabel = "LAYER", description = "Of this layer only.")
  private String layer = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Rows at most; 0 for all (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table or json (table).")
  private OutputFormat format = OutputFormat.TABLE;

  /// A command to be filled by picocli.
  public ShowCommand() {}

  @Override
  public Integer call() throws Refusal, Failure {
    if (limit < 0) {
      throw new Refusal("--limit: " + limit + " is below 0");
    }
    List<String> columns = new ArrayList<>();
    List<Json.Members> rows = new ArrayList<>();
    boolean more = false;
    long from = 0;
    while (from >= 0) {
      Json.Members page = AdminClient.ask(socket, request(from));
      if (columns.isEmpty()) {
        page.elements("columns").forEach(column -> columns.add(Table.text(column)));
      }
      for (Json row : page.elements("rows")) {
        if (limit != 0 && rows.size() >= limit) {
          more = true;
        } else if (row instanceof Json.Members members) {
          rows.add(members);
        }
      }
      from = more ? -1 : page.number("next", -1);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        switch (format) {
          case TABLE -> Table.of(columns, rows);
          case JSON -> JsonWriter.indented(new Json.Array(List.copyOf(rows)));
        });
    out.flush();
    if (more) {
      spec.commandLine()
          .getErr()
          .println("hnv show: there are more than " + limit + " rows; --limit 0 lists all");
    }
    return ExitCode.OK;
  }

  private Json request(long from) {
    return Json.object()
        .put("show", what.name().toLowerCase(Locale.ROOT))
        .putUnlessEmpty("port", port)
        .putUnlessEmpty("tenant", tenant)
        .putUnlessEmpty("layer", layer)
        .put("from", from);
  }
}
