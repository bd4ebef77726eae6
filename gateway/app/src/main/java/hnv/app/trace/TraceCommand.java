// SPDX-License-Identifier: Apache-2.0
package hnv.app.trace;

import hnv.app.cli.AdminClient;
import hnv.app.cli.ExitCode;
import hnv.app.cli.Failure;
import hnv.app.cli.OutputFormat;
import hnv.app.cli.PolicyFile;
import hnv.app.cli.Refusal;
import hnv.app.host.OfflineHost;
import hnv.app.json.Json;
import hnv.app.json.JsonWriter;
import hnv.dataplane.Port;
import hnv.document.Parsed;
import hnv.model.Server;
import hnv.vswitch.VSwitch;
import hnv.wire.capture.CaptureReader;
import hnv.wire.capture.CapturedPacket;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hnv trace`.
@Command(
    name = "trace",
    header = "Says what would happen to a packet.",
    description = {
      "",
      "The packet is described by options, or given as octets; what is left out is taken from the"
          + " policy. It is walked through the layers by the same code as real packets, with all"
          + " effects off: no connection is made and nothing is counted or sent. A policy and a"
          + " server are enough; with --socket a running node is asked, with its connections and its"
          + " ways to other hosts as they are now."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  hnv trace --policy p.json --server host1 --port contoso-sql --dst 10.1.1.12 --dport 80",
      "  hnv trace --policy p.json --server host1 --port underlay --vni 5001 \\",
      "    --src 10.1.1.12 --dst 10.1.1.11 --proto icmp --outer-src 192.168.3.30",
      "  hnv trace --socket /run/hnv/node.sock --port contoso-sql --pcap sql.pcap --packet 7"
    })
public final class TraceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Where where = new Where();

  /// A policy, or a running node.
  static final class Where {
    @ArgGroup(exclusive = false)
    private @Nullable Offline offline;

    @Option(
        names = "--socket",
        paramLabel = "PATH",
        description = "Asks the node that answers at this control socket.")
    private @Nullable Path socket;
  }

  /// A policy and one of its servers.
  static final class Offline {
    @Option(
        names = "--policy",
        required = true,
        paramLabel = "FILE",
        description = "The policy document.")
    private Path policy = Path.of("");

    @Option(
        names = "--server",
        required = true,
        paramLabel = "SERVER",
        description = "resourceId of the server whose virtual switch it is.")
    private String server = "";
  }

  @Option(
      names = "--port",
      required = true,
      paramLabel = "PORT",
      description = "Where the packet comes in: a network interface's resourceId, or underlay.")
  private String port = "";

  @Option(names = "--src", paramLabel = "CA", description = "Source address (the port's).")
  private String source = "";

  @Option(
      names = "--dst",
      paramLabel = "CA",
      description = "Destination address; for arp and nd the address that is asked for.")
  private String destination = "";

  @Option(
      names = "--proto",
      paramLabel = "NAME",
      description = "tcp, udp, icmp (a ping), arp, nd, or a number (tcp).")
  private String protocol = "";

  @Option(
      names = "--sport",
      paramLabel = "N",
      description = "Source port, or id of a ping (40000).")
  private long sourcePort = DescribedPacket.NOT_GIVEN;

  @Option(names = "--dport", paramLabel = "N", description = "Destination port (80).")
  private long destinationPort = DescribedPacket.NOT_GIVEN;

  @Option(
      names = "--flags",
      paramLabel = "FLAGS",
      description = "Of TCP: S, SA, syn,ack, 0x12 (S).")
  private String flags = "";

  @Option(names = "--src-mac", paramLabel = "MAC", description = "Source MAC (the port's).")
  private String sourceMac = "";

  @Option(
      names = "--dst-mac",
      paramLabel = "MAC",
      description = "Destination MAC (the destination's, or the router's).")
  private String destinationMac = "";

  @Option(names = "--vlan", paramLabel = "ID", description = "A VLAN tag (none).")
  private long vlan = DescribedPacket.NOT_GIVEN;

  @Option(names = "--ttl", paramLabel = "N", description = "TTL or hop limit (64).")
  private long ttl = DescribedPacket.NOT_GIVEN;

  @Option(
      names = "--size",
      paramLabel = "OCTETS",
      description = "Of the inner IP packet, filled with zeros (headers only).")
  private long size = DescribedPacket.NOT_GIVEN;

  @Option(
      names = "--df",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Do not fragment (set; --no-df clears it).")
  private boolean dontFragment = true;

  @Option(
      names = "--outer-src",
      paramLabel = "PA",
      description = "At the underlay: outer source (of the host where --src is).")
  private String outerSource = "";

  @Option(
      names = "--outer-dst",
      paramLabel = "PA",
      description = "At the underlay: outer destination (this server's first).")
  private String outerDestination = "";

  @Option(names = "--vni", paramLabel = "N", description = "At the underlay: VNI or VSID.")
  private long vni = DescribedPacket.NOT_GIVEN;

  @Option(
      names = "--encap",
      paramLabel = "KIND",
      description = "At the underlay: vxlan or nvgre (the policy's).")
  private String encapsulation = "";

  @Option(
      names = "--hex",
      paramLabel = "OCTETS",
      description = "The whole frame in hexadecimal, instead of a description.")
  private String hex = "";

  @Option(
      names = "--pcap",
      paramLabel = "FILE",
      description = "Takes the frame from a capture, pcap or pcapng.")
  private @Nullable Path capture;

  @Option(names = "--packet", paramLabel = "N", description = "Which packet of the capture (1).")
  private long packet = 1;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table or json (table).")
  private OutputFormat format = OutputFormat.TABLE;

  /// A command to be filled by picocli.
  public TraceCommand() {}

  @Override
  public Integer call() throws Refusal, Failure {
    DescribedPacket described = described();
    Json.Members answer;
    Path socket = where.socket;
    Offline offline = where.offline;
    if (socket != null) {
      answer = AdminClient.ask(socket, Json.object().put("trace", described.toJson()));
    } else if (offline != null) {
      answer = explainOffline(offline, described);
    } else {
      throw new Refusal("--policy and --server, or --socket, are needed");
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        switch (format) {
          case TABLE -> ExplanationText.of(answer);
          case JSON -> JsonWriter.indented(answer);
        });
    out.flush();
    return ExitCode.OK;
  }

  private DescribedPacket described() throws Refusal {
    return new DescribedPacket(
        port,
        capture == null ? hex : fromCapture(capture),
        source,
        destination,
        protocol,
        sourcePort,
        destinationPort,
        flags,
        sourceMac,
        destinationMac,
        vlan,
        ttl,
        size,
        !dontFragment,
        outerSource,
        outerDestination,
        vni,
        encapsulation);
  }

  private String fromCapture(Path file) throws Refusal {
    if (packet < 1) {
      throw new Refusal("--packet: packets are counted from 1");
    }
    try (CaptureReader reader = CaptureReader.open(file)) {
      for (long index = 1; ; index++) {
        Optional<CapturedPacket> next = reader.next();
        if (next.isEmpty()) {
          throw new Refusal("--packet: " + file + " has " + (index - 1) + " packets only");
        }
        if (index == packet) {
          return HexFormat.of().formatHex(next.get().octets().toArray(ValueLayout.JAVA_BYTE));
        }
      }
    } catch (IOException e) {
      throw new Refusal("--pcap: " + PolicyFile.unreadable(file, e));
    }
  }

  private static Json.Members explainOffline(Offline offline, DescribedPacket described)
      throws Refusal {
    Parsed.Accepted accepted = PolicyFile.read("--policy", offline.policy);
    Server server = PolicyFile.server("--server", accepted.policy(), offline.server);
    OfflineHost host =
        new OfflineHost(accepted.policy(), server, OfflineHost.Settings.DEFAULT, SilentPort::new);
    byte[] octets =
        new PacketBuilder(
                host.network(), server.resourceId().toString(), VSwitch.DEFAULT_VXLAN_PORT)
            .build(described);
    Port port =
        host.port(described.port())
            .orElseThrow(
                () ->
                    new Refusal(
                        "--port: "
                            + server.resourceId()
                            + " has no port \""
                            + described.port()
                            + "\"; it has "
                            + String.join(", ", host.ports().keySet())));
    Map<Integer, String> names = new HashMap<>();
    host.ports().values().forEach(each -> names.put(each.number(), each.name()));
    return Explanation.of(
            host.vswitch(), host.pool(), port, octets, VSwitch.DEFAULT_VXLAN_PORT, names, 0)
        .toJson();
  }
}
