// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import java.util.ArrayDeque;

/// Packets that wait for neighbours, within bounds. Owned by the Worker.
final class WaitingFrames {
  private final NeighborLimits limits;
  private final NeighborOutlet outlet;

  /// What waited and may go on; what waited in vain. Both leave between packets.
  private final ArrayDeque<Frame> ready = new ArrayDeque<>();

  private final ArrayDeque<Frame> given = new ArrayDeque<>();
  private int held;

  WaitingFrames(NeighborLimits limits, NeighborOutlet outlet) {
    this.limits = limits;
    this.outlet = outlet;
  }

  /// Frames that wait now.
  int size() {
    return held;
  }

  /// Takes over a frame.
  ///
  /// @return false where no packet may wait for it: the frame is the caller's still
  boolean hold(Neighbor neighbor, Frame frame) {
    boolean full = held >= limits.held();
    if (neighbor.state != NeighborState.INCOMPLETE || (full && neighbor.waiting.isEmpty())) {
      return false;
    }
    if (full || neighbor.waiting.size() >= limits.heldFor(neighbor.isKept())) {
      given.add(neighbor.waiting.remove());
      held--;
    }
    neighbor.waiting.add(frame);
    held++;
    return true;
  }

  /// The neighbour has answered, or will not: who waited goes on and sees.
  void goOn(Neighbor neighbor) {
    ready.addAll(neighbor.waiting);
    neighbor.waiting.clear();
  }

  /// The neighbour is forgotten.
  void giveUp(Neighbor neighbor) {
    given.addAll(neighbor.waiting);
    held -= neighbor.waiting.size();
    neighbor.waiting.clear();
  }

  /// Between packets.
  ///
  /// @return frames that left
  int release(long nowNs) {
    int released = 0;
    for (Frame frame = given.poll(); frame != null; frame = given.poll()) {
      outlet.abandon(frame, DropReason.NEXT_HOP_UNRESOLVED);
      released++;
    }
    // What goes on may wait anew; it is not among those that are let go here.
    for (int left = ready.size(); left > 0; left--) {
      held--;
      outlet.resume(ready.remove(), nowNs);
      released++;
    }
    return released;
  }
}
