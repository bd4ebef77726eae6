// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.TunnelEndpoints.Endpoint;
import hnv.edge.EdgeChange;
import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.edge.neighbor.AddressRanges;
import hnv.edge.neighbor.AddressRanges.Range;
import hnv.edge.neighbor.OutsideLink;
import hnv.linux.bpf.SharedFilter.Selection;
import hnv.linux.bpf.SharedFilter.TunnelEnd;
import hnv.nat.NatPolicy;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Which frames are asked of the kernel for a shared device.
final class SharedSelectionTest {
  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:01");

  private static OutsideLink link(int port, OutsideLink.Asking asking) {
    return new OutsideLink(
        port,
        MAC,
        List.of(new InterfaceAddress(IpAddress.parse("192.0.2.9"), 24)),
        AddressRanges.of(
            List.of(new Range(IpAddress.parse("192.0.2.64"), IpAddress.parse("192.0.2.66")))),
        asking);
  }

  private static Endpoint tunnel(String remote, int through) {
    return new Endpoint(
        IpAddress.parse(remote),
        IpAddress.parse("192.0.2.2"),
        OptionalInt.of(7),
        100,
        false,
        through);
  }

  @Test
  void areThoseOfItsOwnAndPublicAddressesAndOfItsTunnels() {
    EdgeChange.Setup policy =
        new EdgeChange.Setup(
            Map.of(0, link(5, OutsideLink.Asking.HOST), 1, link(6, OutsideLink.Asking.GATEWAY)),
            Map.of(),
            new NatPolicy(List.of(), List.of()),
            List.of(tunnel("198.51.100.1", 5), tunnel("198.51.100.2", 6)),
            Map.of(),
            Set.of(),
            Map.of());
    Selection expected =
        new Selection(
            Set.of(
                Cidr.parse("192.0.2.9/32"),
                Cidr.parse("192.0.2.64/31"),
                Cidr.parse("192.0.2.66/32")),
            Set.of(
                new TunnelEnd(
                    IpAddress.parse("198.51.100.1"),
                    IpAddress.parse("192.0.2.2"),
                    OptionalInt.of(7))));
    assertEquals(Map.of(5, expected), GatewayRole.selections(policy));
  }
}
