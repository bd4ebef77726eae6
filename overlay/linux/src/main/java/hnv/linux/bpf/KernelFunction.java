// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

/// Functions of the kernel that programs here call (linux/bpf.h, `enum bpf_func_id`).
public enum KernelFunction {
  /// `value* map_lookup_elem(map, key*)`.
  MAP_LOOKUP(1),
  /// `long map_update_elem(map, key*, value*, flags)`.
  MAP_UPDATE(2),
  /// `long skb_store_bytes(skb, offset, from*, length, flags)`: flags 0 = checksums are the
  // caller's.
  STORE_OCTETS(9),
  /// `long tail_call(skb, programs, index)`: returns only where there is no such program.
  TAIL_CALL(12),
  /// `long skb_vlan_push(skb, protocol, tci)`: puts a VLAN tag on; the protocol in network order.
  VLAN_PUSH(18),
  /// `long skb_vlan_pop(skb)`: takes the outermost VLAN tag off; none is no error.
  VLAN_POP(19),
  /// `long redirect(ifindex, flags)`: flags 0 = leave by that device.
  REDIRECT(23),
  /// `long skb_load_bytes(skb, offset, to*, length)`: also from pages behind the linear part.
  LOAD_OCTETS(26),
  /// `long skb_change_tail(skb, length, flags)`: cuts a frame at its end, or lengthens it.
  CHANGE_TAIL(38),
  /// `long skb_adjust_room(skb, octets, mode, flags)`: makes or takes room behind a header.
  ADJUST_ROOM(50),
  /// `u64 ktime_get_coarse_ns()`: CLOCK_MONOTONIC_COARSE.
  COARSE_CLOCK(160);

  private final int number;

  KernelFunction(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
