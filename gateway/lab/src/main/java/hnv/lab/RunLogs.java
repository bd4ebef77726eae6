// SPDX-License-Identifier: Apache-2.0
package hnv.lab;

import hnv.lab.netns.LabException;
import hnv.lab.netns.Watchdog;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/// Captures and logs of a run. They go with the run's folder, unless somebody wants them or a check
/// failed: then they are copied to where they stay.
///
/// @param folder where they are written, in the run's folder
/// @param kept where they stay
public record RunLogs(Path folder, Path kept) {
  /// Makes the folder.
  ///
  /// @param wanted where to keep them; null to keep those of a failed check, in the build's folder
  public static RunLogs of(String run, @Nullable Path wanted) throws IOException {
    Path folder = Files.createDirectories(Watchdog.folder(run).resolve("logs"));
    Path root = Path.of(System.getProperty("hnv.root", "."));
    Path kept = wanted != null ? wanted : root.resolve("target/hnv/demo-failed");
    if (wanted == null) {
      empty(kept);
    }
    return new RunLogs(folder, kept.toAbsolutePath().normalize());
  }

  /// Removes what an earlier run has left.
  private static void empty(Path kept) throws IOException {
    if (Files.isDirectory(kept)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(kept)) {
        for (Path file : files) {
          Files.delete(file);
        }
      }
      Files.delete(kept);
    }
  }

  /// Copies what there is until now; nothing when the folder has gone.
  public void keep() {
    try {
      Files.createDirectories(kept);
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          Files.copy(
              file,
              kept.resolve(String.valueOf(file.getFileName())),
              StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw new LabException("cannot keep the logs in " + kept, e);
    }
  }
}
