// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static hnv.linux.bpf.Register.R2;
import static hnv.linux.bpf.Register.R3;

import hnv.linux.Lab;
import hnv.linux.bpf.Assembler;
import hnv.linux.bpf.KernelFunction;
import hnv.linux.bpf.TcProgram;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.TrafficControl.Hook;
import java.nio.ByteOrder;

/// Makes a device one VLAN's: all that leaves by it is tagged by the kernel, all that comes in is
/// untagged, whatever the tag. For kernels without VLAN devices.
final class VlanHost {
  private static final int PASS = 0;

  private VlanHost() {}

  static void join(Lab lab, String namespace, String device, int vlan) throws Exception {
    int protocol =
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
            ? Short.reverseBytes((short) 0x8100)
            : 0x8100;
    Assembler push =
        new Assembler()
            .move(R2, protocol & 0xFFFF)
            .move(R3, vlan)
            .call(KernelFunction.VLAN_PUSH)
            .exit(PASS);
    Assembler pop = new Assembler().call(KernelFunction.VLAN_POP).exit(PASS);
    lab.in(
        namespace,
        () -> {
          try (HostNetwork network = HostNetwork.open();
              TcProgram out = TcProgram.load("test_push", push);
              TcProgram in = TcProgram.load("test_pop", pop)) {
            int index = network.link(device).orElseThrow().index();
            network.trafficControl().addHooks(index);
            network.trafficControl().replaceFilter(index, Hook.EGRESS, 1, out, "test_push");
            network.trafficControl().replaceFilter(index, Hook.INGRESS, 1, in, "test_pop");
          }
          return null;
        });
  }
}
