// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

/// All that a connection is, by value, so that another process can go on with it. Times are those
/// of the clock that both processes read, CLOCK_MONOTONIC.
///
/// @param id index in the table, from 1: flow records name it
/// @param tenant slot of its routing domain
/// @param epoch of the policy that allowed it
/// @param sourceHigh as {@link Connection#sourceHigh}; 0 for IPv4
/// @param sourceLow the initiator's address; 32 bits for IPv4
/// @param sourcePort 0…65535
/// @param destinationPort 0…65535
/// @param initiatorPort number of the initiator's port on this host, or −1
/// @param responderPort number of the responder's port on this host, or −1; one of both is given
/// @param flags {@link #REPLIED} and so on
/// @param forward what Java counted of the initiator's packets, beside the kernel
/// @param reverse what Java counted of the answers
public record ConnectionImage(
    int id,
    int tenant,
    int epoch,
    boolean ipv6,
    int protocol,
    long sourceHigh,
    long sourceLow,
    long destinationHigh,
    long destinationLow,
    int sourcePort,
    int destinationPort,
    int initiatorPort,
    int responderPort,
    long startedNs,
    long lastSeenNs,
    int flags,
    Count forward,
    Count reverse) {
  /// The responder has been heard.
  public static final int REPLIED = 1;

  /// The initiator has sent FIN.
  public static final int FORWARD_FIN = 1 << 1;

  /// The responder has sent FIN.
  public static final int REVERSE_FIN = 1 << 2;

  /// Either has sent RST.
  public static final int RESET = 1 << 3;

  /// TCP whose beginning was seen.
  public static final int SYN = 1 << 4;

  private static final int ALL_FLAGS = REPLIED | FORWARD_FIN | REVERSE_FIN | RESET | SYN;
  private static final long LOW = 0xFFFF_FFFFL;

  /// What was counted of a flow.
  ///
  /// @param packets 0 or more
  /// @param octets 0 or more
  public record Count(long packets, long octets) {
    /// Nothing.
    public static final Count NONE = new Count(0, 0);

    public Count {
      if (packets < 0 || octets < 0) {
        throw new IllegalArgumentException("a count below zero");
      }
    }
  }

  /// @throws IllegalArgumentException where a value can be no connection's, naming it
  public ConnectionImage {
    check("id", id, 1, Integer.MAX_VALUE);
    check("tenant", tenant, 0, Integer.MAX_VALUE);
    check("protocol", protocol, 0, 255);
    check("source port", sourcePort, 0, 65_535);
    check("destination port", destinationPort, 0, 65_535);
    check("initiator's port", initiatorPort, Connection.NO_PORT, Integer.MAX_VALUE);
    check("responder's port", responderPort, Connection.NO_PORT, Integer.MAX_VALUE);
    check("flags", flags, 0, ALL_FLAGS);
    if (initiatorPort == Connection.NO_PORT && responderPort == Connection.NO_PORT) {
      throw new IllegalArgumentException("a connection that is known at no port");
    }
    if (!ipv6
        && (sourceHigh != 0
            || destinationHigh != 0
            || (sourceLow & ~LOW) != 0
            || (destinationLow & ~LOW) != 0)) {
      throw new IllegalArgumentException("an IPv4 address of more than 32 bits");
    }
    if (lastSeenNs < startedNs) {
      throw new IllegalArgumentException("a connection last seen before it began");
    }
  }

  private static void check(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(what + " of a connection: " + value);
    }
  }
}
