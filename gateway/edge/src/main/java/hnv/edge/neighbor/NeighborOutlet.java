// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.Port;
import hnv.vswitch.VSwitch;

/// Where frames of this package go; who is given a frame takes it over.
public interface NeighborOutlet {
  /// Whether frames can come and go by the port with this number.
  boolean isUp(int port);

  /// Sends a frame that was made here, by the port with this number.
  void emit(Frame frame, int port);

  /// What waited goes on, to be walked anew.
  void resume(Frame frame, long nowNs);

  /// What waited does so in vain.
  void abandon(Frame frame, DropReason reason);

  /// The virtual switch that the frames came from.
  static NeighborOutlet of(VSwitch vswitch) {
    return new NeighborOutlet() {
      @Override
      public boolean isUp(int port) {
        Port there = vswitch.port(port);
        return there != null && there.isUp();
      }

      @Override
      public void emit(Frame frame, int port) {
        vswitch.emit(frame, port);
      }

      @Override
      public void resume(Frame frame, long nowNs) {
        vswitch.resume(frame, nowNs);
      }

      @Override
      public void abandon(Frame frame, DropReason reason) {
        vswitch.abandon(frame, reason);
      }
    };
  }
}
