// SPDX-License-Identifier: Apache-2.0
package hnv.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.linux.thread.CallingThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// Network namespaces of one test, laid with iproute2 and removed at the end. Code runs inside one
/// on a thread that has entered it: whatever it opens there stays there.
public final class Lab implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = 60;

  private final String prefix;
  private final List<String> namespaces = new ArrayList<>();

  private Lab(String prefix) {
    this.prefix = prefix;
  }

  /// A lab; the test is skipped, with the reason, where one cannot be laid.
  ///
  /// @param namespaces names within this lab
  public static Lab lay(String... namespaces) throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "needs root to make network namespaces");
    assumeTrue(Files.exists(Path.of("/dev/net/tun")), "needs /dev/net/tun");
    assumeTrue(
        Files.isExecutable(Path.of("/sbin/ip")) || Files.isExecutable(Path.of("/usr/sbin/ip")),
        "needs iproute2");
    Lab lab = new Lab("hlt" + ProcessHandle.current().pid() + "-");
    for (String namespace : namespaces) {
      execute(List.of("ip", "netns", "add", lab.prefix + namespace));
      lab.namespaces.add(namespace);
      lab.ip(namespace, "link set lo up");
    }
    return lab;
  }

  /// The name that iproute2 knows a namespace by.
  public String name(String namespace) {
    return prefix + namespace;
  }

  /// A pair of veth ends, each in its namespace, switched on.
  public void veth(String namespace, String device, String peerNamespace, String peer)
      throws Exception {
    ip(
        namespace,
        "link add " + device + " type veth peer name " + peer + " netns " + name(peerNamespace));
    ip(namespace, "link set " + device + " up");
    ip(peerNamespace, "link set " + peer + " up");
  }

  /// `ip -n NAMESPACE ARGUMENTS`.
  public String ip(String namespace, String arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name(namespace)));
    command.addAll(List.of(arguments.split(" ", -1)));
    return execute(command);
  }

  /// A command inside a namespace; its output. It must end with status 0.
  public String run(String namespace, String command) throws Exception {
    return execute(List.of("ip", "netns", "exec", name(namespace), "sh", "-c", command));
  }

  /// Starts a command inside a namespace. `exec` keeps it one process, so that it can be killed.
  public Process start(String namespace, List<String> command) throws IOException {
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", name(namespace)));
    whole.addAll(command);
    return new ProcessBuilder(whole).redirectErrorStream(true).start();
  }

  private static String execute(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.onExit().orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join().exitValue() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Runs `work` on a thread inside a namespace and waits for it.
  public <T> T in(String namespace, Callable<T> work) throws Exception {
    try {
      return begin(namespace, work).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  /// Starts `work` on a thread inside a namespace.
  public <T> CompletableFuture<T> begin(String namespace, Callable<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("lab-" + namespace)
        .start(
            () -> {
              try {
                CallingThread.enterNetworkNamespace(Path.of("/run/netns", name(namespace)));
                result.complete(work.call());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  /// A counter of `/proc/net/snmp` in a namespace, such as `Ip InReceives`: the group's first line
  /// bears the names, its second the values.
  public long counter(String namespace, String group, String name) throws Exception {
    List<List<String>> lines =
        in(namespace, () -> Files.readAllLines(Path.of("/proc/thread-self/net/snmp"))).stream()
            .map(line -> List.of(line.split(" ", -1)))
            .filter(words -> words.getFirst().equals(group + ":"))
            .toList();
    return Long.parseLong(lines.get(1).get(lines.get(0).indexOf(name)));
  }

  @Override
  public void close() {
    for (String namespace : namespaces) {
      execute(List.of("ip", "netns", "del", name(namespace)));
    }
  }
}
