// SPDX-License-Identifier: Apache-2.0

/// Rows through a gateway: packets, connections and sessions that are translated.
package hnv.bench.exit;
