// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.dataplane.Counters;
import hnv.dataplane.MeterTable;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.PeerTable;
import hnv.dataplane.TenantTable;

/// Sizes of the kernel's maps. All of their memory is taken when they are made, so that a full
/// machine is noticed then.
///
/// @param flows flows of each family
/// @param nextHops as {@link NextHopTable#capacity}
/// @param peers as {@link PeerTable#capacity}
/// @param tenants as {@link TenantTable#capacity}
/// @param meters as {@link MeterTable#capacity}
/// @param ports greatest number of a port, plus one; the kernel keeps counters of each on each CPU
public record OffloadLimits(
    int flows, int nextHops, int peers, int tenants, int meters, int ports) {
  /// Flows of each family where memory allows it.
  public static final int DEFAULT_FLOWS = 131_072;

  /// Flows of each family at least.
  public static final int MIN_FLOWS = 1_024;

  /// Flows of each family at most.
  public static final int MAX_FLOWS = 1 << 24;

  /// Ports unless said otherwise: 288 octets each on each CPU.
  public static final int DEFAULT_PORTS = 1_024;

  /// Octets that the kernel takes for a flow of each family: key, record, its own links and the
  /// hash buckets (measured, Linux 6.18: 216 and 240).
  static final long OCTETS_PER_FLOW = 216 + 240;

  /// Part of the memory that flows may take: a twentieth.
  private static final int MEMORY_SHARE = 20;

  public OffloadLimits {
    check("flows", flows, MIN_FLOWS, MAX_FLOWS);
    check("nextHops", nextHops, 2, 1 << 20);
    check("peers", peers, 2, 1 << 20);
    check("tenants", tenants, 1, 1 << 20);
    check("meters", meters, 1, MeterTable.MAX_CAPACITY);
    check("ports", ports, 1, Counters.MAX_PORTS);
  }

  private static void check(String field, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(field + ": " + least + " to " + most + ", not " + value);
    }
  }

  /// The defaults, with as many flows as a machine with this much memory can spare: a power of two
  /// up to {@value #DEFAULT_FLOWS}.
  ///
  /// @param memoryOctets of the machine, or of the control group that bounds this process
  public static OffloadLimits ofMemory(long memoryOctets) {
    long room = memoryOctets / MEMORY_SHARE / OCTETS_PER_FLOW;
    long flows = Math.clamp(Long.highestOneBit(Math.max(room, 1)), MIN_FLOWS, DEFAULT_FLOWS);
    return new OffloadLimits(
        (int) flows,
        NextHopTable.DEFAULT_CAPACITY,
        PeerTable.DEFAULT_CAPACITY,
        TenantTable.DEFAULT_CAPACITY,
        MeterTable.DEFAULT_CAPACITY,
        DEFAULT_PORTS);
  }

  /// The same with another number of flows of each family.
  public OffloadLimits withFlows(int newFlows) {
    return new OffloadLimits(newFlows, nextHops, peers, tenants, meters, ports);
  }

  /// The same for another number of ports.
  public OffloadLimits withPorts(int newPorts) {
    return new OffloadLimits(flows, nextHops, peers, tenants, meters, newPorts);
  }

  /// The same with other tables of next hops and meters.
  public OffloadLimits withTables(int newNextHops, int newMeters) {
    return new OffloadLimits(flows, newNextHops, peers, tenants, newMeters, ports);
  }

  /// Octets that the kernel will take for flows, about.
  public long flowOctets() {
    return flows * OCTETS_PER_FLOW;
  }
}
