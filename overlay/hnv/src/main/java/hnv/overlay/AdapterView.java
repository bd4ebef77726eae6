// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.vswitch.Replication;

/// An adapter of this host with everything that its layers need. Immutable.
///
/// @param adapter what policy says of it
/// @param domain its routing domain
/// @param port number of its port: a device's, or a virtual one where it is a gateway's
/// @param routerEnabled whether this host routes
/// @param nextHop the next hop that delivers to it; none where it is a gateway's
/// @param outboundMeter meter of what it sends
/// @param inboundMeter meter of what it gets
/// @param replication where a broadcast of its virtual subnet goes
/// @param answers limit of the errors sent to it
public record AdapterView(
    OverlayNetwork.Adapter adapter,
    DomainView domain,
    int port,
    boolean routerEnabled,
    int nextHop,
    int outboundMeter,
    int inboundMeter,
    Replication replication,
    AnswerLimit answers) {
  /// VSID as a number.
  int vsid() {
    return adapter.vsid().value();
  }
}
