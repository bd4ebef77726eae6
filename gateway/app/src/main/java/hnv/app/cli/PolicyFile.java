// SPDX-License-Identifier: Apache-2.0
package hnv.app.cli;

import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.model.ConfigProblem;
import hnv.model.Policy;
import hnv.model.Server;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// A policy document on disk.
public final class PolicyFile {
  private PolicyFile() {}

  /// Reads and checks a policy document.
  ///
  /// @param option the option that named the file, for messages
  /// @throws Refusal with every problem of the document, each with its JSON path
  public static Parsed.Accepted read(String option, Path file) throws Refusal {
    Parsed parsed;
    try (InputStream in = Files.newInputStream(file)) {
      parsed = PolicyDocuments.parse(in);
    } catch (IOException e) {
      throw new Refusal(option + ": " + unreadable(file, e));
    }
    return switch (parsed) {
      case Parsed.Accepted accepted -> accepted;
      case Parsed.Refused(List<ConfigProblem> problems) -> {
        List<String> lines = new ArrayList<>();
        lines.add(
            option
                + ": "
                + file
                + " is refused, "
                + (problems.size() == 1 ? "1 problem:" : problems.size() + " problems:"));
        problems.forEach(problem -> lines.add("  " + problem));
        throw new Refusal(lines);
      }
    };
  }

  /// The server of a policy that an option names, whatever the case of its letters.
  public static Server server(String option, Policy policy, String name) throws Refusal {
    return policy.servers().stream()
        .filter(server -> server.resourceId().toString().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new Refusal(
                    option
                        + ": the policy has no server \""
                        + name
                        + "\"; it has "
                        + policy.servers().stream()
                            .map(server -> server.resourceId().toString())
                            .collect(Collectors.joining(", "))));
  }

  /// Why a file cannot be read, in words.
  public static String unreadable(Path file, IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no file " + file;
    }
    if (e instanceof AccessDeniedException) {
      return "no permission to read " + file;
    }
    return "cannot read " + file + ": " + e.getMessage();
  }
}
