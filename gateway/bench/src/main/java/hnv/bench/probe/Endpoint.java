// SPDX-License-Identifier: Apache-2.0
package hnv.bench.probe;

import hnv.bench.line.Inside;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.wire.Ipv4Address;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// A UDP socket at an address in a namespace. Owned by one thread.
final class Endpoint implements AutoCloseable {
  private static final int TRIES = 3;
  private static final long WAIT_MS = 400;

  private static long tokens = System.nanoTime();

  private final DatagramSocket socket;

  private Endpoint(DatagramSocket socket) {
    this.socket = socket;
  }

  /// @param port 0: any
  static Endpoint open(Namespace namespace, Ipv4Address address, int port) {
    return new Endpoint(
        Inside.call(
            namespace, () -> new DatagramSocket(new InetSocketAddress(inet(address), port))));
  }

  private static InetAddress inet(Ipv4Address address) throws IOException {
    return InetAddress.getByAddress(
        ByteBuffer.allocate(Integer.BYTES).putInt(address.bits()).array());
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /// Sends from here until it arrives at an endpoint, or does not in three tries.
  ///
  /// @param to what it is sent to
  /// @param at where it shall arrive
  /// @param octets of the payload, 8 or more
  /// @return from whom it came there
  Optional<InetSocketAddress> reach(InetSocketAddress to, Endpoint at, int octets) {
    long token = ++tokens;
    byte[] payload = new byte[octets];
    for (int i = 0; i < octets; i++) {
      payload[i] = (byte) (7L * i + token);
    }
    ByteBuffer.wrap(payload).putLong(token);
    try {
      for (int i = 0; i < TRIES; i++) {
        socket.send(new DatagramPacket(payload, octets, to));
        Optional<InetSocketAddress> from = at.await(payload);
        if (from.isPresent()) {
          return from;
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new LabException("cannot send to " + to + ": " + e.getMessage(), e);
    }
  }

  Optional<InetSocketAddress> reach(InetSocketAddress to, Endpoint at) {
    return reach(to, at, Long.BYTES);
  }

  /// Waits for exactly these octets.
  Optional<InetSocketAddress> await(byte[] payload) throws IOException {
    long end = System.nanoTime() + WAIT_MS * 1_000_000;
    byte[] octets = new byte[65_536];
    for (long left = WAIT_MS; left > 0; left = (end - System.nanoTime()) / 1_000_000) {
      socket.setSoTimeout((int) left);
      DatagramPacket packet = new DatagramPacket(octets, octets.length);
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException e) {
        return Optional.empty();
      }
      if (ByteBuffer.wrap(octets, 0, packet.getLength()).equals(ByteBuffer.wrap(payload))) {
        return Optional.of((InetSocketAddress) packet.getSocketAddress());
      }
    }
    return Optional.empty();
  }

  /// Whether a packet to a port that nobody listens at is answered by an error that arrives here.
  boolean learnsThatNobodyIsAt(InetSocketAddress to) {
    try {
      socket.connect(to);
      for (int i = 0; i < TRIES; i++) {
        try {
          socket.send(new DatagramPacket(new byte[Long.BYTES], Long.BYTES));
          socket.setSoTimeout((int) WAIT_MS);
          socket.receive(new DatagramPacket(new byte[Long.BYTES], Long.BYTES));
        } catch (PortUnreachableException e) {
          return true;
        } catch (SocketTimeoutException e) {
          // Once more.
        }
      }
      return false;
    } catch (IOException e) {
      throw new LabException("cannot send to " + to + ": " + e.getMessage(), e);
    } finally {
      socket.disconnect();
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
