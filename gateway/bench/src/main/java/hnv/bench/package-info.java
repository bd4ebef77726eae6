// SPDX-License-Identifier: Apache-2.0

/// Benchmarks, beside the peers.
package hnv.bench;
