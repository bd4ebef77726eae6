// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

/// Who forwards the packets of an established flow at a node.
public enum FlowsBy {
  /// The kernel, by the node's programs.
  KERNEL("true"),
  /// The node's own process: no offload.
  JAVA("false");

  private final String offload;

  FlowsBy(String offload) {
    this.offload = offload;
  }

  /// The value of `offload` in a node's configuration.
  public String offload() {
    return offload;
  }
}
