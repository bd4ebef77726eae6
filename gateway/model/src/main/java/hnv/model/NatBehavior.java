// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.OptionalInt;

/// How an outbound rule translates (RFC 4787, 6888, 7857).
///
/// @param mapping how long a public port stays the same
/// @param filtering who may answer
/// @param preservesParity whether an even port stays even (RFC 4787 REQ-4)
/// @param ports that are given out
/// @param blockSize ports of a block: an address is given ports by the block; empty: a default
/// @param blocksPerAddress blocks that one tenant-side address may hold; empty: a default
/// @param sessionsPerAddress sessions that one tenant-side address may have (RFC 6888 REQ-5);
///     empty: as many as its tenant
public record NatBehavior(
    Mapping mapping,
    Filtering filtering,
    boolean preservesParity,
    PortRange ports,
    OptionalInt blockSize,
    OptionalInt blocksPerAddress,
    OptionalInt sessionsPerAddress) {
  /// From where ports are given out unless said otherwise: those below are for services.
  public static final PortRange DEFAULT_PORTS = new PortRange(1_024, PortRange.MAX_PORT);

  /// As RFC 4787 and RFC 6888 would have it.
  public static final NatBehavior DEFAULT =
      new NatBehavior(
          Mapping.ENDPOINT_INDEPENDENT,
          Filtering.ENDPOINT_INDEPENDENT,
          false,
          DEFAULT_PORTS,
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty());

  /// When the same tenant-side port has the same public port (RFC 4787 §4.1).
  public enum Mapping {
    /// Whatever the destination.
    ENDPOINT_INDEPENDENT,
    /// To the same destination address and port.
    ENDPOINT_DEPENDENT
  }

  /// From whom a public port takes packets (RFC 4787 §5).
  public enum Filtering {
    /// From everybody.
    ENDPOINT_INDEPENDENT,
    /// From addresses that it has sent to.
    ADDRESS_DEPENDENT,
    /// From addresses and ports that it has sent to.
    ADDRESS_AND_PORT_DEPENDENT
  }
}
