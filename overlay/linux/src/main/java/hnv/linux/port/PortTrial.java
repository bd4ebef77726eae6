// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.FramePool;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcPrograms;
import hnv.linux.bpf.TcxLink;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.TrafficControl.Hook;
import hnv.wire.Ipv4Address;

/// A TAP that nobody uses, to try on it what a port needs. Gone when closed. One thread.
public final class PortTrial implements AutoCloseable {
  /// TEST-NET-1 (RFC 5737): no neighbour of anybody's.
  private static final Ipv4Address NOBODY = Ipv4Address.parse("192.0.2.1");

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

  @Override
  public void close() {
    tap.close();
  }
}
