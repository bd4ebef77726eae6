// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

/// A device that logical networks are attached to, untagged or in VLANs.
///
/// @param device its name
/// @param shared whether the host has it, too: its addresses, routes and neighbours there stay its
///     own, and only what is for the gateway's addresses is taken
public record OutsideDevice(String device, boolean shared) {
  /// A device that is taken whole.
  public OutsideDevice(String device) {
    this(device, false);
  }
}
