// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.Commands;
import hnv.bench.line.ExitLine.Access;
import java.util.Optional;

/// What rows through a gateway have in common.
final class Gateways {
  private Gateways() {}

  /// What this machine lacks for them; empty where nothing.
  static Optional<String> lacking() {
    return Commands.lackingForLines().or(() -> Commands.lacking("nft"));
  }

  /// For people.
  static String text(Access access) {
    return switch (access) {
      case L3 -> "from a link";
      case VXLAN -> "from a VXLAN tunnel";
    };
  }
}
