// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import java.util.List;

/// Public addresses that outbound connections are given ports of, by one or by many tenants.
///
/// @param name unique in a {@link NatPolicy}
/// @param network the outside network that the addresses belong to
/// @param addresses contiguous or not (RFC 6888 REQ-3); one of which an earlier pool of the network
///     has ports of this one, or that is somebody's 1:1, is not used
/// @param firstPort lowest port that is given out
/// @param lastPort highest port that is given out
/// @param mapping how long a public port stays the same
/// @param filtering who may answer; where mappings are endpoint-dependent, the remote end alone
/// @param parity whether an even port stays even (RFC 4787 REQ-4)
/// @param blockSize ports of a block: a subscriber is given ports by the block
/// @param blocksPerSubscriber blocks that one tenant-side address may hold (RFC 6888 REQ-4)
/// @param sessionsPerSubscriber sessions that one tenant-side address may have (RFC 6888 REQ-5);
///     {@link #NO_LIMIT}: as many as its tenant
public record NatPool(
    String name,
    int network,
    List<AddressRange> addresses,
    int firstPort,
    int lastPort,
    Mapping mapping,
    Filtering filtering,
    Parity parity,
    int blockSize,
    int blocksPerSubscriber,
    int sessionsPerSubscriber) {
  /// Lowest port unless said otherwise: those below are for services.
  public static final int DEFAULT_FIRST_PORT = 1_024;

  /// Ports of a block unless said otherwise.
  public static final int DEFAULT_BLOCK_SIZE = 256;

  /// Blocks of a subscriber unless said otherwise.
  public static final int DEFAULT_BLOCKS_PER_SUBSCRIBER = 8;

  /// No limit of its own.
  public static final int NO_LIMIT = 0;

  /// Public addresses of one pool at most.
  public static final int MOST_ADDRESSES = 65_536;

  /// @throws IllegalArgumentException naming the field and its rule
  public NatPool {
    addresses = List.copyOf(addresses);
    if (firstPort < 0 || lastPort > 0xFFFF || firstPort > lastPort) {
      throw new IllegalArgumentException(
          "pool %s: ports %d to %d are no range within 0 to 65535"
              .formatted(name, firstPort, lastPort));
    }
    if (blockSize < 1 || blocksPerSubscriber < 1) {
      throw new IllegalArgumentException(
          "pool %s: blockSize and blocksPerSubscriber must be 1 or more".formatted(name));
    }
    if (sessionsPerSubscriber < 0) {
      throw new IllegalArgumentException(
          "pool %s: sessionsPerSubscriber must be 0 or more".formatted(name));
    }
    if (addresses.stream().mapToLong(AddressRange::size).sum() > MOST_ADDRESSES) {
      throw new IllegalArgumentException(
          "pool %s: at most %d addresses".formatted(name, MOST_ADDRESSES));
    }
  }

  /// Without a limit of sessions of one tenant-side address.
  public NatPool(
      String name,
      int network,
      List<AddressRange> addresses,
      int firstPort,
      int lastPort,
      Mapping mapping,
      Filtering filtering,
      Parity parity,
      int blockSize,
      int blocksPerSubscriber) {
    this(
        name,
        network,
        addresses,
        firstPort,
        lastPort,
        mapping,
        filtering,
        parity,
        blockSize,
        blocksPerSubscriber,
        NO_LIMIT);
  }

  /// When the same tenant-side port has the same public port (RFC 4787 §4.1).
  public enum Mapping {
    /// Whatever the destination.
    ENDPOINT_INDEPENDENT,
    /// To the same destination address and port; ports may be used again for others (RFC 7857 §3).
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

  /// Whether the public port is even where the tenant-side port is.
  public enum Parity {
    IGNORED,
    PRESERVED
  }
}
