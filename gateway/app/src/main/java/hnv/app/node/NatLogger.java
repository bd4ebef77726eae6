// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.model.NatLog;
import hnv.nat.NatEngine;
import hnv.nat.NatEvents;
import hnv.nat.NatVerdict;
import hnv.nat.log.NatLogQueue;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What translation tells, as policy wants it told. Events are the Worker's, who hands them to a
/// queue and goes on; policy is the control thread's; a thread of the {@link NatLogSender} sends.
final class NatLogger implements NatEvents, AutoCloseable {
  private final String host;
  private final BugLog bugs;
  private volatile NatEvents to = NatEvents.NONE;
  private volatile Map<Integer, String> tenants = Map.of();
  private volatile Optional<NatLog> policy = Optional.empty();
  private volatile @Nullable NatLogSender sender;

  /// @param host name of this gateway in messages
  NatLogger(String host, BugLog bugs) {
    this.host = host;
    this.bugs = bugs;
  }

  /// From now on this is told, and those are told. Control thread.
  ///
  /// @param names of tenants by slot
  void apply(Optional<NatLog> next, Map<Integer, String> names) {
    tenants = Map.copyOf(names);
    if (next.equals(policy)) {
      return;
    }
    policy = next;
    close();
    if (next.isPresent()) {
      long zero = System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
      NatLogQueue queue =
          new NatLogQueue(
              NatLogQueue.Choice.valueOf(next.get().events().name()),
              NatLogQueue.DEFAULT_CAPACITY,
              zero);
      sender =
          new NatLogSender(
              queue,
              next.get(),
              host,
              slot -> tenants.getOrDefault(slot, "slot " + slot),
              failure -> bugs.note("the log of translation could not be sent", failure));
      to = queue;
    }
  }

  /// Nobody is told any more; what waits is sent.
  @Override
  public void close() {
    to = NatEvents.NONE;
    NatLogSender sends = sender;
    if (sends != null) {
      sender = null;
      sends.close();
    }
  }

  /// What policy wants told; empty: nothing. Any thread.
  Optional<NatLog> policy() {
    return policy;
  }

  /// Who tells it; null where nothing is told. Any thread.
  @Nullable NatLogSender sender() {
    return sender;
  }

  @Override
  public void sessionBegan(NatEngine nat, int session, long nowNs) {
    to.sessionBegan(nat, session, nowNs);
  }

  @Override
  public void sessionEnded(NatEngine nat, int session, long nowNs) {
    to.sessionEnded(nat, session, nowNs);
  }

  @Override
  public void blockTaken(
      int tenant, int network, int inside, int address, int first, int last, long nowNs) {
    to.blockTaken(tenant, network, inside, address, first, last, nowNs);
  }

  @Override
  public void blockReturned(
      int tenant, int network, int inside, int address, int first, int last, long nowNs) {
    to.blockReturned(tenant, network, inside, address, first, last, nowNs);
  }

  @Override
  public void blockTakenOfHost(
      int tenant, int network, long high, long low, int address, int first, int last, long nowNs) {
    to.blockTakenOfHost(tenant, network, high, low, address, first, last, nowNs);
  }

  @Override
  public void blockReturnedOfHost(
      int tenant, int network, long high, long low, int address, int first, int last, long nowNs) {
    to.blockReturnedOfHost(tenant, network, high, low, address, first, last, nowNs);
  }

  @Override
  public void refused(NatVerdict verdict, int tenant, int network, long nowNs) {
    to.refused(verdict, tenant, network, nowNs);
  }

  @Override
  public void filled(Resource resource, int index, int percent, long nowNs) {
    to.filled(resource, index, percent, nowNs);
  }
}
