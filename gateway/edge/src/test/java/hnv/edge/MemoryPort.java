// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.dataplane.Segmenter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// A port in memory: what is given to it comes in, what goes out is kept.
final class MemoryPort implements Port {
  private final String name;
  private final PortKind kind;
  private final int number;
  private final int mtu;
  final List<byte[]> sent = new ArrayList<>();

  MemoryPort(String name, PortKind kind, int number, int mtu) {
    this.name = name;
    this.kind = kind;
    this.number = number;
    this.mtu = mtu;
  }

  /// Everything sent since the last call.
  List<byte[]> take() {
    List<byte[]> taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }

  @Override
  public String name() {
    return name;
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
    return mtu;
  }

  @Override
  public int receive(FrameBatch batch) {
    return 0;
  }

  @Override
  public DropReason transmit(Frame frame) {
    Segmenter.completeChecksum(frame);
    byte[] octets = new byte[frame.length()];
    MemorySegment.copy(
        frame.memory(), ValueLayout.JAVA_BYTE, frame.start(), octets, 0, octets.length);
    sent.add(octets);
    frame.release();
    return DropReason.NONE;
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
