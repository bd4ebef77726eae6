// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// Per-tenant facts that every packet of the tenant consults: the epoch of its policy. A flow
/// record of another epoch is revalidated on its next packet; a policy change of one tenant touches
/// no flow of another. Owned by one Worker.
///
/// The memory may be shared with another executor of flow records, which then sees a new epoch at
/// once. {@value #ENTRY_LENGTH} octets per tenant:
///
///      0  u32 epoch
///      4  u32 zero
public final class TenantTable {
  /// Tenants unless said otherwise.
  public static final int DEFAULT_CAPACITY = 16_384;

  /// Octets of an entry.
  public static final int ENTRY_LENGTH = 8;

  private static final VarHandle EPOCH = ValueLayout.JAVA_INT.varHandle();

  private final MemorySegment entries;
  private final int capacity;

  /// A table in memory of its own, all epochs zero.
  public TenantTable(int capacity) {
    this(Arena.global().allocate((long) capacity * ENTRY_LENGTH, ENTRY_LENGTH));
  }

  /// A table in this memory, as it is.
  ///
  /// @param entries native memory, aligned to {@value #ENTRY_LENGTH} octets, a multiple of that
  ///     long: its size says the capacity
  public TenantTable(MemorySegment entries) {
    this.entries = entries;
    capacity = MeterTable.entriesOf("tenants", entries, ENTRY_LENGTH);
  }

  /// Slots of the table.
  public int capacity() {
    return capacity;
  }

  /// Epoch of the tenant's policy.
  public int epoch(int tenant) {
    return (int) EPOCH.get(entries, (long) tenant * ENTRY_LENGTH);
  }

  /// Makes every flow record of the tenant stale. What was written before is seen by whoever sees
  /// the new epoch.
  public void advanceEpoch(int tenant) {
    EPOCH.setRelease(entries, (long) tenant * ENTRY_LENGTH, epoch(tenant) + 1);
  }
}
