// SPDX-License-Identifier: Apache-2.0

/// The demo and the test topologies in network namespaces.
@org.jspecify.annotations.NullMarked
module hnv.lab {
  requires hnv.app;
  requires info.picocli;
  requires static org.jspecify;

  opens hnv.lab to
      info.picocli;
}
