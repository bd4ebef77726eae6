// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.cli.PolicyFile;
import hnv.app.cli.Refusal;
import hnv.dataplane.FlowArrays;
import hnv.document.Parsed;
import hnv.edge.EdgeNews;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.netlink.NetworkChange;
import hnv.linux.netlink.NetworkMonitor;
import hnv.model.Policy;
import hnv.model.Server;
import hnv.overlay.TableRanges;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node, running. What is private here is owned by the control thread, except where it says
/// otherwise.
final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  /// The network is looked at this long after something in it changed, so that many changes are
  /// one.
  private static final long SETTLE_MS = 20;

  /// And at least this often.
  private static final long LOOK_INTERVAL_MS = 1_000;

  private static final long DROP_LOG_INTERVAL_MS = 5_000;

  private final NodeConfiguration configuration;
  private final HostNetwork network;
  private final @Nullable Heritage heritage;
  private final @Nullable KernelOffload offload;
  private final @Nullable Captures captures;
  private final Dataplane dataplane;
  private final HostPorts ports;
  private final NatLogger natLog;
  private final @Nullable GatewayRole gateway;
  private final PolicyInForce inForce;
  private final DropLog drops = new DropLog();
  private final BugLog bugs = new BugLog();
  private final ControlThread control = new ControlThread();
  private final AtomicBoolean lookDue = new AtomicBoolean();
  private final AtomicBoolean reloadDue = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);

  private @Nullable NetworkMonitor monitor;
  private @Nullable AdminSocket admin;
  private volatile @Nullable Throwable fatal;
  private volatile boolean departed;

  private Node(NodeConfiguration configuration, Policy policy, Server server)
      throws LinuxException {
    this.configuration = configuration;
    network = HostNetwork.open();
    Consumer<LinuxException> onRefusal = refused -> bugs.note("the kernel refused a flow", refused);
    heritage =
        Heritage.find(configuration, server.resourceId().toString(), network, onRefusal)
            .orElse(null);
    offload = heritage == null ? KernelOffload.start(configuration, onRefusal) : heritage.offload();
    captures = offload == null ? null : Captures.of(offload.executor());
    dataplane =
        new Dataplane(
            configuration.vxlanPort(),
            configuration.limits().ofSwitch(),
            offload,
            configuration.outside().isEmpty()
                ? FlowArrays.ofDefaultSize()
                : TableRanges.gatewayArrays(),
            bug -> bugs.note("a frame or command of the dataplane was lost", bug),
            this::end);
    Map<String, Integer> numbers = heritage == null ? Map.of() : heritage.numbers();
    ports = new HostPorts(network, dataplane, configuration, offload, numbers);
    natLog = new NatLogger(server.resourceId().toString(), bugs);
    gateway =
        configuration.outside().isEmpty()
            ? null
            : new GatewayRole(
                configuration.limits(),
                dataplane,
                natLog,
                news -> control.execute(() -> follow(news)));
    inForce = new PolicyInForce(configuration, network, dataplane, ports, gateway, server, policy);
  }

  /// Starts a node with a policy that has been read.
  ///
  /// @param begun told of the node before its policy is in force: from then on it may be told to
  ///     reload or to stop
  /// @throws Failure where the machine refuses
  /// @throws Refusal where the policy does not fit
  static Node start(NodeConfiguration configuration, Parsed.Accepted accepted, Consumer<Node> begun)
      throws Failure, Refusal {
    Server server = serverOf(configuration, accepted.policy());
    Node node;
    try {
      node = new Node(configuration, accepted.policy(), server);
    } catch (LinuxException e) {
      throw new Failure("this machine cannot run a node: " + e.getMessage(), e);
    }
    try {
      begun.accept(node);
      node.begin();
      return node;
    } catch (Failure | Refusal | RuntimeException e) {
      node.close();
      throw e;
    }
  }

  private static Server serverOf(NodeConfiguration configuration, Policy policy) throws Refusal {
    return PolicyFile.server("$.server", policy, configuration.server());
  }

  private void begin() throws Failure, Refusal {
    AdminSocket socket = AdminSocket.open(configuration.controlSocket(), new AdminRequests(this));
    admin = socket;
    if (heritage != null && offload != null) {
      heritage.takeOver(inForce.compiler(), offload.executor(), dataplane.vswitch());
    }
    dataplane.start();
    control.call(
        () -> {
          monitor =
              NetworkMonitor.start(
                  this::changed,
                  failure -> bugs.note("the host's network is not followed any more", failure));
          inForce.begin();
          return true;
        });
    Heritage taken = heritage;
    if (taken != null) {
      taken.close();
      LOG.info("{}; established flows were never stopped", taken.account());
    } else {
      LOG.info("{}", StartAccount.of(socket.lastSign()));
    }
    control.every(LOOK_INTERVAL_MS, this::lookSafely);
    control.every(DROP_LOG_INTERVAL_MS, this::logDrops);
  }

  /// Ends this node and leaves to the next one what forwards. Any thread but the control thread.
  ///
  /// @param graceS so many seconds the kernel goes on by itself
  /// @throws Failure where nothing can be left: the node goes on
  Departure.Left handOver(int graceS) throws Failure {
    try {
      return control.call(() -> depart(graceS));
    } catch (Refusal e) {
      throw new Failure(String.join("; ", e.problems()), e);
    }
  }

  private Departure.Left depart(int graceS) throws Failure {
    if (offload == null) {
      throw new Failure("the kernel forwards nothing here; to restart this node closes its ports");
    }
    if (departed) {
      throw new Failure("this node has left already");
    }
    if (!configuration.outside().isEmpty()) {
      throw new Failure("a gateway's translations cannot be left to another process");
    }
    Departure departure = new Departure(configuration, network, ports, offload.executor());
    departure.prepare();
    departed = true;
    try {
      NetworkMonitor following = monitor;
      if (following != null) {
        following.close();
      }
      return departure.leave(dataplane, inForce.compiler().leave(), inForce.server(), graceS);
    } finally {
      stop();
    }
  }

  // ---- policy ----

  /// Reads the policy again, and puts it in force if there is nothing wrong with it. Any thread;
  /// returns at once.
  void reload() {
    if (!reloadDue.compareAndSet(false, true)) {
      return; // One that has not begun yet will read what there is by then.
    }
    control.execute(
        () -> {
          reloadDue.set(false);
          if (departed) {
            return;
          }
          try {
            Parsed.Accepted accepted = PolicyFile.read("policy", configuration.policy());
            accepted.warnings().forEach(warning -> LOG.warn("policy: {}", warning));
            inForce.requireSameSpelling(serverOf(configuration, accepted.policy()));
            inForce.apply(accepted.policy(), "reloaded " + configuration.policy());
          } catch (Refusal e) {
            e.problems().forEach(problem -> LOG.error("{}", problem));
            LOG.error("the policy was refused whole; what was in effect stays so");
          } catch (Failure | LinuxException e) {
            LOG.error("the policy could not be put in effect: {}", e.getMessage());
          } catch (RuntimeException e) {
            bugs.note("a reload failed", e);
          }
        });
  }

  // ---- the host's network ----

  /// The host's network changed. The monitor's thread.
  private void changed(NetworkChange change) {
    switch (change) {
      case NetworkChange.LinkRemoved(Link link) -> ports.observeRemoved(link);
      case NetworkChange.LinkChanged(Link link) -> ports.observe(link);
      default -> {}
    }
    inForce.note(change);
    lookSoon();
  }

  /// Something changed. Any thread; many calls are one look.
  private void lookSoon() {
    if (lookDue.compareAndSet(false, true)) {
      control.after(SETTLE_MS, this::lookSafely);
    }
  }

  private void lookSafely() {
    boolean changed = lookDue.getAndSet(false);
    if (departed) {
      return;
    }
    AdminSocket socket = admin;
    if (socket != null) {
      socket.touch();
    }
    try {
      inForce.look(changed);
    } catch (Failure | Refusal | LinuxException e) {
      LOG.error("the host's network could not be looked at: {}", e.getMessage());
    } catch (RuntimeException e) {
      bugs.note("a look at the host's network failed", e);
    }
  }

  /// The Worker learnt something that routes depend on.
  private void follow(List<EdgeNews> news) {
    if (departed) {
      return;
    }
    try {
      inForce.follow(news);
    } catch (Failure | Refusal | LinuxException e) {
      LOG.error("the routes could not be made to follow: {}", e.getMessage());
    } catch (RuntimeException e) {
      bugs.note("routes did not follow", e);
    }
  }

  private void logDrops() {
    if (departed) {
      return;
    }
    try {
      drops.look(dataplane, ports.places(), inForce.overlay());
    } catch (Failure e) {
      LOG.error("counters could not be read: {}", e.getMessage());
    } catch (RuntimeException e) {
      bugs.note("the log of drops failed", e);
    }
  }

  // ---- for those who look in ----

  /// Takes a view. Any thread but the control thread.
  NodeView view() throws Failure {
    try {
      return control.call(inForce::view);
    } catch (Refusal e) {
      throw new Failure(String.join("; ", e.problems()), e);
    }
  }

  /// Who watches which port; null where the kernel forwards nothing. Any thread.
  @Nullable Captures captures() {
    return captures;
  }

  /// What it is as a gateway. Any thread.
  ///
  /// @throws Failure where it is none
  GatewayRole gateway() throws Failure {
    if (gateway == null) {
      throw new Failure(
          "this node is no gateway: its configuration names no device to the outside");
    }
    return gateway;
  }

  /// The dataplane, for questions. Any thread.
  Dataplane dataplane() {
    return dataplane;
  }

  /// VXLAN's UDP port.
  int vxlanPort() {
    return configuration.vxlanPort();
  }

  // ---- the end ----

  /// Ends {@link #await}: the dataplane cannot go on. Any thread.
  private void end(Throwable cause) {
    fatal = cause;
    ended.countDown();
  }

  /// Ends {@link #await}: somebody wants it so. Any thread.
  void stop() {
    ended.countDown();
  }

  /// Waits until the node is to end.
  ///
  /// @throws IllegalStateException where a bug ends it
  void await() {
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Throwable cause = fatal;
    if (cause != null) {
      throw new IllegalStateException("the Worker ended", cause);
    }
  }

  /// Stops in order: nobody looks in, nothing is followed, no packet passes; then the devices are
  /// given up, their guards staying.
  @Override
  public void close() {
    AdminSocket socket = admin;
    if (socket != null) {
      socket.close();
    }
    NetworkMonitor following = monitor;
    if (following != null) {
      following.close();
    }
    control.close();
    dataplane.close();
    natLog.close();
    ports.closeAll();
    if (offload != null) {
      offload.close();
    }
    if (heritage != null) {
      heritage.close();
    }
    network.close();
  }
}
