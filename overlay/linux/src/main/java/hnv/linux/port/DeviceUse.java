// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.PortKind;
import hnv.linux.netlink.Link;

/// How a port has its device: whole, or beside the host. Two uses that share may be on one device,
/// each with programs, a guard and a TAP of its own.
public enum DeviceUse {
  /// A VM's, whole.
  VIRTUAL_MACHINE(PortKind.VIRTUAL_MACHINE, 1, ""),
  /// To an outside network, whole.
  OUTSIDE(PortKind.OUTSIDE, 1, ""),
  /// To the provider network: tunnel packets to our provider addresses.
  UNDERLAY(PortKind.UNDERLAY, 1, ""),
  /// To an outside network: what {@link hnv.linux.bpf.SharedFilter} selects.
  SHARED_OUTSIDE(PortKind.OUTSIDE, 3, "s");

  private final PortKind kind;
  private final int programPriority;
  private final String tapSuffix;

  DeviceUse(PortKind kind, int programPriority, String tapSuffix) {
    this.kind = kind;
    this.programPriority = programPriority;
    this.tapSuffix = tapSuffix;
  }

  /// What lies behind the port, for the dataplane.
  public PortKind kind() {
    return kind;
  }

  /// Whether nothing of the device is the host's.
  public boolean isExclusive() {
    return this == VIRTUAL_MACHINE || this == OUTSIDE;
  }

  /// Of the program, where it is a filter of clsact.
  int programPriority() {
    return programPriority;
  }

  /// Of the guard, which is asked after the program.
  int guardPriority() {
    return programPriority + 1;
  }

  /// Name of the TAP of a device's port, while there is one.
  String tapName(Link link) {
    return "hnv" + link.index() + tapSuffix;
  }
}
