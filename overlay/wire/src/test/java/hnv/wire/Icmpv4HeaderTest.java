// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Icmpv4HeaderTest {
  private static final String ECHO = "0800 f6f9 407a 0001 4142";
  private static final long AT = Frames.INNER + 34;

  @Test
  void deconstructs() {
    MemorySegment f = Hex.segment(ECHO);
    assertTrue(Icmpv4Header.isValid(f, 0, 10));
    assertEquals(Icmpv4Header.ECHO_REQUEST, Icmpv4Header.type(f, 0));
    assertEquals(0, Icmpv4Header.code(f, 0));
    assertEquals(0xF6F9, Icmpv4Header.checksum(f, 0));
    assertEquals(0x407A, Icmpv4Header.id(f, 0));
    assertEquals(1, Icmpv4Header.sequence(f, 0));
    assertEquals(0x407A_0001, Icmpv4Header.rest(f, 0));
  }

  @Test
  void constructsEveryOctet() {
    MemorySegment f = Hex.unwritten(Icmpv4Header.LENGTH);
    Icmpv4Header.writeQuery(f, 0, Icmpv4Header.ECHO_REQUEST, 0, 0x407A, 1);
    assertEquals("0800 0000 407a 0001", Hex.of(f));
  }

  @Test
  void refusesImpossibleLengths() {
    MemorySegment f = Hex.segment(ECHO);
    assertTrue(Icmpv4Header.isValid(f, 0, 8));
    assertFalse(Icmpv4Header.isValid(f, 0, 7));
  }

  @Test
  void setsOneFieldAtATime() {
    MemorySegment f = Hex.segment(ECHO);
    Icmpv4Header.setId(f, 0, 0x1234);
    Icmpv4Header.setChecksum(f, 0, 0);
    assertEquals("0800 0000 1234 0001 4142", Hex.of(f));
  }

  @Test
  void zeroChecksumIsNotAnExemption() {
    MemorySegment f = Hex.segment("0800 0000 407a 0001 4142");
    assertFalse(Icmpv4Header.isChecksumValid(f, 0, 10));
    Icmpv4Header.writeChecksum(f, 0, 10);
    assertTrue(Icmpv4Header.isChecksumValid(f, 0, 10));
  }

  @Test
  void parsesARealFrame() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ECHO_REQUEST);
    assertEquals(Icmpv4Header.ECHO_REQUEST, Icmpv4Header.type(f, AT));
    assertEquals(16_506, Icmpv4Header.id(f, AT));
    assertTrue(Icmpv4Header.isChecksumValid(f, AT, (int) (f.byteSize() - AT)));
  }

  @Test
  void turnsARequestIntoTheReplyThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_ECHO_REQUEST);
    MemorySegment reply = Hex.segment(Frames.VXLAN_ECHO_REPLY);
    Icmpv4Header.turnIntoEchoReply(f, AT);
    assertEquals(Hex.of(reply.asSlice(AT)), Hex.of(f.asSlice(AT)));
  }

  @Test
  void emitsThePortUnreachableThatTheKernelSent() {
    MemorySegment f = Hex.segment(Frames.VXLAN_PORT_UNREACHABLE);
    String expected = Hex.of(f);
    f.asSlice(AT, Icmpv4Header.LENGTH).fill((byte) 0xA5);
    int quote = (int) (f.byteSize() - AT - Icmpv4Header.LENGTH);
    Icmpv4Header.writeDestinationUnreachable(f, AT, Icmpv4Header.PORT_UNREACHABLE, quote);
    assertEquals(expected, Hex.of(f));
    long quoted = AT + Icmpv4Header.LENGTH;
    assertTrue(Ipv4Header.isValidQuoted(f, quoted, f.byteSize()));
    assertEquals(9, UdpHeader.destinationPort(f, quoted + 20));
  }

  @Test
  void writesFragmentationNeededWithTheNextHopMtu() {
    MemorySegment f = Hex.unwritten(Icmpv4Header.LENGTH + 28);
    Icmpv4Header.writeFragmentationNeeded(f, 0, 1450, 28);
    assertEquals(Icmpv4Header.DESTINATION_UNREACHABLE, Icmpv4Header.type(f, 0));
    assertEquals(Icmpv4Header.FRAGMENTATION_NEEDED, Icmpv4Header.code(f, 0));
    assertEquals(1450, Icmpv4Header.nextHopMtu(f, 0));
    assertEquals(1450, Icmpv4Header.rest(f, 0), "the octets before the MTU are zero");
    assertTrue(Icmpv4Header.isChecksumValid(f, 0, 36));
  }

  @Test
  void writesTimeExceeded() {
    MemorySegment f = Hex.unwritten(Icmpv4Header.LENGTH + 28);
    Icmpv4Header.writeTimeExceeded(f, 0, 28);
    assertEquals(Icmpv4Header.TIME_EXCEEDED, Icmpv4Header.type(f, 0));
    assertEquals(Icmpv4Header.TTL_EXCEEDED, Icmpv4Header.code(f, 0));
    assertEquals(0, Icmpv4Header.rest(f, 0));
    assertTrue(Icmpv4Header.isChecksumValid(f, 0, 36));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 11, 12})
  void errorsAreNoQueries(int type) {
    assertTrue(Icmpv4Header.isError(type));
    assertFalse(Icmpv4Header.isQuery(type));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, 13, 14, 15, 16, 17, 18})
  void queriesAreNoErrors(int type) {
    assertTrue(Icmpv4Header.isQuery(type));
    assertFalse(Icmpv4Header.isError(type));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6, 7, 9, 10, 19, 30, 255})
  void otherTypesAreNeither(int type) {
    assertFalse(Icmpv4Header.isQuery(type));
    assertFalse(Icmpv4Header.isError(type));
  }

  @Test
  void quoteLeavesTheErrorWithin576Octets() {
    assertEquals(576, 20 + Icmpv4Header.LENGTH + Icmpv4Header.MAX_QUOTE);
  }

  @Test
  void readsAndWritesTypeAndCodeAsOne() {
    MemorySegment f = Hex.segment(ECHO);
    assertEquals(0x0800, Icmpv4Header.message(f, 0));
    Icmpv4Header.setMessage(f, 0, 0x8001);
    assertEquals("8001 f6f9 407a 0001 4142", Hex.of(f));
  }

  @Test
  void readsWhatErrorsSayOfTheirQuote() {
    MemorySegment f = Hex.segment("0c00 0000 1620 0000");
    assertEquals(0x16, Icmpv4Header.pointer(f, 0));
    assertEquals(128, Icmpv4Header.quoteLength(f, 0));
    assertEquals(255 * 4, Icmpv4Header.quoteLength(Hex.segment("0300 0000 00ff 0000"), 0));
  }

  @Test
  void constructsAnyError() {
    MemorySegment f = Hex.segment("ffff ffff ffff ffff 4500 0014");
    Icmpv4Header.writeError(f, 0, Icmpv4Header.PARAMETER_PROBLEM, 0, 0x1400_0000, 4);
    assertEquals("0c00 9aeb 1400 0000 4500 0014", Hex.of(f));
    assertTrue(Icmpv4Header.isChecksumValid(f, 0, 12));
  }
}
