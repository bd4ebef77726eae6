// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.HostLayers;
import hnv.app.cli.Failure;
import hnv.app.cli.PolicyFile;
import hnv.app.cli.Refusal;
import hnv.app.policy.PolicyCompiler;
import hnv.dataplane.NextHopTable;
import hnv.document.Parsed;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.netlink.NetworkChange;
import hnv.linux.netlink.NetworkMonitor;
import hnv.linux.port.HostPort;
import hnv.model.Policy;
import hnv.model.Server;
import hnv.overlay.CapacityExceededException;
import hnv.overlay.OverlayChange;
import hnv.overlay.OverlayCompiler;
import hnv.overlay.OverlayNetwork;
import hnv.overlay.PortBinding;
import hnv.wire.IpAddress;
import hnv.wire.ProviderAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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

  private static final long DROP_LOG_INTERVAL_S = 5;
  private static final long CLOSE_S = 10;

  private final NodeConfiguration configuration;
  private final HostNetwork network;
  private final @Nullable Heritage heritage;
  private final @Nullable KernelOffload offload;
  private final @Nullable Captures captures;
  private final Dataplane dataplane;
  private final HostPorts ports;
  private final UnderlayWays ways;
  private final DropLog drops = new DropLog();
  private final BugLog bugs = new BugLog();
  private final ScheduledThreadPoolExecutor control;
  private final AtomicBoolean lookDue = new AtomicBoolean();
  private final AtomicBoolean reloadDue = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);

  private OverlayCompiler compiler;
  private Policy policy = Policy.EMPTY;
  private OverlayNetwork overlay = OverlayNetwork.EMPTY;
  private String server;
  private Map<String, PortBinding> bindings = Map.of();
  private @Nullable NetworkMonitor monitor;
  private @Nullable AdminSocket admin;
  private volatile @Nullable Throwable fatal;
  private volatile boolean departed;

  private Node(NodeConfiguration configuration, Policy policy, Server server)
      throws LinuxException {
    this.configuration = configuration;
    this.policy = policy;
    this.server = server.resourceId().toString();
    network = HostNetwork.open();
    Consumer<LinuxException> onRefusal = refused -> bugs.note("the kernel refused a flow", refused);
    heritage = Heritage.find(configuration, this.server, network, onRefusal).orElse(null);
    offload = heritage == null ? KernelOffload.start(configuration, onRefusal) : heritage.offload();
    captures = offload == null ? null : Captures.of(offload.executor());
    dataplane =
        new Dataplane(
            configuration.vxlanPort(),
            offload,
            bug -> bugs.note("a frame or command of the dataplane was lost", bug),
            this::end);
    Map<String, Integer> numbers = heritage == null ? Map.of() : heritage.numbers();
    ports = new HostPorts(network, dataplane, configuration, offload, numbers);
    ways = new UnderlayWays(network, configuration.vxlanPort());
    compiler = new OverlayCompiler(this.server, HostLayers.LAYERS);
    control = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("hnv-control").factory());
    control.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    control.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
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
      heritage.takeOver(compiler, offload.executor(), dataplane.vswitch());
    }
    dataplane.start();
    call(
        () -> {
          monitor =
              NetworkMonitor.start(
                  this::changed,
                  failure -> bugs.note("the host's network is not followed any more", failure));
          ports.setAddresses(localAddresses(PolicyCompiler.compile(policy)));
          ports.leaveUntouched(PolicyNames.withoutVsid(policy));
          ports.mergeOnReceipt();
          Optional<LinuxException> refused = ports.reconcile();
          if (refused.isPresent()) {
            throw new Failure("no privilege to open ports: " + refused.get().getMessage());
          }
          apply(policy, "started with " + configuration.policy());
          return true;
        });
    Heritage taken = heritage;
    if (taken != null) {
      taken.close();
      LOG.info("{}; established flows were never stopped", taken.account());
    } else {
      LOG.info("{}", StartAccount.of(socket.lastSign()));
    }
    var _ =
        control.scheduleWithFixedDelay(
            this::lookSafely, LOOK_INTERVAL_MS, LOOK_INTERVAL_MS, TimeUnit.MILLISECONDS);
    var _ =
        control.scheduleWithFixedDelay(
            this::logDrops, DROP_LOG_INTERVAL_S, DROP_LOG_INTERVAL_S, TimeUnit.SECONDS);
  }

  /// Ends this node and leaves to the next one what forwards. Any thread but the control thread.
  ///
  /// @param graceS so many seconds the kernel goes on by itself
  /// @throws Failure where nothing can be left: the node goes on
  Departure.Left handOver(int graceS) throws Failure {
    try {
      return call(() -> depart(graceS));
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
    Departure departure = new Departure(configuration, network, ports, offload.executor());
    departure.prepare();
    departed = true;
    try {
      NetworkMonitor following = monitor;
      if (following != null) {
        following.close();
      }
      return departure.leave(dataplane, compiler.leave(), server, graceS);
    } finally {
      stop();
    }
  }

  /// Runs something on the control thread and waits for it. Other threads.
  private <T> T call(Callable<T> task) throws Failure, Refusal {
    try {
      return control.submit(task).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("interrupted", e);
    } catch (java.util.concurrent.ExecutionException e) {
      switch (e.getCause()) {
        case Failure failure -> throw failure;
        case Refusal refusal -> throw refusal;
        case LinuxException linux -> throw new Failure(String.valueOf(linux.getMessage()), e);
        case RuntimeException bug -> throw bug;
        case null, default -> throw new Failure("failed: " + e.getCause(), e);
      }
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
            requireSameSpelling(serverOf(configuration, accepted.policy()));
            apply(accepted.policy(), "reloaded " + configuration.policy());
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

  /// The dataplane knows this server by its name as it was spelled at the start.
  private void requireSameSpelling(Server next) throws Refusal {
    if (!next.resourceId().toString().equals(server)) {
      throw new Refusal(
          "policy: the server is spelled \""
              + next.resourceId()
              + "\" now and was \""
              + server
              + "\" when the node started; restart the node");
    }
  }

  /// Compiles a policy and puts the difference in force.
  private void apply(Policy next, String why) throws Failure, Refusal, LinuxException {
    long began = System.nanoTime();
    OverlayNetwork nextOverlay = PolicyCompiler.compile(next);
    List<String> changes = PolicyChange.between(overlay, nextOverlay);
    Set<IpAddress> addresses = localAddresses(nextOverlay);
    Set<IpAddress> both = new HashSet<>(localAddresses(overlay));
    both.addAll(addresses);
    ports.setAddresses(both);
    ports.leaveUntouched(PolicyNames.withoutVsid(next));
    ports.reconcile();
    put(nextOverlay);
    ports.setAddresses(addresses);
    boolean first = overlay.equals(OverlayNetwork.EMPTY);
    policy = next;
    overlay = nextOverlay;
    PolicyWarnings warnings = new PolicyWarnings(server);
    warnings.ofForeignAddresses(addresses, network.addresses());
    warnings.ofHostsWithoutWay(nextOverlay, ways.ways());
    warnings.ofInterfacesWithoutDevice(next, configuration.ports().keySet());
    LOG.info(
        "{}: {} servers, {} networks, {} interfaces, {} with a port here; {}; in force after {} ms",
        why,
        next.servers().size(),
        next.virtualNetworks().size(),
        next.networkInterfaces().size(),
        hereCount(),
        first
            ? overlay.encapsulation()
            : changes.isEmpty() ? "nothing changed" : "changed: " + String.join(", ", changes),
        (System.nanoTime() - began) / 1_000_000);
  }

  /// Puts a network in force with the ports that there are, together with the ways to other hosts.
  private void put(OverlayNetwork next) throws Failure, Refusal, LinuxException {
    Map<String, PortBinding> nextBindings = ports.bindings(PolicyNames.spelled(next));
    Link underlay = underlayLink();
    // From here on nothing may fail but the compiler: what it has made is the Worker's to have.
    OverlayChange change;
    try {
      change = compiler.compile(next, nextBindings);
    } catch (CapacityExceededException e) {
      throw new Refusal("policy: " + e.getMessage());
    }
    ways.follow(change.tunnels());
    List<Consumer<NextHopTable>> writes = ways.refresh(underlay, System.nanoTime());
    dataplane.change(
        vswitch -> {
          change.applyTo(vswitch);
          writes.forEach(write -> write.accept(vswitch.arrays().nextHops()));
        });
    bindings = nextBindings;
  }

  private Set<IpAddress> localAddresses(OverlayNetwork of) {
    Set<IpAddress> addresses = new HashSet<>();
    of.hosts().stream()
        .filter(host -> host.name().equals(server))
        .forEach(
            host ->
                host.addresses().stream().map(ProviderAddress::address).forEach(addresses::add));
    return addresses;
  }

  private long hereCount() {
    return overlay.domains().stream()
        .flatMap(domain -> domain.adapters().stream())
        .filter(adapter -> adapter.host().equals(server) && bindings.containsKey(adapter.name()))
        .count();
  }

  // ---- the host's network ----

  /// The host's network changed. The monitor's thread.
  private void changed(NetworkChange change) {
    switch (change) {
      case NetworkChange.LinkRemoved(Link link) -> ports.observeRemoved(link);
      case NetworkChange.LinkChanged(Link link) -> ports.observe(link);
      default -> {}
    }
    lookSoon();
  }

  /// Something changed. Any thread; many calls are one look.
  private void lookSoon() {
    if (lookDue.compareAndSet(false, true)) {
      var _ = control.schedule(this::lookSafely, SETTLE_MS, TimeUnit.MILLISECONDS);
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
      look(changed);
    } catch (Failure | Refusal | LinuxException e) {
      LOG.error("the host's network could not be looked at: {}", e.getMessage());
    } catch (RuntimeException e) {
      bugs.note("a look at the host's network failed", e);
    }
  }

  /// Attaches what has come, closes what is gone, and keeps the ways to other hosts right.
  ///
  /// @param changed whether the network is known to have changed
  private void look(boolean changed) throws Failure, Refusal, LinuxException {
    ports.reconcile();
    if (!ports.bindings(PolicyNames.spelled(overlay)).equals(bindings)) {
      put(overlay);
      return;
    }
    long now = System.nanoTime();
    if (!changed && !ways.isDue(now)) {
      return;
    }
    List<Consumer<NextHopTable>> writes = ways.refresh(underlayLink(), now);
    if (!writes.isEmpty()) {
      dataplane.change(
          vswitch -> writes.forEach(write -> write.accept(vswitch.arrays().nextHops())));
    }
  }

  private @Nullable Link underlayLink() throws LinuxException {
    Optional<HostPort> port = ports.underlay();
    return port.isEmpty() ? null : network.link(port.get().linkIndex()).orElse(null);
  }

  private void logDrops() {
    if (departed) {
      return;
    }
    try {
      drops.look(dataplane, ports.places(), overlay);
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
      return call(
          () -> {
            return NodeView.of(server, policy, overlay, ports.places(), ways.ways());
          });
    } catch (Refusal e) {
      throw new Failure(String.join("; ", e.problems()), e);
    }
  }

  /// Who watches which port; null where the kernel forwards nothing. Any thread.
  @Nullable Captures captures() {
    return captures;
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
    control.shutdown();
    try {
      if (!control.awaitTermination(CLOSE_S, TimeUnit.SECONDS)) {
        control.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    dataplane.close();
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
