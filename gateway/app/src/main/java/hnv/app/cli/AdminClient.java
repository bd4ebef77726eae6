// SPDX-License-Identifier: Apache-2.0
package hnv.app.cli;

import hnv.app.json.Json;
import hnv.app.json.JsonReader;
import hnv.app.json.JsonWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks a running node by its control socket.
public final class AdminClient {
  private static final int MAX_ANSWER = 64 << 20;

  private AdminClient() {}

  /// Sends a request and waits for the answer.
  ///
  /// @throws Failure where no node answers, or it says that it failed
  /// @throws Refusal where the node says that the request is wrong
  public static Json.Members ask(Path socket, Json request) throws Failure, Refusal {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      OutputStream out = Channels.newOutputStream(channel);
      out.write((JsonWriter.line(request) + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
      String line = line(new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8)));
      if (line == null) {
        throw new Failure("the node at " + socket + " gave no answer");
      }
      return checked(JsonReader.read(line));
    } catch (JsonReader.MalformedJson e) {
      throw new Failure("the answer of the node is no JSON: " + e.getMessage(), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new Failure("no node answers at " + socket + ": " + e.getMessage(), e);
    }
  }

  private static Json.Members checked(Json answer) throws Failure, Refusal {
    if (!(answer instanceof Json.Members members)) {
      throw new Failure("the answer of the node is no object");
    }
    String error = members.text("error");
    if (error.isEmpty()) {
      return members;
    }
    if (members.get("refused") != null) {
      throw new Refusal(List.of(error.split("; ", -1)));
    }
    throw new Failure("the node says: " + error);
  }

  private static @Nullable String line(Reader reader) throws IOException, Failure {
    StringBuilder line = new StringBuilder();
    for (int c = reader.read(); c >= 0; c = reader.read()) {
      if (c == '\n') {
        return line.toString();
      }
      if (line.length() >= MAX_ANSWER) {
        throw new Failure("the answer of the node is too long");
      }
      line.append((char) c);
    }
    return null;
  }
}
