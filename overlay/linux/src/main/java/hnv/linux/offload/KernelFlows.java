// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.dataplane.FlowRecord;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.MapBatch;
import hnv.linux.bpf.MapSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The flows of one family that the kernel executes: a hash table of fixed size, its memory taken
/// at the start. Full means full: nothing is evicted, a flow that finds no room stays in Java.
/// Written by one thread, the Worker that owns the flows; read by any one other.
public final class KernelFlows implements AutoCloseable {
  /// Entries that are read at once.
  private static final int BATCH = 4_096;

  /// Entries that are written at once: 1,270 ns for each of them by itself, 450 by so many.
  static final int TOGETHER = 64;

  private final BpfMap map;
  private final MemorySegment record = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
  private final MemorySegment keysTogether;
  private final MemorySegment together =
      Arena.ofAuto().allocate((long) TOGETHER * FlowRecord.LENGTH, 8);
  private final int keyLength;

  private KernelFlows(BpfMap map) {
    this.map = map;
    this.keyLength = map.keyLength();
    keysTogether = Arena.ofAuto().allocate((long) TOGETHER * keyLength, 8);
  }

  /// Makes the table.
  ///
  /// @param keyLength of {@link hnv.dataplane.FlowKey}
  static KernelFlows create(String name, int keyLength, int flows) throws LinuxException {
    return create(BpfMap.NEW, name, keyLength, flows);
  }

  static KernelFlows create(MapSource source, String name, int keyLength, int flows)
      throws LinuxException {
    return new KernelFlows(source.hash(name, keyLength, FlowRecord.LENGTH, flows));
  }

  BpfMap map() {
    return map;
  }

  /// Hands a flow over to the kernel, or gives it a new record; its counters begin at zero. What
  /// the kernel counted in a record that is replaced is lost, so read it before.
  ///
  /// @return false where there is no room: the flow stays in Java
  /// @throws LinuxException where the kernel refuses; an older record has been removed then
  public boolean install(MemorySegment keys, long keyAt, MemorySegment records, long recordAt)
      throws LinuxException {
    FlowSeal.copy(records, recordAt, record, 0);
    FlowRecord.clearCounters(record, 0, 0);
    MemorySegment key = keys.asSlice(keyAt, keyLength);
    try {
      if (map.tryPut(key, record)) {
        return true;
      }
    } catch (LinuxException e) {
      map.remove(key);
      throw e;
    }
    map.remove(key);
    return false;
  }

  /// As {@link #install} for many flows, in one call of the kernel for {@value #TOGETHER} of them.
  ///
  /// @param table where keys and records lie
  /// @return how many, from the first: fewer than `count` where there is no room for more, and no
  ///     older record of the next one is left
  /// @throws LinuxException where the kernel refuses; none of those that it was asked for together
  ///     are there then
  int installAll(MemorySegment table, long[] keysAt, long[] recordsAt, int count)
      throws LinuxException {
    int done = 0;
    while (done < count) {
      int wanted = Math.min(TOGETHER, count - done);
      if (wanted == 1) {
        return install(table, keysAt[done], table, recordsAt[done]) ? count : done;
      }
      for (int i = 0; i < wanted; i++) {
        long to = (long) i * FlowRecord.LENGTH;
        MemorySegment.copy(table, keysAt[done + i], keysTogether, (long) i * keyLength, keyLength);
        FlowSeal.copy(table, recordsAt[done + i], together, to);
        FlowRecord.clearCounters(together, to, 0);
      }
      int put = putTogether(wanted);
      done += put;
      if (put < wanted) {
        map.remove(keysTogether.asSlice((long) put * keyLength, keyLength));
        break;
      }
    }
    return done;
  }

  private int putTogether(int count) throws LinuxException {
    try {
      return map.putAll(keysTogether, together, count);
    } catch (LinuxException e) {
      // How far it came is not known.
      for (int i = 0; i < count; i++) {
        map.remove(keysTogether.asSlice((long) i * keyLength, keyLength));
      }
      throw e;
    }
  }

  /// Takes a flow back, with what was counted last. A packet that is being forwarded at this moment
  /// goes by the old record.
  ///
  /// @param to {@link FlowRecord#LENGTH} octets
  /// @return false where there is no such flow: `to` is as it was
  public boolean take(MemorySegment keys, long keyAt, MemorySegment to) throws LinuxException {
    return map.take(keys.asSlice(keyAt, keyLength), to.asSlice(0, FlowRecord.LENGTH));
  }

  /// Copies the record of a flow with its counters as they are now.
  ///
  /// @param to {@link FlowRecord#LENGTH} octets
  /// @return false where there is no such flow: `to` is as it was
  public boolean read(MemorySegment keys, long keyAt, MemorySegment to) throws LinuxException {
    return map.tryGet(keys.asSlice(keyAt, keyLength), to.asSlice(0, FlowRecord.LENGTH));
  }

  /// Who is told of each flow, its key and its record; the memory is used again afterwards.
  public interface Reader {
    void flow(MemorySegment keys, long keyAt, MemorySegment records, long recordAt);
  }

  /// Reads all flows, three million a second. Memory for some thousand of them is taken and given
  /// back.
  ///
  /// @return how many
  public int readAll(Reader reader) throws LinuxException {
    int all = 0;
    try (MapBatch batch = new MapBatch(keyLength, FlowRecord.LENGTH, BATCH)) {
      while (batch.next(map)) {
        for (int i = 0; i < batch.count(); i++) {
          reader.flow(
              batch.keys(), (long) i * keyLength, batch.values(), (long) i * FlowRecord.LENGTH);
        }
        all += batch.count();
      }
    }
    return all;
  }

  /// Who is asked whether a flow stays.
  interface Judge {
    boolean keeps(MemorySegment keys, long keyAt, MemorySegment records, long recordAt);
  }

  /// Asks about each flow, and removes those that are not to stay: without asking, those whose seal
  /// is wrong. Records are shown as Java has them, without the seal.
  ///
  /// @return how many were removed
  int adopt(Judge judge) throws LinuxException {
    List<MemorySegment> refused = new ArrayList<>();
    readAll(
        (keys, keyAt, records, at) -> {
          if (!FlowSeal.takeOff(records, at) || !judge.keeps(keys, keyAt, records, at)) {
            MemorySegment key = Arena.ofAuto().allocate(keyLength, 8);
            refused.add(key.copyFrom(keys.asSlice(keyAt, keyLength)));
          }
        });
    for (MemorySegment key : refused) {
      map.remove(key);
    }
    return refused.size();
  }

  @Override
  public void close() {
    map.close();
  }
}
