// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.dataplane.Frame;
import hnv.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.SplittableRandom;

/// A neighbour on an outside network. Belongs to its {@link NeighborTable} and its Worker.
public final class Neighbor {
  private final int network;
  private final IpAddress address;
  NeighborState state = NeighborState.INCOMPLETE;
  long mac;

  /// A next router or the like: asked for at once and always, and never pushed out.
  boolean kept;

  /// It has been told that it cannot be reached.
  boolean toldLost;

  /// Solicitations sent since the last answer.
  int asked;

  /// Answers that did not come in a row, for the time until the next attempt.
  int failures;

  /// When something is to be done.
  long nextNs;

  /// When a walk last wanted it.
  long usedNs;

  /// When its MAC last changed.
  long movedNs = Long.MIN_VALUE / 2;

  /// Slots of the tenants whose flows bear its MAC.
  final BitSet tenants = new BitSet();

  /// Packets that wait for it.
  final ArrayDeque<Frame> waiting = new ArrayDeque<>(0);

  Neighbor(int network, IpAddress address) {
    this.network = network;
    this.address = address;
  }

  /// From now on it is in this state, for as long as RFC 4861 says.
  ///
  /// @param random of the time until the next question
  void enter(NeighborState next, long nowNs, SplittableRandom random) {
    state = next;
    asked = 0;
    nextNs =
        switch (next) {
          // RFC 4861 §6.3.2: between half of and one and a half times the base value.
          case REACHABLE ->
              nowNs
                  + random.nextLong(
                      NeighborTable.REACHABLE_NS / 2, NeighborTable.REACHABLE_NS * 3 / 2);
          case STALE -> nowNs + NeighborTable.DELAY_FIRST_PROBE_NS;
          case UNREACHABLE ->
              nowNs
                  + Math.min(
                      NeighborTable.FIRST_PAUSE_NS << failures, NeighborTable.LONGEST_PAUSE_NS);
          case INCOMPLETE, PROBE -> nowNs;
        };
  }

  /// The outside network, as the table's owner numbers them.
  public int network() {
    return network;
  }

  public IpAddress address() {
    return address;
  }

  public NeighborState state() {
    return state;
  }

  /// Whether frames can be sent to {@link #mac} now.
  public boolean isResolved() {
    return state != NeighborState.INCOMPLETE && state != NeighborState.UNREACHABLE;
  }

  /// 48 bits; of use while {@link #isResolved}.
  public long mac() {
    return mac;
  }

  /// Whether it is asked for always: see {@link NeighborTable#keep}.
  public boolean isKept() {
    return kept;
  }

  /// Tenants that used it since it was last told to {@link NeighborEvents}; not to be changed.
  public BitSet tenants() {
    return tenants;
  }
}
