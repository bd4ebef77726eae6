// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.IpAddress;
import hnv.wire.MacAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// Netlink messages, written and read, against octets worked out from netlink(7) and rtnetlink(7)
/// for a little-endian machine. {@link HostNetworkTest} asks the kernel itself.
final class MessageTest {
  private final Arena arena = Arena.ofAuto();

  private Reply reply(String hex) {
    byte[] octets = HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    MemorySegment message = arena.allocate(octets.length, 8);
    message.copyFrom(MemorySegment.ofArray(octets));
    return new Reply(message);
  }

  @Test
  void writesARouteLookup() {
    MemorySegment message =
        new Request(arena, 26, Request.ACK, Route.FIXED_LENGTH)
            .fixed8(0, 2)
            .fixed8(1, 32)
            .putAddress(Route.DESTINATION, IpAddress.parse("192.168.2.20"))
            .finish(7);
    assertArrayEquals(
        HexFormat.of()
            .parseHex(
                "24000000"
                    + "1a00"
                    + "0500"
                    + "07000000"
                    + "00000000"
                    + "022000000000000000000000"
                    + "08000100"
                    + "c0a80214"),
        message.toArray(ValueLayout.JAVA_BYTE));
  }

  @Test
  void padsAttributesAndCountsNests() {
    MemorySegment message =
        new Request(arena, 44, 0, 0)
            .putText(1, "bpf")
            .beginNest(2)
            .put8(3, 0xFF)
            .endNest()
            .finish(1);
    assertArrayEquals(
        HexFormat.of()
            .parseHex(
                "24000000"
                    + "2c00"
                    + "0100"
                    + "01000000"
                    + "00000000"
                    + "0800"
                    + "0100"
                    + "62706600"
                    + "0c00"
                    + "0280"
                    + "05000300"
                    + "ff000000"),
        message.toArray(ValueLayout.JAVA_BYTE));
  }

  @Test
  void refusesARequestThatDoesNotFit() {
    Request request = new Request(arena, 16, 0, 0);
    String half = "x".repeat(Request.MAX_LENGTH / 2);
    request.putText(1, half);
    assertThrows(IllegalArgumentException.class, () -> request.putText(1, half));
  }

  @Test
  void readsANeighbour() {
    Neighbor neighbor =
        Neighbor.parse(
            reply(
                "2c000000 1c00 0000 00000000 00000000"
                    + "02000000 03000000 0200 00 01"
                    + "08000100 c0a80101"
                    + "0a000200 82454e2ef517 0000"));
    assertNotNull(neighbor);
    assertEquals(3, neighbor.linkIndex());
    assertEquals(IpAddress.parse("192.168.1.1"), neighbor.address());
    assertEquals(MacAddress.parse("82:45:4e:2e:f5:17"), neighbor.mac());
    assertTrue(neighbor.isUsable());
  }

  @Test
  void readsTheFirstOfSeveralNextHops() {
    Route route =
        Route.parse(
            reply(
                "38000000 1800 0000 00000000 00000000"
                    + "02000000 fe 03 00 01 00000000"
                    + "1c000900"
                    + "1000 00 00 05000000" // rtnexthop: length, flags, hops, ifindex
                    + "08000500 0a000001"
                    + "0800 00 00 06000000"));
    assertNotNull(route);
    assertEquals(5, route.linkIndex());
    assertEquals(IpAddress.parse("10.0.0.1"), route.gateway());
    assertEquals(Route.Kind.UNICAST, route.kind());
    assertNull(route.destination());
  }

  @Test
  void takesAnUnreachableRouteForARefusal() {
    Route route =
        Route.parse(reply("1c000000 1800 0000 00000000 00000000 02000000fe030007 00000000"));
    assertNotNull(route);
    assertEquals(Route.Kind.REFUSED, route.kind());
  }

  @Test
  void stopsAtAnAttributeThatIsCutShort() {
    // The attribute says 64 octets, the message has 4 of them.
    Reply cut =
        reply(
            "24000000 1c00 0000 00000000 00000000"
                + "02000000 03000000 0200 00 01"
                + "40000100 c0a80101");
    assertNull(Neighbor.parse(cut));
    assertNull(cut.attribute(12, 2));
  }

  @Test
  void readsNothingFromAFixedPartThatIsMissing() {
    Reply empty = reply("10000000 1000 0000 00000000 00000000");
    assertNull(Link.parse(empty));
    assertNull(Route.parse(empty));
    assertNull(Neighbor.parse(empty));
    assertNull(InterfaceAddress.parse(empty));
    assertNull(NetworkMonitor.parse(empty));
  }

  @Test
  void splitsABufferByTheLengthsInIt() {
    MemorySegment buffer = arena.allocate(64, 8);
    buffer.set(ValueLayout.JAVA_INT, 0, 20);
    buffer.set(ValueLayout.JAVA_INT, 20, 4); // shorter than a header
    assertEquals(20, Reply.lengthAt(buffer, 0, 64));
    assertEquals(0, Reply.lengthAt(buffer, 20, 64), "no message is shorter than its header");
    assertEquals(0, Reply.lengthAt(buffer, 0, 19), "longer than what was received");
    assertEquals(0, Reply.lengthAt(buffer, 60, 64), "no room for a header");
  }

  @Test
  void readsTheKernelsOwnWords() {
    // NLMSG_ERROR, capped, with an extended acknowledgement: EINVAL "bad".
    Reply error =
        reply(
            "2c000000 0200 0003 01000000 00000000"
                + "eaffffff"
                + "20000000 1400 0500 01000000 00000000"
                + "0800 0100 62616400");
    assertEquals(22, error.errno());
    assertEquals("bad", error.errorText());
  }

  @Test
  void tellsWhatAMessageMeans() {
    NetworkChange change =
        NetworkMonitor.parse(
            reply(
                "20000000 1500 0000 00000000 00000000"
                    + "02 18 00 00 07000000"
                    + "08000200 c0a8010a"));
    NetworkChange.AddressRemoved removed =
        assertInstanceOf(NetworkChange.AddressRemoved.class, change);
    assertEquals(new InterfaceAddress(7, IpAddress.parse("192.168.1.10"), 24), removed.address());
  }
}
