// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

/// A device that logical networks are attached to, untagged or in VLANs.
///
/// @param device its name
public record OutsideDevice(String device) {}
