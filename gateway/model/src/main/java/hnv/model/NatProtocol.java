// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// The protocols of a NAT rule.
public enum NatProtocol {
  ALL(0),
  TCP(6),
  UDP(17),
  GRE(47),
  ESP(50);

  private final int number;

  NatProtocol(int number) {
    this.number = number;
  }

  /// The IP protocol; 0 for all.
  public int number() {
    return number;
  }

  public boolean hasPorts() {
    return this == TCP || this == UDP;
  }
}
