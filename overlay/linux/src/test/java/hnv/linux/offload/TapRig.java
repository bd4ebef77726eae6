// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.MeterTable;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.OuterHeader;
import hnv.dataplane.PeerTable;
import hnv.dataplane.PortKind;
import hnv.dataplane.TenantTable;
import hnv.dataplane.TunnelEndpoints;
import hnv.linux.Errno;
import hnv.linux.Lab;
import hnv.linux.LinuxException;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.TcPrograms;
import hnv.linux.bpf.TcxLink;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.TrafficControl.Hook;
import hnv.linux.port.RawTap;
import hnv.linux.probe.OffloadProbe;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Both executors between real TAPs, so that frames have what only real frames have: a VLAN tag in
/// the metadata, a segment size with its type, a checksum that is not finished.
///
///     vm ──program──▶ out, or miss           the kernel's way
///     vm2 ──▶ up ──Java──▶ emit ──▶ out      Java's way, by the channels of a port
///
/// and the same for the underlay. All in one namespace and on the calling thread.
final class TapRig implements AutoCloseable {
  static final int VM = 1;
  static final int UNDERLAY = 2;
  static final int OUT = 3;
  static final int VLAN = 4;
  static final int VLAN_OUT = 5;
  static final int VLAN_ID = 44;
  static final int OUT_VLAN_ID = 77;
  static final int TO_OUT = 1;
  static final int TO_TUNNEL = 2;

  /// Without key, with key, the same over IPv6.
  static final int TO_GRE = 6;

  static final int TO_VLAN = 10;
  static final int CONNECTION = 9;
  static final int GRE_KEY = 0xBEEF_0001;
  static final int PEER = 1;
  static final int MTU = 1_450;

  final FlowArrays arrays =
      new FlowArrays(
          new NextHopTable(16),
          new PeerTable(4),
          new TenantTable(2),
          new MeterTable(2),
          new TunnelEndpoints(8));
  final KernelExecutor offload;
  final FramePool pool = new FramePool(256);
  private final List<Runnable> closers = new ArrayList<>();
  private final HostNetwork network;
  private final UnderlayFilter filter;
  final JavaFlow java = new JavaFlow(arrays, VM);
  private final FrameBatch batch = new FrameBatch(pool);
  private final RawTap vm;
  private final RawTap underlay;
  private final RawTap outside;
  private final RawTap vm2;
  private final RawTap up;
  private final RawTap emit;
  private final RawTap out;
  private final RawTap miss;
  private final RawTap emitter;
  private final RawTap capture;

  /// What the kernel said to the last frame that Java sent.
  DropReason javaSent = DropReason.NONE;

  /// On a thread inside the namespace.
  ///
  /// @param alsoOurs another address of this host, where no flow's peer sends to
  TapRig(ProviderAddress theirs, ProviderAddress ours, ProviderAddress alsoOurs) throws Exception {
    network = HostNetwork.open();
    closers.add(network::close);
    filter = UnderlayFilter.create(List.of(RandomFrame.VXLAN_PORT));
    closers.add(filter::close);
    filter.setAddresses(Set.of(ours.address(), alsoOurs.address()));
    offload =
        KernelExecutor.create(new OffloadLimits(1_024, 16, 4, 2, 2, 16), filter, Publish.REFUSED);
    offload.setTellsChecksumPlace(OffloadProbe.tellsChecksumPlace());
    closers.add(offload::close);
    vm = tap("vm");
    underlay = tap("underlay");
    outside = tap("outside");
    vm2 = tap("vm2");
    up = tap("up");
    emit = tap("emit");
    out = tap("out");
    miss = tap("miss");
    emitter = tap("emitter");
    capture = tap("capture");
    attach(offload.emitProgram(), "emitter");
    offload.putEmitter(index("emitter"), OUT);
    attach(offload.virtualMachineProgram(), "vm");
    attach(offload.underlayProgram(), "underlay");
    attach(offload.outsideProgram(), "outside");
    redirect("vm2", "up");
    redirect("emit", "out");
    offload.alive(Long.MAX_VALUE);
    for (int port : List.of(VM, UNDERLAY, VLAN)) {
      offload.misses().limitPort(port, 0, 1);
    }
    offload.misses().limitTenant(0, 0, 1);
    offload.putPort(index("vm"), VM, index("miss"));
    offload.putPort(index("underlay"), UNDERLAY, index("miss"));
    // Of the VM's number, as one flow in Java is the counterpart of both.
    offload.putPort(index("outside"), VM, index("miss"));
    offload.ports().putVlanPort(index("outside"), VLAN_ID, VLAN, index("miss"));
    offload.ports().putVlanExit(VLAN_OUT, index("out"), OUT_VLAN_ID, 0, ExitDevice.ORDINARY);
    offload.putExit(OUT, index("out"), 0, ExitDevice.ORDINARY);
    fillNextHops();
    arrays.peers().put(PEER, List.of(theirs), List.of(ours));
    arrays
        .endpoints()
        .set(
            List.of(
                new TunnelEndpoints.Endpoint(
                    theirs.address(), ours.address(), OptionalInt.empty(), CONNECTION, false),
                new TunnelEndpoints.Endpoint(
                    theirs.address(),
                    ours.address(),
                    OptionalInt.of(GRE_KEY),
                    CONNECTION + 1,
                    false)));
    Publish.all(offload, arrays);
  }

