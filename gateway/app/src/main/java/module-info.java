// SPDX-License-Identifier: Apache-2.0

/// Composition root: the node, the compiler from intent to forwarding state, the command line.
@org.jspecify.annotations.NullMarked
module hnv.app {
  requires transitive hnv.wire;
  requires transitive hnv.dataplane;
  requires transitive hnv.vswitch;
  requires transitive hnv.overlay;
  requires transitive hnv.edge;
  requires transitive hnv.linux;
  requires transitive hnv.model;
  requires transitive hnv.document;
  requires transitive info.picocli;
  requires com.fasterxml.jackson.core;
  requires org.slf4j;
  requires jdk.management; // the memory of the machine
  requires jdk.unsupported; // signals
  requires static transitive org.jspecify;

  exports hnv.app;
  exports hnv.app.cli;
  exports hnv.app.host;
  exports hnv.app.json;
  exports hnv.app.policy;

  opens hnv.app to
      info.picocli;
  opens hnv.app.capture to
      info.picocli;
  opens hnv.app.doctor to
      info.picocli;
  opens hnv.app.node to
      info.picocli;
  opens hnv.app.replay to
      info.picocli;
  opens hnv.app.show to
      info.picocli;
  opens hnv.app.trace to
      info.picocli;
}
