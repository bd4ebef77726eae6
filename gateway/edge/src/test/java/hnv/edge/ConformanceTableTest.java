// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The conformance table of docs/nat.md says of requirements that they are met, and by which test
/// one sees it. These tests exist, and what is said to be met names one.
class ConformanceTableTest {
  private static final Path ROOT = Path.of("../..");
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
  private static final Pattern SECTION = Pattern.compile("### RFC (\\d+) .*");
  private static final Pattern ROW = Pattern.compile("\\| (\\S.*?) \\| (.*?) \\| (.*) \\|");
  private static final Pattern METHOD = Pattern.compile("\\n  void ([a-z]\\w*)\\(");
  private static final Pattern OF_REQUIREMENT = Pattern.compile("(req|section)\\d+[a-z]?[A-Z…].*");

  /// Methods of test classes by the name of the class.
  private final Map<String, Set<String>> tests = new HashMap<>();

  ConformanceTableTest() throws IOException {
    for (String room : List.of("nat", "gateway/edge", "overlay/vswitch", "gateway/app")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(room).resolve("src/test/java"))) {
        for (Path file : files.filter(each -> each.toString().endsWith("Test.java")).toList()) {
          String name = file.getFileName().toString();
          Set<String> methods = new HashSet<>();
          Matcher matcher = METHOD.matcher(Files.readString(file));
          while (matcher.find()) {
            methods.add(matcher.group(1));
          }
          // Two rooms may test one matter under one name.
          tests
              .computeIfAbsent(
                  name.substring(0, name.length() - ".java".length()), key -> new HashSet<>())
              .addAll(methods);
        }
      }
    }
  }

  /// A row of the table.
  ///
  /// @param rfc its number
  private record Row(String rfc, String requirement, String says) {
    List<String> quoted() {
      return QUOTED.matcher(says).results().map(found -> found.group(1)).toList();
    }
  }

  private static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    String rfc = "";
    for (String line : Files.readAllLines(ROOT.resolve("docs/nat.md"))) {
      Matcher section = SECTION.matcher(line);
      Matcher row = ROW.matcher(line);
      if (section.matches()) {
        rfc = section.group(1);
      } else if (line.startsWith("#")) {
        rfc = "";
      } else if (!rfc.isEmpty() && row.matches() && !row.group(3).isBlank()) {
        rows.add(new Row(rfc, row.group(1), row.group(3)));
      }
    }
    return rows;
  }

  private boolean has(String testClass, String method) {
    Set<String> methods = tests.getOrDefault(testClass, Set.of());
    return method.endsWith("…")
        ? methods.stream()
            .anyMatch(each -> each.startsWith(method.substring(0, method.length() - 1)))
        : methods.contains(method);
  }

  /// Whether a test of this name is there: one of the RFC's own, or the one that is named in full.
  private boolean exists(String rfc, String name) {
    int dot = name.indexOf('.');
    if (dot > 0) {
      return has(name.substring(0, dot), name.substring(dot + 1));
    }
    return name.endsWith("Test")
        ? tests.containsKey(name)
        : has("Rfc" + rfc + "Test", name) || has("Rfc" + rfc + "PacketTest", name);
  }

  private static boolean isTest(String name) {
    return name.matches("\\w+Test(\\.\\w+…?)?") || OF_REQUIREMENT.matcher(name).matches();
  }

  @Test
  void everyTestThatIsNamedExists() throws IOException {
    List<String> missing = new ArrayList<>();
    int named = 0;
    for (Row row : rows()) {
      for (String name : row.quoted()) {
        if (isTest(name)) {
          named++;
          if (!exists(row.rfc(), name)) {
            missing.add("RFC " + row.rfc() + " " + row.requirement() + ": " + name);
          }
        }
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(named > 60, "of " + named);
  }

  @Test
  void whatIsMetNamesATest() throws IOException {
    List<String> unproved = new ArrayList<>();
    Set<String> rfcs = new HashSet<>();
    for (Row row : rows()) {
      rfcs.add(row.rfc());
      if (row.says().startsWith("met") && row.quoted().stream().noneMatch(name -> isTest(name))) {
        unproved.add("RFC " + row.rfc() + " " + row.requirement() + ": " + row.says());
      }
    }
    assertEquals(List.of(), unproved);
    assertTrue(rfcs.containsAll(Set.of("4787", "5382", "5508", "7857", "6888")), rfcs::toString);
  }

  @Test
  void everyRequirementHasARow() throws IOException {
    Map<String, Integer> requirements = Map.of("4787", 14, "5382", 10, "5508", 11, "6888", 15);
    List<Row> rows = rows();
    requirements.forEach(
        (rfc, last) -> {
          for (int i = 1; i <= last; i++) {
            Pattern here = Pattern.compile("(.*[, ])?" + i + "([a-z, ].*)?");
            assertTrue(
                rows.stream()
                    .anyMatch(
                        row -> row.rfc().equals(rfc) && here.matcher(row.requirement()).matches()),
                "RFC " + rfc + " REQ-" + i);
          }
        });
  }

  @Test
  void findsWhatIsMissing() {
    assertTrue(exists("4787", "req9Hairpinning"));
    assertTrue(!exists("4787", "req9Nothing"));
    assertTrue(!exists("4787", "IcmpTest.nothing…"));
    assertTrue(!exists("4787", "NobodyTest"));
  }
}
