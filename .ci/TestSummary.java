// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/// Counts what the test reports under the folder in `args[0]` say and ends with one line:
/// `N passed, N failed, N skipped`. Lists each failure, and each reason for skipping with how many
/// tests it kept out. Exit status 1 where a test failed or none ran.
final class TestSummary {
  private int passed;
  private final List<String> failures = new ArrayList<>();
  private final Map<String, List<String>> skipsByReason = new TreeMap<>();

  private TestSummary() {}

  static void main(String[] args) throws Exception {
    var summary = new TestSummary();
    for (Path report : reports(Path.of(args[0]))) {
      summary.add(report);
    }
    System.exit(summary.print() ? 0 : 1);
  }

  private static List<Path> reports(Path root) throws IOException {
    try (var files = Files.find(root, 5, (path, _) -> isReport(path))) {
      return files.sorted().toList();
    }
  }

  private static boolean isReport(Path path) {
    String name = path.getFileName().toString();
    return name.startsWith("TEST-")
        && name.endsWith(".xml")
        && path.getParent().endsWith("target/surefire-reports");
  }

  private void add(Path report) throws Exception {
    DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    NodeList cases = builder.parse(report.toFile()).getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      Element test = (Element) cases.item(i);
      String name = test.getAttribute("classname") + "." + test.getAttribute("name");
      Element problem = first(test, "failure", "error");
      Element skip = first(test, "skipped");
      if (problem != null) {
        failures.add(name + ": " + firstLine(problem.getAttribute("message")));
      } else if (skip != null) {
        skipsByReason.computeIfAbsent(reason(skip), _ -> new ArrayList<>()).add(name);
      } else {
        passed++;
      }
    }
  }

  private static Element first(Element test, String... tags) {
    for (String tag : tags) {
      NodeList found = test.getElementsByTagName(tag);
      if (found.getLength() > 0) {
        return (Element) found.item(0);
      }
    }
    return null;
  }

  /// A disabled test gives its reason as an attribute, a failed assumption as a stack trace.
  private static String reason(Element skip) {
    String message = skip.getAttribute("message");
    return firstLine(message.isBlank() ? skip.getTextContent() : message)
        .replaceFirst("^[\\w.$]+Exception: ", "")
        .replaceFirst("^Assumption failed: ", "");
  }

  private static String firstLine(String message) {
    return message.isBlank() ? "no reason given" : message.lines().findFirst().orElse("").strip();
  }

  private boolean print() {
    failures.forEach(failure -> System.out.println("FAILED  " + failure));
    skipsByReason.forEach(
        (reason, tests) -> {
          String which = tests.size() == 1 ? tests.getFirst() : tests.size() + " tests";
          System.out.println("skipped " + which + ": " + reason);
        });
    int skipped = skipsByReason.values().stream().mapToInt(List::size).sum();
    System.out.printf("%d passed, %d failed, %d skipped%n", passed, failures.size(), skipped);
    return failures.isEmpty() && passed > 0;
  }
}
