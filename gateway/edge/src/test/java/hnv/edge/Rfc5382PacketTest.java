// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The requirements of RFC 5382 that are about packets: what becomes of a SYN that nobody asked
/// for.
class Rfc5382PacketTest {
  private static final long SECOND = 1_000_000_000L;

  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);
  private final TestGateway gateway = tenants.start();

  private static Packet syn(int fromPort, int port) {
    return Packet.tcp(TwoTenants.SERVER, fromPort, TwoTenants.POOL, port, Packet.SYN, "");
  }

  private void silentFor(long ns) {
    gateway.pass(ns);
    assertTrue(gateway.link("out0").take().isEmpty());
  }

  @Test
  void req4AnswersAnUnsolicitedSynAfterSixSeconds() {
    Packet syn = syn(5_000, 7_777);
    gateway.fromLink("out0", syn);
    assertEquals(1, gateway.drops(DropReason.NAT_NO_MAPPING));
    silentFor(5_900_000_000L);
    gateway.pass(SECOND / 2);
    List<byte[]> sent = gateway.link("out0").take();
    assertEquals(1, sent.size());
    Packet error = Wire.packet(sent.getFirst());
    assertEquals(3, error.type());
    assertEquals(3, error.code());
    assertEquals(TwoTenants.OWN, error.source().toString());
    assertEquals(TwoTenants.SERVER, error.destination().toString());
    assertEquals(syn.ends(), error.quoted().ends());
    assertTrue(error.isChecksumRight());
    assertEquals(0x02_BB_00_00_00_01L, Wire.destinationMac(sent.getFirst()), "whence it came");
    silentFor(60 * SECOND);
    assertEquals(64, gateway.pool.available());
  }

  @Test
  void req4SaysNothingWhereTheTenantBeginsTheSameConnection() {
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.tcp(TwoTenants.SQL, 4_000, "9.9.9.9", 80, Packet.SYN, ""));
    int port = Wire.packet(gateway.link("out0").take().getFirst()).sourcePort();
    gateway.fromLink("out0", syn(5_000, port));
    assertEquals(1, gateway.drops(DropReason.NAT_FILTERED));
    gateway.pass(3 * SECOND);
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.tcp(TwoTenants.SQL, 4_000, TwoTenants.SERVER, 5_000, Packet.SYN, ""));
    Packet out = Wire.packet(gateway.link("out0").take().getFirst());
    assertEquals(port, out.sourcePort(), "simultaneous open through two translators");
    silentFor(10 * SECOND);
    gateway.fromLink("out0", syn(5_000, port));
    assertEquals(4_000, gateway.toTenant(TwoTenants.CONTOSO).destinationPort());
  }

  @Test
  void req4AnswersASynThatIsSentAgainOnce() {
    gateway.fromLink("out0", syn(5_000, 7_777));
    silentFor(SECOND);
    gateway.fromLink("out0", syn(5_000, 7_777));
    silentFor(2 * SECOND);
    gateway.fromLink("out0", syn(5_000, 7_777));
    gateway.pass(3 * SECOND);
    assertEquals(1, gateway.link("out0").take().size());
    silentFor(20 * SECOND);
  }

  @Test
  void req4AnswersNothingButSyns() {
    gateway.fromLink(
        "out0", Packet.tcp(TwoTenants.SERVER, 5_000, TwoTenants.POOL, 7_777, Packet.ACK, ""));
    gateway.fromLink(
        "out0",
        Packet.tcp(TwoTenants.SERVER, 5_000, TwoTenants.POOL, 7_777, Packet.SYN | Packet.ACK, ""));
    gateway.fromLink("out0", Packet.udp(TwoTenants.SERVER, 5_000, TwoTenants.POOL, 7_777, "u"));
    gateway.fromLink(
        "out0", Packet.tcp(TwoTenants.SERVER, 5_000, "192.0.2.99", 7_777, Packet.SYN, ""));
    gateway.fromLink("out0", Packet.tcp("127.0.0.1", 5_000, TwoTenants.POOL, 7, Packet.SYN, ""));
    silentFor(20 * SECOND);
  }

  @Test
  void req4AnswersAsManyAsThereIsRoomFor() {
    for (int i = 0; i < 2 * UnsolicitedSyns.DEFAULT_CAPACITY; i++) {
      gateway.fromLink("out0", syn(1_000 + i, 7_777));
    }
    assertEquals(UnsolicitedSyns.DEFAULT_CAPACITY, gateway.edge.unsolicited().size());
    gateway.pass(7 * SECOND);
    // A hundred at once is all that the limit of answers lets go.
    assertEquals(100, gateway.link("out0").take().size());
    assertEquals(0, gateway.edge.unsolicited().size());
    gateway.fromLink("out0", syn(1_000, 7_777));
    gateway.pass(7 * SECOND);
    assertEquals(1, gateway.link("out0").take().size());
  }

  @Test
  void req4aIsSilentWhereAsked() {
    gateway.fromLink("out0", syn(5_000, 7_777));
    gateway.edge.answerUnsolicited(0);
    gateway.fromLink("out0", syn(5_001, 7_777));
    silentFor(20 * SECOND);
  }

  @Test
  void req6NoPayloadIsLookedInto() {
    String told = "PORT 10,1,1,11,15,160";
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.tcp(TwoTenants.SQL, 4_000, TwoTenants.SERVER, 21, Packet.ACK, told));
    assertEquals(told, Wire.packet(gateway.link("out0").take().getFirst()).data());
  }

  @Test
  void req8Hairpinning() {
    tenants.fabrikamNat =
        TwoTenants.nat(
            List.of(TwoTenants.inbound("198.51.100.20", Packet.TCP, 8_080, TwoTenants.WEB, 80)),
            List.of());
    gateway.apply(tenants.overlay(), tenants.network());
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.tcp(TwoTenants.SQL, 4_000, "198.51.100.20", 8_080, Packet.SYN, ""));
    Packet got = gateway.toTenant(TwoTenants.FABRIKAM);
    assertEquals(TwoTenants.POOL, got.source().toString(), "REQ-8 a: the external source");
    gateway.fromTenant(
        tenants,
        TwoTenants.FABRIKAM,
        Packet.tcp(
            TwoTenants.WEB, 80, TwoTenants.POOL, got.sourcePort(), Packet.SYN | Packet.ACK, ""));
    assertEquals(
        "198.51.100.20:8080 > 10.1.1.11:4000", gateway.toTenant(TwoTenants.CONTOSO).ends());
  }

  @Test
  void req9ErrorsAboutTcpAreTranslated() {
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.tcp(TwoTenants.SQL, 4_000, TwoTenants.SERVER, 80, Packet.SYN, ""));
    Packet left = Wire.packet(gateway.link("out0").take().getFirst());
    gateway.fromLink("out0", Packet.error("7.7.7.7", TwoTenants.POOL, 3, 4, 1_400, left));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals("10.1.1.11:4000 > 8.8.8.8:80", error.quoted().ends());
    assertEquals(1_400, error.value());
    assertTrue(error.isChecksumRight());
    assertEquals(1, gateway.nat.sessions(), "REQ-10: it ends nothing");
  }
}
