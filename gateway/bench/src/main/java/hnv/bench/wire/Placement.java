// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

/// Where packets are forwarded in the kernel.
enum Placement {
  /// Where they are sent: no receive packet steering.
  SENDERS_CPU(
      "generator, the kernel's forwarding and the sink on CPU 0, no receive packet steering on"
          + " either side; the processes of forwarders on CPU 1, their time is counted"),
  /// On the forwarder's CPU.
  FORWARDERS_CPU(
      "generator on CPU 0; the host's devices hand packets to CPU 1 (receive packet steering) on"
          + " both sides, which forwards them and carries the sink");

  private final String text;

  Placement(String text) {
    this.text = text;
  }

  /// In words.
  String text() {
    return text;
  }
}
