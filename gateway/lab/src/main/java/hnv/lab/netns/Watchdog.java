// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Removes a run of the laboratory, whatever became of the program that made it.
///
/// A shell in a session of its own reads from a pipe that only this process holds. When the pipe
/// ends, because of [#close], Ctrl-C or `kill -9` alike, it kills the processes that bear the run's
/// mark, deletes the namespaces whose names begin with the run's prefix and removes the run's
/// folder. There is no other way in which a run is cleaned up, so the way that is seldom taken is
/// the one that is always tested.
public final class Watchdog implements AutoCloseable {
  private static final Path NAMESPACES = Path.of("/run/netns");
  private static final Path FOLDERS = Path.of("/run");
  private static final Pattern NAMESPACE_OF_RUN = Pattern.compile("hnv([0-9]+)-.*");
  private static final Pattern FOLDER_OF_RUN = Pattern.compile("hnv-lab-([0-9]+)");
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Process shell;
  private final OutputStream pipe;

  private Watchdog(Process shell) {
    this.shell = shell;
    pipe = shell.getOutputStream();
  }

  /// The name of a run of this process: unique on this machine as long as it lives.
  public static String newRun() {
    return Long.toString(ProcessHandle.current().pid());
  }

  /// What the names of a run's namespaces begin with.
  public static String prefix(String run) {
    return "hnv" + run + "-";
  }

  /// The run's folder; its path is short enough for a socket in it.
  public static Path folder(String run) {
    return FOLDERS.resolve("hnv-lab-" + run);
  }

  /// Makes the run's folder and watches over the run.
  ///
  /// @throws LabException when the shell cannot be started
  public static Watchdog watch(String run) {
    try {
      Files.createDirectories(folder(run));
      ProcessBuilder builder =
          new ProcessBuilder("setsid", "sh", "-c", script(), "hnv-lab-watchdog", run);
      builder.environment().remove(Processes.MARK);
      return new Watchdog(
          builder
              .directory(Path.of("/").toFile())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    } catch (IOException e) {
      throw new LabException("cannot start the watchdog", e);
    }
  }

  /// Removes what is left of runs whose program has died, where their watchdogs died as well.
  public static void removeLeftovers() {
    Set<String> runs = new TreeSet<>(named(FOLDERS, FOLDER_OF_RUN));
    runs.addAll(named(NAMESPACES, NAMESPACE_OF_RUN));
    for (String run : runs) {
      if (!Files.exists(Path.of("/proc", run))) {
        watch(run).close();
      }
    }
  }

  /// True when a namespace or the folder of the run is there.
  public static boolean isAnythingLeft(String run) {
    return named(NAMESPACES, NAMESPACE_OF_RUN).contains(run)
        || named(FOLDERS, FOLDER_OF_RUN).contains(run);
  }

  /// Removes the run and waits until that is done.
  ///
  /// @throws LabException when it takes too long
  @Override
  public void close() {
    try {
      pipe.close();
      if (!shell.waitFor(Patience.of(LIMIT).toMillis(), TimeUnit.MILLISECONDS)) {
        throw new LabException("the clean-up does not end");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      // The shell goes on by itself.
      Thread.currentThread().interrupt();
    }
  }

  /// The runs that the names of the entries of a folder tell.
  private static Set<String> named(Path folder, Pattern pattern) {
    Set<String> runs = new TreeSet<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        Matcher matcher = pattern.matcher(String.valueOf(entry.getFileName()));
        if (matcher.matches()) {
          runs.add(matcher.group(1));
        }
      }
    } catch (NoSuchFileException e) {
      // No namespace was ever made on this machine.
    } catch (IOException e) {
      throw new LabException("cannot list " + folder, e);
    }
    return runs;
  }

  private static String script() {
    try (InputStream script = Watchdog.class.getResourceAsStream("watchdog.sh")) {
      if (script == null) {
        throw new IllegalStateException("watchdog.sh is not in the jar");
      }
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
