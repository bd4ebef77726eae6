// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import hnv.wire.Octets;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// One line for people about what a flow record does, in the order in which it is done. Never on
/// the packet path.
public final class FlowRecordDescription {
  private FlowRecordDescription() {}

  /// Says what the record at `at` does to the packets of its flow.
  ///
  /// @param ipv6 family of the flow, which decides how addresses are read
  public static String of(MemorySegment r, long at, NextHopTable nextHops, boolean ipv6) {
    int operations = FlowRecord.operations(r, at);
    List<String> parts = new ArrayList<>();
    if ((operations & FlowRecord.CHECK_SOURCE_MAC) != 0) {
      parts.add("expect source MAC " + mac(r, at + FlowRecord.EXPECTED_SOURCE_MAC));
    }
    if ((operations & FlowRecord.POP) != 0) {
      parts.add(
          pop(operations)
              + ((operations & FlowRecord.POP_GRE) != 0
                  ? ""
                  : " of peer " + FlowRecord.peer(r, at)));
    }
    if ((operations & FlowRecord.REWRITE_MACS) != 0) {
      parts.add(
          "MACs to "
              + mac(r, at + FlowRecord.NEW_SOURCE_MAC)
              + " > "
              + mac(r, at + FlowRecord.NEW_DESTINATION_MAC));
    }
    if ((operations & FlowRecord.DECREMENT_TTL) != 0) {
      parts.add("TTL - 1");
    }
    if ((operations & FlowRecord.REWRITE_SOURCE_ADDRESS) != 0) {
      parts.add("source to " + address(r, at + FlowRecord.NEW_SOURCE_ADDRESS, ipv6));
    }
    if ((operations & FlowRecord.REWRITE_DESTINATION_ADDRESS) != 0) {
      parts.add("destination to " + address(r, at + FlowRecord.NEW_DESTINATION_ADDRESS, ipv6));
    }
    if ((operations & FlowRecord.REWRITE_SOURCE_PORT) != 0) {
      parts.add("source port to " + Octets.u16(r, at + FlowRecord.NEW_SOURCE_PORT));
    }
    if ((operations & FlowRecord.REWRITE_DESTINATION_PORT) != 0) {
      parts.add("destination port to " + Octets.u16(r, at + FlowRecord.NEW_DESTINATION_PORT));
    }
    int nextHop = FlowRecord.nextHop(r, at);
    if ((operations & FlowRecord.PUSH) != 0) {
      parts.add(
          "push "
              + nextHops.encapsulation(nextHop)
              + ' '
              + FlowRecord.vsid(r, at)
              + ", entropy "
              + FlowRecord.entropy(r, at));
    }
    parts.add(
        "next hop "
            + nextHop
            + " by port "
            + nextHops.exit(nextHop)
            + ", MTU "
            + Math.min(FlowRecord.mtu(r, at), nextHops.mtu(nextHop)));
    if (FlowRecord.isMetered(r, at)) {
      parts.add(
          "meters " + FlowRecord.outboundMeter(r, at) + " and " + FlowRecord.inboundMeter(r, at));
    }
    return String.join("; ", parts);
  }

  private static String pop(int operations) {
    if ((operations & FlowRecord.POP_GRE) != 0) {
      return "pop GRE";
    }
    return (operations & FlowRecord.POP_VXLAN) != 0 ? "pop VXLAN" : "pop NVGRE";
  }

  private static String mac(MemorySegment r, long at) {
    return new MacAddress(Octets.u48(r, at)).toString();
  }

  private static String address(MemorySegment r, long at, boolean ipv6) {
    return ipv6
        ? new Ipv6Address(Octets.u64(r, at), Octets.u64(r, at + 8)).toString()
        : new Ipv4Address(Octets.u32(r, at)).toString();
  }
}
