// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.AdminClient;
import hnv.app.cli.ExitCode;
import hnv.app.cli.Failure;
import hnv.app.cli.PolicyFile;
import hnv.app.cli.Refusal;
import hnv.app.json.Json;
import hnv.dataplane.PortKind;
import hnv.document.Parsed;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.port.MergingDevice;
import hnv.linux.port.PacketSocketPort;
import hnv.linux.port.PortGuard;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hnv node`.
@Command(
    name = "node",
    header = "Runs this host's virtual switch.",
    description = {
      "",
      "Takes the devices that the configuration names, puts the policy in force and runs until"
          + " SIGTERM or SIGINT. SIGHUP reads the policy again: one that is wrong is refused whole and"
          + " changes nothing; of one that is right only the difference is applied. A device that is"
          + " not there yet is taken when it appears.",
      "",
      "A VM's device is taken for good: when this process ends in any way, nothing of the VM reaches"
          + " the host's own stack, until --release gives the devices back. Of the underlay's device"
          + " only tunnel packets to the server's provider addresses are taken.",
      "",
      "Established flows are forwarded by the kernel where it can (hnv doctor says so), by programs"
          + " that do to each packet what this process decided. They go when this process does,"
          + " unless --hand-over ends it: then they go on, and the next start takes them over.",
      "",
      "The configuration:",
      "  {",
      "    \"server\": \"host1\",                      which server of the policy this is",
      "    \"policy\": \"policy.json\",                paths are relative to this file",
      "    \"underlay\": {\"device\": \"eth0\"},",
      "    \"ports\": {\"contoso-web\": \"vnet3\"},     device of each interface that may come here",
      "    \"controlSocket\": \"/run/hnv/node.sock\",  for hnv show; this is the default",
      "    \"vxlanPort\": 4789,                      this is the default",
      "    \"offload\": true                         this is the default; false as --no-offload",
      "  }"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  hnv node --config node.json",
      "  kill -HUP PID                      after the policy was changed",
      "  hnv node --config node.json --hand-over && hnv node --config node.json",
      "                                     restarts without losing a packet of an established flow",
      "  hnv node --config node.json --release"
    })
public final class NodeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(NodeCommand.class);

  private static final long GONE_MS = 15_000;
  private static final long STEP_MS = 20;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The node's configuration.")
  private Path config = Path.of("");

  @Option(
      names = "--release",
      description = "Gives the devices back to the host, and ends. No node may be running.")
  private boolean release;

  @Option(
      names = "--hand-over",
      description =
          "Ends the running node and leaves established flows to the kernel, until the next start"
              + " takes them over.")
  private boolean handOver;

  @Option(
      names = "--grace",
      paramLabel = "SECONDS",
      description =
          "With --hand-over: so long the kernel goes on without a node (default: ${DEFAULT-VALUE}).")
  private int grace = Departure.DEFAULT_GRACE_S;

  @Option(
      names = "--no-offload",
      description = "Leaves no flow to the kernel: every packet passes this process.")
  private boolean noOffload;

  /// A command to be filled by picocli.
  public NodeCommand() {}

  @Override
  public Integer call() throws Refusal, Failure {
    NodeConfiguration configuration = NodeConfigurationReader.read(config);
    if (noOffload) {
      configuration = configuration.withoutOffload();
    }
    if (release) {
      return release(configuration);
    }
    if (handOver) {
      return handOver(configuration.controlSocket());
    }
    Parsed.Accepted accepted = PolicyFile.read("$.policy", configuration.policy());
    accepted.warnings().forEach(warning -> LOG.warn("policy: {}", warning));
    // Before the first word that the policy is in force: whoever waits for it may signal at once.
    AtomicReference<@Nullable Node> running = new AtomicReference<>();
    AtomicBoolean stopEarly = new AtomicBoolean();
    Signals.on("HUP", () -> tell(running, Node::reload));
    for (String end : List.of("TERM", "INT")) {
      Signals.on(
          end,
          () -> {
            stopEarly.set(true);
            tell(running, Node::stop);
          });
    }
    try (Node node = Node.start(configuration, accepted, running::set)) {
      if (!stopEarly.get()) {
        node.await();
      }
      LOG.info("stopping; the ports stay closed until the next start or --release");
    }
    return ExitCode.OK;
  }

  private static void tell(AtomicReference<@Nullable Node> running, Consumer<Node> what) {
    Node node = running.get();
    if (node != null) {
      what.accept(node);
    }
  }

  /// Returns when the node has gone: the next one may start at once.
  private int handOver(Path socket) throws Failure, Refusal {
    Json.Members left = AdminClient.ask(socket, Json.object().put("handOver", grace));
    try {
      for (long waited = 0; AdminSocket.answers(socket) && waited < GONE_MS; waited += STEP_MS) {
        Thread.sleep(STEP_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    spec.commandLine()
        .getOut()
        .printf(
            "handed over: %d ports, %d flows, %d connections; the kernel goes on for %d s%n",
            left.number("ports", 0),
            left.number("flows", 0),
            left.number("connections", 0),
            left.number("graceSeconds", 0));
    return ExitCode.OK;
  }

  private int release(NodeConfiguration configuration) throws Failure {
    refuseWhileRunning(configuration.controlSocket());
    PrintWriter out = spec.commandLine().getOut();
    try (HostNetwork network = HostNetwork.open()) {
      Heritage.discard(configuration, network);
      out.println(release(network, configuration.underlay(), PortKind.UNDERLAY));
      if (MergingDevice.release(network, configuration.vxlanPort())) {
        out.println("removed the device that merged VXLAN packets on receipt");
      }
      for (String device : configuration.ports().values()) {
        out.println(release(network, device, PortKind.VIRTUAL_MACHINE));
      }
      for (OutsideDevice outside : configuration.outside().values()) {
        out.println(release(network, outside.device(), PortKind.OUTSIDE));
      }
    } catch (LinuxException e) {
      throw new Failure("cannot release: " + e.getMessage(), e);
    }
    return ExitCode.OK;
  }

  /// @return what was done, one line
  private static String release(HostNetwork network, String device, PortKind kind)
      throws LinuxException {
    Optional<Link> link = network.link(device);
    if (link.isEmpty()) {
      return device + ": not there";
    }
    List<String> removed = new ArrayList<>(PortGuard.release(network, link.get()));
    if (PacketSocketPort.isGuarded(link.get())) {
      PacketSocketPort.release(network, link.get(), kind);
      removed.add("rules of nftables");
    }
    return device
        + ": "
        + (removed.isEmpty()
            ? "nothing of ours on it"
            : "released (" + String.join(", ", removed) + ")");
  }

  private static void refuseWhileRunning(Path socket) throws Failure {
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      throw new Failure("a node is running (it answers at " + socket + "); stop it first");
    } catch (IOException e) {
      // Nobody answers: nothing is running.
      LOG.debug("nobody answers at {}: {}", socket, e.getMessage());
    }
  }
}
