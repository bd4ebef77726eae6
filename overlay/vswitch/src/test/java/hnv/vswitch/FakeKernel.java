// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowOffload;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.wire.TcpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Does in memory what the kernel's programs do: it has copies of records, and of each frame that
/// comes in by a port it either executes one, or leaves the frame to the switch as it came.
final class FakeKernel implements FlowOffload {
  private static final int TCP_EVENTS = TcpHeader.SYN | TcpHeader.FIN | TcpHeader.RST;

  private final FlowArrays arrays;
  private final Map<Integer, FakePort> ports;
  private final VSwitch vswitch;
  private final LongSupplier clock;
  private final int capacity;
  private final FlowRecordExecutor executor;
  private final Counters counters = new Counters();
  private final Map<ByteBuffer, MemorySegment> ipv4 = new HashMap<>();
  private final Map<ByteBuffer, MemorySegment> ipv6 = new HashMap<>();
  private final MemorySegment key = Arena.ofAuto().allocate(FlowKey.IPV6_LENGTH, 8);

  int installs;
  int bursts;
  int refusals;
  int reads;
  int removals;
  long forwarded;

  /// @param capacity flows of each family
  FakeKernel(
      FlowArrays arrays,
      Map<Integer, FakePort> ports,
      VSwitch vswitch,
      LongSupplier clock,
      int capacity) {
    this.arrays = arrays;
    this.ports = ports;
    this.vswitch = vswitch;
    this.clock = clock;
    this.capacity = capacity;
    executor = new FlowRecordExecutor(arrays);
  }

  int size() {
    return ipv4.size() + ipv6.size();
  }

  // ---- what Java does ----

  @Override
  public int capacity() {
    return capacity;
  }

  private static ByteBuffer octets(boolean ofIpv6, MemorySegment keys, long at) {
    int length = ofIpv6 ? FlowKey.IPV6_LENGTH : FlowKey.IPV4_LENGTH;
    return ByteBuffer.wrap(keys.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE));
  }

  private Map<ByteBuffer, MemorySegment> flows(boolean ofIpv6) {
    return ofIpv6 ? ipv6 : ipv4;
  }

  @Override
  public boolean install(
      boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment records, long recordAt) {
    ByteBuffer flow = octets(ofIpv6, keys, keyAt);
    Map<ByteBuffer, MemorySegment> flows = flows(ofIpv6);
    if (flows.size() >= capacity && !flows.containsKey(flow)) {
      refusals++;
      return false;
    }
    MemorySegment copy = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
    MemorySegment.copy(records, recordAt, copy, 0, FlowRecord.LENGTH);
    FlowRecord.clearCounters(copy, 0, 0);
    flows.put(flow, copy);
    installs++;
    return true;
  }

  @Override
  public int installAll(
      boolean ofIpv6, MemorySegment table, long[] keysAt, long[] recordsAt, int count) {
    bursts++;
    return FlowOffload.super.installAll(ofIpv6, table, keysAt, recordsAt, count);
  }

  @Override
  public boolean read(boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment to) {
    reads++;
    return copied(flows(ofIpv6).get(octets(ofIpv6, keys, keyAt)), to);
  }

  @Override
  public boolean remove(boolean ofIpv6, MemorySegment keys, long keyAt, MemorySegment to) {
    removals++;
    return copied(flows(ofIpv6).remove(octets(ofIpv6, keys, keyAt)), to);
  }

  private static boolean copied(MemorySegment record, MemorySegment to) {
    if (record != null) {
      MemorySegment.copy(record, 0, to, 0, FlowRecord.LENGTH);
    }
    return record != null;
  }

  @Override
  public Counters.Snapshot counters(int port) {
    return counters.snapshot(port);
  }

  @Override
  public void clearCounters(int port) {
    counters.clear(port);
  }

  /// Goes on with the flows of another one, as far as the switch takes them over.
  ///
  /// @return how many
  int succeed(FakeKernel former, Succession succession) {
    for (boolean ofIpv6 : new boolean[] {false, true}) {
      former
          .flows(ofIpv6)
          .forEach(
              (octets, record) -> {
                MemorySegment itsKey = Arena.ofAuto().allocate(octets.capacity(), 8);
                itsKey.copyFrom(MemorySegment.ofBuffer(octets));
                if (succession.adopt(ofIpv6, itsKey, 0, record, 0, TestNetwork.UNDERLAY)) {
                  flows(ofIpv6).put(octets, record);
                }
              });
    }
    return size();
  }

  // ---- what the programs do ----

  /// Executes the frame's flow, if it has one here.
  ///
  /// @return false where the frame is the switch's, as it came
  boolean takes(Frame original) {
    Frame frame = original.copy();
    frame.setIngressPort(original.ingressPort());
    boolean taken = execute(frame);
    (taken ? original : frame).release();
    return taken;
  }

  private boolean execute(Frame frame) {
    FakePort port = ports.get(frame.ingressPort());
    if (!works(port.number())) {
      return false;
    }
    DropReason reason =
        switch (port.kind()) {
          case UNDERLAY -> FrameParser.parseTunnel(frame, VSwitch.DEFAULT_VXLAN_PORT);
          case OUTSIDE -> FrameParser.parseOutside(frame, arrays.endpoints());
          case VIRTUAL_MACHINE -> FrameParser.parsePlain(frame);
        };
    if (reason != DropReason.NONE
        || !vswitch.isOfFlow(frame)
        || (frame.tcpFlags() & TCP_EVENTS) != 0) {
      return false;
    }
    FlowKey.write(frame, vswitch.contextOf(frame), key, 0);
    MemorySegment record = flows(frame.isIpv6()).get(octets(frame.isIpv6(), key, 0));
    if (record == null
        || FlowRecord.epoch(record, 0) != arrays.tenants().epoch(FlowRecord.tenant(record, 0))) {
      return false;
    }
    int exit = arrays.nextHops().exit(FlowRecord.nextHop(record, 0));
    return works(exit) && execute(frame, record, exit);
  }

  private boolean works(int number) {
    FakePort port = ports.get(number);
    return port != null && port.executesRecords && vswitch.port(number) != null;
  }

  private boolean execute(Frame frame, MemorySegment record, int exit) {
    int ingress = frame.ingressPort();
    int packets = frame.packetCount();
    int received = frame.length();
    int verdict = executor.apply(frame, record, 0, clock.getAsLong());
    switch (verdict) {
      case FlowRecordExecutor.MISFIT, FlowRecordExecutor.TOO_LONG_TO_PUSH -> {
        return false;
      }
      case FlowRecordExecutor.METERED -> drop(frame, DropReason.METER_EXCEEDED);
      case FlowRecordExecutor.ECN_DROP -> drop(frame, DropReason.ECN_CE_ON_NOT_ECT);
      default -> {
        assertEquals(exit, verdict);
        counters.sent(exit, packets, frame.length());
        ports.get(exit).transmit(frame);
        forwarded++;
      }
    }
    counters.received(ingress, packets, received);
    return true;
  }

  private void drop(Frame frame, DropReason reason) {
    counters.dropped(frame.ingressPort(), reason, frame.packetCount());
    frame.release();
  }
}
