// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.wire.IpAddress;

/// Where packets into an outside network go first.
public sealed interface OutsideWay {
  /// To a router.
  record ByRouter(IpAddress router) implements OutsideWay {}

  /// To who has the address, on the link.
  record OnLink() implements OutsideWay {}

  /// By another device: so the host has it, whose device this is, too.
  ///
  /// @param device name of the other
  record Elsewhere(String device) implements OutsideWay {}

  /// Nowhere: so the host has it.
  ///
  /// @param because in words
  record Nowhere(String because) implements OutsideWay {}

  /// Whether packets can leave by it.
  default boolean leaves() {
    return this instanceof ByRouter || this instanceof OnLink;
  }
}
