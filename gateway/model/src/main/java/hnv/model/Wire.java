// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// What the subnets of a {@link LogicalNetwork} with one VLAN are on.
///
/// @param vlanId 0: untagged
public record Wire(ResourceId logicalNetwork, int vlanId) {
  /// The name of the logical network, and the VLAN where there is one; unique, because no name has
  /// a slash.
  @Override
  public String toString() {
    return vlanId == 0 ? logicalNetwork.toString() : logicalNetwork + "/" + vlanId;
  }
}
