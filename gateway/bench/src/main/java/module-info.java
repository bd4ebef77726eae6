// SPDX-License-Identifier: Apache-2.0

/// Benchmarks, beside the peers.
@org.jspecify.annotations.NullMarked
module hnv.bench {
  requires hnv.app;
  requires hnv.lab;
  requires hnv.routing;
  requires info.picocli;
  requires java.management;
  requires jdk.management; // octets allocated by a thread
  requires static org.jspecify;

  opens hnv.bench to
      info.picocli;
  opens hnv.bench.probe to
      info.picocli;
}
