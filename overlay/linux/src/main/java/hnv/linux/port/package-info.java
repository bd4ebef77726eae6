// SPDX-License-Identifier: Apache-2.0

/// Ports of the dataplane on devices of the host.
package hnv.linux.port;
