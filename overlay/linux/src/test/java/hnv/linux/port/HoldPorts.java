// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.wire.IpAddress;
import java.util.List;
import java.util.Set;

/// A process to be killed: holds a VM port on `va` and an underlay port on `u`, and sends
/// everything from the VM back to it.
final class HoldPorts {
  private HoldPorts() {}

  public static void main(String[] arguments) throws Exception {
    Switch sw = new Switch(frame -> frame.ingressPort() == 1 ? 1 : Switch.DROP);
    try (HostNetwork network = HostNetwork.open();
        UnderlayFilter filter = UnderlayFilter.create(List.of(4789))) {
      filter.setAddresses(Set.of(IpAddress.parse(arguments[0])));
      sw.add(DevicePort.openVirtualMachine(network, sw.pool, "vm", 1, "va", null));
      sw.add(DevicePort.openUnderlay(network, sw.pool, "underlay", 2, "u", filter, null));
      System.out.println("ready");
      sw.run();
    }
  }
}
