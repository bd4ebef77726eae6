// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.APP;
import static hnv.nat.NatLab.CONTOSO;
import static hnv.nat.NatLab.FABRIKAM;
import static hnv.nat.NatLab.ICMP;
import static hnv.nat.NatLab.P;
import static hnv.nat.NatLab.R1;
import static hnv.nat.NatLab.R2;
import static hnv.nat.NatLab.SYN;
import static hnv.nat.NatLab.TCP;
import static hnv.nat.NatLab.UDP;
import static hnv.nat.NatLab.WEB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.nat.NatPool.Filtering;
import hnv.nat.v6.Ends4;
import hnv.nat.v6.Ends6;
import hnv.nat.v6.Prefix64;
import hnv.nat.v6.ToIpv4;
import hnv.nat.v6.ToIpv6;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.UdpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// RFC 6146, Stateful NAT64.
class Rfc6146Test {
  private static final Ipv6Address HOST = Ipv6Address.parse("2001:db8:1::12");
  private static final Ipv6Address OTHER = Ipv6Address.parse("2001:db8:1::13");
  private static final Prefix64 PREFIX = Prefix64.WELL_KNOWN;

  private final NatLab lab;
  private Nat64 nat64;

  Rfc6146Test() {
    lab =
        NatLab.shared()
            .rule(CONTOSO, TenantNat.ALL_PROTOCOLS, "2001:db8:1::/48", "shared")
            .rule(FABRIKAM, TenantNat.ALL_PROTOCOLS, "2001:db8:1::/48", "shared");
    nat64 = start();
  }

  private Nat64 start() {
    lab.start();
    nat64 = new Nat64(lab.nat, PREFIX);
    return nat64;
  }

  private int out(int tenant, int protocol, Ipv6Address from, int port, int to, int toPort) {
    int s =
        nat64.outbound(
            tenant,
            0,
            protocol,
            from.high(),
            from.low(),
            port,
            PREFIX.embedHigh(to),
            PREFIX.embedLow(to),
            toPort,
            protocol == TCP ? SYN : 0,
            lab.nowNs);
    if (s > 0) {
      lab.nat.observed(s, true, protocol == TCP ? SYN : 0, lab.nowNs);
    }
    return s;
  }

  /// §3.5.1: endpoint-independent mapping, of the host's address and port.
  @Test
  void section351EndpointIndependentMapping() {
    int a = out(CONTOSO, UDP, HOST, 5_000, R1, 53);
    int b = out(CONTOSO, UDP, HOST, 5_000, R2, 53);
    assertNotEquals(a, b);
    assertEquals(lab.nat.publicPort(a), lab.nat.publicPort(b));
    assertEquals(P, lab.nat.publicAddress(a));
    assertTrue(nat64.isNat64(a));
    assertEquals(HOST.high(), nat64.insideHigh(a));
    assertEquals(HOST.low(), nat64.insideLow(a));
    assertEquals(a, lab.answer(a, R1, 53, 0));
    int stranger = lab.answer(a, R2, 99, 0);
    assertTrue(nat64.isNat64(stranger));
    assertEquals(HOST.low(), nat64.insideLow(stranger));
  }

  @Test
  void section351AddressDependentFiltering() {
    lab.filtering(Filtering.ADDRESS_DEPENDENT);
    start();
    int a = out(CONTOSO, UDP, HOST, 5_000, R1, 53);
    assertTrue(lab.answer(a, R1, 99, 0) > 0);
    assertEquals(NatVerdict.FILTERED.code(), lab.answer(a, R2, 53, 0));
  }

  @Test
  void tellsHostsTenantsAndFamiliesApart() {
    List<Integer> sessions = new ArrayList<>();
    sessions.add(out(CONTOSO, UDP, HOST, 5_000, R1, 53));
    sessions.add(out(FABRIKAM, UDP, HOST, 5_000, R1, 53));
    sessions.add(out(CONTOSO, UDP, OTHER, 5_000, R1, 53));
    sessions.add(lab.udp(CONTOSO, WEB, 5_000, R1, 53));
    // An IPv4 address with the very number of the IPv6 host.
    lab.rule(CONTOSO, UDP, "0.0.0.0/0", "shared").apply();
    sessions.add(lab.udp(CONTOSO, 1, 5_000, R1, 53));
    for (int s : sessions) {
      assertTrue(s > 0);
      assertEquals(s, lab.answer(s, R1, 53, 0));
      for (int t : sessions) {
        assertEquals(s == t, lab.nat.publicPort(s) == lab.nat.publicPort(t));
      }
    }
    assertFalse(nat64.isNat64(sessions.get(3)));
    assertEquals(CONTOSO, lab.nat.tenant(sessions.get(2)));
    assertEquals(FABRIKAM, lab.nat.tenant(sessions.get(1)));
  }

  /// §3.5: packets that are not for the prefix, or come from it, are none of NAT64's.
  @Test
  void section35WhatIsNotTranslated() {
    assertEquals(
        NatVerdict.NO_RULE.code(),
        nat64.outbound(
            CONTOSO, 0, UDP, HOST.high(), HOST.low(), 1, HOST.high(), HOST.low(), 2, 0, 0));
    Ipv6Address inside = new Ipv6Address(PREFIX.embedHigh(R2), PREFIX.embedLow(R2));
    assertEquals(NatVerdict.NO_RULE.code(), out(CONTOSO, UDP, inside, 1, R1, 2));
    assertEquals(
        NatVerdict.NO_RULE.code(), out(CONTOSO, UDP, Ipv6Address.parse("2001:db8:2::1"), 1, R1, 2));
  }

