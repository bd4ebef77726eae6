// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.json.Json;
import hnv.app.json.JsonReader;
import hnv.app.json.JsonWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A Unix domain socket that only the node's user can open: one JSON object on a line asks, one on
/// a line answers. Each client has a virtual thread.
final class AdminSocket implements AutoCloseable {
  /// Octets of a request at most.
  static final int MAX_REQUEST = 1 << 18;

  /// Clients at a time; others wait.
  static final int MAX_CLIENTS = 16;

  /// While others wait, a client that has neither asked nor read for so long gives its place up.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final long LOOK_MS = 200;
  private static final long CLOSE_MS = 2_000;
  private static final long CLOSE_STEP_MS = 10;

  private static final Logger LOG = LoggerFactory.getLogger(AdminSocket.class);

  private final Path path;
  private final ServerSocketChannel server;
  private final Function<Json.Members, Json> answer;
  private final Semaphore places = new Semaphore(MAX_CLIENTS);
  private final Duration patience;
  private final Optional<Instant> lastSign;
  private final AtomicInteger answering = new AtomicInteger();

  /// When each client last asked or read something, by the system's nanoseconds.
  private final Map<SocketChannel, Long> clients = new ConcurrentHashMap<>();

  private AdminSocket(
      Path path,
      ServerSocketChannel server,
      Function<Json.Members, Json> answer,
      Duration patience,
      Optional<Instant> lastSign) {
    this.lastSign = lastSign;
    this.path = path;
    this.server = server;
    this.answer = answer;
    this.patience = patience;
  }

  /// Opens the socket and begins to answer.
  ///
  /// @param answer called by many threads
  /// @throws Failure where another node answers there already, or the file cannot be made
  static AdminSocket open(Path path, Function<Json.Members, Json> answer) throws Failure {
    return open(path, answer, PATIENCE);
  }

  static AdminSocket open(Path path, Function<Json.Members, Json> answer, Duration patience)
      throws Failure {
    if (answers(path)) {
      throw new Failure("another node answers at " + path + "; is it running already?");
    }
    try {
      Path folder = path.toAbsolutePath().getParent();
      if (folder == null) {
        throw new Failure("the control socket " + path + " is in no folder");
      }
      Files.createDirectories(folder);
      // Made where nobody else can look, so that it is never open to others.
      Path workshop =
          Files.createTempDirectory(
              folder,
              ".hnv-",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      Optional<Instant> lastSign = lastSign(path);
      Path made = workshop.resolve("s");
      server.bind(UnixDomainSocketAddress.of(made));
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
      Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
      Files.delete(workshop);
      AdminSocket socket = new AdminSocket(path, server, answer, patience, lastSign);
      Thread.ofPlatform().daemon().name("hnv-admin").start(socket::accept);
      return socket;
    } catch (IOException e) {
      throw new Failure("cannot make the control socket " + path + ": " + e.getMessage(), e);
    }
  }

  /// Whether a node answers there. If not, the path is free, or left by a process that was killed.
  static boolean answers(Path path) {
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return true;
    } catch (IOException e) {
      LOG.debug("nobody answers at {}: {}", path, e.getMessage());
      return false;
    }
  }

  private static Optional<Instant> lastSign(Path path) {
    try {
      return Optional.of(Files.getLastModifiedTime(path).toInstant());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// When a node that was killed was last seen alive by {@link #touch}; empty where the one before
  /// ended in order, or there was none.
  Optional<Instant> lastSign() {
    return lastSign;
  }

  /// A sign of life, for the node that finds this socket when this process has been killed.
  void touch() {
    try {
      Files.setLastModifiedTime(path, FileTime.from(Instant.now()));
    } catch (IOException e) {
      LOG.debug("control socket: {}", e.getMessage());
    }
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        while (!places.tryAcquire(LOOK_MS, TimeUnit.MILLISECONDS)) {
          dismissTheIdle();
        }
        SocketChannel client = server.accept();
        clients.put(client, System.nanoTime());
        Thread.ofVirtual().name("hnv-admin-client").start(() -> serve(client));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        places.release();
        LOG.warn("control socket: {}", e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void dismissTheIdle() throws IOException {
    long now = System.nanoTime();
    for (Map.Entry<SocketChannel, Long> client : clients.entrySet()) {
      if (now - client.getValue() > patience.toNanos()) {
        client.getKey().close();
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      ByteBuffer buffer = ByteBuffer.allocate(8_192);
      while (client.read(buffer) >= 0) {
        clients.replace(client, System.nanoTime());
        buffer.flip();
        while (buffer.hasRemaining()) {
          byte octet = buffer.get();
          if (octet == '\n') {
            answer(client, line.toByteArray());
            clients.replace(client, System.nanoTime());
            line.reset();
          } else if (line.size() >= MAX_REQUEST) {
            write(client, error("a request has at most " + MAX_REQUEST + " octets"));
            return;
          } else {
            line.write(octet);
          }
        }
        buffer.clear();
      }
    } catch (IOException e) {
      LOG.debug("control socket: a client went away: {}", e.getMessage());
    } finally {
      clients.remove(client);
      places.release();
    }
  }

  private void answer(SocketChannel client, byte[] request) throws IOException {
    answering.incrementAndGet();
    try {
      write(client, respond(request));
    } finally {
      answering.decrementAndGet();
    }
  }

  private Json respond(byte[] line) {
    try {
      return JsonReader.read(line) instanceof Json.Members request
          ? answer.apply(request)
          : error("a request is a JSON object");
    } catch (JsonReader.MalformedJson e) {
      return error("a request is JSON: " + e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("a bug, please report it: a request was not answered", e);
      return error("a bug of the node; its log says more");
    }
  }

  static Json error(String text) {
    return Json.object().put("error", text);
  }

  private static void write(SocketChannel client, Json value) throws IOException {
    ByteBuffer octets =
        ByteBuffer.wrap((JsonWriter.line(value) + "\n").getBytes(StandardCharsets.UTF_8));
    while (octets.hasRemaining()) {
      client.write(octets);
    }
  }

  /// Whoever has asked gets an answer still, if it does not take long.
  @Override
  public void close() {
    try {
      server.close();
      for (long waited = 0; answering.get() > 0 && waited < CLOSE_MS; waited += CLOSE_STEP_MS) {
        Thread.sleep(CLOSE_STEP_MS);
      }
      for (SocketChannel client : clients.keySet()) {
        client.close();
      }
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.warn("control socket: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
