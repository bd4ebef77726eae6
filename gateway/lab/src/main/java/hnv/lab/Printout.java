// SPDX-License-Identifier: Apache-2.0
package hnv.lab;

import hnv.lab.check.Check;
import hnv.lab.check.Evidence;
import java.io.Console;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What a person reads of a run: one line for each check, more for one that fails.
final class Printout {
  private static final int NAME_WIDTH = 16;

  private final PrintStream out;
  private final boolean symbols;

  private Printout(PrintStream out, boolean symbols) {
    this.out = out;
    this.symbols = symbols;
  }

  /// On standard output; with ✓ and ✗ where that is a terminal that shows them.
  static Printout standard() {
    boolean terminal = Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    return new Printout(System.out, terminal && isUtf8());
  }

  /// The first of these that is set decides, as in locale(7).
  private static boolean isUtf8() {
    Map<String, String> environment = System.getenv();
    for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
      String value = environment.getOrDefault(name, "");
      if (!value.isEmpty()) {
        String lower = value.toLowerCase(Locale.ROOT);
        return lower.contains("utf-8") || lower.contains("utf8");
      }
    }
    return false;
  }

  void line(String text) {
    out.println(text);
    out.flush();
  }

  /// The line of a check, and what failed.
  ///
  /// @param kept where the captures are, for one that failed
  void check(Check check, Evidence evidence, Duration time, Path logs, Path kept) {
    line("%s %s %s".formatted(mark(evidence.holds()), padded(check.name()), check.claim()));
    String figures = String.join("; ", evidence.figures());
    line(
        "%s   %s  [%d counts, %.1f s]"
            .formatted(indent(), figures, evidence.size(), time.toMillis() / 1000.0));
    for (Evidence.Finding finding : evidence.failures()) {
      line(
          "%s   %s: expected %s, seen %s"
              .formatted(indent(), finding.what(), finding.expected(), finding.seen()));
      if (!finding.source().isEmpty()) {
        line(indent() + "     " + moved(finding.source(), logs, kept));
      }
    }
    if (!evidence.holds()) {
      line(indent() + "   captures and logs: " + kept);
    }
  }

  /// A check that could not be made.
  void broken(Check check, String reason, Path kept) {
    line("%s %s %s".formatted(mark(false), padded(check.name()), check.claim()));
    line(indent() + "   could not be checked: " + reason);
    line(indent() + "   captures and logs: " + kept);
  }

  private static String moved(String source, Path logs, Path kept) {
    return source.replace(logs.toString(), kept.toString());
  }

  private String mark(boolean holds) {
    if (symbols) {
      return holds ? "✓" : "✗";
    }
    return holds ? "ok    " : "FAILED";
  }

  private String indent() {
    return " ".repeat(mark(true).length());
  }

  private static String padded(String name) {
    return name + " ".repeat(Math.max(0, NAME_WIDTH - name.length()));
  }
}
