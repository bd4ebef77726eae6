// SPDX-License-Identifier: Apache-2.0

/// The demo and the test topologies in network namespaces.
@org.jspecify.annotations.NullMarked
module hnv.lab {
  requires hnv.app;
  requires info.picocli;
  requires static org.jspecify;

  exports hnv.lab.netns to
      hnv.bench;
  exports hnv.lab.topology to
      hnv.bench;
  exports hnv.lab.traffic to
      hnv.bench;

  opens hnv.lab to
      info.picocli;
  opens hnv.lab.gre to
      info.picocli;
}
