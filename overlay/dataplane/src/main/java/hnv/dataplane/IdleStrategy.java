// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// How a Worker waits when there is nothing to do.
public interface IdleStrategy {
  /// Called by the Worker after each duty cycle.
  ///
  /// @param workCount frames and commands handled in the cycle; more than 0 means stay awake
  void idle(int workCount);

  /// Ends a wait, now or the next one; called by any thread.
  void wakeUp();
}
