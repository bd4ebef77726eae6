// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.wire.MacAddress;

/// The MAC address of the distributed router: one for all virtual subnets on all hosts, so that a
/// VM keeps its neighbour entry when it moves. Locally administered; "HNV" in the middle.
public final class RouterMac {
  /// 02-48-4E-56-00-01.
  public static final MacAddress ADDRESS = new MacAddress(0x02_48_4E_56_00_01L);

  /// The same as 48 bits.
  public static final long BITS = ADDRESS.bits();

  private RouterMac() {}
}
