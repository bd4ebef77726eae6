// SPDX-License-Identifier: Apache-2.0
package hnv.linux.probe;

/// Something that the flow offload asks of the kernel, and what its lack costs.
public enum OffloadFeature {
  FLOW_MAPS(
      "hash maps for flows",
      true,
      "flows stay in Java: run with CAP_BPF and CAP_NET_ADMIN, and allow the memory (ulimit -l before"
          + " Linux 5.11, the control group's limit since)"),
  SHARED_ARRAYS(
      "arrays that programs and this process share (Linux 5.5)",
      true,
      "flows stay in Java: epochs and rate limits would not be those of both"),
  MAP_BATCHES(
      "reading maps in batches (Linux 5.6)", true, "flows stay in Java: ageing would cost more"),
  COARSE_CLOCK("the coarse clock in programs (Linux 5.11)", true, "flows stay in Java"),
  TUNNEL_ROOM(
      "room for an Ethernet frame in a tunnel (Linux 5.13)",
      true,
      "flows stay in Java: the kernel would take a VXLAN super-frame for another"),
  WAITING(
      "waiting for running programs",
      true,
      "flows stay in Java: a policy change could not be acknowledged"),
  FLOW_PROGRAMS("the programs of the flow offload", true, "flows stay in Java"),
  CHECKSUM_PLACE(
      "the place of a checksum that remains to be written",
      false,
      "packets of VMs that leave their checksum to the device pass Java, most TCP among them; what"
          + " comes out of tunnels does not"),
  FAMILY_CHANGE(
      "IPv6 in an IPv4 tunnel and the reverse, taken off (Linux 6.3)",
      false,
      "received flows whose inner family differs from the outer stay in Java");

  private final String text;
  private final boolean required;
  private final String cost;

  OffloadFeature(String text, boolean required, String cost) {
    this.text = text;
    this.required = required;
    this.cost = cost;
  }

  /// What it is, in a few words.
  public String text() {
    return text;
  }

  /// Whether no flow can be offloaded without it.
  public boolean isRequired() {
    return required;
  }

  /// What its lack costs, in one sentence.
  public String cost() {
    return cost;
  }
}
