// SPDX-License-Identifier: Apache-2.0
package hnv.linux.probe;

/// Something that the ports of this program ask of the kernel, and what its lack costs.
public enum KernelFeature {
  NET_ADMIN(
      "CAP_NET_ADMIN",
      true,
      "no port can be opened: run as root or with CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF"),
  TAP(
      "TAP devices with virtio-net headers",
      true,
      "no port can be opened: load the module tun and make /dev/net/tun accessible"),
  BPF(
      "tc programs by bpf(2)",
      true,
      "ports cannot take their frames from a device; only a packet socket port remains, which"
          + " needs a drop rule beside it and is slower"),
  CLSACT(
      "clsact with cls_bpf",
      true,
      "no guard can stay on a device when the process is killed: isolation would fail open, so no"
          + " port is opened"),
  TCX(
      "tcx links (Linux 6.6)",
      false,
      "programs are attached by clsact instead and stay, dropping, when the process ends"),
  SUPER_FRAMES(
      "TCP super-frames on a TAP",
      false,
      "bulk TCP of VMs passes packet by packet: five to ten times slower"),
  UDP_SUPER_FRAMES(
      "UDP super-frames on a TAP (Linux 6.2)",
      false,
      "bulk UDP (QUIC) of VMs is cut by the kernel"),
  TUNNEL_SUPER_FRAMES(
      "VXLAN super-frames on a TAP (Linux 6.17)",
      false,
      "VXLAN super-frames are cut here instead of by the kernel or the NIC: bulk TCP between hosts"
          + " is about five times slower"),
  MANAGED_NEIGHBORS(
      "managed neighbours (Linux 5.16)",
      false,
      "the next hop's MAC address is refreshed by this program instead of by the kernel");

  private final String text;
  private final boolean required;
  private final String cost;

  KernelFeature(String text, boolean required, String cost) {
    this.text = text;
    this.required = required;
    this.cost = cost;
  }

  /// What it is, in a few words.
  public String text() {
    return text;
  }

  /// Whether a host cannot run without it.
  public boolean isRequired() {
    return required;
  }

  /// What its lack costs, and what to do, in one sentence.
  public String cost() {
    return cost;
  }
}
