// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Which ports of the public addresses of one network are somebody's, while pools are given their
/// addresses: pools may share an address whose ports they do not share. Owned by one change of
/// policy.
final class ReservedPorts {
  private static final int LAST_PORT = 0xFFFF;
  private static final int[] NOTHING = {};

  /// First and last port of each range, by address.
  private final Map<Integer, int[]> ranges = new HashMap<>();

  /// All of an address.
  void reserve(int address) {
    reserve(address, 0, LAST_PORT);
  }

  /// Some ports of an address.
  ///
  /// @return false where one of the ports is somebody's already; nothing is reserved then
  boolean reserve(int address, int first, int last) {
    int[] taken = ranges.getOrDefault(address, NOTHING);
    for (int i = 0; i < taken.length; i += 2) {
      if (taken[i] <= last && first <= taken[i + 1]) {
        return false;
      }
    }
    int[] more = Arrays.copyOf(taken, taken.length + 2);
    more[taken.length] = first;
    more[taken.length + 1] = last;
    ranges.put(address, more);
    return true;
  }
}
