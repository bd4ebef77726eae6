// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.linux.port.DevicePort;
import hnv.linux.port.DeviceUse;
import hnv.linux.port.HostPort;
import hnv.model.Policy;
import hnv.overlay.OverlayNetwork;
import java.util.List;

/// What the control thread knows at one moment, for those who look in. Immutable.
///
/// @param server this server, as policy spells it
/// @param policy the policy in force
/// @param overlay the same, as the overlay sees it
/// @param ports the ports of the configuration, the underlay first
/// @param ways each tunnel with its way
/// @param gateway what it joins as a gateway; nothing where it is none
record NodeView(
    String server,
    Policy policy,
    OverlayNetwork overlay,
    List<PortView> ports,
    List<UnderlayWays.Written> ways,
    GatewayRole.View gateway) {
  NodeView {
    ports = List.copyOf(ports);
    ways = List.copyOf(ways);
  }

  /// A port and its device.
  ///
  /// @param attached the device is there and the port on it
  /// @param up frames can come and go
  /// @param mtu octets of the largest IP packet; 0 while not attached
  /// @param tunnelSuperFrames VXLAN super-frames pass whole
  /// @param endsWithProcess its program ends with the process
  /// @param flowsByKernel the kernel executes flows at it
  record PortView(
      String name,
      int number,
      String kind,
      String device,
      boolean attached,
      boolean up,
      int mtu,
      boolean tunnelSuperFrames,
      boolean endsWithProcess,
      boolean flowsByKernel) {}

  /// Takes a view. Control thread only.
  static NodeView of(
      String server,
      Policy policy,
      OverlayNetwork overlay,
      List<PortPlace> places,
      List<UnderlayWays.Written> ways,
      GatewayRole.View gateway) {
    return new NodeView(
        server, policy, overlay, places.stream().map(NodeView::viewOf).toList(), ways, gateway);
  }

  private static String deviceOf(PortPlace place) {
    if (place.vlan() != PortPlace.UNTAGGED) {
      return place.device() + " vlan " + place.vlan();
    }
    return place.use() == DeviceUse.SHARED_OUTSIDE ? place.device() + " shared" : place.device();
  }

  private static PortView viewOf(PortPlace place) {
    HostPort port = place.port();
    return new PortView(
        place.name(),
        place.number(),
        place.kind().name(),
        deviceOf(place),
        port != null,
        port != null && port.isUp(),
        port == null ? 0 : port.mtu(),
        port != null && port.carriesTunnelSuperFrames(),
        port instanceof DevicePort device && device.endsWithProcess(),
        port != null && port.executesRecords());
  }
}
