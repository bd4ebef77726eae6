// SPDX-License-Identifier: Apache-2.0

/// The host's network by rtnetlink: links, addresses, routes, neighbours and tc filters, asked for,
/// changed, and followed live.
package hnv.linux.netlink;
