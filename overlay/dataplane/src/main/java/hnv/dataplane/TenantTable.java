// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// Per-tenant facts that every packet of the tenant consults: the epoch of its policy. A flow
/// record of another epoch is revalidated on its next packet; a policy change of one tenant touches
/// no flow of another. Owned by one Worker.
public final class TenantTable {
  /// Tenants unless said otherwise.
  public static final int DEFAULT_CAPACITY = 16_384;

  private final int[] epochs;

  public TenantTable(int capacity) {
    epochs = new int[capacity];
  }

  /// Slots of the table.
  public int capacity() {
    return epochs.length;
  }

  /// Epoch of the tenant's policy.
  public int epoch(int tenant) {
    return epochs[tenant];
  }

  /// Makes every flow record of the tenant stale.
  public void advanceEpoch(int tenant) {
    epochs[tenant]++;
  }
}