  /// §3.5.3: ICMPv6 queries by their identifier; 60 s.
  @Test
  void section353Queries() {
    int s = out(CONTOSO, IpProtocol.ICMPV6, HOST, 77, R1, 0);
    assertEquals(ICMP, lab.nat.protocol(s));
    assertEquals(s, lab.in(ICMP, R1, 0, P, lab.nat.publicPort(s), 0));
    assertEquals(
        s,
        nat64.findInside(
            CONTOSO,
            0,
            IpProtocol.ICMPV6,
            HOST.high(),
            HOST.low(),
            77,
            PREFIX.embedHigh(R1),
            PREFIX.embedLow(R1),
            0));
    lab.pass(61);
    assertEquals(0, lab.nat.sessions());
  }

  /// §3.5.2.2: the same states of TCP as everybody's.
  @Test
  void section352TcpTimes() {
    int s = out(CONTOSO, TCP, HOST, 5_000, R1, 80);
    assertEquals(240 * NatLab.SECOND, lab.nat.timeoutNs(s));
    lab.answer(s, R1, 80, SYN | NatLab.ACK);
    assertEquals(7_440 * NatLab.SECOND, lab.nat.timeoutNs(s));
  }

  /// §3.8: two hosts behind the same translator meet by their public ends.
  @Test
  void section38Hairpinning() {
    int server = out(FABRIKAM, UDP, OTHER, 7_000, R1, 53);
    int port = lab.nat.publicPort(server);
    int from = out(CONTOSO, UDP, HOST, 4_000, P, port);
    int to = lab.in(UDP, P, lab.nat.publicPort(from), P, port, 0);
    assertEquals(FABRIKAM, lab.nat.tenant(to));
    assertTrue(nat64.isNat64(to));
    assertEquals(OTHER.low(), nat64.insideLow(to));
  }

  @Test
  void forgetsHostsThatNobodyHolds() {
    lab.limits = new NatLimits(64, 64, 4, 16, 2);
    start();
    for (int i = 0; i < 200; i++) {
      Ipv6Address host = new Ipv6Address(HOST.high(), 100 + i);
      int s = out(CONTOSO, TCP, host, 1, R1, 80);
      assertTrue(s > 0, "round " + i);
      lab.nat.end(s);
      lab.pass(121);
      lab.pass(1);
    }
    assertEquals(0, lab.nat.subscribers());
  }

  @Test
  void endsSessionsThatAPolicyAllowsNoMore() {
    int s = out(CONTOSO, UDP, HOST, 5_000, R1, 53);
    int other = lab.udp(CONTOSO, APP, 5_000, R1, 53);
    lab.outbound.get(CONTOSO).removeLast();
    lab.apply();
    assertEquals(List.of(s), lab.revoked);
    assertEquals(HOST.low(), nat64.insideLow(s), "until its owner ends it");
    lab.nat.end(s);
    assertEquals(other, lab.udp(CONTOSO, APP, 5_000, R1, 53));
  }

  /// A datagram out, its answer back, octet by octet.
  @Test
  void carriesADatagramThereAndBack() {
    int length = 40 + 8 + 5;
    MemorySegment sent = Arena.ofAuto().allocate(length);
    Ipv6Header.write(
        sent,
        0,
        0,
        0,
        13,
        UDP,
        64,
        HOST.high(),
        HOST.low(),
        PREFIX.embedHigh(R1),
        PREFIX.embedLow(R1));
    UdpHeader.write(sent, 40, 5_000, 53, 13, 0);
    UdpHeader.writeChecksum(sent, 40, Ipv6Header.pseudoHeader(sent, 0, UDP, 13));
    int s = out(CONTOSO, UDP, HOST, 5_000, R1, 53);
    MemorySegment out = Arena.ofAuto().allocate(100);
    Ends4 ends = nat64.outboundEnds(s, new Ends4());
    int octets = ToIpv4.translate(sent, 0, length, out, 0, 100, ends, ends, 7, 1_500, 1_500);
    assertEquals(33, octets);
    assertEquals(P, Ipv4Header.source(out, 0));
    assertEquals(R1, Ipv4Header.destination(out, 0));
    assertEquals(lab.nat.publicPort(s), UdpHeader.sourcePort(out, 20));
    assertTrue(UdpHeader.isChecksumValid(out, 20, Ipv4Header.pseudoHeader(out, 0, UDP, 13)));

    MemorySegment answer = Arena.ofAuto().allocate(33);
    Ipv4Header.write(answer, 0, 0, 33, 1, 0, 60, UDP, R1, P);
    UdpHeader.write(answer, 20, 53, lab.nat.publicPort(s), 13, 0);
    UdpHeader.writeChecksum(answer, 20, Ipv4Header.pseudoHeader(answer, 0, UDP, 13));
    assertEquals(s, lab.answer(s, R1, 53, 0));
    Ends6 back = nat64.inboundEnds(s, new Ends6());
    octets = ToIpv6.translate(answer, 0, 33, out, 0, 100, back, back, 1_500, 1_500);
    assertEquals(53, octets);
    assertEquals(HOST.low(), Ipv6Header.destinationLow(out, 0));
    assertEquals(PREFIX.embedLow(R1), Ipv6Header.sourceLow(out, 0));
    assertEquals(5_000, UdpHeader.destinationPort(out, 40));
    assertTrue(UdpHeader.isChecksumValid(out, 40, Ipv6Header.pseudoHeader(out, 0, UDP, 13)));
  }
}
