// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a node has to know besides the policy: which server of it this is, and which network
/// devices are what.
///
/// @param server resourceId of the server
/// @param policy the policy document
/// @param underlay the device to the provider network
/// @param ports device of each network interface that may come to this server, by resourceId
/// @param outside devices to outside networks, by the name that policy has for them; empty: the
///     node is no gateway
/// @param controlSocket the Unix domain socket that `hnv show` speaks to
/// @param vxlanPort UDP port of VXLAN
/// @param offload whether the kernel executes established flows, where it can
/// @param limits sizes of the tables
public record NodeConfiguration(
    String server,
    Path policy,
    String underlay,
    Map<String, String> ports,
    Map<String, OutsideDevice> outside,
    Path controlSocket,
    int vxlanPort,
    boolean offload,
    NodeLimits limits) {
  /// Where the control socket is unless said otherwise.
  public static final Path DEFAULT_CONTROL_SOCKET = Path.of("/run/hnv/node.sock");

  /// Ports of a node at most, the underlay not counted.
  public static final int MAX_PORTS = 4_095;

  /// Devices to outside networks at most.
  public static final int MAX_OUTSIDE = 256;

  public NodeConfiguration {
    ports = Collections.unmodifiableMap(new LinkedHashMap<>(ports));
    outside = Collections.unmodifiableMap(new LinkedHashMap<>(outside));
  }

  /// The same with every packet left to Java.
  public NodeConfiguration withoutOffload() {
    return new NodeConfiguration(
        server, policy, underlay, ports, outside, controlSocket, vxlanPort, false, limits);
  }
}
