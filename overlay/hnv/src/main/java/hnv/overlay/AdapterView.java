// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import hnv.dataplane.Encapsulation;
import hnv.vswitch.Replication;

/// An adapter of this host with everything that its layers need. Immutable.
///
/// @param adapter what policy says of it
/// @param domain its routing domain
/// @param encapsulation how frames travel between hosts
/// @param routerEnabled whether this host routes
/// @param nextHop the next hop that delivers to it
/// @param outboundMeter meter of what it sends
/// @param inboundMeter meter of what it gets
/// @param replication where a broadcast of its virtual subnet goes
/// @param answers limit of the errors sent to it
public record AdapterView(
    OverlayNetwork.Adapter adapter,
    DomainView domain,
    Encapsulation encapsulation,
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
