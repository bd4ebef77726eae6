// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.OptionalLong;

/// How the port of a {@link NetworkInterface} treats frames.
///
/// @param macSpoofing true when the virtual machine may send from MAC addresses other than its own
/// @param outboundMaximumMbps limit on what the virtual machine sends, in 10⁶ bits per second,
///     1 to {@link #MAX_MBPS}; absent for no limit
/// @param inboundMaximumMbps the same for what it receives
public record PortSettings(
    boolean macSpoofing, OptionalLong outboundMaximumMbps, OptionalLong inboundMaximumMbps) {
  /// The highest limit that can be written: ten terabits per second.
  public static final long MAX_MBPS = 10_000_000;

  /// No spoofing, no limits.
  public static final PortSettings DEFAULT =
      new PortSettings(false, OptionalLong.empty(), OptionalLong.empty());
}
