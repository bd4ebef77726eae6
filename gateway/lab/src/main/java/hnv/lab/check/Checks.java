// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import java.util.ArrayList;
import java.util.List;

/// All checks, in the order in which they run: those that change nothing first.
public final class Checks {
  private Checks() {}

  /// Those of the lab with a gateway.
  public static List<Check> ofGateway() {
    List<Check> all = new ArrayList<>();
    all.addAll(GatewayChecks.all());
    all.addAll(Ipv6Checks.all());
    all.addAll(ConnectionChecks.all());
    all.addAll(ScanChecks.all());
    all.addAll(WithdrawalChecks.all());
    return List.copyOf(all);
  }

  /// Those of the lab without one.
  public static List<Check> ofHosts() {
    List<Check> all = new ArrayList<>();
    all.addAll(TenantChecks.all());
    all.addAll(NeighborChecks.all());
    all.addAll(RoutingChecks.all());
    all.addAll(ForgeryChecks.all());
    all.addAll(MigrationChecks.all());
    all.addAll(BulkChecks.all());
    all.addAll(CrashChecks.all());
    return List.copyOf(all);
  }

  /// All.
  public static List<Check> all() {
    List<Check> all = new ArrayList<>(ofHosts());
    all.addAll(ofGateway());
    return List.copyOf(all);
  }

  /// Those whose name is one of `names` or begins with one and a hyphen; all where there are no
  /// names.
  ///
  /// @throws IllegalArgumentException naming the name that no check bears
  public static List<Check> only(List<String> names) {
    for (String name : names) {
      if (all().stream().noneMatch(check -> matches(check, name))) {
        throw new IllegalArgumentException(
            "no check '%s'; there are: %s"
                .formatted(name, String.join(", ", all().stream().map(Check::name).toList())));
      }
    }
    return all().stream()
        .filter(check -> names.isEmpty() || names.stream().anyMatch(name -> matches(check, name)))
        .toList();
  }

  private static boolean matches(Check check, String name) {
    return check.name().equals(name) || check.name().startsWith(name + "-");
  }
}
