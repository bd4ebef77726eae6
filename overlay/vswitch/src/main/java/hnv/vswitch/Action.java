// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.DropReason;

/// What a rule does. The engine knows the first three; what a network adds is a {@link
/// Transposition}.
public sealed interface Action {
  /// Go on; nothing changes.
  record Allow() implements Action {}

  /// Go on, and let the answers of this connection pass without asking the rules again.
  record StatefulAllow() implements Action {}

  /// Stop.
  record Deny(DropReason reason) implements Action {}

  /// Adds to the packet's header transposition, answers it or drops it. Must have no effect but on
  /// the packet's context, so that `trace` can run it for a packet that never was.
  non-sealed interface Transposition extends Action {
    /// Acts on the packet.
    Verdict apply(PacketContext packet);
  }
}
