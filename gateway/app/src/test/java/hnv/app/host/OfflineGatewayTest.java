// SPDX-License-Identifier: Apache-2.0
package hnv.app.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.policy.PolicyCompiler;
import hnv.app.trace.Explanation;
import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.dataplane.OuterHeader;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.overlay.RouterMac;
import hnv.vswitch.VSwitch;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// The gateway of the lab's policy, without a machine.
class OfflineGatewayTest {
  private static final int OUTER = 14 + 20 + 8 + 8;

  private record Silent(String name, PortKind kind, int number, int mtu) implements Port {
    @Override
    public int receive(FrameBatch batch) {
      return 0;
    }

    @Override
    public DropReason transmit(Frame frame) {
      frame.release();
      return DropReason.NONE;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static OfflineHost gateway() throws Exception {
    Parsed.Accepted accepted = (Parsed.Accepted) PolicyDocuments.parse(PolicyDocuments.gateway());
    return new OfflineHost(
        accepted.policy(),
        PolicyCompiler.server(accepted.policy(), "gw1").orElseThrow(),
        OfflineHost.Settings.DEFAULT,
        Silent::new);
  }

  /// A datagram of Contoso's SQL to the Internet, as its host sends it to the gateway.
  private static byte[] datagram(long gatewayMac, int vsid) {
    int inner = 14 + 20 + 8 + 16;
    MemorySegment f = Arena.ofAuto().allocate(OUTER + inner);
    EthernetHeader.write(f, 0, 0x0200_C0A8_031EL, 0x0200_C0A8_010AL, EthernetHeader.IPV4);
    ipv4(f, 14, OUTER - 14 + inner, IpProtocol.UDP, "192.168.1.10", "192.168.3.30");
    UdpHeader.write(f, 34, 0xC000, VSwitch.DEFAULT_VXLAN_PORT, 16 + inner, 0);
    VxlanHeader.write(f, 42, vsid);
    EthernetHeader.write(f, OUTER, gatewayMac, RouterMac.BITS, EthernetHeader.IPV4);
    ipv4(f, OUTER + 14, inner - 14, IpProtocol.UDP, "10.1.1.11", "203.0.113.1");
    UdpHeader.write(f, OUTER + 34, 5_000, 53, 24, 0);
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  private static void ipv4(
      MemorySegment f, int at, int length, int protocol, String from, String to) {
    Ipv4Header.write(
        f,
        at,
        0,
        length,
        1,
        0,
        OuterHeader.DEFAULT_TTL,
        protocol,
        Ipv4Address.parse(from).bits(),
        Ipv4Address.parse(to).bits());
  }

  @Test
  void hasAPortForEachPlaceAtADevice() throws Exception {
    OfflineHost host = gateway();
    assertEquals(List.of("underlay", "outside", "outside.100"), List.copyOf(host.ports().keySet()));
  }

  @Test
  void explainsBothPortsAndTheTranslation() throws Exception {
    OfflineHost host = gateway();
    var adapter =
        host.network().domains().stream()
            .filter(domain -> domain.name().equals("contoso"))
            .flatMap(domain -> domain.adapters().stream())
            .filter(each -> each.host().equals("gw1"))
            .findFirst()
            .orElseThrow();
    byte[] octets = datagram(adapter.mac().bits(), adapter.vsid().value());
    says(host, octets, adapter.name(), "GW_ROUTE_LAYER", "a new session would begin");
    Frame frame = Objects.requireNonNull(host.pool().acquire());
    frame.reset(FramePool.HEADROOM, octets.length);
    MemorySegment.copy(
        octets, 0, frame.memory(), ValueLayout.JAVA_BYTE, FramePool.HEADROOM, octets.length);
    frame.setIngressPort(0);
    host.vswitch().process(frame, 1_000_000_000L);
    says(host, octets, "SLB_NAT_LAYER", "10.1.1.11", "203.0.113.65", "forward");
  }

  private static void says(OfflineHost host, byte[] octets, String... words) {
    String answer =
        Explanation.of(
                host.vswitch(),
                host.pool(),
                host.port(OfflineHost.UNDERLAY).orElseThrow(),
                octets,
                VSwitch.DEFAULT_VXLAN_PORT,
                Map.of(0, "underlay", 1, "outside"),
                1_000_000_000L)
            .toJson()
            .toString();
    for (String word : words) {
      assertTrue(answer.contains(word), word + ": " + answer);
    }
  }
}
