// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.IpAddress;
import java.util.List;

/// What gateways tell of translation, and whom.
///
/// @param events what is told of the normal course of things
/// @param collectors who is told
public record NatLog(Events events, List<Collector> collectors) {
  public NatLog {
    collectors = List.copyOf(collectors);
  }

  /// What is told; refusals and thresholds always are.
  public enum Events {
    /// Blocks of ports as they are given and taken back.
    BLOCKS,
    /// Sessions, without their destinations (RFC 6888 REQ-12).
    SESSIONS,
    /// Sessions with their destinations, where a law demands it.
    SESSIONS_AND_DESTINATIONS
  }

  /// One that is told, over UDP.
  ///
  /// @param port 1 to 65535
  public record Collector(Format format, IpAddress ipAddress, int port) {}

  /// In what form.
  public enum Format {
    /// RFC 5424, RFC 5426.
    SYSLOG(514),
    /// RFC 7011, RFC 8158.
    IPFIX(4_739);

    private final int port;

    Format(int port) {
      this.port = port;
    }

    /// The port unless said otherwise.
    public int port() {
      return port;
    }
  }
}
