// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Starts the processes of one run of the laboratory. Each bears the name of the run in its
/// environment ([#MARK]), and so do its children: whoever cleans up finds them by that, and nobody
/// else's. Safe for use by any thread.
public final class Processes {
  /// The variable in the environment of each process of a run; its value is the run's name.
  public static final String MARK = "HNV_LAB";

  /// No command that ends by itself is given longer, by [Patience].
  public static final Duration LIMIT = Duration.ofSeconds(30);

  private final String run;
  private final Path logs;

  /// @param run the run's name
  /// @param logs an existing folder for what long-running processes print
  public Processes(String run, Path logs) {
    this.run = run;
    this.logs = logs;
  }

  /// The run's name.
  public String run() {
    return run;
  }

  /// Where long-running processes leave what they print.
  public Path logs() {
    return logs;
  }

  /// The words of a command line in which no word holds a blank.
  public static List<String> words(String line) {
    return List.of(line.split(" ", -1));
  }

  /// Runs a command to its end.
  ///
  /// @throws LabException when it cannot be started or does not end in time
  public Outcome run(String... command) {
    return run(List.of(command), null, LIMIT);
  }

  /// Runs a command to its end.
  ///
  /// @param input what it reads on standard input; null for nothing
  /// @throws LabException when it cannot be started or does not end in time
  public Outcome run(List<String> command, @Nullable String input, Duration limit) {
    String line = String.join(" ", command);
    Process process = spawn(builder(command));
    CompletableFuture<String> output = readAll(process.getInputStream());
    CompletableFuture<String> errors = readAll(process.getErrorStream());
    try (OutputStream in = process.getOutputStream()) {
      if (input != null) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      // It ended without reading; its status says why.
    }
    try {
      Duration longest = Patience.of(limit);
      if (!process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new LabException(line + ": still running after " + longest.toSeconds() + " s");
      }
      return new Outcome(line, process.exitValue(), output.join(), errors.join());
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new LabException(line + ": interrupted", e);
    }
  }

  /// Starts a command that runs until it is stopped; what it prints goes to the file `name.log`.
  ///
  /// @throws LabException when it cannot be started
  public RunningProcess start(String name, List<String> command) {
    Path log = logs.resolve(name + ".log");
    Process process =
        spawn(
            builder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile()));
    return new RunningProcess(this, name, process, log);
  }

  /// Starts a command whose standard input and output the caller holds; what it prints on standard
  /// error goes to the file `name.log`.
  ///
  /// @throws LabException when it cannot be started
  public RunningProcess startPiped(String name, List<String> command) {
    Path log = logs.resolve(name + ".log");
    return new RunningProcess(this, name, spawn(builder(command).redirectError(log.toFile())), log);
  }

  private ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put(MARK, run);
    // The output of tools is read by programs here.
    builder.environment().put("LC_ALL", "C");
    // A machine of the lab reaches nobody's proxy.
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
    return builder;
  }

  private static Process spawn(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw new LabException("cannot start " + String.join(" ", builder.command()), e);
    }
  }

  /// Reads to the end beside whoever calls, so that the process never waits for us.
  private static CompletableFuture<String> readAll(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (stream) {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.complete("(output lost: " + e.getMessage() + ")");
              }
            });
    return text;
  }
}
