// SPDX-License-Identifier: Apache-2.0
package hnv.nat.log;

import hnv.nat.Nat64;
import hnv.nat.NatEngine;
import hnv.nat.NatEvents;
import hnv.nat.NatVerdict;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.Consumer;

/// Takes the events of an engine on its Worker's thread and gives them to one other thread: a
/// bounded ring without locks. A full ring loses the event and counts it; the packet path never
/// waits, and allocates nothing.
public final class NatLogQueue implements NatEvents {
  /// Events unless said otherwise.
  public static final int DEFAULT_CAPACITY = 65_536;

  /// What is logged of the normal course of things; refusals and thresholds always are.
  public enum Choice {
    /// Blocks of ports as they are given and taken back: enough to tell whose a public port was.
    BLOCKS,
    /// Sessions, without their destinations (RFC 6888 REQ-12).
    SESSIONS,
    /// Sessions with their destinations, where a law demands it.
    SESSIONS_AND_DESTINATIONS
  }

  private static final int WORDS = 8;
  private static final long SECOND = 1_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;
  private static final VarHandle TAIL;
  private static final VarHandle HEAD;
  private static final VarHandle LOST;

  static {
    try {
      MethodHandles.Lookup own = MethodHandles.lookup();
      TAIL = own.findVarHandle(NatLogQueue.class, "tail", long.class);
      HEAD = own.findVarHandle(NatLogQueue.class, "head", long.class);
      LOST = own.findVarHandle(NatLogQueue.class, "lost", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Choice choice;
  private final long unixMillisAtZero;
  private final long[] ring;
  private final int mask;

  // Written by the Worker alone.
  private long tail;
  private long headSeen;
  private long lost;
  // The last second in which each verdict was logged: one a second is enough.
  private final long[] refusedSecond = new long[NatVerdict.values().length];
  // Written by the reader alone.
  private long head;

  /// @param capacity events, rounded up to a power of two
  /// @param unixMillisAtZero milliseconds since 1970 when the engine's time is 0
  public NatLogQueue(Choice choice, int capacity, long unixMillisAtZero) {
    if (capacity < 1 || capacity > 1 << 22) {
      throw new IllegalArgumentException("capacity must be 1 to 4194304, not " + capacity);
    }
    this.choice = choice;
    this.unixMillisAtZero = unixMillisAtZero;
    int size = capacity == 1 ? 1 : Integer.highestOneBit(capacity - 1) << 1;
    ring = new long[size * WORDS];
    mask = size - 1;
    Arrays.fill(refusedSecond, Long.MIN_VALUE);
  }

  // ---- the Worker's side ----

  @Override
  public void sessionBegan(NatEngine nat, int session, long nowNs) {
    if (choice != Choice.BLOCKS) {
      boolean isHosts = nat.isIpv6(session);
      put(
          isHosts ? NatLogRecord.Kind.HOST_SESSION_BEGAN : NatLogRecord.Kind.SESSION_BEGAN,
          nat,
          session,
          nowNs);
    }
  }

  @Override
  public void sessionEnded(NatEngine nat, int session, long nowNs) {
    if (choice != Choice.BLOCKS) {
      boolean isHosts = nat.isIpv6(session);
      put(
          isHosts ? NatLogRecord.Kind.HOST_SESSION_ENDED : NatLogRecord.Kind.SESSION_ENDED,
          nat,
          session,
          nowNs);
    }
  }

  private void put(NatLogRecord.Kind kind, NatEngine nat, int s, long nowNs) {
    boolean isHosts = nat.isIpv6(s);
    boolean whole = choice == Choice.SESSIONS_AND_DESTINATIONS;
    put(
        kind,
        nowNs,
        nat.tenant(s),
        nat.network(s),
        nat.protocol(s),
        isHosts ? 0 : nat.insideAddress(s),
        isHosts ? Nat64.insideHigh(nat, s) : 0,
        isHosts ? Nat64.insideLow(nat, s) : 0,
        nat.insidePort(s),
        nat.publicAddress(s),
        nat.publicPort(s),
        0,
        whole ? nat.remoteAddress(s) : 0,
        whole ? nat.remotePort(s) : 0,
        0);
  }

  @Override
  public void blockTaken(
      int tenant, int network, int inside, int address, int firstPort, int lastPort, long nowNs) {
    if (choice == Choice.BLOCKS) {
      block(
          NatLogRecord.Kind.BLOCK_TAKEN,
          tenant,
          network,
          inside,
          0,
          0,
          address,
          firstPort,
          lastPort,
          nowNs);
    }
  }

  @Override
  public void blockReturned(
      int tenant, int network, int inside, int address, int firstPort, int lastPort, long nowNs) {
    if (choice == Choice.BLOCKS) {
      block(
          NatLogRecord.Kind.BLOCK_RETURNED,
          tenant,
          network,
          inside,
          0,
          0,
          address,
          firstPort,
          lastPort,
          nowNs);
    }
  }

  @Override
  public void blockTakenOfHost(
      int tenant,
      int network,
      long insideHigh,
      long insideLow,
      int address,
      int firstPort,
      int lastPort,
      long nowNs) {
    if (choice == Choice.BLOCKS) {
      block(
          NatLogRecord.Kind.BLOCK_TAKEN,
          tenant,
          network,
          0,
          insideHigh,
          insideLow,
          address,
          firstPort,
          lastPort,
          nowNs);
    }
  }

  @Override
  public void blockReturnedOfHost(
      int tenant,
      int network,
      long insideHigh,
      long insideLow,
      int address,
      int firstPort,
      int lastPort,
      long nowNs) {
    if (choice == Choice.BLOCKS) {
      block(
          NatLogRecord.Kind.BLOCK_RETURNED,
          tenant,
          network,
          0,
          insideHigh,
          insideLow,
          address,
          firstPort,
          lastPort,
          nowNs);
    }
  }

  private void block(
      NatLogRecord.Kind kind,
      int tenant,
      int network,
      int inside,
      long insideHigh,
      long insideLow,
      int address,
      int firstPort,
      int lastPort,
      long nowNs) {
    put(
        kind,
        nowNs,
        tenant,
        network,
        0,
        inside,
        insideHigh,
        insideLow,
        0,
        address,
        firstPort,
        lastPort,
        0,
        0,
        0);
  }

  @Override
  public void refused(NatVerdict verdict, int tenant, int network, long nowNs) {
    if (!verdict.isExhaustion()) {
      return;
    }
    long second = Math.floorDiv(nowNs, SECOND);
    int i = -1 - verdict.code();
    if (refusedSecond[i] == second) {
      return;
    }
    refusedSecond[i] = second;
    NatLogRecord.Kind kind =
        switch (verdict) {
          case SUBSCRIBER_SESSIONS, TENANT_SESSIONS, TABLE_FULL -> NatLogRecord.Kind.QUOTA_EXCEEDED;
          default -> NatLogRecord.Kind.PORTS_EXHAUSTED;
        };
    put(kind, nowNs, tenant, network, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, verdict.code());
  }

  @Override
  public void filled(Resource resource, int index, int percent, long nowNs) {
    boolean isTenants = resource == Resource.TENANT_PORTS || resource == Resource.TENANT_SESSIONS;
    put(
        NatLogRecord.Kind.THRESHOLD_REACHED,
        nowNs,
        isTenants ? index : 0,
        0,
        resource.number(),
        0,
        0,
        0,
        0,
        0,
        isTenants ? 0 : index,
        0,
        0,
        0,
        percent);
  }

  private void put(
      NatLogRecord.Kind kind,
      long nowNs,
      int tenant,
      int network,
      int protocol,
      int inside,
      long insideHigh,
      long insideLow,
      int insidePort,
      int address,
      int publicPort,
      int lastPort,
      int remote,
      int remotePort,
      int detail) {
    long t = tail;
    if (t - headSeen > mask) {
      headSeen = (long) HEAD.getAcquire(this);
      if (t - headSeen > mask) {
        LOST.setRelease(this, lost + 1);
        return;
      }
    }
    int at = (int) (t & mask) * WORDS;
    ring[at] = nowNs;
    ring[at + 1] =
        (long) tenant << 32 | (long) (network & 0xFFFF) << 16 | kind.event() << 8 | protocol;
    ring[at + 2] = (long) inside << 32 | Integer.toUnsignedLong(address);
    ring[at + 3] =
        (long) insidePort << 48 | (long) publicPort << 32 | (long) lastPort << 16 | remotePort;
    ring[at + 4] = Integer.toUnsignedLong(remote);
    ring[at + 5] = detail;
    ring[at + 6] = insideHigh;
    ring[at + 7] = insideLow;
    TAIL.setRelease(this, t + 1);
  }

  // ---- the reader's side ----

  /// Gives out what has come, oldest first.
  ///
  /// @param most events
  /// @return how many
  public int drain(Consumer<NatLogRecord> to, int most) {
    long h = head;
    int n = (int) Math.min(most, (long) TAIL.getAcquire(this) - h);
    for (int i = 0; i < n; i++) {
      int at = (int) (h + i & mask) * WORDS;
      NatLogRecord event = read(at);
      HEAD.setRelease(this, h + i + 1);
      to.accept(event);
    }
    return n;
  }

  private NatLogRecord read(int at) {
    long what = ring[at + 1];
    long addresses = ring[at + 2];
    long ports = ring[at + 3];
    return new NatLogRecord(
        NatLogRecord.Kind.ofEvent((int) (what >>> 8) & 0xFF),
        unixMillisAtZero + Math.floorDiv(ring[at], NANOS_PER_MILLI),
        (int) (what >>> 32),
        (int) (what >>> 16) & 0xFFFF,
        (int) what & 0xFF,
        (int) (addresses >>> 32),
        ring[at + 6],
        ring[at + 7],
        (int) (ports >>> 48),
        (int) addresses,
        (int) (ports >>> 32) & 0xFFFF,
        (int) (ports >>> 16) & 0xFFFF,
        (int) ring[at + 4],
        (int) ports & 0xFFFF,
        (int) ring[at + 5]);
  }

  /// Events that found no room. May be asked by any thread.
  public long lost() {
    return (long) LOST.getAcquire(this);
  }
}
