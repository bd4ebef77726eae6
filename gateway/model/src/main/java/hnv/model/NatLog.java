// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.IpAddress;
import java.util.List;

/// What gateways tell of translation, and whom.
///
/// @param events what is told of the normal course of things
/// @param collectors who is told
/// @param enterpriseNumber the operator's private enterprise number, which is part of a name in
///     syslog messages (RFC 5424 §6.3.2)
/// @param templateSeconds how often templates of IPFIX are sent again (RFC 7011 §8.4)
public record NatLog(
    Events events, List<Collector> collectors, int enterpriseNumber, int templateSeconds) {
  /// The number of examples (RFC 5612).
  public static final int DEFAULT_ENTERPRISE_NUMBER = 32_473;

  /// Unless said otherwise.
  public static final int DEFAULT_TEMPLATE_SECONDS = 600;

  /// The most seconds between templates.
  public static final int MAX_TEMPLATE_SECONDS = 86_400;

  public NatLog {
    collectors = List.copyOf(collectors);
  }

  /// With the numbers that are not said otherwise.
  public NatLog(Events events, List<Collector> collectors) {
    this(events, collectors, DEFAULT_ENTERPRISE_NUMBER, DEFAULT_TEMPLATE_SECONDS);
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
