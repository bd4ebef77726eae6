// SPDX-License-Identifier: Apache-2.0

/// Benchmarks, beside the peers.
@org.jspecify.annotations.NullMarked
module hnv.bench {
  requires hnv.app;
  requires static org.jspecify;
}