  /// {@link #TO_OUT} without outer header, behind it VXLAN and NVGRE over IPv4, then over IPv6.
  private void fillNextHops() throws Exception {
    arrays.nextHops().putLocal(TO_OUT, OUT, MTU);
    int index = TO_TUNNEL;
    for (String network : List.of("192.168.1.", "fd00::")) {
      for (Encapsulation kind : List.of(Encapsulation.VXLAN, Encapsulation.NVGRE)) {
        OuterHeader header =
            OuterHeader.of(
                kind,
                ProviderAddress.parse(network + "20"),
                ProviderAddress.parse(network + "10"),
                new MacAddress(0x0200_C0A8_0114L),
                new MacAddress(0x0200_C0A8_010AL),
                64,
                RandomFrame.VXLAN_PORT);
        arrays.nextHops().putTunnel(index, OUT, header, MTU + header.length());
        index++;
      }
    }
    for (String network : List.of("192.0.2.", "2001:db8::")) {
      for (OptionalInt key : List.of(OptionalInt.empty(), OptionalInt.of(0xCAFE))) {
        OuterHeader header =
            OuterHeader.ofGre(
                ProviderAddress.parse(network + "20").address(),
                ProviderAddress.parse(network + "10").address(),
                new MacAddress(0x0200_C0A8_0114L),
                new MacAddress(0x0200_C0A8_010AL),
                64,
                key,
                false,
                false);
        arrays.nextHops().putTunnel(index, OUT, header, MTU + header.length() - 14);
        index++;
      }
    }
    arrays.nextHops().putLocal(TO_VLAN, VLAN_OUT, MTU);
  }

