// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.GatewayNetwork.OUTSIDE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.DropReason;
import hnv.dataplane.TunnelEndpoints;
import hnv.wire.EthernetHeader;
import hnv.wire.GreHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/// Numbers of GRE packets are looked at as packets come, whatever flow they are of.
class GreSequenceTest {
  private static final Ipv4Address PEER = Ipv4Address.parse("198.51.100.10");
  private static final Ipv4Address OURS = Ipv4Address.parse("203.0.113.20");
  private static final int INNER = 20;

  private final GatewayNetwork net = new GatewayNetwork();

  GreSequenceTest() {
    net.arrays
        .endpoints()
        .set(List.of(new TunnelEndpoints.Endpoint(PEER, OURS, OptionalInt.empty(), OUTSIDE, true)));
  }

  private void come(int sequence) {
    int gre = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    int inner = gre + GreHeader.lengthOf(GreHeader.SEQUENCE_PRESENT);
    byte[] octets = new byte[inner + INNER];
    MemorySegment f = MemorySegment.ofArray(octets);
    EthernetHeader.write(f, 0, 0x0200_0000_0001L, 0x0200_0000_0002L, EthernetHeader.IPV4);
    ipv4(f, EthernetHeader.LENGTH, octets.length - EthernetHeader.LENGTH, IpProtocol.GRE);
    GreHeader.write(f, gre, GreHeader.SEQUENCE_PRESENT, EthernetHeader.IPV4, 0, sequence);
    ipv4(f, inner, INNER, 253);
    net.vswitch.process(net.frame(octets, OUTSIDE), net.now);
  }

  private static void ipv4(MemorySegment f, int at, int length, int protocol) {
    Ipv4Header.write(f, at, 0, length, 0, 0, 64, protocol, PEER.bits(), OURS.bits());
    Ipv4Header.writeChecksum(f, at);
  }

  private long outOfSequence() {
    return net.counters.drops(OUTSIDE, DropReason.GRE_OUT_OF_SEQUENCE);
  }

  @Test
  void dropsWhatIsNotAfterTheLast() {
    come(7);
    assertEquals(0, outOfSequence());
    come(7);
    assertEquals(1, outOfSequence());
    come(8);
    come(6);
    assertEquals(2, outOfSequence());
  }
}
