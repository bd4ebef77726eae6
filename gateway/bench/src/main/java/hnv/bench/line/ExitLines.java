// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.lab.netns.LabException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/// Lines with a gateway in the middle, side by side, each laid when a row first asks for it. They
/// go with the {@link Lines} that they are made beside. Owned by one thread.
public final class ExitLines {
  private final Lines lines;
  private final Map<String, ExitGateway> laid = new HashMap<>();
  private final Map<String, LabException> failed = new HashMap<>();

  public ExitLines(Lines lines) {
    this.lines = lines;
  }

  /// The kernel's forwarding and masquerading.
  public ExitGateway kernel(ExitLine.Access access) {
    return gateway("nft", access, NftablesGateway::new);
  }

  private ExitGateway gateway(
      String kind, ExitLine.Access access, Function<ExitLine, ExitGateway> place) {
    String name = kind + "-" + access.name().toLowerCase(java.util.Locale.ROOT);
    LabException before = failed.get(name);
    if (before != null) {
      throw before;
    }
    ExitGateway found = laid.get(name);
    if (found == null) {
      try {
        found = place.apply(ExitLine.lay(lines.processes(), name, access));
      } catch (LabException e) {
        failed.put(name, e); // Half of the line stands; the next row shall not wait again.
        throw e;
      }
      laid.put(name, found);
    }
    return found;
  }
}
