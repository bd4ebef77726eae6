// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The connections of a host, found by a port and the addresses as that port's guest sees them
/// (local and remote), whichever end began. Bounded; a full table is a value, not an error: the
/// packet goes on without state. Each tenant may hold a share at most, so that one cannot starve
/// another. Owned by one Worker.
public final class ConnectionTable {
  /// Connections unless said otherwise.
  public static final int DEFAULT_CAPACITY = 131_072;

  private static final int UNANSWERED_LOOKS = 64;

  private final Connection[] pool;
  private final int[] free;
  private int freeCount;
  private final int[] perTenant;
  private final int tenantLimit;
  // What a tenant may have, the share or less.
  private final int[] limits;
  private long refused;

  // Open addressing, linear probing; an entry is hash << 32 | id << 1 | end, 0 = empty. `end` is 0
  // where the port is the initiator's and 1 where it is the responder's.
  private final long[] index;
  private final int mask;

  private final long seed;

  private int foundEnd;
  private int unansweredAt;

  /// @param capacity connections at most
  /// @param tenants tenant slots
  /// @param tenantLimit connections of one tenant at most
  /// @param seed of the table's hashes
  public ConnectionTable(int capacity, int tenants, int tenantLimit, long seed) {
    this.seed = seed;
    pool = new Connection[capacity + 1];
    free = new int[capacity];
    for (int i = 0; i < capacity; i++) {
      free[i] = capacity - i;
    }
    freeCount = capacity;
    perTenant = new int[tenants];
    this.tenantLimit = tenantLimit;
    limits = new int[tenants];
    Arrays.fill(limits, tenantLimit);
    int size = Integer.highestOneBit(Math.max(16, capacity * 4 - 1)) << 1;
    index = new long[size];
    mask = size - 1;
  }

  /// Connections that can be held.
  public int capacity() {
    return free.length;
  }

  /// Connections held now.
  public int size() {
    return free.length - freeCount;
  }

  /// Connections of one tenant held now.
  public int size(int tenant) {
    return perTenant[tenant];
  }

  /// Times that a connection could not be held, for want of room or of share.
  public long refused() {
    return refused;
  }

  /// The connection with this id (from 1), or null where the id has never been used.
  public @Nullable Connection get(int id) {
    return pool[id];
  }

  /// The connection that a packet at a port belongs to, in either direction, or null. {@link
  /// #foundForward} then says in which.
  @Nullable Connection find(int port, Direction direction, PacketContext p) {
    boolean out = direction == Direction.OUTBOUND;
    long localHigh = out ? p.sourceHigh() : p.destinationHigh();
    long localLow = out ? p.sourceLow() : p.destinationLow();
    long remoteHigh = out ? p.destinationHigh() : p.sourceHigh();
    long remoteLow = out ? p.destinationLow() : p.sourceLow();
    int localPort =
        out ? p.identity().connectionSourcePort() : p.identity().connectionDestinationPort();
    int remotePort =
        out ? p.identity().connectionDestinationPort() : p.identity().connectionSourcePort();
    Connection found =
        find(
            port,
            p.isIpv6(),
            p.protocol(),
            localHigh,
            localLow,
            localPort,
            remoteHigh,
            remoteLow,
            remotePort);
    if (found != null) {
      foundEnd ^= out ? 0 : 1;
    }
    return found;
  }

  /// As {@link #find(int, Direction, PacketContext)}, by the addresses as the port's guest sees
  /// them.
  @Nullable Connection find(
      int port,
      boolean ipv6,
      int protocol,
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    int hash =
        hash(port, protocol, localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort);
    for (int i = hash & mask; index[i] != 0; i = (i + 1) & mask) {
      long entry = index[i];
      if ((int) (entry >>> 32) != hash) {
        continue;
      }
      Connection c = at(entry);
      boolean initiator = (entry & 1) == 0;
      if ((initiator ? c.initiatorPort() : c.responderPort()) == port
          && c.isIpv6() == ipv6
          && c.protocol() == protocol
          && (initiator ? c.sourceHigh() : c.destinationHigh()) == localHigh
          && (initiator ? c.sourceLow() : c.destinationLow()) == localLow
          && (initiator ? c.sourcePort() : c.destinationPort()) == localPort
          && (initiator ? c.destinationHigh() : c.sourceHigh()) == remoteHigh
          && (initiator ? c.destinationLow() : c.sourceLow()) == remoteLow
          && (initiator ? c.destinationPort() : c.sourcePort()) == remotePort) {
        foundEnd = initiator ? 0 : 1;
        return c;
      }
    }
    return null;
  }

