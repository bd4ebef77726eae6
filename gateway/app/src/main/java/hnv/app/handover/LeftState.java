// SPDX-License-Identifier: Apache-2.0
package hnv.app.handover;

import hnv.dataplane.PortKind;
import hnv.linux.offload.OffloadLimits;
import hnv.overlay.OverlayImage;
import hnv.vswitch.ConnectionImage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// All that a node leaves in its file; maps and links lie beside it in a bpffs.
///
/// @param origin where it was left
/// @param leftAtNs when, by CLOCK_MONOTONIC
/// @param graceNs so long the kernel goes on by itself
/// @param code fingerprint of the program that left it
/// @param server which server of the policy the node was
/// @param vxlanPort UDP port of VXLAN
/// @param mark firewall mark of the frames that the kernel sends
/// @param limits sizes of the maps
/// @param ports those that were on their devices
/// @param overlay indexes and digests
/// @param connections each under its id
public record LeftState(
    Origin origin,
    long leftAtNs,
    long graceNs,
    String code,
    String server,
    int vxlanPort,
    int mark,
    OffloadLimits limits,
    List<LeftPort> ports,
    OverlayImage overlay,
    List<ConnectionImage> connections) {
  /// Longest grace, so that nothing is forwarded by a policy of last week.
  public static final int MAX_GRACE_S = 3_600;

  /// @throws IllegalArgumentException where values do not agree
  public LeftState {
    ports = List.copyOf(ports);
    connections = List.copyOf(connections);
    if (graceNs < 0 || graceNs > MAX_GRACE_S * 1_000_000_000L) {
      throw new IllegalArgumentException("grace: 0 to " + MAX_GRACE_S + " s");
    }
    if (vxlanPort < 1 || vxlanPort > 65_535) {
      throw new IllegalArgumentException("VXLAN port " + vxlanPort);
    }
    if (mark == 0) {
      throw new IllegalArgumentException("a mark of zero, which marks nothing");
    }
    Set<Object> seen = new HashSet<>();
    for (LeftPort port : ports) {
      if (port.number() >= limits.ports()) {
        throw new IllegalArgumentException("port number " + port.number());
      }
      if (!seen.add(port.number()) || !seen.add(port.name())) {
        throw new IllegalArgumentException("two ports with the name or number of " + port.name());
      }
    }
  }

  /// Where a state belongs to; another cannot take it over.
  ///
  /// @param boot the kernel's id of this boot
  /// @param namespace the network namespace
  /// @param format of the maps' octets
  public record Origin(String boot, String namespace, String format) {}

  /// A port on its device.
  ///
  /// @param name as the configuration has it
  /// @param number of the port
  /// @param device its name
  /// @param linkIndex its index, 1 or more
  /// @param mac 48 bits; −1: it has none
  public record LeftPort(
      String name, PortKind kind, int number, String device, int linkIndex, long mac) {
    public LeftPort {
      if (number < 0 || linkIndex < 1 || mac < -1 || mac >= 1L << 48) {
        throw new IllegalArgumentException("port " + name + " with a number that cannot be");
      }
    }
  }
}
