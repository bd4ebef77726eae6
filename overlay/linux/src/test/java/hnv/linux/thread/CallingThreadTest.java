// SPDX-License-Identifier: Apache-2.0
package hnv.linux.thread;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Where a thread may be put. That one inside another namespace is really there is what every test
/// in a lab shows.
final class CallingThreadTest {
  private static <T> T onNewThread(java.util.concurrent.Callable<T> work) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                result.complete(work.call());
              } catch (Throwable t) {
                result.completeExceptionally(t);
              }
            });
    return result.get(10, TimeUnit.SECONDS);
  }

  @Test
  void pinsOnlyItself() throws Exception {
    String allowed =
        onNewThread(
            () -> {
              CallingThread.pinTo(0);
              return cpus();
            });
    assertEquals("0", allowed);
    if (Runtime.getRuntime().availableProcessors() > 1) {
      assertTrue(!onNewThread(CallingThreadTest::cpus).equals("0"), "others go where they like");
    }
  }

  private static String cpus() throws Exception {
    List<String> lines = Files.readAllLines(Path.of("/proc/thread-self/status"));
    return lines.stream()
        .filter(line -> line.startsWith("Cpus_allowed_list:"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void refusesACpuThatIsNotThere() {
    assertThrows(IllegalArgumentException.class, () -> CallingThread.pinTo(-1));
    assertThrows(IllegalArgumentException.class, () -> CallingThread.pinTo(CallingThread.MAX_CPUS));
  }

  @Test
  void saysWhichNamespaceIsNotThere() {
    LinuxException refused =
        assertThrows(
            LinuxException.class,
            () -> CallingThread.enterNetworkNamespace(Path.of("/run/netns/none-such")));
    assertEquals(Errno.ENOENT, refused.errno());
    assertTrue(String.valueOf(refused.getMessage()).contains("none-such"));
  }

  @Test
  void refusesVirtualThreads() throws Exception {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                CallingThread.pinTo(0);
                result.complete(false);
              } catch (IllegalStateException e) {
                result.complete(true);
              } catch (LinuxException e) {
                result.completeExceptionally(e);
              }
            });
    try {
      assertTrue(result.get(10, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }
}
