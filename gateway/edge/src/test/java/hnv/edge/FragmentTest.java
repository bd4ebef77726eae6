// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Encapsulation;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Packets in pieces.
class FragmentTest {
  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);

  private static Packet joined(List<byte[]> frames) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    Packet first = Wire.packet(frames.getFirst());
    for (byte[] frame : frames) {
      Packet piece = Wire.packet(frame);
      assertEquals(body.size(), piece.fragmentOffset(), "in order, without gap");
      assertEquals(first.id(), piece.id());
      body.writeBytes(piece.body());
    }
    Packet whole =
        Packet.of(
            first.source().toString(),
            first.destination().toString(),
            first.protocol(),
            body.toByteArray());
    assertTrue(whole.isChecksumRight(), "all of it is there");
    return whole;
  }

  @Test
  void translatesFragmentsInOrder() {
    TestGateway gateway = tenants.start();
    Packet whole =
        Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 53, "y".repeat(2_400)).withId(99);
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, whole.fragment(0, 1_200));
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, whole.fragment(1_200, 2_408));
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(2, sent.size(), gateway::describeDrops);
    Packet left = joined(sent);
    assertEquals(TwoTenants.POOL, left.source().toString());
    Packet back =
        Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, left.sourcePort(), "z".repeat(2_400))
            .withId(17);
    gateway.fromLink("out0", back.fragment(0, 1_400));
    gateway.fromLink("out0", back.fragment(1_400, 2_408));
    List<byte[]> inner = gateway.underlay.take().stream().map(Wire::inner).toList();
    assertEquals(2, inner.size(), gateway::describeDrops);
    assertEquals("8.8.8.8:53 > 10.1.1.11:4000", joined(inner).ends());
  }

  @Test
  void translatesFragmentsOutOfOrder() {
    TestGateway gateway = tenants.start();
    Packet query = Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 53, "q");
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, query);
    int port = Wire.packet(gateway.link("out0").take().getFirst()).sourcePort();
    Packet back =
        Packet.udp(TwoTenants.SERVER, 53, TwoTenants.POOL, port, "z".repeat(2_400)).withId(18);
    gateway.fromLink("out0", back.fragment(1_400, 2_408));
    assertTrue(gateway.underlay.take().isEmpty(), "it waits for the first");
    gateway.fromLink("out0", back.fragment(0, 1_400));
    List<byte[]> inner = gateway.underlay.take().stream().map(Wire::inner).toList();
    assertEquals(2, inner.size(), gateway::describeDrops);
    assertEquals("8.8.8.8:53 > 10.1.1.11:4000", joined(inner).ends());
  }

  @Test
  void cutsWhatIsTooLongAndMayBeCut() {
    TestGateway gateway = tenants.start();
    Packet whole =
        Packet.udp(TwoTenants.SQL, 4000, TwoTenants.SERVER, 53, "y".repeat(1_500)).withId(99);
    gateway.fromTenant(tenants, TwoTenants.CONTOSO, whole);
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(2, sent.size(), gateway::describeDrops);
    assertTrue(sent.getFirst().length <= 1_514);
    assertEquals(TwoTenants.POOL, joined(sent).source().toString());
  }
}
