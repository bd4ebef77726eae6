// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.wire.IpAddress;

/// Where packets into an outside network go first.
public sealed interface OutsideWay {
  /// To a router.
  record ByRouter(IpAddress router) implements OutsideWay {}

  /// To who has the address, on the link.
  record OnLink() implements OutsideWay {}

  /// Not by this device: so the host has it, whose device it is.
  ///
  /// @param because in words
  record Elsewhere(String because) implements OutsideWay {}
}
