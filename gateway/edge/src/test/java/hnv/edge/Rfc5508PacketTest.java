// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The requirements of RFC 5508 that are about octets of ICMP errors, from the outside and from a
/// tenant.
class Rfc5508PacketTest {
  private static final int INSIDE_PORT = 4_000;
  private static final int SERVER_PORT = 53;
  private static final String REPORTER = "7.7.7.7";

  /// RFC 791 §3.1: no operation thrice and end of options; record route with one place.
  private static final byte[] OPTIONS = {1, 1, 7, 7, 4, 0, 0, 0, 0, 0, 1, 0};

  private final TwoTenants tenants = new TwoTenants(Encapsulation.VXLAN);
  private final TestGateway gateway = tenants.start();
  private int publicPort;

  /// A question that has left, and its answer, so that errors about both can come.
  private void establish() {
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL, INSIDE_PORT, TwoTenants.SERVER, SERVER_PORT, "q"));
    Packet left = Wire.packet(gateway.link("out0").take().getFirst());
    publicPort = left.sourcePort();
    gateway.fromLink(
        "out0", Packet.udp(TwoTenants.SERVER, SERVER_PORT, TwoTenants.POOL, publicPort, "a"));
    gateway.underlay.take();
  }

  /// A UDP header with data.
  private static byte[] udp(
      String from, int fromPort, String to, int toPort, boolean checksum, byte[] data) {
    byte[] octets = Packet.udp(from, fromPort, to, toPort, data).body();
    if (!checksum) {
      Packet.put16(octets, 6, 0);
    }
    return octets;
  }

  /// An IPv4 packet with options, as routers quote it.
  private static byte[] ipv4(String from, String to, byte[] options, byte[] body) {
    int header = 20 + options.length;
    ByteBuffer b = ByteBuffer.allocate(header + body.length);
    b.put((byte) (0x40 | header / 4)).put((byte) 0).putShort((short) b.capacity());
    b.putShort((short) 77).putShort((short) 0x4000).put((byte) 51).put((byte) Packet.UDP);
    b.putShort((short) 0).put(Packet.octetsOf(IpAddress.parse(from)));
    b.put(Packet.octetsOf(IpAddress.parse(to))).put(options).put(body);
    b.putShort(10, (short) ~Packet.fold(Packet.sum(b.array(), 0, header)));
    return b.array();
  }

  /// An ICMP error, octet by octet.
  ///
  /// @param word the four octets behind the checksum
  private static Packet error(String from, String to, int word, byte[] quoted) {
    ByteBuffer b = ByteBuffer.allocate(8 + quoted.length);
    b.put((byte) 3).put((byte) 4).putShort((short) 0).putInt(word).put(quoted);
    return Packet.of(from, to, Packet.ICMP, b.array()).checksummed();
  }

  /// An error about the question, as the outside saw it.
  private Packet fromOutside(int word, byte[] options, byte[] rest) {
    return error(
        REPORTER, TwoTenants.POOL, word, question(TwoTenants.POOL, publicPort, options, rest));
  }

  private static byte[] question(String from, int port, byte[] options, byte[] data) {
    return ipv4(
        from,
        TwoTenants.SERVER,
        options,
        udp(from, port, TwoTenants.SERVER, SERVER_PORT, true, data));
  }

  private void assertArrives(Packet sent, Packet expected) {
    gateway.fromLink("out0", sent);
    Packet got = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(TwoTenants.SQL, got.destination().toString());
    assertArrayEquals(expected.body(), got.body());
  }

  private void assertDamaged(Packet sent, long drops) {
    gateway.fromLink("out0", sent);
    assertTrue(gateway.underlay.take().isEmpty(), "went on");
    assertEquals(drops, gateway.drops(DropReason.NAT_ERROR_DAMAGED), gateway::describeDrops);
  }

  private static Packet with(Packet packet, int at, int octet) {
    byte[] octets = packet.body();
    octets[at] ^= (byte) octet;
    return Packet.of(
        packet.source().toString(), packet.destination().toString(), packet.protocol(), octets);
  }

  @Test
  void req3DropsErrorsWithAWrongChecksum() {
    establish();
    Packet right = fromOutside(0, new byte[0], new byte[3]);
    long drops = 0;
    for (int at = 0; at < right.body().length; at++) {
      // Another message; no first piece of an IPv4 packet with UDP; other ends.
      boolean isOther = at == 0 || at == 8 || at == 8 + 6 || at == 8 + 7 || at == 8 + 9;
      if (isOther || (at >= 8 + 12 && at < 8 + 24)) {
        continue;
      }
      assertDamaged(with(right, at, 1), ++drops);
    }
    assertArrives(
        right,
        error(
            REPORTER,
            TwoTenants.SQL,
            0,
            question(TwoTenants.SQL, INSIDE_PORT, new byte[0], new byte[3])));
  }

  @Test
  void req3aDropsErrorsThatQuoteAHeaderWithAWrongChecksum() {
    establish();
    byte[] quoted = question(TwoTenants.POOL, publicPort, new byte[0], new byte[3]);
    quoted[8]++; // its TTL
    assertDamaged(error(REPORTER, TwoTenants.POOL, 0, quoted), 1);
    // From a tenant, too.
    byte[] answer =
        ipv4(
            TwoTenants.SERVER,
            TwoTenants.SQL,
            new byte[0],
            udp(TwoTenants.SERVER, SERVER_PORT, TwoTenants.SQL, INSIDE_PORT, true, new byte[1]));
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, error(TwoTenants.SQL, TwoTenants.SERVER, 0, answer));
    assertEquals(1, gateway.link("out0").take().size());
    answer[8]++;
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, error(TwoTenants.SQL, TwoTenants.SERVER, 0, answer));
    assertTrue(gateway.link("out0").take().isEmpty());
    assertEquals(2, gateway.drops(DropReason.NAT_ERROR_DAMAGED));
  }

  @Test
  void req3bGoesPastTheOptionsOfTheQuotedHeader() {
    establish();
    assertArrives(
        fromOutside(1_400, OPTIONS, new byte[] {1, 2, 3}),
        error(
            REPORTER,
            TwoTenants.SQL,
            1_400,
            question(TwoTenants.SQL, INSIDE_PORT, OPTIONS, new byte[] {1, 2, 3})));
    byte[] most = new byte[40];
    Arrays.fill(most, (byte) 1);
    assertArrives(
        fromOutside(1_400, most, new byte[0]),
        error(
            REPORTER,
            TwoTenants.SQL,
            1_400,
            question(TwoTenants.SQL, INSIDE_PORT, most, new byte[0])));
    byte[] answer =
        ipv4(
            TwoTenants.SERVER,
            TwoTenants.SQL,
            OPTIONS,
            udp(TwoTenants.SERVER, SERVER_PORT, TwoTenants.SQL, INSIDE_PORT, true, new byte[5]));
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, error(TwoTenants.SQL, TwoTenants.SERVER, 0, answer));
    byte[] translated =
        ipv4(
            TwoTenants.SERVER,
            TwoTenants.POOL,
            OPTIONS,
            udp(TwoTenants.SERVER, SERVER_PORT, TwoTenants.POOL, publicPort, true, new byte[5]));
    assertArrayEquals(
        error(TwoTenants.POOL, TwoTenants.SERVER, 0, translated).body(),
        Wire.packet(gateway.link("out0").take().getFirst()).body());
  }

  @Test
  void req3cDoesNotVerifyTheQuotedTransportChecksum() {
    establish();
    byte[] quoted = question(TwoTenants.POOL, publicPort, new byte[0], new byte[3]);
    quoted[20 + 8] ^= 0x55; // data that the checksum covers
    gateway.fromLink("out0", error(REPORTER, TwoTenants.POOL, 0, quoted));
    Packet got = gateway.toTenant(TwoTenants.CONTOSO);
    assertTrue(got.isChecksumRight());
    // Nor is there anything to verify where the sender had none.
    byte[] without =
        ipv4(
            TwoTenants.POOL,
            TwoTenants.SERVER,
            new byte[0],
            udp(TwoTenants.POOL, publicPort, TwoTenants.SERVER, SERVER_PORT, false, new byte[3]));
    byte[] expected =
        ipv4(
            TwoTenants.SQL,
            TwoTenants.SERVER,
            new byte[0],
            udp(TwoTenants.SQL, INSIDE_PORT, TwoTenants.SERVER, SERVER_PORT, false, new byte[3]));
    assertArrives(
        error(REPORTER, TwoTenants.POOL, 0, without), error(REPORTER, TwoTenants.SQL, 0, expected));
  }

  /// RFC 4884 §5.1: the quotation padded with zeros to 128 octets, their number in words in the
  /// header, and behind them an extension header with an object and a checksum of its own.
  private static byte[] extended(byte[] quoted) {
    byte[] padded = Arrays.copyOf(quoted, 128 + 4 + 8);
    byte[] extensions = {0x20, 0, 0, 0, 0, 8, 1, 1, (byte) 0xCA, (byte) 0xFE, (byte) 0xBA, 0x41};
    Packet.put16(extensions, 2, ~Packet.fold(Packet.sum(extensions, 0, extensions.length)));
    System.arraycopy(extensions, 0, padded, 128, extensions.length);
    return padded;
  }

  @Test
  void req3dLeavesPaddingAndExtensionsAlone() {
    establish();
    int word = ((128 / 4) << 16) | 1_300;
    for (byte[] options : List.of(new byte[0], OPTIONS)) {
      for (int data : new int[] {0, 1, 20, 70}) {
        byte[] outside = question(TwoTenants.POOL, publicPort, options, new byte[data]);
        byte[] inside = question(TwoTenants.SQL, INSIDE_PORT, options, new byte[data]);
        assertArrives(
            error(REPORTER, TwoTenants.POOL, word, extended(outside)),
            error(REPORTER, TwoTenants.SQL, word, extended(inside)));
      }
    }
    // A quotation that is cut off where the extensions begin.
    byte[] outside = question(TwoTenants.POOL, publicPort, OPTIONS, new byte[400]);
    byte[] inside = question(TwoTenants.SQL, INSIDE_PORT, OPTIONS, new byte[400]);
    assertArrives(
        error(REPORTER, TwoTenants.POOL, word, extended(outside)),
        error(REPORTER, TwoTenants.SQL, word, extended(inside)));
  }

  // ---- which errors go where ----

  @Test
  void req4ErrorsOfTheOutsideAreTranslated() {
    establish();
    Packet left =
        Packet.udp(TwoTenants.POOL, publicPort, TwoTenants.SERVER, SERVER_PORT, new byte[0]);
    gateway.fromLink("out0", Packet.error(REPORTER, TwoTenants.POOL, 3, 3, 0, left));
    Packet got = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals(REPORTER + " > " + TwoTenants.SQL, got.source() + " > " + got.destination());
    assertEquals("10.1.1.11:4000 > 8.8.8.8:53", got.quoted().ends());
    Packet stranger = Packet.udp(TwoTenants.POOL, publicPort, "9.9.9.9", 1, new byte[0]);
    gateway.fromLink("out0", Packet.error(REPORTER, TwoTenants.POOL, 3, 3, 0, stranger));
    assertTrue(gateway.underlay.take().isEmpty());
    assertEquals(1, gateway.drops(DropReason.NAT_ERROR_OF_NOTHING));
  }

  @Test
  void req5ErrorsOfATenantAreTranslated() {
    establish();
    Packet got =
        Packet.udp(TwoTenants.SERVER, SERVER_PORT, TwoTenants.SQL, INSIDE_PORT, new byte[0]);
    // Of the address itself, and of a router before it.
    for (String from : List.of(TwoTenants.SQL, TwoTenants.WEB)) {
      gateway.fromTenant(
          tenants, TwoTenants.CONTOSO, Packet.error(from, TwoTenants.SERVER, 3, 3, 0, got));
      Packet left = Wire.packet(gateway.link("out0").take().getFirst());
      assertEquals(TwoTenants.POOL, left.source().toString());
      assertEquals(
          "8.8.8.8:53 > 198.51.100.10:" + publicPort, left.quoted().ends(), "nothing of inside");
    }
  }

  @Test
  void req8WithoutASessionTheSenderIsTold() {
    tenants.contosoNat =
        new hnv.nat.TenantNat(
            0, tenants.contosoNat.outboundRules(), List.of(), List.of(), 1, 1_000);
    gateway.apply(tenants.overlay(), tenants.network());
    establish();
    gateway.fromTenant(
        tenants, TwoTenants.CONTOSO, Packet.ping(TwoTenants.SQL, TwoTenants.SERVER, 7, "p"));
    Packet error = gateway.toTenant(TwoTenants.CONTOSO);
    assertEquals("3 13", error.type() + " " + error.code());
    assertEquals("10.1.1.11 > 8.8.8.8 id 7", error.quoted().ends());
  }

  @Test
  void req9WhatIsNotAboutASessionIsSaidToTheSenderAlone() {
    establish();
    gateway.fromTenant(
        tenants,
        TwoTenants.CONTOSO,
        Packet.udp(TwoTenants.SQL, INSIDE_PORT, TwoTenants.SERVER, SERVER_PORT, "q").withTtl(1));
    assertTrue(gateway.link("out0").take().isEmpty());
    assertEquals(TwoTenants.ADAPTER, gateway.toTenant(TwoTenants.CONTOSO).source().toString());
  }

  @Test
  void req10ErrorsOfEveryKindPass() {
    establish();
    Packet left =
        Packet.udp(TwoTenants.POOL, publicPort, TwoTenants.SERVER, SERVER_PORT, new byte[0]);
    for (int type : new int[] {3, 11, 12}) {
      gateway.fromLink("out0", Packet.error(REPORTER, TwoTenants.POOL, type, 0, 0, left));
      assertEquals(type, gateway.toTenant(TwoTenants.CONTOSO).type());
    }
  }

  @Test
  void req11OtherMessagesHaveNoSession() {
    establish();
    // Router solicitation and advertisement, address mask: nobody's.
    for (int type : new int[] {9, 10, 18}) {
      gateway.fromLink("out0", Packet.echo("9.9.9.9", TwoTenants.POOL, type, 5, "x"));
    }
    assertTrue(gateway.underlay.take().isEmpty());
  }
}
