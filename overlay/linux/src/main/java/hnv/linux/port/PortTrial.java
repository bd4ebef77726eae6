// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.FramePool;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.Assembler;
import hnv.linux.bpf.Assembler.Width;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.KernelFunction;
import hnv.linux.bpf.Register;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcPrograms;
import hnv.linux.bpf.TcxLink;
import hnv.linux.libc.Libc;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.TrafficControl.Hook;
import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Address;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A TAP that nobody uses, to try on it what a port needs. Gone when closed. One thread.
public final class PortTrial implements AutoCloseable {
  /// TEST-NET-1 (RFC 5737): no neighbour of anybody's.
  private static final Ipv4Address NOBODY = Ipv4Address.parse("192.0.2.1");

  // The frame of tellChecksumPlace: where its checksum is summed from, and is to be written, as in
  // a TCP packet; and where the program keeps a result and its index, below the frame pointer.
  private static final int FRAME_LENGTH = 100;
  private static final int CHECKSUM_START = 34;
  private static final int CHECKSUM_OFFSET = 16;
  private static final int RESULT = -8;
  private static final int KEY = -12;
  private static final int DROP = 2;

  private final HostNetwork network;
  private final Tap tap;
  private final int linkIndex;

  private PortTrial(HostNetwork network, Tap tap, int linkIndex) {
    this.network = network;
    this.tap = tap;
    this.linkIndex = linkIndex;
  }

  /// Creates the TAP.
  public static PortTrial open(HostNetwork network, FramePool pool) throws LinuxException {
    Tap tap = Tap.open("hnvt" + ProcessHandle.current().pid() % 10_000_000, pool);
    try {
      int index =
          network
              .link(tap.name())
              .orElseThrow(() -> new LinuxException("find " + tap.name(), Errno.ENODEV))
              .index();
      return new PortTrial(network, tap, index);
    } catch (LinuxException e) {
      tap.close();
      throw e;
    }
  }

  public String name() {
    return tap.name();
  }

  /// Offloads that the kernel agreed to, TUN_F_….
  public int offloads() {
    return tap.offloads();
  }

  public boolean carriesUdpSuperFrames() {
    return tap.carriesUdpSuperFrames();
  }

  public boolean carriesTunnelSuperFrames() {
    return tap.carriesTunnelSuperFrames();
  }

  /// Has the verifier read a program.
  public void loadProgram() throws LinuxException {
    TcProgram.load("hnv_trial", TcPrograms.redirect(linkIndex)).close();
  }

  /// Attaches a program as a guard is.
  public void attachByClsact() throws LinuxException {
    try (TcProgram program = TcProgram.load("hnv_trial", TcPrograms.drop())) {
      network.trafficControl().addHooks(linkIndex);
      network
          .trafficControl()
          .replaceFilter(linkIndex, Hook.EGRESS, PortGuard.PRIORITY, program, PortGuard.NAME);
    }
  }

  /// Attaches a program as a port's is.
  public void attachByTcx() throws LinuxException {
    try (TcProgram program = TcProgram.load("hnv_trial", TcPrograms.drop())) {
      TcxLink.ingress(program, linkIndex).close();
    }
  }

  /// Asks for a neighbour that the kernel keeps fresh.
  public void manageNeighbor() throws LinuxException {
    PortGuard.setIpv6Disabled(tap.name(), true);
    network.setUp(linkIndex, true);
    if (!network.resolve(linkIndex, NOBODY)) {
      throw new LinuxException("manage a neighbour", Errno.EOPNOTSUPP);
    }
  }

  /// Sends a frame into the TAP whose checksum remains to be written, and has a program cut it
  /// right before and right behind that place: the kernel must refuse the former and do the
  /// latter.
  public void tellChecksumPlace() throws LinuxException {
    String attempted = "see where a checksum remains to be written";
    try (Arena arena = Arena.ofConfined();
        BpfMap results = BpfMap.mappableArray("hnv_trial", Long.BYTES, 2);
        TcProgram program = TcProgram.load("hnv_trial", cutAroundChecksum(results))) {
      MemorySegment said = results.mapped(2, arena);
      network.trafficControl().addHooks(linkIndex);
      network.trafficControl().replaceFilter(linkIndex, Hook.INGRESS, 1, program, "hnv_trial");
      PortGuard.setIpv6Disabled(tap.name(), true);
      network.setUp(linkIndex, true);
      MemorySegment frame = arena.allocate(Tap.HEADER_LENGTH + FRAME_LENGTH, 8);
      VirtioNetHeader.write(
          frame, 0, VirtioNetHeader.NEEDS_CHECKSUM, 0, 0, 0, CHECKSUM_START, CHECKSUM_OFFSET);
      EthernetHeader.write(frame, Tap.HEADER_LENGTH, 1, 2, EthernetHeader.IPV4);
      MemorySegment errno = Libc.errnoBuffer(arena);
      Libc.check(Libc.write(errno, tap.fd, frame.address(), frame.byteSize()), errno, attempted);
      if (said.getAtIndex(ValueLayout.JAVA_LONG, 0) != -Errno.EINVAL
          || said.getAtIndex(ValueLayout.JAVA_LONG, 1) != 0) {
        throw new LinuxException(attempted, Errno.EOPNOTSUPP);
      }
    }
  }

  private static Assembler cutAroundChecksum(BpfMap results) {
    int end = CHECKSUM_START + CHECKSUM_OFFSET + 2;
    Assembler program = new Assembler().move(Register.R6, Register.R1);
    for (int i = 0; i < 2; i++) {
      program
          .move(Register.R1, Register.R6)
          .move(Register.R2, end - 1 + i)
          .move(Register.R3, 0)
          .call(KernelFunction.CHANGE_TAIL)
          .store(Width.U64, Register.FP, RESULT, Register.R0)
          .store(Width.U32, Register.FP, KEY, i)
          .loadMap(Register.R1, results)
          .move(Register.R2, Register.FP)
          .add(Register.R2, KEY)
          .move(Register.R3, Register.FP)
          .add(Register.R3, RESULT)
          .move(Register.R4, 0)
          .call(KernelFunction.MAP_UPDATE);
    }
    return program.exit(DROP);
  }

  @Override
  public void close() {
    tap.close();
  }
}