  /// Whether the packet of the last successful {@link #find(int, Direction, PacketContext)} goes
  /// the initiator's way.
  boolean foundForward() {
    return foundEnd == 0;
  }

  /// Starts a connection with its first packet; null when the table or the tenant's share is full.
  ///
  /// @param as who speaks to whom as these ports see it
  /// @param initiatorPort port it leaves by, or {@link Connection#NO_PORT}
  /// @param responderPort port it enters by, or {@link Connection#NO_PORT}; one of both is given
  @Nullable Connection start(
      PacketContext first,
      PacketIdentity as,
      int tenant,
      int epoch,
      int initiatorPort,
      int responderPort) {
    if (!hasRoom(tenant)) {
      refused++;
      return null;
    }
    int id = free[--freeCount];
    Connection c = pool[id];
    if (c == null) {
      c = new Connection(id);
      pool[id] = c;
    }
    c.begin(first, as, tenant, epoch, initiatorPort, responderPort);
    perTenant[tenant]++;
    if (initiatorPort != Connection.NO_PORT) {
      add(c, 0);
    }
    if (responderPort != Connection.NO_PORT) {
      add(c, 1);
    }
    return c;
  }

  /// Takes over the connections of another process under their ids; the table must be empty. One
  /// that does not fit (an id or a tenant out of range, an id or an end that another one has, a
  /// full share) is left out.
  ///
  /// @return how many were taken over
  int resume(Iterable<ConnectionImage> images) {
    if (freeCount != free.length) {
      throw new IllegalStateException("the table holds connections already");
    }
    int resumed = 0;
    for (ConnectionImage image : images) {
      if (fits(image)) {
        Connection c = pool[image.id()];
        if (c == null) {
          c = new Connection(image.id());
          pool[image.id()] = c;
        }
        c.resume(image);
        perTenant[c.tenant()]++;
        if (c.initiatorPort() != Connection.NO_PORT) {
          add(c, 0);
        }
        if (c.responderPort() != Connection.NO_PORT) {
          add(c, 1);
        }
        resumed++;
      }
    }
    freeCount = 0;
    for (int id = free.length; id > 0; id--) {
      Connection c = pool[id];
      if (c == null || !c.isLive()) {
        free[freeCount++] = id;
      }
    }
    return resumed;
  }

  private boolean fits(ConnectionImage c) {
    if (c.id() > free.length
        || c.tenant() >= perTenant.length
        || perTenant[c.tenant()] >= tenantLimit) {
      return false;
    }
    Connection same = pool[c.id()];
    return (same == null || !same.isLive())
        && (c.initiatorPort() == Connection.NO_PORT || findInitiator(c) == null)
        && (c.responderPort() == Connection.NO_PORT || findResponder(c) == null);
  }

  private @Nullable Connection findInitiator(ConnectionImage c) {
    return find(
        c.initiatorPort(),
        c.ipv6(),
        c.protocol(),
        c.sourceHigh(),
        c.sourceLow(),
        c.sourcePort(),
        c.destinationHigh(),
        c.destinationLow(),
        c.destinationPort());
  }

  private @Nullable Connection findResponder(ConnectionImage c) {
    return find(
        c.responderPort(),
        c.ipv6(),
        c.protocol(),
        c.destinationHigh(),
        c.destinationLow(),
        c.destinationPort(),
        c.sourceHigh(),
        c.sourceLow(),
        c.sourcePort());
  }

  /// Connections that one tenant may have.
  public int limit(int tenant) {
    return limits[tenant];
  }

  /// Bounds a tenant from now on, if that is less than the share that everybody has. What it has
  /// beyond that stays.
  void limit(int tenant, int connections) {
    limits[tenant] = Math.min(connections, tenantLimit);
  }

  /// Whether the tenant has all that it may have by a limit of its own.
  boolean isAtOwnLimit(int tenant) {
    return limits[tenant] < tenantLimit && perTenant[tenant] >= limits[tenant];
  }

  /// Whether one more of the tenant's can be held.
  boolean hasRoom(int tenant) {
    return freeCount > 0 && perTenant[tenant] < limits[tenant];
  }

