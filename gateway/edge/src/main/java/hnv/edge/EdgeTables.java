// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.dataplane.FlowArrays;
import hnv.dataplane.OuterHeader;
import hnv.edge.EdgeNetwork.Attachment;
import hnv.gre.GreTunnel;
import hnv.overlay.CapacityExceededException;
import hnv.overlay.Slots;
import hnv.overlay.TableRanges;
import hnv.wire.MacAddress;
import hnv.wire.RoutingDomainId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Which index of the arrays and which port number belongs to what, and what was last written
/// there: the same from policy to policy. The overlay's are in other ranges ({@link TableRanges}).
/// Owned by the control thread.
final class EdgeTables {
  private static final int MAX_LINKS = 4_096;

  /// A connection's name is unique within its tenant only.
  record ConnectionKey(RoutingDomainId tenant, String connection) {}

  private record MeterKey(ConnectionKey connection, boolean sends) {}

  /// What an index of the next hops is given to: a device's port, or a tunnel.
  private sealed interface HopKey {
    record Device(int port) implements HopKey {}

    record Tunnel(ConnectionKey connection) implements HopKey {}
  }

  /// What is written at a next hop.
  private sealed interface Written {
    record Local(int port, int mtu) implements Written {}

    record Gre(GreTunnel tunnel, int port, MacAddress from, MacAddress to, int mtu)
        implements Written {}

    record Unresolved() implements Written {}
  }

  private final Slots<ConnectionKey> ports =
      new Slots<>("tunnels", TableRanges.FIRST_OUTSIDE_PORT, TableRanges.END_OF_PORTS);
  private final Slots<HopKey> hops =
      new Slots<>("next hops", TableRanges.FIRST_OUTSIDE_HOP, TableRanges.END_OF_HOPS);
  private final Slots<MeterKey> meters =
      new Slots<>("meters", TableRanges.FIRST_OUTSIDE_METER, TableRanges.END_OF_METERS);
  private final Slots<Attachment> links = new Slots<>("outside links", 1, MAX_LINKS);

  private final Set<ConnectionKey> usedPorts = new HashSet<>();
  private final Set<HopKey> usedHops = new HashSet<>();
  private final Set<MeterKey> usedMeters = new HashSet<>();
  private final Set<Attachment> usedLinks = new HashSet<>();

  private final Map<Integer, Written> written = new HashMap<>();
  private final Map<Integer, Long> limits = new HashMap<>();
  private List<Consumer<FlowArrays>> writes = new ArrayList<>();

  /// A policy is compiled from here on.
  void begin() {
    usedPorts.clear();
    usedHops.clear();
    usedMeters.clear();
    usedLinks.clear();
  }

  /// Frees what the policy did not ask for.
  ///
  /// @return numbers of ports that are nobody's now
  Set<Integer> end() {
    for (int hop : hops.retain(usedHops)) {
      written.remove(hop);
      writes.add(arrays -> arrays.nextHops().putUnresolved(hop));
    }
    meters.retain(usedMeters).forEach(limits::remove);
    links.retain(usedLinks);
    return ports.retain(usedPorts);
  }

  /// What was to be written is lost: everything is written again.
  void forgetWritten() {
    written.clear();
    limits.clear();
    writes.clear();
  }

  /// Changes to the arrays since the last call.
  List<Consumer<FlowArrays>> takeWrites() {
    List<Consumer<FlowArrays>> taken = writes;
    writes = new ArrayList<>();
    return taken;
  }

  int portOf(ConnectionKey connection) throws CapacityExceededException {
    usedPorts.add(connection);
    return ports.of(connection);
  }

  int linkOf(Attachment attachment) throws CapacityExceededException {
    usedLinks.add(attachment);
    return links.of(attachment);
  }

  int meterOf(ConnectionKey connection, boolean sends, long limit)
      throws CapacityExceededException {
    MeterKey key = new MeterKey(connection, sends);
    usedMeters.add(key);
    int meter = meters.of(key);
    Long before = limits.put(meter, limit);
    if (before == null || before != limit) {
      writes.add(arrays -> arrays.meters().put(meter, limit));
    }
    return meter;
  }

  int hopOf(AttachedPort device) throws CapacityExceededException {
    HopKey key = new HopKey.Device(device.number());
    usedHops.add(key);
    int hop = hops.of(key);
    if (isNew(hop, new Written.Local(device.number(), device.mtu()))) {
      writes.add(arrays -> arrays.nextHops().putLocal(hop, device.number(), device.mtu()));
    }
    return hop;
  }

  int hopOf(ConnectionKey tunnel) throws CapacityExceededException {
    HopKey key = new HopKey.Tunnel(tunnel);
    usedHops.add(key);
    return hops.of(key);
  }

  /// The tunnel's packets go to this neighbour from now on.
  void writeTunnel(int hop, GreTunnel tunnel, AttachedPort device, MacAddress neighbor) {
    Written next = new Written.Gre(tunnel, device.number(), device.mac(), neighbor, device.mtu());
    if (!isNew(hop, next)) {
      return;
    }
    OuterHeader header =
        OuterHeader.ofGre(
            tunnel.local(),
            tunnel.remote(),
            device.mac(),
            neighbor,
            OuterHeader.DEFAULT_TTL,
            tunnel.key(),
            tunnel.checksum(),
            tunnel.sequence());
    writes.add(arrays -> arrays.nextHops().putTunnel(hop, device.number(), header, device.mtu()));
  }

  /// There is no way for the tunnel's packets now.
  void writeUnresolved(int hop) {
    if (isNew(hop, new Written.Unresolved())) {
      writes.add(arrays -> arrays.nextHops().putUnresolved(hop));
    }
  }

  private boolean isNew(int hop, Written next) {
    return !next.equals(written.put(hop, next));
  }
}
