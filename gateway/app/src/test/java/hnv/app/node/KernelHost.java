// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hnv.app.cli.Refusal;
import hnv.app.host.OfflineHost;
import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.linux.LinuxException;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.offload.ExitDevice;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.linux.probe.OffloadProbe;
import hnv.model.Policy;
import hnv.model.Server;
import hnv.vswitch.VSwitch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A host of a policy in memory. Where it has the kernel's executor, a frame goes through the very
/// programs first (BPF_PROG_TEST_RUN), by a device that stands for its port, and what they do not
/// forward or drop goes through the switch; else through the switch alone.
final class KernelHost implements AutoCloseable {
  /// Index of the device that stands for the first port; the others follow.
  static final int FIRST_DEVICE = 10;

  private static final int FRAME_LENGTH = 4_096;
  private static final int CONTEXT_LENGTH = 192;
  private static final int SKB_MARK = 8;
  private static final int SKB_IFINDEX = 40;
  private static final int MARK = 0x900;

  /// Shorter ones of IP cannot be run.
  private static final int SHORTEST = 54;
  private static final int REDIRECTED = 7;
  private static final int DROPPED = 2;

  /// What left, and by which port.
  record Sent(String port, String octets) {}

  private final @Nullable KernelExecutor executor;
  private final @Nullable UnderlayFilter filter;
  private final OfflineHost host;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment input = arena.allocate(FRAME_LENGTH, 8);
  private final MemorySegment result = arena.allocate(FRAME_LENGTH, 8);
  private final MemorySegment context = arena.allocate(CONTEXT_LENGTH, 8);
  private final List<Sent> sent = new ArrayList<>();
  private long nowNs;
  private long byKernel;

  /// @param byKernel whether the kernel executes flows
  KernelHost(Policy policy, Server server, boolean byKernel) throws LinuxException, Refusal {
    if (!byKernel) {
      executor = null;
      filter = null;
      host = new OfflineHost(policy, server, OfflineHost.Settings.DEFAULT, MemoryPort::new);
      return;
    }
    filter = UnderlayFilter.create(List.of(VSwitch.DEFAULT_VXLAN_PORT));
    filter.setAddresses(Set.of(server.providerAddresses().getFirst().address()));
    OffloadLimits limits = OffloadLimits.ofMemory(Runtime.getRuntime().maxMemory()).withPorts(64);
    executor = KernelExecutor.create(limits, filter, refused -> {});
    executor.setTellsChecksumPlace(OffloadProbe.tellsChecksumPlace());
    executor.alive(Long.MAX_VALUE);
    host =
        new OfflineHost(
            policy,
            server,
            OfflineHost.Settings.DEFAULT,
            MemoryPort::new,
            executor.arrays(),
            executor);
    for (Port port : host.ports().values()) {
      executor.putPort(FIRST_DEVICE + port.number(), port.number(), FIRST_DEVICE);
      executor.putExit(
          port.number(), FIRST_DEVICE + port.number(), MARK + port.number(), ExitDevice.VETH);
      executor.misses().limitPort(port.number(), 0, 1);
    }
    host.vswitch()
        .state()
        .tenantsByVsid()
        .values()
        .forEach(tenant -> executor.misses().limitTenant(tenant, 0, 1));
    executor.misses().setSubnets(host.vswitch().state().tenantsByVsid());
    executor.withdrawChanged(executor.arrays());
    executor.awaitPrograms();
    executor.publishChanged(executor.arrays());
  }

  Port port(String name) {
    return host.port(name).orElseThrow();
  }

  /// Frames that the kernel forwarded.
  long byKernel() {
    return byKernel;
  }

  /// Flows that are in the kernel now.
  int inKernel() {
    return host.vswitch().flows().inKernel();
  }

  FramePool pool() {
    return host.pool();
  }

  /// A frame comes in.
  ///
  /// @return all that left by any port, in order
  List<Sent> receive(Port port, byte[] octets) throws LinuxException {
    nowNs += 1_000;
    sent.clear();
    if (executor == null || octets.length < SHORTEST || !isForwardedByKernel(port, octets)) {
      Frame frame = Objects.requireNonNull(host.pool().acquire());
      frame.reset(FramePool.HEADROOM, octets.length);
      MemorySegment.copy(
          octets, 0, frame.memory(), ValueLayout.JAVA_BYTE, FramePool.HEADROOM, octets.length);
      frame.setIngressPort(port.number());
      host.vswitch().process(frame, nowNs);
    }
    host.vswitch().drained(port, nowNs);
    return List.copyOf(sent);
  }

  /// @return false where it is Java's, as it came
  private boolean isForwardedByKernel(Port port, byte[] octets) throws LinuxException {
    KernelExecutor kernel = Objects.requireNonNull(executor);
    boolean underlay = port.kind() == PortKind.UNDERLAY;
    TcProgram program = underlay ? kernel.underlayProgram() : kernel.virtualMachineProgram();
    context.fill((byte) 0);
    context.set(JAVA_INT, SKB_IFINDEX, FIRST_DEVICE + port.number());
    MemorySegment.copy(octets, 0, input, ValueLayout.JAVA_BYTE, 0, octets.length);
    long ran = program.run(input.asSlice(0, octets.length), context, result);
    int mark = context.get(JAVA_INT, SKB_MARK);
    int verdict = (int) (ran >> 32);
    byte[] left = result.asSlice(0, ran & 0xFFFF_FFFFL).toArray(ValueLayout.JAVA_BYTE);
    if (verdict == DROPPED) {
      return true;
    }
    if (verdict == REDIRECTED && mark != 0) {
      String exit =
          host.ports().values().stream()
              .filter(each -> each.number() == mark - MARK)
              .findFirst()
              .orElseThrow()
              .name();
      sent.add(new Sent(exit, HexFormat.of().formatHex(left)));
      byKernel++;
      return true;
    }
    // Up to Java it goes as it came. What is the host's, Java drops as such.
    MemorySegment came = MemorySegment.ofArray(octets);
    if (verdict == REDIRECTED && came.mismatch(MemorySegment.ofArray(left)) >= 0) {
      throw new AssertionError(
          "went up changed: "
              + HexFormat.of().formatHex(octets)
              + " as "
              + HexFormat.of().formatHex(left));
    }
    return false;
  }

  /// Keeps what is sent by it.
  private final class MemoryPort implements Port {
    private final String name;
    private final PortKind kind;
    private final int number;
    private final int mtu;

    MemoryPort(String name, PortKind kind, int number, int mtu) {
      this.name = name;
      this.kind = kind;
      this.number = number;
      this.mtu = mtu;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public PortKind kind() {
      return kind;
    }

    @Override
    public int number() {
      return number;
    }

    @Override
    public int mtu() {
      return mtu;
    }

    @Override
    public boolean executesRecords() {
      return executor != null;
    }

    @Override
    public int receive(FrameBatch batch) {
      return 0;
    }

    @Override
    public DropReason transmit(Frame frame) {
      byte[] octets =
          frame.memory().asSlice(frame.start(), frame.length()).toArray(ValueLayout.JAVA_BYTE);
      sent.add(new Sent(name, HexFormat.of().formatHex(octets)));
      frame.release();
      return DropReason.NONE;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Override
  public void close() {
    if (executor != null) {
      executor.close();
    }
    if (filter != null) {
      filter.close();
    }
    arena.close();
  }
}
