// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// How a frame of a virtual subnet travels between provider addresses.
public enum Encapsulation {
  /// Not in a tunnel: a frame as a VM sees it.
  NONE(0),
  /// RFC 7348.
  VXLAN(1),
  /// RFC 7637.
  NVGRE(2);

  private final int number;

  Encapsulation(int number) {
    this.number = number;
  }

  /// Stable number, as it stands in a next hop's entry.
  public int number() {
    return number;
  }
}
