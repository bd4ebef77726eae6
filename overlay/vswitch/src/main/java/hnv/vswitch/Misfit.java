// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FlowRecordExecutor;
import hnv.dataplane.Frame;
import hnv.dataplane.HeaderTransposition;
import hnv.wire.EthernetHeader;

/// Names what the executor found that no layer did.
final class Misfit {
  private Misfit() {}

  /// Why a frame does not fit what was composed for it, in the order in which the executor looks.
  static DropReason reason(Frame frame, HeaderTransposition t, FlowArrays arrays) {
    int nextHop = t.nextHop();
    int operations = t.operations();
    if (!arrays.nextHops().isResolved(nextHop)) {
      return DropReason.NEXT_HOP_UNRESOLVED;
    }
    if (frame.isVlanTagged()) {
      return DropReason.VLAN_TAG_FROM_VM;
    }
    if ((operations & FlowRecord.POP) != 0
        && frame.encapsulation() != Encapsulation.GRE
        && !arrays.peers().matches(t.peer(), frame)) {
      return DropReason.SOURCE_PA_MISMATCH;
    }
    if ((operations & FlowRecord.CHECK_SOURCE_MAC) != 0
        && EthernetHeader.source(frame.memory(), frame.l2()) != t.expectedSourceMac()) {
      return DropReason.SOURCE_MAC_MISMATCH;
    }
    if (FlowRecordExecutor.largestPacket(frame) > mtu(t, arrays)) {
      return DropReason.MTU_EXCEEDED;
    }
    if (frame.isSuperFrame() && frame.gsoSize() < FlowRecordExecutor.MIN_GSO_SIZE) {
      return DropReason.GSO_SIZE_REFUSED;
    }
    return (operations & FlowRecord.DECREMENT_TTL) != 0 && FlowRecordExecutor.ttl(frame) <= 1
        ? DropReason.TTL_EXPIRED
        : DropReason.NO_HEADROOM;
  }

  /// Octets of the largest IP packet that the path carries.
  static int mtu(HeaderTransposition t, FlowArrays arrays) {
    return Math.min(t.mtu(), arrays.nextHops().mtu(t.nextHop()));
  }
}
