// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// The sessions: one array per field, indexed by the session's handle (from 1), and two indexes, by
/// the addresses as the tenant and as the outside network see them. Bounded. Owned by one Worker.
final class SessionTable {
  /// Its public port is that of a mapping, which `owner` names.
  static final byte MAPPED = 0;

  /// Its public port, or its protocol at the public address, is its own; `owner` is the subscriber.
  static final byte OWN = 1;

  /// An inbound rule says its public port.
  static final byte FORWARDED = 2;

  /// Its public address is its tenant-side address's alone.
  static final byte ONE_TO_ONE = 3;

  // Bits of `flags`.
  static final byte DETACHED = 1;
  static final byte REFRESHED = 2;
  static final byte ORIGIN_OUTSIDE = 4;
  static final byte HELD = 8;

  /// {@link Realm} of `inside`.
  final int[] realm;
  final char[] network;
  final byte[] protocol;
  final byte[] kind;
  final byte[] flags;
  final byte[] tcpState;
  final int[] inside;
  final char[] insidePort;
  final int[] publicAddress;
  final char[] publicPort;
  final int[] remote;
  final char[] remotePort;
  final int[] owner;
  final int[] peer;
  final long[] outboundNs;
  final long[] inboundNs;

  // The sessions of a tenant, and, by `next` alone, the free ones.
  private final int[] next;
  private final int[] previous;
  private int firstFree;
  private int live;

  private final HandleIndex byInside;
  private final HandleIndex byOutside;
  private final long seed;

  SessionTable(int capacity, long seed) {
    this.seed = seed;
    int n = capacity + 1;
    realm = new int[n];
    network = new char[n];
    protocol = new byte[n];
    kind = new byte[n];
    flags = new byte[n];
    tcpState = new byte[n];
    inside = new int[n];
    insidePort = new char[n];
    publicAddress = new int[n];
    publicPort = new char[n];
    remote = new int[n];
    remotePort = new char[n];
    owner = new int[n];
    peer = new int[n];
    outboundNs = new long[n];
    inboundNs = new long[n];
    next = new int[n];
    previous = new int[n];
    for (int i = 1; i < capacity; i++) {
      next[i] = i + 1;
    }
    firstFree = 1;
    byInside = new HandleIndex(capacity);
    byOutside = new HandleIndex(capacity);
  }

  int capacity() {
    return realm.length - 1;
  }

  int live() {
    return live;
  }

  /// Octets of all arrays.
  long octets() {
    long perSession = 4 * 8 + 2 * 4 + 4 + 8 * 2;
    return perSession * realm.length + byInside.octets() + byOutside.octets();
  }

  int tenant(int session) {
    return Realm.tenant(realm[session]);
  }

  /// A free handle, or 0.
  int take() {
    int session = firstFree;
    if (session != 0) {
      firstFree = next[session];
      live++;
    }
    return session;
  }

  /// Writes down whose a new session is, and with whom.
  void describe(
      int s,
      int ofRealm,
      int ofNetwork,
      int ofProtocol,
      int local,
      int localPort,
      int far,
      int farPort) {
    realm[s] = ofRealm;
    network[s] = (char) ofNetwork;
    protocol[s] = (byte) ofProtocol;
    inside[s] = local;
    insidePort[s] = (char) localPort;
    remote[s] = far;
    remotePort[s] = (char) farPort;
    peer[s] = 0;
    owner[s] = 0;
  }

  /// Whether the handle is a session's.
  boolean isHeld(int session) {
    return (flags[session] & HELD) != 0;
  }

  void free(int session) {
    flags[session] = 0;
    next[session] = firstFree;
    firstFree = session;
    live--;
  }

  /// Puts a session in front of its tenant's.
  ///
  /// @param first of the tenant's sessions so far, or 0
  void link(int session, int first) {
    next[session] = first;
    previous[session] = 0;
    if (first != 0) {
      previous[first] = session;
    }
  }

  /// Takes a session out of its tenant's.
  ///
  /// @return the tenant's first session then
  int unlink(int session, int first) {
    int before = previous[session];
    int after = next[session];
    if (after != 0) {
      previous[after] = before;
    }
    if (before != 0) {
      next[before] = after;
      return first;
    }
    return after;
  }

  /// The tenant's session after this one, or 0.
  int next(int session) {
    return next[session];
  }

  void addToIndexes(int s) {
    byInside.add(insideHash(s), s);
    byOutside.add(outsideHash(s), s);
  }

  void removeFromIndexes(int s) {
    byInside.remove(insideHash(s), s);
    byOutside.remove(outsideHash(s), s);
  }

  /// The session of a packet as its tenant sees it, or 0.
  int findInside(
      int ofRealm, int ofNetwork, int ofProtocol, int local, int localPort, int far, int farPort) {
    int hash = hash(ofRealm, ofNetwork, ofProtocol, local, localPort, far, farPort);
    for (int i = byInside.home(hash); ; i = byInside.next(i)) {
      int s = byInside.handle(i);
      if (s == 0
          || (byInside.hash(i) == hash
              && inside[s] == local
              && remote[s] == far
              && insidePort[s] == localPort
              && remotePort[s] == farPort
              && realm[s] == ofRealm
              && network[s] == ofNetwork
              && protocol[s] == (byte) ofProtocol)) {
        return s;
      }
    }
  }

  /// The session of a packet as the outside network sees it, or 0.
  int findOutside(int ofNetwork, int ofProtocol, int local, int localPort, int far, int farPort) {
    int hash = hash(-1, ofNetwork, ofProtocol, local, localPort, far, farPort);
    for (int i = byOutside.home(hash); ; i = byOutside.next(i)) {
      int s = byOutside.handle(i);
      if (s == 0
          || (byOutside.hash(i) == hash
              && publicAddress[s] == local
              && remote[s] == far
              && publicPort[s] == localPort
              && remotePort[s] == farPort
              && network[s] == ofNetwork
              && protocol[s] == (byte) ofProtocol)) {
        return s;
      }
    }
  }

  private int insideHash(int s) {
    return hash(
        realm[s], network[s], protocol[s], inside[s], insidePort[s], remote[s], remotePort[s]);
  }

  private int outsideHash(int s) {
    return hash(
        -1, network[s], protocol[s], publicAddress[s], publicPort[s], remote[s], remotePort[s]);
  }

  private int hash(int scope, int net, int proto, int local, int localPort, int far, int farPort) {
    long h = HandleIndex.mix(seed ^ scope, (long) net << 8 | (proto & 0xFF));
    h = HandleIndex.mix(h, (long) local << 32 | Integer.toUnsignedLong(far));
    return HandleIndex.fold(HandleIndex.mix(h, (long) localPort << 16 | farPort));
  }
}
