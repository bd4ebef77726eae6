// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// A port whose device is a list of what was sent.
final class FakePort implements Port {
  private final int number;
  private final PortKind kind;
  final List<byte[]> sent = new ArrayList<>();

  /// GSO type of each frame sent.
  final List<Integer> gsoTypes = new ArrayList<>();

  DropReason refusal = DropReason.NONE;

  /// Whether a fake kernel works here.
  boolean executesRecords;

  int flushes;

  /// Asked before a frame is taken.
  Runnable onTransmit = () -> {};

  FakePort(int number, PortKind kind) {
    this.number = number;
    this.kind = kind;
  }

  @Override
  public String name() {
    return "port-" + number;
  }

  @Override
  public PortKind kind() {
    return kind;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public int mtu() {
    return 1_500;
  }

  @Override
  public boolean executesRecords() {
    return executesRecords;
  }

  @Override
  public int receive(FrameBatch batch) {
    return 0;
  }

  @Override
  public DropReason transmit(Frame frame) {
    onTransmit.run();
    if (refusal == DropReason.NONE) {
      sent.add(
          frame.memory().asSlice(frame.start(), frame.length()).toArray(ValueLayout.JAVA_BYTE));
      gsoTypes.add(frame.gsoType());
    }
    frame.release();
    return refusal;
  }

  @Override
  public void flush() {
    flushes++;
  }

  @Override
  public void close() {}
}
