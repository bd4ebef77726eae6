// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// What tenants, tenant-side addresses and the gateway have of what they may have; tells when much
/// of it is used. Owned by one Worker.
final class Quotas {
  private final SessionTable sessions;
  private final TenantState[] tenants;
  private final NatEvents events;
  private int sessionsFilled;

  Quotas(SessionTable sessions, TenantState[] tenants, NatEvents events) {
    this.sessions = sessions;
    this.tenants = tenants;
    this.events = events;
  }

  /// Whether one more session of the tenant can be held: 0, or the code of a verdict.
  int full(TenantState state) {
    if (state.sessions >= state.config().sessions()) {
      return NatVerdict.TENANT_SESSIONS.code();
    }
    return sessions.live() >= sessions.capacity() ? NatVerdict.TABLE_FULL.code() : 0;
  }

  /// Whether one more session of the subscriber can be held (RFC 6888 REQ-5).
  static boolean isFull(Subscriber subscriber) {
    int most = subscriber.pool.settings().sessionsPerSubscriber();
    return most != NatPool.NO_LIMIT && subscriber.sessions >= most;
  }

  void countSession(int tenant, int change, long nowNs) {
    int percent = tenants[tenant].countSession(change);
    if (percent >= 0) {
      events.filled(NatEvents.Resource.TENANT_SESSIONS, tenant, percent, nowNs);
    }
    int before = sessionsFilled;
    sessionsFilled = Fill.level(sessions.live(), sessions.capacity(), before);
    if (sessionsFilled != before) {
      events.filled(NatEvents.Resource.SESSIONS, 0, sessionsFilled, nowNs);
    }
  }

  void countPort(int tenant, int change, long nowNs) {
    int percent = tenants[tenant].countPort(change);
    if (percent >= 0) {
      events.filled(NatEvents.Resource.TENANT_PORTS, tenant, percent, nowNs);
    }
  }
}
