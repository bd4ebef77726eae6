// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.cli.AdminClient;
import hnv.app.cli.Failure;
import hnv.app.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AdminSocketTest {
  @TempDir Path folder;
  private Path path;
  private AdminSocket socket;

  @BeforeEach
  void opensASocket() throws Failure {
    path = folder.resolve("run/node.sock");
    socket = AdminSocket.open(path, AdminSocketTest::answer);
  }

  @AfterEach
  void closesIt() {
    socket.close();
  }

  private static Json answer(Json.Members request) {
    if (request.get("fail") != null) {
      throw new IllegalStateException("on purpose");
    }
    return Json.object().put("echo", request);
  }

  private static List<String> exchange(Path path, String text, int answers) throws IOException {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      OutputStream out = Channels.newOutputStream(client);
      out.write(text.getBytes(StandardCharsets.UTF_8));
      BufferedReader in = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8));
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < answers; i++) {
        lines.add(in.readLine());
      }
      return lines;
    }
  }

  @Test
  void isForItsUserOnly() throws IOException {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    try (var files = Files.list(path.getParent())) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void answersLineByLine() throws IOException {
    assertEquals(
        List.of("{\"echo\":{\"a\":1}}", "{\"echo\":{\"b\":\"two\"}}"),
        exchange(path, "{\"a\": 1}\n{\"b\": \"two\"}\n", 2));
  }

  @Test
  void answersWhatIsNoRequest() throws IOException {
    List<String> lines = exchange(path, "[1]\n{\"a\n{\"a\":1}\n", 3);
    assertEquals("{\"error\":\"a request is a JSON object\"}", lines.get(0));
    assertTrue(lines.get(1).startsWith("{\"error\":\"a request is JSON: "), lines.get(1));
    assertEquals("{\"echo\":{\"a\":1}}", lines.get(2));
  }

  @Test
  void refusesARequestWithoutEnd() throws IOException {
    String most = "x".repeat(AdminSocket.MAX_REQUEST);
    assertTrue(exchange(path, most + "\n", 1).getFirst().contains("a request is JSON"));
    assertTrue(exchange(path, most + "x", 1).getFirst().contains("at most"));
  }

  @Test
  void survivesABugOfItsAnswerer() throws IOException {
    List<String> lines = exchange(path, "{\"fail\":1}\n{\"a\":1}\n", 2);
    assertTrue(lines.get(0).contains("a bug of the node"), lines.get(0));
    assertEquals("{\"echo\":{\"a\":1}}", lines.get(1));
  }

  @Test
  void servesMoreClientsThanItHasPlacesFor() throws Exception {
    List<SocketChannel> waiting = new ArrayList<>();
    for (int i = 0; i < AdminSocket.MAX_CLIENTS; i++) {
      waiting.add(SocketChannel.open(UnixDomainSocketAddress.of(path)));
    }
    for (SocketChannel client : waiting) {
      client.close();
    }
    assertEquals(1, AdminClient.ask(path, Json.object().put("a", 1)).members().size());
  }

  @Test
  void aClientThatOnlySitsThereGivesItsPlaceUp() throws Exception {
    socket.close();
    socket = AdminSocket.open(path, AdminSocketTest::answer, Duration.ofMillis(300));
    List<SocketChannel> sitting = new ArrayList<>();
    for (int i = 0; i < AdminSocket.MAX_CLIENTS; i++) {
      SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path));
      client.write(ByteBuffer.wrap("{\"a\"".getBytes(StandardCharsets.UTF_8)));
      sitting.add(client);
    }
    assertEquals(1, AdminClient.ask(path, Json.object().put("a", 1)).members().size());
    for (SocketChannel client : sitting) {
      client.close();
    }
  }

  @Test
  void refusesToReplaceALivingNode() {
    Failure refused =
        assertThrows(Failure.class, () -> AdminSocket.open(path, AdminSocketTest::answer));
    assertTrue(refused.getMessage().contains("another node answers"), refused.getMessage());
  }

  @Test
  void replacesWhatAKilledNodeLeft() throws Exception {
    socket.close();
    assertFalse(Files.exists(path));
    Files.createFile(path);
    socket = AdminSocket.open(path, AdminSocketTest::answer);
    assertEquals(1, AdminClient.ask(path, Json.object().put("a", 1)).members().size());
  }

  @Test
  void tellsTheClientThatNobodyAnswers() {
    Failure failure =
        assertThrows(
            Failure.class, () -> AdminClient.ask(folder.resolve("nobody.sock"), Json.object()));
    assertTrue(failure.getMessage().startsWith("no node answers at "), failure.getMessage());
  }
}
