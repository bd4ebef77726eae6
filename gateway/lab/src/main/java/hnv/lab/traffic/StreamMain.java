// SPDX-License-Identifier: Apache-2.0
package hnv.lab.traffic;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Sends or receives a steady stream, a process of its own in a machine's namespace. One line on
/// standard output says what came of it.
///
///     send-numbers ADDRESS PORT RATE SECONDS     UDP, each packet with the next number, after 100
///                                                at ease
///     receive-numbers ADDRESS PORT               until the last; numbers missing, and twice
///     send-octets ADDRESS PORT SECONDS           TCP, a megabyte a second
///     receive-octets ADDRESS PORT                octets, and the longest silence between two reads
public final class StreamMain {
  private static final int LENGTH = 64;
  private static final int MAX_NUMBERS = 1 << 26;
  private static final int FIRST = 100;
  private static final long FIRST_NS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int LAST = -1;
  private static final int LAST_COPIES = 20;
  private static final int RECEIVE_BUFFER = 8 << 20;
  private static final int PIECE = 10_000;
  private static final long PIECE_NS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private StreamMain() {}

  /// Does what the first word says.
  public static void main(String[] words) throws IOException {
    InetSocketAddress address = new InetSocketAddress(words[1], Integer.parseInt(words[2]));
    switch (words[0]) {
      case "send-numbers" ->
          sendNumbers(address, Integer.parseInt(words[3]), Integer.parseInt(words[4]));
      case "receive-numbers" -> receiveNumbers(address);
      case "send-octets" -> sendOctets(address, Integer.parseInt(words[3]));
      case "receive-octets" -> receiveOctets(address);
      default -> throw new IllegalArgumentException("what is " + words[0]);
    }
  }

  private static void sendNumbers(InetSocketAddress to, int rate, int seconds) throws IOException {
    try (DatagramChannel channel = DatagramChannel.open().connect(to)) {
      ByteBuffer packet = ByteBuffer.allocateDirect(LENGTH);
      long begin = System.nanoTime();
      int total = FIRST + rate * seconds;
      for (int number = 0; number < total; number++) {
        // The first ones find neighbours and let the flow be established.
        long due =
            number < FIRST
                ? begin + number * FIRST_NS
                : begin + FIRST * FIRST_NS + (number - FIRST) * TimeUnit.SECONDS.toNanos(1) / rate;
        while (System.nanoTime() < due) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
        channel.write(packet.clear().putInt(0, number));
      }
      for (int i = 0; i < LAST_COPIES; i++) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        channel.write(packet.clear().putInt(0, LAST).putInt(4, total));
      }
      OUT.println("sent " + total);
    }
  }

  private static void receiveNumbers(InetSocketAddress at) throws IOException {
    try (DatagramChannel channel = DatagramChannel.open()) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
      channel.bind(at);
      OUT.println("listening");
      ByteBuffer packet = ByteBuffer.allocateDirect(LENGTH);
      BitSet seen = new BitSet();
      int twice = 0;
      while (true) {
        channel.receive(packet.clear());
        int number = packet.getInt(0);
        if (number == LAST) {
          int total = packet.getInt(4);
          int missing = seen.nextClearBit(0);
          OUT.println(
              "missing "
                  + (total - seen.cardinality())
                  + " twice "
                  + twice
                  + (missing < total
                      ? ", from " + missing + " to " + seen.previousClearBit(total - 1)
                      : ""));
          return;
        }
        if (number >= 0 && number < MAX_NUMBERS) {
          twice += seen.get(number) ? 1 : 0;
          seen.set(number);
        }
      }
    }
  }

  private static void sendOctets(InetSocketAddress to, int seconds) throws IOException {
    try (SocketChannel channel = SocketChannel.open(to)) {
      long begin = System.nanoTime();
      long end = begin + TimeUnit.SECONDS.toNanos(seconds);
      long sent = 0;
      for (long due = begin; due < end; due += PIECE_NS) {
        while (System.nanoTime() < due) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        while (piece.hasRemaining()) {
          sent += channel.write(piece);
        }
      }
      OUT.println("sent " + sent);
    }
  }

  private static void receiveOctets(InetSocketAddress at) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(at)) {
      OUT.println("listening");
      try (SocketChannel channel = server.accept()) {
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        long octets = 0;
        long longest = 0;
        long last = System.nanoTime();
        for (int read = channel.read(piece); read >= 0; read = channel.read(piece.clear())) {
          long now = System.nanoTime();
          octets += read;
          longest = Math.max(longest, now - last);
          last = now;
        }
        OUT.println("octets " + octets + " silence " + TimeUnit.NANOSECONDS.toMillis(longest));
      }
    }
  }
}
