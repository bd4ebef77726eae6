// SPDX-License-Identifier: Apache-2.0
package hnv.app.replay;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A port in memory: what is offered comes in with the next batch, what is sent goes to a sink.
/// Owned by one thread.
final class CapturePort implements Port {
  /// Gets what leaves by a port.
  @FunctionalInterface
  interface Sink {
    /// Looks at a frame that leaves; it is released afterwards.
    void sent(CapturePort port, Frame frame);
  }

  private final String name;
  private final PortKind kind;
  private final int number;
  private final int mtu;
  private final Sink sink;
  private @Nullable MemorySegment waiting;

  CapturePort(String name, PortKind kind, int number, int mtu, Sink sink) {
    this.name = name;
    this.kind = kind;
    this.number = number;
    this.mtu = mtu;
    this.sink = sink;
  }

  /// Lets a packet come in: at most {@link FramePool#MAX_FRAME_LENGTH} octets, taken by the next
  /// {@link #receive}.
  void offer(MemorySegment packet) {
    waiting = packet;
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
    MemorySegment packet = waiting;
    if (packet == null) {
      return 0;
    }
    waiting = null;
    Frame frame = batch.pool().acquire();
    if (frame == null) {
      // Cannot happen: between two packets every frame is free.
      throw new IllegalStateException("a frame was not released");
    }
    int length = (int) packet.byteSize();
    MemorySegment.copy(packet, 0, frame.memory(), FramePool.HEADROOM, length);
    frame.reset(FramePool.HEADROOM, length);
    frame.setIngressPort(number);
    batch.add(frame);
    return 1;
  }

  @Override
  public DropReason transmit(Frame frame) {
    sink.sent(this, frame);
    frame.release();
    return DropReason.NONE;
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
