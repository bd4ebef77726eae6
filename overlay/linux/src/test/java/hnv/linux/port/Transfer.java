// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.linux.Lab;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;

/// Bulk TCP between two namespaces, by sockets of this process.
final class Transfer {
  private static final int PORT = 5201;
  private static final int CHUNK = 1 << 17;

  private Transfer() {}

  /// Sends octets and checks that they arrive unchanged.
  ///
  /// @return Gbit/s
  static double bulk(Lab lab, String from, String to, String address, long octets)
      throws Exception {
    CountDownLatch listening = new CountDownLatch(1);
    CompletableFuture<Long> server = lab.begin(to, () -> receive(address, listening));
    if (!listening.await(10, TimeUnit.SECONDS)) {
      server.get(1, TimeUnit.SECONDS);
    }
    long start = System.nanoTime();
    long sent = lab.in(from, () -> send(address, octets));
    assertEquals(sent, server.get(60, TimeUnit.SECONDS), "octets changed on the way");
    return octets * 8.0 / (System.nanoTime() - start);
  }

  private static long receive(String address, CountDownLatch listening) throws Exception {
    CRC32 crc = new CRC32();
    try (ServerSocket server = new ServerSocket(PORT, 1, InetAddress.getByName(address))) {
      server.setSoTimeout(20_000);
      listening.countDown();
      try (Socket socket = server.accept();
          InputStream in = socket.getInputStream()) {
        socket.setSoTimeout(20_000);
        byte[] chunk = new byte[CHUNK];
        for (int n; (n = in.read(chunk)) >= 0; ) {
          crc.update(chunk, 0, n);
        }
      }
    }
    return crc.getValue();
  }

  private static long send(String address, long octets) throws Exception {
    CRC32 crc = new CRC32();
    byte[] chunk = new byte[CHUNK];
    new java.util.Random(1).nextBytes(chunk);
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(address), PORT), 10_000);
      try (OutputStream out = socket.getOutputStream()) {
        for (long left = octets; left > 0; left -= CHUNK) {
          int n = (int) Math.min(CHUNK, left);
          out.write(chunk, 0, n);
          crc.update(chunk, 0, n);
        }
      }
    }
    return crc.getValue();
  }
}
