// SPDX-License-Identifier: Apache-2.0

/// Neighbours on outside networks: who they are (ARP, RFC 826; neighbour discovery, RFC 4861), and
/// what the gateway says of itself.
package hnv.edge.neighbor;
