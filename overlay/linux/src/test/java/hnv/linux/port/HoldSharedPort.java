// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.linux.bpf.SharedFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.OptionalInt;
import java.util.Set;

/// A process to be killed: holds of `wan0` the addresses 192.0.2.64/26 and 2001:db8::64/122, and
/// GRE with key 7 from 192.0.2.1 to the host's own 192.0.2.2; and drops it all.
final class HoldSharedPort {
  private HoldSharedPort() {}

  static SharedFilter.Selection selection() {
    return new SharedFilter.Selection(
        Set.of(Cidr.parse("192.0.2.64/26"), Cidr.parse("2001:db8::40/122")),
        Set.of(
            new SharedFilter.TunnelEnd(
                IpAddress.parse("192.0.2.1"), IpAddress.parse("192.0.2.2"), OptionalInt.of(7))));
  }

  public static void main(String[] arguments) throws Exception {
    Switch sw = new Switch(frame -> Switch.DROP);
    try (HostNetwork network = HostNetwork.open();
        SharedFilter filter = SharedFilter.create()) {
      filter.select(network.link("wan0").orElseThrow().index(), selection());
      sw.add(DevicePort.openShared(network, sw.pool, "internet", 1, "wan0", filter, null));
      System.out.println("ready");
      sw.run();
    }
  }
}
