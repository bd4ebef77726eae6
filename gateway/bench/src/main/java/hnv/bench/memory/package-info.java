// SPDX-License-Identifier: Apache-2.0

/// Rows that need nothing but this process: the dataplane with ports in memory.
package hnv.bench.memory;
