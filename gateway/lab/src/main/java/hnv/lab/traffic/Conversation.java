// SPDX-License-Identifier: Apache-2.0
package hnv.lab.traffic;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.Deadline;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import hnv.wire.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One TCP connection between two machines, kept busy: a numbered line every 10 ms, which the far
/// end sends back. Two threads of its own write and read.
public final class Conversation implements AutoCloseable {
  /// Between two lines.
  public static final Duration INTERVAL = Duration.ofMillis(10);

  private final RunningProcess server;
  private final RunningProcess client;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong longestSilence = new AtomicLong();
  private volatile boolean talking = true;
  private volatile @Nullable String mistake;

  private Conversation(RunningProcess server, RunningProcess client) {
    this.server = server;
    this.client = client;
    Thread.ofPlatform().daemon().name("conversation-writer").start(this::write);
    Thread.ofPlatform().daemon().name("conversation-reader").start(this::read);
  }

  /// Opens the connection and begins to talk.
  ///
  /// @param port where the server machine listens
  public static Conversation open(
      Namespace clientMachine, Namespace serverMachine, IpAddress serverAddress, int port) {
    RunningProcess server =
        serverMachine.start(
            "echo-server", words("busybox nc -l -p %d -e busybox cat".formatted(port)));
    Deadline.in(Duration.ofSeconds(5))
        .await(
            "the echo server to listen",
            () ->
                serverMachine
                    .run("busybox", "netstat", "-ltn")
                    .output()
                    .contains(":" + port + " "));
    RunningProcess client =
        clientMachine.startPiped(
            "echo-client", words("busybox nc %s %d".formatted(serverAddress, port)));
    return new Conversation(server, client);
  }

  /// Lines written until now.
  public long sent() {
    return sent.get();
  }

  /// Lines that came back until now, each at its turn.
  public long received() {
    return received.get();
  }

  /// The longest time in which no line came back, in milliseconds.
  public double longestSilence() {
    return longestSilence.get() / 1e6;
  }

  /// True as long as neither end has closed and each line has come back at its turn.
  public boolean isWhole() {
    return mistake == null && server.isAlive() && client.isAlive();
  }

  /// What went wrong; empty where nothing did.
  public String mistake() {
    String text = mistake;
    return text != null ? text : isWhole() ? "" : "the connection was closed";
  }

  /// Waits until `lines` more lines have come back.
  ///
  /// @return false when they have not in time
  public boolean goesOn(int lines, Duration limit) {
    long target = received.get() + lines;
    return Deadline.in(limit).holds(() -> received.get() >= target || !isWhole()) && isWhole();
  }

  /// Stops talking and waits until all that was said has come back.
  ///
  /// @return false when it has not in time
  public boolean finish(Duration limit) {
    talking = false;
    return Deadline.in(limit).holds(() -> received.get() >= sent.get() || !isWhole()) && isWhole();
  }

  @Override
  public void close() {
    talking = false;
    client.close();
    server.close();
  }

  private void write() {
    try (OutputStream out = client.process().getOutputStream()) {
      while (talking) {
        long number = sent.getAndIncrement();
        out.write((number + "\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
        Deadline.pause(INTERVAL);
      }
      while (client.isAlive()) {
        // Closing the pipe would end the connection.
        Deadline.pause(INTERVAL);
      }
    } catch (IOException | LabException e) {
      fail("cannot write: " + e.getMessage());
    }
  }

  private void read() {
    try (BufferedReader in = client.process().inputReader(StandardCharsets.US_ASCII)) {
      long last = System.nanoTime();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        long now = System.nanoTime();
        long silence = now - last;
        longestSilence.accumulateAndGet(silence, Math::max);
        last = now;
        if (!line.equals(Long.toString(received.get()))) {
          fail("line " + received.get() + " came back as '" + line + "'");
          return;
        }
        received.incrementAndGet();
      }
      fail("the connection was closed");
    } catch (IOException e) {
      fail("cannot read: " + e.getMessage());
    }
  }

  private void fail(String text) {
    if (talking && mistake == null) {
      mistake = text;
    }
  }
}
