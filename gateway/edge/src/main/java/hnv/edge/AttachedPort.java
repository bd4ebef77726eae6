// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.wire.MacAddress;

/// The dataplane port behind an {@link EdgeNetwork.Attachment}.
///
/// @param number the port's number; a VLAN has one of its own
/// @param mac of the device
/// @param mtu octets of the largest IP packet that it carries
public record AttachedPort(int number, MacAddress mac, int mtu) {}
