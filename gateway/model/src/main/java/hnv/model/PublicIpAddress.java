// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.IpAddress;
import java.util.OptionalInt;

/// An address by which the outside knows a machine or a load balancer. It has one use.
///
/// @param ipAddress in a pool of a public {@link LogicalSubnet}
/// @param idleTimeoutMinutes how long a TCP connection may be silent, {@link #MIN_IDLE_MINUTES} to
///     {@link #MAX_IDLE_MINUTES}, as written; in force are {@link #LEAST_IDLE_MINUTES}
public record PublicIpAddress(
    ResourceId resourceId, IpAddress ipAddress, OptionalInt idleTimeoutMinutes) {
  public static final int MIN_IDLE_MINUTES = 4;
  public static final int MAX_IDLE_MINUTES = 30;

  /// "MUST NOT be less than 2 hours 4 minutes" (RFC 5382 REQ-5).
  public static final int LEAST_IDLE_MINUTES = 124;
}
