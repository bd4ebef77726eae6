// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Counters;

/// Flows that wait until the frames that came before have left: flow handles with the port that
/// their packets enter by and the time since when they wait. Bounded; a full list is a value. Owned
/// by one Worker.
final class PendingFlows {
  /// Flows that can wait. At a port that is never drained that many are handed over in each 10 ms.
  static final int CAPACITY = 4_096;

  private final int[] flows = new int[CAPACITY];
  private final short[] ports = new short[CAPACITY];
  private final long[] since = new long[CAPACITY];
  private final int[] perPort = new int[Counters.MAX_PORTS];
  private int size;

  int size() {
    return size;
  }

  /// Flows that wait for this port.
  int size(int port) {
    return perPort[port];
  }

  /// Has a flow wait that does not yet; false where there is no room.
  boolean add(int flow, int port, long nowNs) {
    if (size == CAPACITY) {
      return false;
    }
    flows[size] = flow;
    ports[size] = (short) port;
    since[size] = nowNs;
    size++;
    perPort[port]++;
    return true;
  }

  int flow(int i) {
    return flows[i];
  }

  int port(int i) {
    return ports[i] & 0xFFFF;
  }

  long since(int i) {
    return since[i];
  }

  /// Takes the entry out; the last one comes in its place.
  void removeAt(int i) {
    perPort[port(i)]--;
    size--;
    flows[i] = flows[size];
    ports[i] = ports[size];
    since[i] = since[size];
  }

  /// The flow waits no longer, if it did.
  void cancel(int flow) {
    for (int i = 0; i < size; i++) {
      if (flows[i] == flow) {
        removeAt(i);
        return;
      }
    }
  }
}
