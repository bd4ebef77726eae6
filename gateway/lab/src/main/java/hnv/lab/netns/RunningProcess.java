// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// A process that runs until it is stopped. Closing stops it.
public final class RunningProcess implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Processes processes;
  private final String name;
  private final Process process;
  private final Path log;

  RunningProcess(Processes processes, String name, Process process, Path log) {
    this.processes = processes;
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /// The process, for its streams.
  public Process process() {
    return process;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// The file with what it printed.
  public Path log() {
    return log;
  }

  /// What it printed until now.
  public String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new LabException("cannot read " + log, e);
    }
  }

  /// Waits until it has printed `text`.
  ///
  /// @throws LabException when it ends without that, or takes longer than `limit`
  public void awaitOutput(String text, Duration limit) {
    boolean seen =
        Deadline.in(limit).holds(() -> output().contains(text) || !process.isAlive())
            && output().contains(text);
    if (!seen) {
      throw new LabException(
          name
              + (process.isAlive() ? " did not say '" : " ended without saying '")
              + text
              + "'; it said: "
              + tail(output().strip()));
    }
  }

  /// Sends a signal, for example `HUP`.
  public void signal(String signal) {
    processes.run("sh", "-c", "kill -" + signal + " " + process.pid());
  }

  /// Sends SIGKILL and waits until it is gone.
  public void kill() {
    process.destroyForcibly();
    awaitEnd(GRACE);
  }

  /// Waits for its end and gives its exit status.
  ///
  /// @throws LabException when it takes longer than `limit`
  public int awaitEnd(Duration limit) {
    try {
      if (process.waitFor(Patience.of(limit).toMillis(), TimeUnit.MILLISECONDS)) {
        return process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException(name + ": interrupted", e);
    }
    throw new LabException(name + " (pid " + process.pid() + ") does not end");
  }

  /// Sends SIGTERM, and SIGKILL where that is not enough.
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(Patience.of(GRACE).toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static String tail(String text) {
    int limit = 2000;
    return text.length() <= limit ? text : "…" + text.substring(text.length() - limit);
  }
}
