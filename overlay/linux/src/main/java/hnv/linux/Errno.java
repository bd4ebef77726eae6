// SPDX-License-Identifier: Apache-2.0
package hnv.linux;

/// Error numbers of Linux. Those listed are the same on x86-64 and aarch64 (asm-generic/errno.h).
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int E2BIG = 7;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int ENOSYS = 38;
  public static final int EBADFD = 77;
  public static final int EMSGSIZE = 90;
  public static final int EOPNOTSUPP = 95;
  public static final int ENETDOWN = 100;
  public static final int ENETUNREACH = 101;
  public static final int ENOBUFS = 105;
  public static final int EHOSTUNREACH = 113;
  public static final int ENOTSUPP = 524;

  private Errno() {}

  /// The symbol, or the number where it is none of the usual ones.
  static String name(int errno) {
    String both = describe(errno);
    int space = both.indexOf(' ');
    return space < 0 ? both : both.substring(0, space);
  }

  /// The meaning in a few words.
  static String text(int errno) {
    String both = describe(errno);
    int space = both.indexOf(' ');
    return space < 0 ? "see errno(3)" : both.substring(space + 1);
  }

  private static String describe(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM operation not permitted";
      case ENOENT -> "ENOENT no such object";
      case 3 -> "ESRCH no such entry";
      case EINTR -> "EINTR interrupted";
      case EIO -> "EIO input or output error";
      case ENXIO -> "ENXIO no such device or address";
      case E2BIG -> "E2BIG too big";
      case 9 -> "EBADF bad file descriptor";
      case EAGAIN -> "EAGAIN nothing there now";
      case ENOMEM -> "ENOMEM out of memory";
      case EACCES -> "EACCES permission denied";
      case 14 -> "EFAULT bad address";
      case EBUSY -> "EBUSY in use";
      case EEXIST -> "EEXIST exists already";
      case ENODEV -> "ENODEV no such device";
      case EINVAL -> "EINVAL invalid argument";
      case 23 -> "ENFILE too many open files in the system";
      case 24 -> "EMFILE too many open files";
      case 25 -> "ENOTTY not understood by this device";
      case 28 -> "ENOSPC no room left";
      case 34 -> "ERANGE out of range";
      case ENOSYS -> "ENOSYS not in this kernel";
      case EBADFD -> "EBADFD descriptor in bad state: the device is gone";
      case EMSGSIZE -> "EMSGSIZE longer than the path allows";
      case 92 -> "ENOPROTOOPT option not in this kernel";
      case 93 -> "EPROTONOSUPPORT protocol not in this kernel";
      case EOPNOTSUPP -> "EOPNOTSUPP not supported";
      case 97 -> "EAFNOSUPPORT address family not in this kernel";
      case 98 -> "EADDRINUSE address in use";
      case 99 -> "EADDRNOTAVAIL address not on this host";
      case ENETDOWN -> "ENETDOWN network is down";
      case ENETUNREACH -> "ENETUNREACH network is unreachable";
      case ENOBUFS -> "ENOBUFS no buffer space";
      case 110 -> "ETIMEDOUT timed out";
      case 111 -> "ECONNREFUSED refused by the other side";
      case ENOTSUPP -> "ENOTSUPP not supported by this kernel";
      case EHOSTUNREACH -> "EHOSTUNREACH host is unreachable";
      default -> "errno-" + errno;
    };
  }
}
