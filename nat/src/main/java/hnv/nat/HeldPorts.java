// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import org.jspecify.annotations.Nullable;

/// Ports and blocks that were freed and wait before they are used again (RFC 6888 REQ-8), in the
/// order of their times: all wait equally long. A bounded ring. Owned by one Worker.
final class HeldPorts {
  /// In place of a port class: the block that begins at the port.
  static final byte BLOCK = 3;

  private final @Nullable PoolAddress[] address;
  private final char[] port;
  private final byte[] portClass;
  private final long[] untilNs;
  private int first;
  private int size;

  HeldPorts(int capacity) {
    address = new PoolAddress[capacity];
    port = new char[capacity];
    portClass = new byte[capacity];
    untilNs = new long[capacity];
  }

  long octets() {
    return (4L + 2 + 1 + 8) * address.length;
  }

  boolean isEmpty() {
    return size == 0;
  }

  boolean isFull() {
    return size == address.length;
  }

  int size() {
    return size;
  }

  /// Adds one; there is room.
  void add(PoolAddress ofAddress, int ofPort, byte ofClass, long until) {
    int i = first + size;
    if (i >= address.length) {
      i -= address.length;
    }
    address[i] = ofAddress;
    port[i] = (char) ofPort;
    portClass[i] = ofClass;
    untilNs[i] = until;
    size++;
  }

  // ---- the oldest; not where it is empty ----

  long untilNs() {
    return untilNs[first];
  }

  PoolAddress address() {
    PoolAddress a = address[first];
    if (a == null) {
      throw new IllegalStateException("nothing is held");
    }
    return a;
  }

  int port() {
    return port[first];
  }

  byte portClass() {
    return portClass[first];
  }

  void remove() {
    address[first] = null;
    first = first + 1 == address.length ? 0 : first + 1;
    size--;
  }
}
