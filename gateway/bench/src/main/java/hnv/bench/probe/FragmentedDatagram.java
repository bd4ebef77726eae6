// SPDX-License-Identifier: Apache-2.0
package hnv.bench.probe;

import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.MacAddress;
import hnv.wire.UdpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A UDP datagram in two pieces (RFC 791 §3.2).
record FragmentedDatagram(
    MacAddress source,
    MacAddress destination,
    Ipv4Address from,
    Ipv4Address to,
    int sourcePort,
    int destinationPort) {
  private static final int PAYLOAD = 1_000;

  /// Octets of the first piece behind the IP header, a multiple of 8.
  private static final int FIRST = 512;

  private static final int TTL = 64;

  /// What arrives where the pieces are put together.
  byte[] payload() {
    byte[] payload = new byte[PAYLOAD];
    for (int i = 0; i < PAYLOAD; i++) {
      payload[i] = (byte) (i * 11);
    }
    return payload;
  }

  /// Both pieces as frames, the last first.
  ///
  /// @param id tells the datagram from others
  List<byte[]> lastFirst(int id) {
    int length = UdpHeader.LENGTH + PAYLOAD;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment datagram = arena.allocate(length, 8);
      MemorySegment.copy(payload(), 0, datagram, ValueLayout.JAVA_BYTE, UdpHeader.LENGTH, PAYLOAD);
      UdpHeader.write(datagram, 0, sourcePort, destinationPort, length, 0);
      MemorySegment ip = arena.allocate(Ipv4Header.MIN_LENGTH, 8);
      writeIp(ip, 0, id, length, 0);
      UdpHeader.writeChecksum(datagram, 0, Ipv4Header.pseudoHeader(ip, 0, IpProtocol.UDP, length));
      return List.of(
          piece(arena, datagram.asSlice(FIRST), id, FIRST / 8),
          piece(arena, datagram.asSlice(0, FIRST), id, Ipv4Header.FLAG_MF));
    }
  }

  private byte[] piece(Arena arena, MemorySegment octets, int id, int fragment) {
    long at = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    MemorySegment frame = arena.allocate(at + octets.byteSize(), 8);
    EthernetHeader.write(frame, 0, destination.bits(), source.bits(), EthernetHeader.IPV4);
    writeIp(frame, EthernetHeader.LENGTH, id, (int) octets.byteSize(), fragment);
    frame.asSlice(at).copyFrom(octets);
    return frame.toArray(ValueLayout.JAVA_BYTE);
  }

  private void writeIp(MemorySegment f, long at, int id, int length, int fragment) {
    Ipv4Header.write(
        f,
        at,
        0,
        Ipv4Header.MIN_LENGTH + length,
        id,
        fragment,
        TTL,
        IpProtocol.UDP,
        from.bits(),
        to.bits());
    Ipv4Header.writeChecksum(f, at);
  }
}
