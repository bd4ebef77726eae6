// SPDX-License-Identifier: Apache-2.0

/// GRE tunnels of a tenant's gateway: their ends, keepalive and sequence.
package hnv.gre;
