// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A port in memory: copies of the same frames come in, round and round, as many as are asked for;
/// what is sent is counted. Owned by one thread.
final class LoopPort implements Port {
  /// Looks at what leaves by a port; the frame is released afterwards.
  @FunctionalInterface
  interface Sink {
    void sent(Frame frame);
  }

  private final String name;
  private final PortKind kind;
  private final int number;
  private final int mtu;
  private final boolean executesRecords;
  private @Nullable Templates templates;
  private @Nullable Sink sink;
  private int next;
  private long waiting;
  private long sent;

  /// @param executesRecords whether flows of this port may be handed over to the kernel
  LoopPort(String name, PortKind kind, int number, int mtu, boolean executesRecords) {
    this.executesRecords = executesRecords;
    this.name = name;
    this.kind = kind;
    this.number = number;
    this.mtu = mtu;
  }

  /// These frames come in from now on; null for none.
  void load(@Nullable Templates frames) {
    templates = frames;
    next = 0;
    waiting = 0;
  }

  /// Frames of a round; 0 where none are loaded.
  int round() {
    return templates == null ? 0 : templates.count();
  }

  /// Lets so many frames come in, with the next batches.
  void offer(long frames) {
    waiting += frames;
  }

  /// Frames that are still to come in.
  long waiting() {
    return waiting;
  }

  /// Shows what leaves to somebody; null for nobody.
  void show(@Nullable Sink to) {
    sink = to;
  }

  /// Frames that have left since the port was made.
  long sent() {
    return sent;
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
  public boolean executesRecords() {
    return executesRecords;
  }

  @Override
  public int receive(FrameBatch batch) {
    Templates from = templates;
    if (from == null || waiting == 0) {
      return 0;
    }
    int before = batch.size();
    MemorySegment memory = from.memory();
    int length = from.length();
    while (waiting > 0 && !batch.isFull()) {
      Frame frame = batch.pool().acquire();
      if (frame == null) {
        break;
      }
      MemorySegment.copy(memory, from.at(next), frame.memory(), FramePool.HEADROOM, length);
      frame.reset(FramePool.HEADROOM, length);
      frame.setIngressPort(number);
      batch.add(frame);
      next = next + 1 == from.count() ? 0 : next + 1;
      waiting--;
    }
    return batch.size() - before;
  }

  @Override
  public DropReason transmit(Frame frame) {
    sent++;
    if (sink != null) {
      sink.sent(frame);
    }
    frame.release();
    return DropReason.NONE;
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
