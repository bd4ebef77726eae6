// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

/// What is known of a neighbour (RFC 4861 §7.3.2). There is no DELAY: the kernel forwards without
/// telling, so that use cannot be seen, and each neighbour that is known is asked by time.
public enum NeighborState {
  /// Asked for, and has not answered: packets wait.
  INCOMPLETE,
  /// Answered within the last half minute or so.
  REACHABLE,
  /// The MAC is known from something other than an answer, or an answer is overdue: it is used, and
  /// will be asked for soon.
  STALE,
  /// Is being asked at the MAC that is known, which is used meanwhile.
  PROBE,
  /// Did not answer: packets for it are dropped for a while, then it is asked again.
  UNREACHABLE
}
