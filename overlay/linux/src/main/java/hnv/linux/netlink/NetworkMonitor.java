// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import hnv.linux.LinuxException;
import hnv.linux.libc.Epoll;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Follows the host's network and tells a listener, on a thread of its own, in the order of the
/// kernel. A listener that is slow loses nothing until a mebibyte waits; then it gets {@link
/// NetworkChange.ChangesLost}.
public final class NetworkMonitor implements AutoCloseable {
  private static final int GROUP_LINK = 0x1;
  private static final int GROUP_NEIGHBOR = 0x4;
  private static final int GROUP_IPV4_ADDRESS = 0x10;
  private static final int GROUP_IPV4_ROUTE = 0x40;
  private static final int GROUP_IPV4_RULE = 0x80;
  private static final int GROUP_IPV6_ADDRESS = 0x100;
  private static final int GROUP_IPV6_ROUTE = 0x400;
  private static final int GROUP_IPV6_RULE = 0x4_0000;

  private final NetlinkSocket socket;
  private final Epoll epoll;
  private final Consumer<NetworkChange> listener;
  private final Consumer<Throwable> onFailure;
  private final Thread thread;
  private volatile boolean running = true;

  private NetworkMonitor(
      NetlinkSocket socket,
      Epoll epoll,
      Consumer<NetworkChange> listener,
      Consumer<Throwable> onFailure) {
    this.socket = socket;
    this.epoll = epoll;
    this.listener = listener;
    this.onFailure = onFailure;
    this.thread = Thread.ofPlatform().daemon().name("hnv-network-monitor").unstarted(this::run);
  }

  /// Begins to follow. What changed before is not told: ask {@link HostNetwork} after this returns,
  /// and nothing is missed.
  ///
  /// @param onFailure told of what the listener threw (it stays in place), and of a refusal of the
  ///     kernel, which ends the monitor
  public static NetworkMonitor start(
      Consumer<NetworkChange> listener, Consumer<Throwable> onFailure) throws LinuxException {
    NetlinkSocket socket =
        NetlinkSocket.openMonitor(
            GROUP_LINK
                | GROUP_NEIGHBOR
                | GROUP_IPV4_ADDRESS
                | GROUP_IPV4_ROUTE
                | GROUP_IPV6_ADDRESS
                | GROUP_IPV6_ROUTE
                | GROUP_IPV4_RULE
                | GROUP_IPV6_RULE);
    Epoll epoll = new Epoll();
    epoll.watch(socket.fd());
    NetworkMonitor monitor = new NetworkMonitor(socket, epoll, listener, onFailure);
    monitor.thread.start();
    return monitor;
  }

  private void run() {
    try {
      while (running) {
        epoll.await(-1);
        while (running && socket.receive(this::tell, this::tellLost)) {
          // Until nothing waits.
        }
      }
    } catch (LinuxException e) {
      onFailure.accept(e);
    } finally {
      socket.close();
      epoll.close();
    }
  }

  private void tell(Reply reply) {
    NetworkChange change = parse(reply);
    if (change != null) {
      deliver(change);
    }
  }

  private void tellLost() {
    deliver(new NetworkChange.ChangesLost());
  }

  private void deliver(NetworkChange change) {
    try {
      listener.accept(change);
    } catch (RuntimeException bug) {
      onFailure.accept(bug);
    }
  }

  /// The change that a message tells of, or null where it is none that anybody here wants.
  static @Nullable NetworkChange parse(Reply reply) {
    return switch (reply.type()) {
      case HostNetwork.NEW_LINK -> change(Link.parse(reply), NetworkChange.LinkChanged::new);
      case HostNetwork.DELETE_LINK -> change(Link.parse(reply), NetworkChange.LinkRemoved::new);
      case HostNetwork.NEW_ADDRESS ->
          change(InterfaceAddress.parse(reply), NetworkChange.AddressChanged::new);
      case HostNetwork.DELETE_ADDRESS ->
          change(InterfaceAddress.parse(reply), NetworkChange.AddressRemoved::new);
      case HostNetwork.NEW_ROUTE, HostNetwork.DELETE_ROUTE ->
          change(Route.parse(reply), NetworkChange.RoutesChanged::new);
      case HostNetwork.NEW_RULE, HostNetwork.DELETE_RULE -> new NetworkChange.RulesChanged();
      case HostNetwork.NEW_NEIGHBOR ->
          change(Neighbor.parse(reply), NetworkChange.NeighborChanged::new);
      case HostNetwork.DELETE_NEIGHBOR ->
          change(Neighbor.parse(reply), NetworkChange.NeighborRemoved::new);
      default -> null;
    };
  }

  private static <T> @Nullable NetworkChange change(
      @Nullable T object, Function<T, NetworkChange> kind) {
    return object == null ? null : kind.apply(object);
  }

  /// Ends the thread; waits for it unless called by it.
  @Override
  public void close() {
    running = false;
    epoll.wakeUp();
    if (!Thread.currentThread().equals(thread)) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
