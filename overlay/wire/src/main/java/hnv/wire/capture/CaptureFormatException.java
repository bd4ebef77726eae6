// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

import java.io.IOException;

/// A file that is not a capture, or a broken one. What was read before it is good.
public final class CaptureFormatException extends IOException {
  private static final long serialVersionUID = 1;

  private final long offset;

  CaptureFormatException(long offset, String rule) {
    super("at octet " + offset + ": " + rule);
    this.offset = offset;
  }

  /// Offset in the file of what broke the rule.
  public long offset() {
    return offset;
  }
}
