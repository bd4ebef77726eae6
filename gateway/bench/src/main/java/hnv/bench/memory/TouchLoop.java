// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.bench.result.Contestant;
import hnv.bench.result.Sample;
import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The least that anybody can do with a packet: copy each frame into a slot and hash its octets.
/// What a dataplane costs beyond that is its own. Owned by one thread.
final class TouchLoop implements Contestant {
  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final int SLOTS = 64;
  private static final long PRIME = 0xFF51AFD7ED558CCDL;

  private final List<Templates> templates;
  private final MemorySegment[] slots = new MemorySegment[SLOTS];
  private final ThreadCost cost = new ThreadCost();
  private long result;

  TouchLoop(List<Templates> templates) {
    this.templates = List.copyOf(templates);
    FramePool pool = new FramePool(SLOTS);
    for (int i = 0; i < SLOTS; i++) {
      @Nullable Frame frame = pool.acquire();
      if (frame == null) {
        throw new IllegalStateException("a new pool is full of frames");
      }
      slots[i] = frame.memory();
    }
  }

  @Override
  public String name() {
    return "touch only";
  }

  @Override
  public Sample run(double seconds) {
    long limit = (long) (seconds * 1e9);
    long frames = 0;
    cost.begin();
    long spent = 0;
    while (spent < limit) {
      for (int round = 0; round < MemoryRows.ROUNDS / templates.getFirst().count() + 1; round++) {
        for (int i = 0; i < templates.size(); i++) {
          touch(templates.get(i));
          frames += templates.get(i).count();
        }
      }
      spent = cost.elapsedNs();
    }
    return new Sample(List.of((double) spent / frames), Map.of(), List.of());
  }

  private void touch(Templates from) {
    MemorySegment memory = from.memory();
    int length = from.length();
    long h = result;
    for (int i = 0; i < from.count(); i++) {
      MemorySegment slot = slots[i % SLOTS];
      MemorySegment.copy(memory, from.at(i), slot, FramePool.HEADROOM, length);
      h = hash(slot, length, h);
    }
    result = h;
  }

  private static long hash(MemorySegment slot, int length, long seed) {
    long h = seed;
    long end = FramePool.HEADROOM + (long) length;
    long at = FramePool.HEADROOM;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      h = (h ^ slot.get(WORD, at)) * PRIME;
    }
    for (; at < end; at++) {
      h = (h ^ slot.get(ValueLayout.JAVA_BYTE, at)) * PRIME;
    }
    return h ^ (h >>> 32);
  }
}
