// SPDX-License-Identifier: Apache-2.0
package hnv.bench.traffic;

import hnv.bench.traffic.BenchPolicy.Tenant;
import hnv.dataplane.Encapsulation;
import java.lang.foreign.MemorySegment;

/// A UDP flow between a tenant's two machines.
///
/// @param number 0…{@value #MAX} − 1, which decides its ports
public record Flow(Tenant tenant, int number) {
  /// Flows of one tenant at most.
  public static final int MAX = 250_000;

  private static final int FIRST_PORT = 10_000;
  private static final int SOURCE_PORTS = 50_000;
  private static final int FIRST_SERVICE = 7_000;

  public Flow {
    if (number < 0 || number >= MAX) {
      throw new IllegalArgumentException("flow 0 to " + (MAX - 1) + ", not " + number);
    }
  }

  private int sourcePort() {
    return FIRST_PORT + number % SOURCE_PORTS;
  }

  private int service() {
    return FIRST_SERVICE + number / SOURCE_PORTS;
  }

  /// The packet that leaves the machine here.
  public void writeOutbound(MemorySegment f, long at) {
    MarkedFrame.write(
        f,
        at,
        BenchPolicy.MAC_THERE.bits(),
        BenchPolicy.MAC_HERE.bits(),
        BenchPolicy.CA_HERE.bits(),
        BenchPolicy.CA_THERE.bits(),
        sourcePort(),
        service());
  }

  /// The packet of the same flow that the machine there sends, as it travels between the hosts.
  ///
  /// @param macHere of the underlay's device here, in the low 48 bits
  /// @param macThere of the underlay's device there
  public void writeInbound(
      Encapsulation encapsulation, MemorySegment f, long at, long macHere, long macThere) {
    MarkedFrame.write(
        f,
        at + TunnelFrame.headerLength(encapsulation),
        BenchPolicy.MAC_HERE.bits(),
        BenchPolicy.MAC_THERE.bits(),
        BenchPolicy.CA_THERE.bits(),
        BenchPolicy.CA_HERE.bits(),
        service(),
        sourcePort());
    int from = BenchPolicy.PA_THERE.bits();
    int to = BenchPolicy.PA_HERE.bits();
    int vsid = tenant.vsid();
    switch (encapsulation) {
      case NONE -> {}
      case VXLAN ->
          TunnelFrame.writeVxlan(
              f, at, macHere, macThere, from, to, 0xC000 | (number & 0x3FFF), vsid);
      case NVGRE -> TunnelFrame.writeNvgre(f, at, macHere, macThere, from, to, number & 0xFF, vsid);
      case GRE -> throw new IllegalArgumentException("no virtual subnet's frame is in GRE");
    }
  }

  /// The same in VXLAN.
  public void writeInbound(MemorySegment f, long at, long macHere, long macThere) {
    writeInbound(Encapsulation.VXLAN, f, at, macHere, macThere);
  }
}