  static Lab lay() throws Exception {
    Lab lab = Lab.lay("rig");
    lab.run("rig", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
    lab.run("rig", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
    return lab;
  }

  private RawTap tap(String name) throws Exception {
    RawTap tap = RawTap.open(name, pool);
    closers.add(tap::close);
    network.setNoArp(index(name), true);
    network.setUp(index(name), true);
    return tap;
  }

  int index(String name) throws Exception {
    return network.link(name).orElseThrow().index();
  }

  private void redirect(String from, String to) throws Exception {
    try (TcProgram program = TcProgram.load("t_redirect", TcPrograms.redirect(index(to)))) {
      attach(program, from);
    }
  }

  private void attach(TcProgram program, String device) throws Exception {
    try {
      TcxLink link = TcxLink.ingress(program, index(device));
      closers.add(link::close);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      // Before Linux 6.6; ends with the device.
      network.trafficControl().addHooks(index(device));
      network.trafficControl().replaceFilter(index(device), Hook.INGRESS, 1, program, "hnv_rig");
    }
  }

  // ---- flows ----

  /// Makes a record that of a frame's flow, in both.
  ///
  /// @return false where the frame is of no flow
  boolean install(byte[] headerAndFrame, boolean fromUnderlay, HeaderTransposition t)
      throws Exception {
    return install(headerAndFrame, kind(fromUnderlay), t);
  }

  private static PortKind kind(boolean fromUnderlay) {
    return fromUnderlay ? PortKind.UNDERLAY : PortKind.VIRTUAL_MACHINE;
  }

  boolean install(byte[] headerAndFrame, PortKind from, HeaderTransposition t) throws Exception {
    Frame frame = toJava(headerAndFrame);
    if (frame == null) {
      return false;
    }
    boolean ofFlow = java.become(frame, from);
    frame.release();
    FlowRecord.write(java.record, 0, t, 0, 0);
    if (ofFlow && from == PortKind.UNDERLAY) {
      offload.misses().setSubnets(Map.of(java.vsid(), 0));
    }
    return ofFlow && offload.install(java.isIpv6, java.key, 0, java.record, 0);
  }

  /// Makes a record that of a frame's flow out of this context, in the kernel alone.
  boolean installAs(byte[] headerAndFrame, int context, HeaderTransposition t) throws Exception {
    Frame frame = toJava(headerAndFrame);
    if (frame == null || !java.become(frame, PortKind.VIRTUAL_MACHINE)) {
      return false;
    }
    frame.release();
    java.key.set(ValueLayout.JAVA_INT, 0, context);
    FlowRecord.write(java.record, 0, t, 0, 0);
    return offload.install(java.isIpv6, java.key, 0, java.record, 0);
  }

  void remove() throws Exception {
    MemorySegment last = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
    assertTrue(offload.remove(java.isIpv6, java.key, 0, last));
  }

  /// The kernel's record, with its counters.
  MemorySegment kernelRecord() throws Exception {
    MemorySegment copy = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
    assertTrue(offload.read(java.isIpv6, java.key, 0, copy));
    return copy;
  }

  // ---- frames ----

  /// What came of a frame, each with its virtio-net header.
  record Result(List<byte[]> left, List<byte[]> wentUp) {}

  /// Sends a frame in by a port whose program is the kernel's executor.
  Result byKernel(byte[] headerAndFrame, boolean fromUnderlay) {
    return byKernel(headerAndFrame, kind(fromUnderlay));
  }

  Result byKernel(byte[] headerAndFrame, PortKind from) {
    drain(out);
    drain(miss);
    RawTap device =
        switch (from) {
          case VIRTUAL_MACHINE -> vm;
          case UNDERLAY -> underlay;
          case OUTSIDE -> outside;
        };
    if (!device.write(headerAndFrame)) {
      return new Result(List.of(), List.of());
    }
    return new Result(drain(out), drain(miss));
  }

  /// Sends a frame out as a port does that the kernel's executor works at.
  void emitByExecutor(byte[] headerAndFrame) {
    emitter.write(headerAndFrame);
  }

  /// What has left since it was last asked for.
  List<byte[]> left() {
    return drain(out);
  }

  /// What whoever watches a port has been sent since he last asked.
  List<byte[]> captured() {
    return drain(capture);
  }

  /// Sends the same frame through a port's channels and Java's executor.
  Result byJava(byte[] headerAndFrame, boolean fromUnderlay) {
    return byJava(headerAndFrame, kind(fromUnderlay));
  }

  Result byJava(byte[] headerAndFrame, PortKind from) {
    drain(out);
    Frame frame = toJava(headerAndFrame);
    if (frame == null) {
      return new Result(List.of(), List.of());
    }
    byte[] before = octets(frame);
    int exit = java.execute(frame, from);
    if (exit != OUT) {
      frame.release();
      return new Result(List.of(), List.of(before));
    }
    javaSent = emit.transmit(frame);
    return new Result(drain(out), List.of());
  }

  /// The frame as a port of ours reads it; null where the kernel does not let it in.
  @Nullable Frame toJava(byte[] headerAndFrame) {
    batch.clear();
    if (!vm2.write(headerAndFrame) || up.receive(batch) != 1) {
      return null;
    }
    return batch.get(0);
  }

  private static byte[] octets(Frame frame) {
    return frame.memory().asSlice(frame.start(), frame.length()).toArray(ValueLayout.JAVA_BYTE);
  }

  private static List<byte[]> drain(RawTap tap) {
    List<byte[]> frames = new ArrayList<>();
    for (byte[] frame = tap.read(); frame != null; frame = tap.read()) {
      frames.add(frame);
    }
    return frames;
  }

  @Override
  public void close() {
    closers.reversed().forEach(Runnable::run);
  }
}
