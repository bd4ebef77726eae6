// SPDX-License-Identifier: Apache-2.0
package hnv.app.trace;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;

/// A port by which nothing comes and nothing goes: a trace sends nothing.
record SilentPort(String name, PortKind kind, int number, int mtu) implements Port {
  @Override
  public int receive(FrameBatch batch) {
    return 0;
  }

  @Override
  public DropReason transmit(Frame frame) {
    frame.release();
    return DropReason.PORT_DOWN;
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
