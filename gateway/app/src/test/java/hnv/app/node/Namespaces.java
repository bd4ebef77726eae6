// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.linux.thread.CallingThread;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// Network namespaces of one test, removed at the end. What a thread opens inside one stays there,
/// and so do the threads that it starts.
final class Namespaces implements AutoCloseable {
  private static final long PATIENCE_S = 60;

  private final String prefix = "hat" + ProcessHandle.current().pid() + "-";
  private final List<String> names = new ArrayList<>();

  /// Skips the test, with the reason, where there can be none.
  static void needed() {
    assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
    assumeTrue(Files.exists(Path.of("/dev/net/tun")), "needs /dev/net/tun");
    assumeTrue(
        Files.isExecutable(Path.of("/sbin/ip")) || Files.isExecutable(Path.of("/usr/sbin/ip")),
        "needs ip (package iproute2)");
  }

  void add(String name) {
    execute("", "ip", "netns", "add", prefix + name);
    names.add(name);
    ip(name, "link set lo up");
  }

  /// The name that iproute2 knows a namespace by.
  String fullName(String name) {
    return prefix + name;
  }

  /// Lines of `ip`, inside a namespace.
  void ip(String name, String... lines) {
    execute(String.join("\n", lines) + "\n", "ip", "-n", fullName(name), "-batch", "-");
  }

  /// A command of the shell inside a namespace; what it printed.
  String run(String name, String command) {
    return execute("", "ip", "netns", "exec", fullName(name), "sh", "-c", command);
  }

  private static String execute(String input, String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.onExit().orTimeout(PATIENCE_S, TimeUnit.SECONDS).join().exitValue() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + input + output);
      }
      return output;
    } catch (IOException e) {
      throw new IllegalStateException(String.join(" ", command), e);
    }
  }

  /// Does something on a thread inside a namespace and waits for it.
  <T> T in(String name, Callable<T> work) throws Exception {
    try {
      return begin(name, work).get(PATIENCE_S, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  /// Begins something on a thread inside a namespace.
  <T> CompletableFuture<T> begin(String name, Callable<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("in-" + name)
        .start(
            () -> {
              try {
                CallingThread.enterNetworkNamespace(Path.of("/run/netns", fullName(name)));
                result.complete(work.call());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  @Override
  public void close() {
    names.forEach(name -> execute("", "ip", "netns", "del", fullName(name)));
  }
}
