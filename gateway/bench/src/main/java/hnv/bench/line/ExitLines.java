// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.bench.traffic.ExitPolicy;
import hnv.lab.netns.LabException;
import hnv.wire.Ipv4Address;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Lines with a gateway in the middle, side by side, each laid when a row first asks for it. They
/// go with the {@link Lines} that they are made beside. Owned by one thread.
public final class ExitLines {
  private static final int PUBLIC_ADDRESSES = 64;

  private static final String MANY_SESSIONS =
      "\"limits\": {\"flows\": 2100000, \"connections\": 1100000, \"natSessions\": 1100000},";

  /// One tenant may have half of flows and connections, and a session is two flows.
  private static final String A_MILLION_SESSIONS =
      "\"limits\": {\"flows\": 4194304, \"connections\": 2200000, \"natSessions\": 1100000},";

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

  /// This program, the tenant at one public address.
  public ExitGateway node(ExitLine.Access access) {
    return gateway(
        "hnv",
        access,
        line ->
            new NodeGateway(
                line,
                Lines.folder(),
                ExitPolicy.document(access == ExitLine.Access.L3, List.of(ExitLine.PUBLIC)),
                ""));
  }

  /// The kernel's forwarding into a VXLAN tunnel to the server, the client by a link.
  public ExitGateway kernelTunnel() {
    return gateway("vxlan", ExitLine.Access.L3, VxlanRouter::new);
  }

  /// This program, a GRE tunnel to the server, the client by a link.
  public ExitGateway nodeTunnel() {
    return gateway(
        "gre",
        ExitLine.Access.L3,
        line ->
            new NodeGateway(
                line,
                Lines.folder(),
                ExitPolicy.withBranch(ExitPolicy.document(true, List.of(ExitLine.PUBLIC))),
                ""));
  }

  /// This program, the tenant by a link and at 64 public addresses, for more sessions than an
  /// address has ports.
  public ExitGateway nodeOfManyAddresses() {
    return gateway(
        "hnv-many",
        ExitLine.Access.L3,
        line ->
            new NodeGateway(
                line, Lines.folder(), ExitPolicy.document(true, publicAddresses()), MANY_SESSIONS));
  }

  /// The same with room for a million sessions of the one tenant.
  public ExitGateway nodeOfAMillion() {
    return gateway(
        "hnv-million",
        ExitLine.Access.L3,
        line ->
            new NodeGateway(
                line,
                Lines.folder(),
                ExitPolicy.document(true, publicAddresses()),
                A_MILLION_SESSIONS));
  }

  /// The same as {@link #nodeOfManyAddresses} with a second tenant, {@link #twoTenants}.
  public NodeGateway nodeOfTwoTenants() {
    return (NodeGateway)
        gateway(
            "hnv-two",
            ExitLine.Access.L3,
            line -> new NodeGateway(line, Lines.folder(), twoTenants(0), MANY_SESSIONS));
  }

  /// A policy for {@link #nodeOfTwoTenants}.
  ///
  /// @param forwarded ports of the first tenant that are forwarded to its machine
  public static String twoTenants(int forwarded) {
    return ExitPolicy.withSecondTenant(ExitPolicy.document(true, publicAddresses()), forwarded);
  }

  private static List<Ipv4Address> publicAddresses() {
    int first = Ipv4Address.parse("198.51.100.64").bits();
    return IntStream.range(0, PUBLIC_ADDRESSES).mapToObj(i -> new Ipv4Address(first + i)).toList();
  }

  private ExitGateway gateway(
      String kind, ExitLine.Access access, Function<ExitLine, ExitGateway> place) {
    String name = kind + "-" + access.name().toLowerCase(Locale.ROOT);
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
