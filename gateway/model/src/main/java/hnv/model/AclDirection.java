// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Which way a packet goes, seen from the virtual machine.
public enum AclDirection {
  /// Toward the virtual machine.
  INBOUND,
  /// From the virtual machine.
  OUTBOUND
}
