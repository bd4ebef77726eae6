// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Later fragments that came before their first (RFC 4787 REQ-14), until that has passed, then they
/// follow it in the order in which they came. Nothing is put together: each fragment goes on as it
/// is, so that overlapping ones cost nothing here and are their receiver's to refuse.
///
/// A flood of them costs others nothing (REQ-14 a): they have a quarter of the frame pool at most,
/// one port has a quarter of that, and where the whole is full the oldest of the port that holds
/// the most gives way. Packets in one piece and fragments in order never come here. Owned by one
/// Worker.
final class HeldFragments {
  /// So long does one wait: fragments of one packet are sent at once, so that what reorders them is
  /// a matter of milliseconds.
  static final long PATIENCE_NS = 1_000_000_000L;

  /// Held at most, however large the pool is: each costs the comparison with a first fragment.
  static final int MOST = 256;

  private final FramePool pool;
  private final int perPort;
  private final @Nullable Frame[] frames;
  private final FragmentKey[] keys;
  private final long[] since;
  private final boolean[] ready;
  private int size;
  private int readyCount;

  HeldFragments(FramePool pool) {
    this.pool = pool;
    int capacity = Math.clamp(pool.capacity() / 4, 1, MOST);
    perPort = Math.max(1, capacity / 4);
    frames = new Frame[capacity];
    keys = new FragmentKey[capacity];
    for (int i = 0; i < capacity; i++) {
      keys[i] = new FragmentKey();
    }
    since = new long[capacity];
    ready = new boolean[capacity];
  }

  int size() {
    return size;
  }

  int capacity() {
    return frames.length;
  }

  /// Of one port.
  int perPort() {
    return perPort;
  }

  /// Takes a frame over.
  ///
  /// @param drop ends the way of another that gives way
  /// @return false where too many wait: the frame is still the caller's
  boolean hold(FragmentKey key, Frame frame, long nowNs, BiConsumer<Frame, DropReason> drop) {
    if (count(key.port()) >= perPort || pool.available() < pool.capacity() / 2) {
      return false;
    }
    if (size == frames.length && !makeRoom(key.port(), drop)) {
      return false;
    }
    frames[size] = frame;
    keys[size].copy(key);
    since[size] = nowNs;
    ready[size] = false;
    size++;
    return true;
  }

  private int count(int port) {
    int count = 0;
    for (int i = 0; i < size; i++) {
      count += keys[i].port() == port ? 1 : 0;
    }
    return count;
  }

  /// The oldest of the port that holds the most gives way, unless that holds no more than `port`.
  private boolean makeRoom(int port, BiConsumer<Frame, DropReason> drop) {
    int richest = 0;
    int most = 0;
    for (int i = 0; i < size; i++) {
      int count = count(keys[i].port());
      if (count > most) {
        richest = i;
        most = count;
      }
    }
    if (most <= count(port)) {
      return false;
    }
    drop.accept(remove(richest), DropReason.FRAGMENTS_HELD);
    return true;
  }

  /// The first fragment of a packet has passed: those that wait for it may go.
  void firstPassed(FragmentKey key) {
    for (int i = 0; i < size; i++) {
      if (!ready[i] && keys[i].isSame(key)) {
        ready[i] = true;
        readyCount++;
      }
    }
  }

  /// The next that may go, as {@link #firstPassed} said; null where there is none.
  @Nullable Frame takeReady() {
    if (readyCount == 0) {
      return null;
    }
    for (int i = 0; i < size; i++) {
      if (ready[i]) {
        return remove(i);
      }
    }
    throw new IllegalStateException("counted as ready, and not there");
  }

  /// Ends those that have waited too long.
  ///
  /// @return how many
  int expire(long nowNs, BiConsumer<Frame, DropReason> drop) {
    int expired = 0;
    while (size > 0 && nowNs - since[0] >= PATIENCE_NS) {
      drop.accept(remove(0), DropReason.FRAGMENT_WITHOUT_FIRST);
      expired++;
    }
    return expired;
  }

  /// Takes one out; the later ones keep their order.
  private Frame remove(int i) {
    Frame frame = frames[i];
    if (frame == null) {
      throw new IllegalStateException("no frame is held there");
    }
    readyCount -= ready[i] ? 1 : 0;
    FragmentKey free = keys[i];
    int behind = size - i - 1;
    System.arraycopy(frames, i + 1, frames, i, behind);
    System.arraycopy(keys, i + 1, keys, i, behind);
    System.arraycopy(since, i + 1, since, i, behind);
    System.arraycopy(ready, i + 1, ready, i, behind);
    size--;
    frames[size] = null;
    keys[size] = free;
    return frame;
  }
}
