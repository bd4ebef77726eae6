// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

/// Limits the ICMP errors sent to one port (RFC 1812 §4.3.2.8, RFC 4443 §2.4 (f)): a token bucket.
/// Owned by one Worker.
public final class AnswerLimit {
  /// Errors a second.
  static final int PER_SECOND = 1_000;

  /// Errors at once.
  static final int BURST = 100;

  private static final long NS_PER_ANSWER = 1_000_000_000L / PER_SECOND;

  private long emptyAtNs = Long.MIN_VALUE;

  /// A full bucket.
  public AnswerLimit() {}

  /// Whether one more may be sent now.
  public boolean admit(long nowNs) {
    long full = nowNs - BURST * NS_PER_ANSWER;
    if (emptyAtNs < full) {
      emptyAtNs = full;
    }
    if (emptyAtNs + NS_PER_ANSWER > nowNs) {
      return false;
    }
    emptyAtNs += NS_PER_ANSWER;
    return true;
  }
}
