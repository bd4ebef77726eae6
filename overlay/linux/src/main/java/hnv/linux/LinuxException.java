// SPDX-License-Identifier: Apache-2.0
package hnv.linux;

/// The kernel refused something. The message says what was attempted, and the error's name and
/// meaning: `open /dev/net/tun: EPERM (operation not permitted)`.
public final class LinuxException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /// @param attempted what was tried, in words that an operator knows: the call and its object
  /// @param errno error number as of errno(3)
  public LinuxException(String attempted, int errno) {
    this(attempted, errno, "");
  }

  /// @param detail what the kernel said besides, such as the verifier's log; may be empty
  public LinuxException(String attempted, int errno, String detail) {
    super(
        attempted
            + ": "
            + Errno.name(errno)
            + " ("
            + Errno.text(errno)
            + ")"
            + (detail.isEmpty() ? "" : "\n" + detail));
    this.errno = errno;
  }

  /// The error number; {@link Errno} names the ones that callers distinguish.
  public int errno() {
    return errno;
  }
}
