// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// Rules of policy documents: for each the smallest edit of a valid document that breaks it, and
/// exactly what is said.
final class RefusalTable {
  private final String text;
  private final List<DynamicTest> tests = new ArrayList<>();

  /// Of the sample.
  RefusalTable() {
    this(SampleDocument.TEXT);
  }

  /// Of another valid document.
  RefusalTable(String text) {
    this.text = text;
  }

  /// Adds a rule.
  ///
  /// @param name what is wrong
  /// @param find a text that stands in the sample once
  /// @param replacement what stands there instead
  /// @param problems all that is said, as `path code`
  void refuses(String name, String find, String replacement, String... problems) {
    tests.add(
        DynamicTest.dynamicTest(
            name,
            () ->
                assertEquals(
                    List.of(problems),
                    SampleDocument.problems(
                        SampleDocument.parse(SampleDocument.with(text, find, replacement))))));
  }

  Stream<DynamicTest> tests() {
    return tests.stream();
  }
}
