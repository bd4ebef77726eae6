// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.nat.NatEngine;
import hnv.vswitch.ConnectionBindings;

/// Sessions of the translation as bindings of connections: a session lives as long as the
/// connection that it was made for, and says how long that may be silent. Worker thread only.
final class NatBindings implements ConnectionBindings {
  private final NatEngine nat;

  NatBindings(NatEngine nat) {
    this.nat = nat;
  }

  @Override
  public void ended(int binding) {
    // Between two addresses of ours the receiver's session is nobody's but the sender's.
    int peer = nat.peer(binding);
    nat.end(binding);
    if (peer != 0) {
      nat.end(peer);
    }
  }

  @Override
  public long timeoutNs(int binding, long nowNs) {
    return nat.timeoutNs(binding);
  }

  @Override
  public void observed(int binding, boolean forward, int tcpFlags, long nowNs) {
    boolean outbound = forward != nat.isFromOutside(binding);
    nat.observed(binding, outbound, tcpFlags, nowNs);
    int peer = nat.peer(binding);
    if (peer != 0) {
      nat.observed(peer, !outbound, tcpFlags, nowNs);
    }
  }

  @Override
  public void seen(int binding, long forwardLastSeenNs, long reverseLastSeenNs) {
    boolean inside = !nat.isFromOutside(binding);
    nat.seen(
        binding,
        inside ? forwardLastSeenNs : reverseLastSeenNs,
        inside ? reverseLastSeenNs : forwardLastSeenNs);
  }
}
