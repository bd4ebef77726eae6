// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// Up to {@value #CAPACITY} frames received together. Reused; owned by one Worker.
public final class FrameBatch {
  /// Frames of a batch.
  public static final int CAPACITY = 64;

  private final Frame[] frames = new Frame[CAPACITY];
  private final FramePool pool;
  private int size;

  /// A batch that is filled from this pool.
  public FrameBatch(FramePool pool) {
    this.pool = pool;
  }

  /// Where frames to fill come from.
  public FramePool pool() {
    return pool;
  }

  public void clear() {
    size = 0;
  }

  public boolean isFull() {
    return size == CAPACITY;
  }

  public int size() {
    return size;
  }

  public Frame get(int index) {
    return frames[index];
  }

  /// Adds a filled frame; ownership passes to whoever takes the batch.
  public void add(Frame frame) {
    frames[size++] = frame;
  }
}