  /// A connection that nobody has answered and that may end for one of this tenant's to begin, or
  /// null. Where the tenant's share is full it is one of its own; where the table is, one of a
  /// tenant that holds no less. Looks at {@value #UNANSWERED_LOOKS} connections, others each time.
  ///
  /// @param mayEnd asked last
  @Nullable Connection unanswered(int tenant, Predicate<Connection> mayEnd) {
    boolean shareFull = perTenant[tenant] >= limits[tenant];
    for (int i = 0; i < UNANSWERED_LOOKS; i++) {
      unansweredAt = unansweredAt >= free.length ? 1 : unansweredAt + 1;
      Connection c = pool[unansweredAt];
      if (c != null
          && c.isLive()
          && !c.isReplied()
          && (shareFull ? c.tenant() == tenant : perTenant[c.tenant()] >= perTenant[tenant])
          && mayEnd.test(c)) {
        return c;
      }
    }
    return null;
  }

  /// Forgets a connection. Its flows are the caller's to remove.
  void end(Connection c) {
    if (c.initiatorPort() != Connection.NO_PORT) {
      remove(c, 0);
    }
    if (c.responderPort() != Connection.NO_PORT) {
      remove(c, 1);
    }
    c.end();
    perTenant[c.tenant()]--;
    free[freeCount++] = c.id();
  }

  /// The initiator's end is known at this port from now on; {@link Connection#NO_PORT} where it is
  /// not on this host.
  void moveInitiator(Connection c, int port) {
    if (c.initiatorPort() != Connection.NO_PORT) {
      remove(c, 0);
    }
    c.setInitiatorPort(port);
    if (port != Connection.NO_PORT) {
      add(c, 0);
    }
  }

  /// The responder's end is known at this port from now on; {@link Connection#NO_PORT} where it is
  /// not on this host.
  void moveResponder(Connection c, int port) {
    if (c.responderPort() != Connection.NO_PORT) {
      remove(c, 1);
    }
    c.setResponderPort(port);
    if (port != Connection.NO_PORT) {
      add(c, 1);
    }
  }

  private Connection at(long entry) {
    Connection c = pool[(int) entry >>> 1];
    if (c == null) {
      throw new IllegalStateException("index names a connection that never was");
    }
    return c;
  }

  private void add(Connection c, int end) {
    int hash = hash(c, end);
    int i = hash & mask;
    while (index[i] != 0) {
      i = (i + 1) & mask;
    }
    index[i] = ((long) hash << 32) | ((long) c.id() << 1) | end;
  }

  private void remove(Connection c, int end) {
    int hash = hash(c, end);
    long wanted = ((long) hash << 32) | ((long) c.id() << 1) | end;
    int i = hash & mask;
    while (index[i] != wanted) {
      if (index[i] == 0) {
        throw new IllegalStateException("connection not in the index");
      }
      i = (i + 1) & mask;
    }
    // Close the gap: move back every later entry of the run that would not be found across it.
    int gap = i;
    for (int j = (gap + 1) & mask; index[j] != 0; j = (j + 1) & mask) {
      int home = (int) (index[j] >>> 32) & mask;
      if (((j - home) & mask) >= ((j - gap) & mask)) {
        index[gap] = index[j];
        gap = j;
      }
    }
    index[gap] = 0;
  }

  private int hash(Connection c, int end) {
    return end == 0
        ? hash(
            c.initiatorPort(),
            c.protocol(),
            c.sourceHigh(),
            c.sourceLow(),
            c.sourcePort(),
            c.destinationHigh(),
            c.destinationLow(),
            c.destinationPort())
        : hash(
            c.responderPort(),
            c.protocol(),
            c.destinationHigh(),
            c.destinationLow(),
            c.destinationPort(),
            c.sourceHigh(),
            c.sourceLow(),
            c.sourcePort());
  }

  private int hash(
      int port,
      int protocol,
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    long h = mix(port ^ ((long) protocol << 32) ^ 0x9E3779B97F4A7C15L ^ seed, localHigh);
    h = mix(h, localLow);
    h = mix(h, remoteHigh);
    h = mix(h, remoteLow);
    h = mix(h, ((long) localPort << 16) | remotePort);
    return (int) (h ^ (h >>> 32));
  }

  private static long mix(long h, long value) {
    long m = (h ^ value) * 0xFF51AFD7ED558CCDL;
    return m ^ (m >>> 29);
  }
}
