// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.PortKind;
import hnv.wire.EthernetHeader;
import hnv.wire.TcpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One flow and its record in Java, asked as the virtual switch asks its table: what is not of the
/// flow, or not plain data of it, is not executed.
final class JavaFlow {
  private static final int TCP_EVENTS = TcpHeader.SYN | TcpHeader.FIN | TcpHeader.RST;

  final MemorySegment key = Arena.ofAuto().allocate(FlowKey.IPV6_LENGTH, 8);
  final MemorySegment record = Arena.ofAuto().allocate(FlowRecord.LENGTH, 8);
  private final MemorySegment framesKey = Arena.ofAuto().allocate(FlowKey.IPV6_LENGTH, 8);
  private final FlowArrays arrays;
  private final FlowRecordExecutor executor;
  private final int port;
  boolean isIpv6;

  /// @param port number of the VM's port
  JavaFlow(FlowArrays arrays, int port) {
    this.arrays = arrays;
    this.executor = new FlowRecordExecutor(arrays);
    this.port = port;
  }

  private DropReason parse(Frame frame, PortKind from) {
    return switch (from) {
      case VIRTUAL_MACHINE -> FrameParser.parsePlain(frame);
      case UNDERLAY -> FrameParser.parseTunnel(frame, RandomFrame.VXLAN_PORT);
      case OUTSIDE -> FrameParser.parseOutside(frame, arrays.endpoints());
    };
  }

  /// Takes the key of a frame.
  ///
  /// @return false where the frame is of no flow
  boolean become(Frame frame, PortKind from) {
    if (parse(frame, from) != DropReason.NONE || !isOfFlow(frame)) {
      return false;
    }
    writeKey(frame, key);
    isIpv6 = frame.isIpv6();
    FlowRecord.clearCounters(record, 0, 0);
    return true;
  }

  /// The virtual subnet of a flow out of a tunnel.
  int vsid() {
    return key.get(ValueLayout.JAVA_INT, 0) & 0xFF_FFFF;
  }

  /// Executes the record on a frame of the flow.
  ///
  /// @return as {@link FlowRecordExecutor#apply}; MISFIT for all that is not plain data of the flow
  int execute(Frame frame, PortKind from) {
    FlowRecord.clearCounters(record, 0, 0);
    return parse(frame, from) == DropReason.NONE && isPlainDataOfFlow(frame)
        ? executor.apply(frame, record, 0, System.nanoTime())
        : FlowRecordExecutor.MISFIT;
  }

  private boolean isPlainDataOfFlow(Frame frame) {
    if (!isOfFlow(frame) || (frame.tcpFlags() & TCP_EVENTS) != 0) {
      return false;
    }
    writeKey(frame, framesKey);
    return frame.isIpv6() == isIpv6
        && framesKey.mismatch(key) < 0
        && FlowRecord.epoch(record, 0) == arrays.tenants().epoch(FlowRecord.tenant(record, 0));
  }

  /// As VSwitch.isOfFlow.
  private static boolean isOfFlow(Frame frame) {
    int etherType = frame.etherType();
    return (etherType == EthernetHeader.IPV4 || etherType == EthernetHeader.IPV6)
        && !frame.isFragment()
        && !frame.isIcmpError()
        && (frame.encapsulation() == Encapsulation.GRE
            || !EthernetHeader.isMulticast(EthernetHeader.destination(frame.memory(), frame.l2())));
  }

  private void writeKey(Frame frame, MemorySegment to) {
    int context =
        switch (frame.encapsulation()) {
          case NONE -> FlowKey.portContext(port);
          case VXLAN, NVGRE -> FlowKey.tunnelContext(frame.encapsulation(), frame.tunnelVsid());
          case GRE -> FlowKey.greContext(frame.tunnelPort());
        };
    to.fill((byte) 0);
    FlowKey.write(frame, context, to, 0);
  }
}
