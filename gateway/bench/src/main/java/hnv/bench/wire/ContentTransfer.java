// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Inside;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.wire.Ipv4Address;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/// Octets at random over a TCP connection, and a hash of them at both ends: iperf3 does not look at
/// what arrives.
public final class ContentTransfer {
  private static final int OCTETS = 64 << 20;
  private static final int PIECE = 1 << 18;
  private static final int PORT = 5300;
  private static final int TIMEOUT_MS = 15_000;
  private static final long SEED = 4_789;

  private ContentTransfer() {}

  /// Sends {@value #OCTETS} octets.
  ///
  /// @return what is wrong with what arrived; empty where nothing
  public static Optional<String> check(Namespace from, Namespace to, Ipv4Address address) {
    CompletableFuture<ServerSocket> listening = new CompletableFuture<>();
    CompletableFuture<String> received =
        Inside.begin(to, Inside.ANY_CPU, () -> receive(listening, address));
    received.exceptionally(
        failure -> {
          listening.completeExceptionally(failure);
          return "";
        });
    Inside.await(to, listening);
    String sent = Inside.call(from, () -> send(address));
    String arrived = Inside.await(to, received);
    return sent.equals(arrived)
        ? Optional.empty()
        : Optional.of("sent " + sent + " and received " + arrived);
  }

  private static InetSocketAddress at(Ipv4Address address) throws IOException {
    byte[] octets = new byte[4];
    for (int i = 0; i < 4; i++) {
      octets[i] = (byte) (address.bits() >>> (24 - 8 * i));
    }
    return new InetSocketAddress(InetAddress.getByAddress(octets), PORT);
  }

  private static String receive(CompletableFuture<ServerSocket> listening, Ipv4Address address)
      throws IOException {
    try (ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(at(address));
      server.setSoTimeout(TIMEOUT_MS);
      listening.complete(server);
      try (Socket socket = server.accept()) {
        socket.setSoTimeout(TIMEOUT_MS);
        MessageDigest digest = digest();
        byte[] piece = new byte[PIECE];
        long octets = 0;
        InputStream in = socket.getInputStream();
        for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
          digest.update(piece, 0, read);
          octets += read;
        }
        return summary(octets, digest);
      }
    }
  }

  private static String send(Ipv4Address address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(at(address), TIMEOUT_MS);
      MessageDigest digest = digest();
      Random random = new Random(SEED);
      byte[] piece = new byte[PIECE];
      OutputStream out = socket.getOutputStream();
      for (int sent = 0; sent < OCTETS; sent += PIECE) {
        random.nextBytes(piece);
        digest.update(piece);
        out.write(piece);
      }
      return summary(OCTETS, digest);
    }
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new LabException("no SHA-256", e); // Cannot happen: every Java has it.
    }
  }

  private static String summary(long octets, MessageDigest digest) {
    return octets + " octets with SHA-256 " + HexFormat.of().formatHex(digest.digest());
  }
}
