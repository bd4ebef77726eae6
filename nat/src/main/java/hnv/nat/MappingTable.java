// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// Endpoint-independent mappings: a subscriber's port and its public port, whatever the remote end
/// (RFC 4787 REQ-1). One array per field, indexed by the mapping's handle (from 1). Bounded. Owned
/// by one Worker.
final class MappingTable {
  final int[] subscriber;
  final char[] network;
  final byte[] protocol;
  final char[] insidePort;
  final int[] publicAddress;
  final char[] publicPort;

  /// Sessions that have it.
  final int[] sessions;

  /// Of these, how many the inside refreshed: they alone keep it open for others.
  final int[] refreshed;

  private final int[] nextFree;
  private int firstFree;

  private final HandleIndex byInside;
  private final HandleIndex byPublic;
  private final long seed;

  MappingTable(int capacity, long seed) {
    this.seed = seed;
    int n = capacity + 1;
    subscriber = new int[n];
    network = new char[n];
    protocol = new byte[n];
    insidePort = new char[n];
    publicAddress = new int[n];
    publicPort = new char[n];
    sessions = new int[n];
    refreshed = new int[n];
    nextFree = new int[n];
    for (int i = 1; i < capacity; i++) {
      nextFree[i] = i + 1;
    }
    firstFree = 1;
    byInside = new HandleIndex(capacity);
    byPublic = new HandleIndex(capacity);
  }

  /// Octets of all arrays.
  long octets() {
    long perMapping = 4 * 5 + 2 * 3 + 1;
    return perMapping * subscriber.length + byInside.octets() + byPublic.octets();
  }

  boolean hasRoom() {
    return firstFree != 0;
  }

  /// Adds a mapping; there is room.
  int add(int ofSubscriber, int ofNetwork, int ofProtocol, int localPort, int address, int port) {
    int m = firstFree;
    firstFree = nextFree[m];
    subscriber[m] = ofSubscriber;
    network[m] = (char) ofNetwork;
    protocol[m] = (byte) ofProtocol;
    insidePort[m] = (char) localPort;
    publicAddress[m] = address;
    publicPort[m] = (char) port;
    sessions[m] = 0;
    refreshed[m] = 0;
    byInside.add(insideHash(ofSubscriber, ofProtocol, localPort), m);
    byPublic.add(publicHash(ofNetwork, ofProtocol, address, port), m);
    return m;
  }

  void remove(int m) {
    int proto = protocol[m] & 0xFF;
    byInside.remove(insideHash(subscriber[m], proto, insidePort[m]), m);
    byPublic.remove(publicHash(network[m], proto, publicAddress[m], publicPort[m]), m);
    nextFree[m] = firstFree;
    firstFree = m;
  }

  /// The mapping of a subscriber's port, or 0.
  int findInside(int ofSubscriber, int ofProtocol, int localPort) {
    int hash = insideHash(ofSubscriber, ofProtocol, localPort);
    for (int i = byInside.home(hash); ; i = byInside.next(i)) {
      int m = byInside.handle(i);
      if (m == 0
          || (byInside.hash(i) == hash
              && subscriber[m] == ofSubscriber
              && insidePort[m] == localPort
              && protocol[m] == (byte) ofProtocol)) {
        return m;
      }
    }
  }

  /// The mapping of a public port, or 0.
  int findPublic(int ofNetwork, int ofProtocol, int address, int port) {
    int hash = publicHash(ofNetwork, ofProtocol, address, port);
    for (int i = byPublic.home(hash); ; i = byPublic.next(i)) {
      int m = byPublic.handle(i);
      if (m == 0
          || (byPublic.hash(i) == hash
              && publicAddress[m] == address
              && publicPort[m] == port
              && network[m] == ofNetwork
              && protocol[m] == (byte) ofProtocol)) {
        return m;
      }
    }
  }

  private int insideHash(int ofSubscriber, int ofProtocol, int localPort) {
    long h = HandleIndex.mix(seed, (long) ofSubscriber << 8 | ofProtocol);
    return HandleIndex.fold(HandleIndex.mix(h, localPort));
  }

  private int publicHash(int ofNetwork, int ofProtocol, int address, int port) {
    long h = HandleIndex.mix(~seed, (long) ofNetwork << 8 | ofProtocol);
    return HandleIndex.fold(HandleIndex.mix(h, Integer.toUnsignedLong(address) << 16 | port));
  }
}
