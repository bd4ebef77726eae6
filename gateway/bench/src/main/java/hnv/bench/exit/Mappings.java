// SPDX-License-Identifier: Apache-2.0
package hnv.bench.exit;

import hnv.bench.line.ExitLine;
import hnv.bench.line.Inside;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.wire.Ipv4Address;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/// Begins flows through a translation by sockets at both ends, and learns where it put them: a
/// packet of each flow and its answer, of another length than a {@link
/// hnv.bench.traffic.TranslatedFrame}, so that sinks let them pass.
final class Mappings {
  private static final int PAYLOAD = 32;
  private static final int TIMEOUT_MS = 1_000;
  private static final int TRIES = 5;

  private Mappings() {}

  /// Begins `flows` flows to a service.
  ///
  /// @return the public port of each
  /// @throws LabException where one has no answer, or comes from another address
  static int[] learn(ExitLine line, int service, int flows) {
    int[] ports = new int[flows];
    DatagramSocket server = open(line.server(), ExitLine.SERVER, service);
    CompletableFuture<Integer> answering =
        Inside.begin(line.server(), Inside.ANY_CPU, () -> answer(server, ports));
    try {
      Inside.call(line.client(), () -> ask(line, service, flows));
    } finally {
      server.close();
    }
    Inside.await(line.server(), answering);
    for (int flow = 0; flow < flows; flow++) {
      if (ports[flow] == 0) {
        throw new LabException(
            "flow %d to port %d did not come from %s".formatted(flow, service, ExitLine.PUBLIC));
      }
    }
    return ports;
  }

  private static DatagramSocket open(Namespace namespace, Ipv4Address address, int port) {
    return Inside.call(
        namespace, () -> new DatagramSocket(new InetSocketAddress(inet(address), port)));
  }

  static InetAddress inet(Ipv4Address address) throws IOException {
    return InetAddress.getByAddress(
        ByteBuffer.allocate(Integer.BYTES).putInt(address.bits()).array());
  }

  private static int answer(DatagramSocket socket, int[] ports) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[PAYLOAD], PAYLOAD);
    InetAddress expected = inet(ExitLine.PUBLIC);
    int answered = 0;
    while (!socket.isClosed()) {
      try {
        socket.receive(packet);
        int flow = ByteBuffer.wrap(packet.getData()).getInt();
        if (packet.getAddress().equals(expected) && flow >= 0 && flow < ports.length) {
          ports[flow] = packet.getPort();
        }
        socket.send(packet);
        answered++;
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw e;
        }
      }
    }
    return answered;
  }

  private static int ask(ExitLine line, int service, int flows) throws IOException {
    for (int flow = 0; flow < flows; flow++) {
      try (DatagramSocket socket =
          new DatagramSocket(
              new InetSocketAddress(inet(line.clientAddress()), ExitFrames.clientPort(flow)))) {
        socket.connect(inet(ExitLine.SERVER), service);
        socket.setSoTimeout(TIMEOUT_MS);
        exchange(socket, flow);
      }
    }
    return flows;
  }

  private static void exchange(DatagramSocket socket, int flow) throws IOException {
    byte[] octets = new byte[PAYLOAD];
    ByteBuffer.wrap(octets).putInt(flow);
    DatagramPacket packet = new DatagramPacket(octets, PAYLOAD);
    for (int i = 0; i < TRIES; i++) {
      socket.send(packet);
      try {
        socket.receive(new DatagramPacket(new byte[PAYLOAD], PAYLOAD));
        return;
      } catch (SocketTimeoutException e) {
        // Once more: the first packets of a busy machine may be late.
      }
    }
    throw new LabException("flow %d has no answer through the translation".formatted(flow));
  }
}
