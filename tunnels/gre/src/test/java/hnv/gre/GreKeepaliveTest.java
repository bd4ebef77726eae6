// SPDX-License-Identifier: Apache-2.0
package hnv.gre;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.GreHeader;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class GreKeepaliveTest {
  private static final long SECOND = 1_000_000_000L;

  private final MemorySegment f = Arena.ofAuto().allocate(GreKeepalive.MAX_LENGTH + 1, 8);

  private static GreTunnel tunnel(String local, String remote, OptionalInt key, int seconds) {
    return new GreTunnel(
        "branch",
        address(local),
        address(remote),
        key,
        false,
        false,
        seconds,
        GreTunnel.DEFAULT_KEEPALIVE_TRIES);
  }

  private static IpAddress address(String text) {
    return text.contains(":") ? Ipv6Address.parse(text) : Ipv4Address.parse(text);
  }

  private static GreTunnel tunnel4() {
    return tunnel("203.0.113.20", "198.51.100.10", OptionalInt.empty(), 10);
  }

  @Test
  void writesTheAnswerThatItWants() {
    int length = new GreKeepalive(tunnel4(), 0).write(f, 0);
    byte[] octets = f.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    assertEquals(
        "450000180000" + "4000ff2f" + checksum() + "c633640acb007114" + "00000000",
        HexFormat.of().formatHex(octets));
    assertTrue(Ipv4Header.isValid(f, 0, length));
    assertTrue(Ipv4Header.isChecksumValid(f, 0));
  }

  private static String checksum() {
    int sum = 0x4500 + 0x0018 + 0x4000 + 0xff2f + 0xc633 + 0x640a + 0xcb00 + 0x7114;
    sum = (sum >>> 16) + (sum & 0xFFFF);
    return "%04x".formatted(~((sum >>> 16) + sum) & 0xFFFF);
  }

  @Test
  void writesTheKeyAndIpv6() {
    GreTunnel t = tunnel("2001:db8::20", "2001:db8::10", OptionalInt.of(0xCAFE), 10);
    int length = new GreKeepalive(t, 0).write(f, 0);
    assertEquals(GreKeepalive.MAX_LENGTH, length);
    assertTrue(Ipv6Header.isValid(f, 0, length));
    assertEquals(8, Ipv6Header.payloadLength(f, 0));
    assertTrue(GreHeader.isValid(f, 40, length));
    assertEquals(0xCAFE, GreHeader.key(f, 40));
    assertEquals(0, GreHeader.protocolType(f, 40));
  }

  @Test
  void asksInIntervals() {
    GreKeepalive k = new GreKeepalive(tunnel4(), 5 * SECOND);
    assertFalse(k.ask(5 * SECOND - 1));
    assertTrue(k.ask(5 * SECOND));
    assertEquals(15 * SECOND, k.nextNs());
    assertFalse(k.ask(15 * SECOND - 1));
    assertTrue(k.ask(15 * SECOND));
  }

  @Test
  void goesDownAfterAsManyTriesAndUpAgain() {
    GreKeepalive k = new GreKeepalive(tunnel4(), 0);
    assertTrue(k.isUp());
    for (long asked = 0; asked < 3; asked++) {
      assertTrue(k.ask(asked * 10 * SECOND));
      assertTrue(k.isUp(), "question " + asked);
    }
    assertTrue(k.ask(30 * SECOND), "goes on asking");
    assertFalse(k.isUp());
    assertTrue(k.ask(40 * SECOND));
    k.answered();
    assertTrue(k.isUp());
    for (long asked = 5; asked < 8; asked++) {
      assertTrue(k.ask(asked * 10 * SECOND));
      assertTrue(k.isUp());
    }
    assertTrue(k.ask(80 * SECOND));
    assertFalse(k.isUp());
  }

  @Test
  void staysUpWhileAnswered() {
    GreKeepalive k = new GreKeepalive(tunnel4(), 0);
    for (long asked = 0; asked < 1_000; asked++) {
      assertTrue(k.ask(asked * 10 * SECOND));
      if (asked % 3 == 2) {
        k.answered();
      }
      assertTrue(k.isUp());
    }
  }

  @Test
  void isUpAlwaysWithoutKeepalives() {
    GreKeepalive k =
        new GreKeepalive(tunnel("203.0.113.20", "198.51.100.10", OptionalInt.empty(), 0), 0);
    assertFalse(k.ask(Long.MAX_VALUE / 2));
    assertEquals(Long.MAX_VALUE, k.nextNs());
    assertTrue(k.isUp());
  }

  @Test
  void knowsThePeersQuestion() {
    GreTunnel ours = tunnel4();
    GreTunnel theirs = tunnel("198.51.100.10", "203.0.113.20", OptionalInt.empty(), 10);
    new GreKeepalive(theirs, 0).write(f, 0);
    assertTrue(GreKeepalive.isQuestion(ours, f, 0, false));
    new GreKeepalive(ours, 0).write(f, 0);
    assertFalse(GreKeepalive.isQuestion(ours, f, 0, false), "ours, as it comes back");
    GreTunnel foreign = tunnel("192.0.2.66", "203.0.113.20", OptionalInt.empty(), 10);
    new GreKeepalive(foreign, 0).write(f, 0);
    assertFalse(GreKeepalive.isQuestion(ours, f, 0, false), "to another than the peer");
    GreTunnel ours6 = tunnel("2001:db8::20", "2001:db8::10", OptionalInt.empty(), 10);
    GreTunnel theirs6 = tunnel("2001:db8::10", "2001:db8::20", OptionalInt.empty(), 10);
    new GreKeepalive(theirs6, 0).write(f, 0);
    assertTrue(GreKeepalive.isQuestion(ours6, f, 0, true));
    assertFalse(GreKeepalive.isQuestion(ours, f, 0, true));
  }
}
