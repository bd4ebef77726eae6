// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// How a frame travels: between provider addresses, or to another site.
public enum Encapsulation {
  /// Not in a tunnel: a frame as a VM sees it.
  NONE(0),
  /// RFC 7348.
  VXLAN(1),
  /// RFC 7637.
  NVGRE(2),
  /// RFC 2784 and 2890 with an IP packet inside: a tunnel to another site. The packet in it has no
  /// Ethernet header.
  GRE(3);

  private final int number;

  Encapsulation(int number) {
    this.number = number;
  }

  /// Stable number, as it stands in a next hop's entry.
  public int number() {
    return number;
  }
}
