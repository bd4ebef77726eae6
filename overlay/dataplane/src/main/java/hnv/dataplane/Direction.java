// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// Seen from the guest: toward it or from it.
public enum Direction {
  /// From the guest.
  OUTBOUND,
  /// Toward the guest.
  INBOUND
}
