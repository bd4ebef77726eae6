// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

/// How much a {@link NeighborTable} holds, and how often it asks.
///
/// @param neighbors of one network at most, those that have not answered yet included
/// @param unanswered neighbours of one network that are being asked for, or did not answer, at
///     most: beyond, the oldest gives way, so that a scan pushes out nobody who has answered
/// @param heldPerNeighbor packets that wait for one neighbour; beyond, the oldest is dropped. For a
///     next router, who is everybody's, half of all that may wait do
/// @param held packets that wait for any; each occupies a frame of the pool
/// @param solicitationsPerSecond questions for those who have not answered yet, by one network;
///     {@link #solicitationsAtOnce} at once
public record NeighborLimits(
    int neighbors,
    int unanswered,
    int heldPerNeighbor,
    int held,
    int solicitationsPerSecond,
    int solicitationsAtOnce) {
  public static final NeighborLimits DEFAULT = new NeighborLimits(2_048, 512, 4, 64, 500, 100);

  /// @throws IllegalArgumentException where one is below 1, or `unanswered` not below `neighbors`
  public NeighborLimits {
    if (unanswered < 1
        || neighbors <= unanswered
        || heldPerNeighbor < 1
        || held < 1
        || solicitationsPerSecond < 1
        || solicitationsAtOnce < 1) {
      throw new IllegalArgumentException(
          "limits of neighbours are 1 at least, and fewer unanswered than all");
    }
  }

  /// Packets that wait for one neighbour at most.
  int heldFor(boolean router) {
    return router ? Math.max(heldPerNeighbor, held / 2) : heldPerNeighbor;
  }
}
