// SPDX-License-Identifier: Apache-2.0
package hnv.app.doctor;

import hnv.app.cli.ExitCode;
import hnv.app.cli.OutputFormat;
import hnv.app.cli.Refusal;
import hnv.app.doctor.Finding.Grade;
import hnv.app.json.Json;
import hnv.app.json.JsonWriter;
import hnv.app.node.NodeConfiguration;
import hnv.app.node.NodeConfigurationReader;
import hnv.app.node.OutsideDevice;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.netlink.Route;
import hnv.linux.probe.PathMtuProbe;
import hnv.wire.Ipv4Address;
import hnv.wire.ProviderAddress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hnv doctor`.
@Command(
    name = "doctor",
    header = "Says what this machine can do, what is missing and what that costs.",
    description = {
      "",
      "Tries the kernel's features on a device of its own that is gone afterwards; nothing else is"
          + " touched. With --config it also looks at the devices of a node: who owns them, and what"
          + " stands in the way. With --peer it measures the path to another host's provider address"
          + " by pings that must not be fragmented.",
      "",
      "One line each: ok, note, costs (works, at that cost) or MISSING (cannot work)."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  hnv doctor", "  hnv doctor --config node.json --peer 192.168.2.20"})
public final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A node's configuration: looks at its devices, too.")
  private @Nullable Path config;

  @Option(
      names = "--peer",
      paramLabel = "PA",
      description =
          "Another host's provider address: measures the path. May be given several times.")
  private List<String> peers = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table or json (table).")
  private OutputFormat format = OutputFormat.TABLE;

  /// A command to be filled by picocli.
  public DoctorCommand() {}

  @Override
  public Integer call() throws Refusal {
    List<ProviderAddress> addresses = new ArrayList<>();
    for (String peer : peers) {
      try {
        addresses.add(ProviderAddress.parse(peer));
      } catch (IllegalArgumentException e) {
        throw new Refusal("--peer: " + e.getMessage());
      }
    }
    NodeConfiguration configuration = config == null ? null : NodeConfigurationReader.read(config);
    List<Finding> findings = new ArrayList<>(MachineChecks.run());
    try (HostNetwork network = HostNetwork.open()) {
      if (configuration != null) {
        PortChecks ports = new PortChecks(network);
        findings.addAll(ports.underlay(configuration.underlay()));
        for (Map.Entry<String, String> port : configuration.ports().entrySet()) {
          findings.addAll(ports.virtualMachine(port.getKey(), port.getValue()));
        }
        for (Map.Entry<String, OutsideDevice> port : configuration.outside().entrySet()) {
          findings.addAll(ports.outside(port.getKey(), port.getValue()));
        }
      }
      for (ProviderAddress address : addresses) {
        findings.add(path(network, address));
      }
    } catch (LinuxException e) {
      findings.add(
          new Finding(Grade.MISSING, "the host's network", String.valueOf(e.getMessage())));
    }
    print(findings);
    return findings.stream().anyMatch(finding -> finding.grade() == Grade.MISSING)
        ? ExitCode.FAILED
        : ExitCode.OK;
  }

  private static Finding path(HostNetwork network, ProviderAddress peer) throws LinuxException {
    String about = "path to " + peer;
    Optional<Route> route = network.routeTo(peer.address());
    if (route.isEmpty() || route.get().kind() != Route.Kind.UNICAST) {
      return new Finding(Grade.MISSING, about, "the host has no route");
    }
    Optional<Link> link = network.link(route.get().linkIndex());
    String by = link.map(Link::name).orElse("a device that is gone");
    int linkMtu = link.map(Link::mtu).orElse(0);
    if (!(peer.address() instanceof Ipv4Address ipv4)) {
      return new Finding(
          Grade.NOTE,
          about,
          "by " + by + "; only IPv4 paths can be measured, the device carries " + linkMtu);
    }
    try {
      OptionalInt mtu = PathMtuProbe.measure(ipv4, linkMtu);
      if (mtu.isEmpty()) {
        return new Finding(
            Grade.NOTE, about, "by " + by + "; no ping was answered, which says nothing");
      }
      boolean whole = mtu.getAsInt() >= linkMtu;
      return new Finding(
          whole ? Grade.OK : Grade.COSTS,
          about,
          "by "
              + by
              + ", carries "
              + mtu.getAsInt()
              + " octets"
              + (whole
                  ? ", as much as the device"
                  : " but the device "
                      + linkMtu
                      + ": what is longer gets lost; give the route"
                      + " an mtu of "
                      + mtu.getAsInt()));
    } catch (LinuxException e) {
      return new Finding(Grade.NOTE, about, "not measured: " + e.getMessage());
    }
  }

  private void print(List<Finding> findings) {
    PrintWriter out = spec.commandLine().getOut();
    if (format == OutputFormat.JSON) {
      out.print(JsonWriter.indented(Json.Array.of(findings, Finding::toJson)));
    } else {
      for (Finding finding : findings) {
        String grade =
            switch (finding.grade()) {
              case OK -> "ok";
              case NOTE -> "note";
              case COSTS -> "costs";
              case MISSING -> "MISSING";
            };
        out.println("%-8s %s: %s".formatted(grade, finding.about(), finding.says()));
      }
    }
    out.flush();
  }
}
