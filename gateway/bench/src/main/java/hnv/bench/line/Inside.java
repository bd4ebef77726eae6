// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.linux.thread.CallingThread;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// Does things on a thread of its own inside a namespace: the sockets that it opens stay there.
public final class Inside {
  /// Anywhere will do.
  public static final int ANY_CPU = -1;

  private Inside() {}

  /// Does something and waits for it.
  ///
  /// @throws LabException where it fails
  public static <T> T call(Namespace namespace, Callable<T> work) {
    try {
      return begin(namespace, ANY_CPU, work).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    } catch (ExecutionException e) {
      throw failure(namespace, e.getCause());
    }
  }

  /// What something that was begun gave.
  ///
  /// @throws LabException where it failed
  public static <T> T await(Namespace namespace, CompletableFuture<T> begun) {
    try {
      return begun.join();
    } catch (CompletionException e) {
      throw failure(namespace, e.getCause());
    }
  }

  /// Begins to do something.
  ///
  /// @param cpu the only one that it may run on, or {@link #ANY_CPU}
  public static <T> CompletableFuture<T> begin(Namespace namespace, int cpu, Callable<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name(namespace.name())
        .start(
            () -> {
              try {
                CallingThread.enterNetworkNamespace(Path.of("/run/netns", namespace.name()));
                if (cpu != ANY_CPU) {
                  CallingThread.pinTo(cpu);
                }
                result.complete(work.call());
              } catch (Throwable t) {
                result.completeExceptionally(t);
              }
            });
    return result;
  }

  private static LabException failure(Namespace namespace, @Nullable Throwable cause) {
    return switch (cause) {
      case LabException lab -> lab;
      case null -> new LabException(namespace.name() + ": failed");
      default -> new LabException(namespace.name() + ": " + cause.getMessage(), cause);
    };
  }
}
