// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;

/// A tc program that the kernel has accepted. Attaching it keeps it alive; {@link #close} only
/// gives up this process's hold.
public final class TcProgram implements AutoCloseable {
  private final int fd;
  private final String name;

  private TcProgram(int fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /// Has the kernel verify and compile the program.
  ///
  /// @param name at most 15 characters of letters, digits, `_` and `.`
  /// @throws LinuxException with the verifier's log in its message
  public static TcProgram load(String name, Assembler program) throws LinuxException {
    return new TcProgram(Bpf.loadTcProgram(name, program.assemble()), name);
  }

  public int fd() {
    return fd;
  }

  public String name() {
    return name;
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
