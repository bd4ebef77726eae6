// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import hnv.wire.Cidr;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A prefix of the {@link Rib}, one of the list of those that have the same paths. Owned by the
/// control thread.
final class Entry {
  final Cidr prefix;

  /// Null once its last route is gone, until that has been committed.
  @Nullable PathSet paths;

  @Nullable Entry previous;
  @Nullable Entry next;

  /// The group that the {@link Fib} has for it; 0 for none.
  char installed;

  /// Whether it is among those that the next commit looks at.
  boolean touched;

  Entry(Cidr prefix) {
    this.prefix = prefix;
  }

  /// Its paths, the best first.
  List<Path> paths() {
    return paths == null ? List.of() : paths.paths();
  }

  /// The group that the {@link Fib} shall have for it.
  int wanted() {
    return paths == null || paths.members().length == 0 ? Fib.NO_ROUTE : paths.group();
  }
}
