// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

/// The dataplane port behind an adapter of this host.
///
/// @param number the port's number
/// @param mtu octets of the largest IP packet that its device carries
public record PortBinding(int number, int mtu) {}
