// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// What a Worker does with each frame that it receives. Called by one Worker thread only.
public interface FrameProcessor {
  /// Takes over the frame: transmits it, answers it or drops it, and sees to its release.
  ///
  /// @param nowNs the Worker's time, read once per batch
  void process(Frame frame, long nowNs);

  /// The last batch of this port was not full: all that had come in by it has been processed, but
  /// for what came since.
  default void drained(Port port, long nowNs) {}

  /// A slice of background work (ageing), called once per duty cycle; must be short.
  ///
  /// @return units of work done; 0 lets the Worker rest
  int housekeep(long nowNs);
}
