// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.MapSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// The kernel's copy of a table of Java's whose entries programs read in one piece. An entry in
/// force must not change under a program that reads it: it is withdrawn first, the programs that
/// may have seen it are waited for, then it is written, in force last. What is to be done is found
/// by comparing the two tables. One thread.
final class KernelCopy {
  private static final VarHandle IN_FORCE = ValueLayout.JAVA_SHORT.varHandle();

  private final BpfMap map;
  private final MemorySegment copy;
  private final int length;
  private final long inForceAt;

  private KernelCopy(BpfMap map, MemorySegment copy, long inForceAt) {
    this.map = map;
    this.copy = copy;
    this.length = map.valueLength();
    this.inForceAt = inForceAt;
  }

  /// @param inForceAt where an entry has 16 bits that are zero while it is not in force
  static KernelCopy create(
      MapSource source, String name, int length, int entries, long inForceAt, Arena arena)
      throws LinuxException {
    BpfMap map = source.mappableArray(name, length, entries);
    try {
      return new KernelCopy(map, map.mapped(entries, arena), inForceAt);
    } catch (LinuxException e) {
      map.close();
      throw e;
    }
  }

  BpfMap map() {
    return map;
  }

  /// Takes out of force each entry that is in force and differs from Java's.
  ///
  /// @return whether there was any: programs that may have seen it are to be waited for
  boolean withdrawChanged(MemorySegment table) {
    boolean withdrawn = false;
    for (long at = nextChange(table, 0); at >= 0; at = nextChange(table, at + length)) {
      if (isInForce(at)) {
        IN_FORCE.setRelease(copy, at + inForceAt, (short) 0);
        withdrawn = true;
      }
    }
    return withdrawn;
  }

  /// Writes each entry that differs from Java's and is not in force, and puts it in force where
  /// Java's is.
  ///
  /// @return false where one is in force still, because it has changed since {@link
  ///     #withdrawChanged}
  boolean publishChanged(MemorySegment table) {
    boolean all = true;
    for (long at = nextChange(table, 0); at >= 0; at = nextChange(table, at + length)) {
      if (isInForce(at)) {
        all = false;
        continue;
      }
      long behind = inForceAt + Short.BYTES;
      MemorySegment.copy(table, at, copy, at, inForceAt);
      MemorySegment.copy(table, at + behind, copy, at + behind, length - behind);
      IN_FORCE.setRelease(
          copy, at + inForceAt, table.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + inForceAt));
    }
    return all;
  }

  private boolean isInForce(long at) {
    return (short) IN_FORCE.getAcquire(copy, at + inForceAt) != 0;
  }

  /// Offset of the first entry from `from` on that differs; −1 where there is none.
  private long nextChange(MemorySegment table, long from) {
    if (from >= copy.byteSize()) {
      return -1;
    }
    long found = MemorySegment.mismatch(table, from, copy.byteSize(), copy, from, copy.byteSize());
    return found < 0 ? -1 : (from + found) / length * length;
  }
}
